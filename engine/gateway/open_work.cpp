#include "engine/gateway/open_work.hpp"

#include <algorithm>

namespace aorta::gateway {

void open_work_gauges::set(const ports::open_work& now, const std::set<std::string>& labs) {
  std::map<std::string, int64_t> reviews, unmapped, critical;
  for (const auto& [kind, gauge] : reviews_) reviews[kind] = 0;
  for (const auto& [lab, gauge] : unmapped_) unmapped[lab] = 0;
  for (const auto& [kind, count] : now.reviews) reviews[kind] += count;
  for (const auto& [lab, count] : now.unmapped) unmapped[labs.contains(lab) ? lab : "other"] += count;
  for (const auto& [state, gauge] : critical_) critical[state] = 0;
  for (const auto& [state, count] : now.critical) critical[state] += count;
  for (const auto& [state, count] : critical) {
    auto& gauge = critical_[state];
    if (gauge == nullptr) gauge = &metrics_.critical_open(state);
    telemetry::set(*gauge, double(count));
  }
  for (const auto& [kind, count] : reviews) {
    auto& gauge = reviews_[kind];
    if (gauge == nullptr) gauge = &metrics_.reviews_open(kind);
    telemetry::set(*gauge, double(count));
  }
  for (const auto& [lab, count] : unmapped) {
    auto& gauge = unmapped_[lab];
    if (gauge == nullptr) gauge = &metrics_.unmapped_open(lab);
    telemetry::set(*gauge, double(count));
  }
}

void open_work_gauges::set(const std::vector<ports::accepted_backlog>& waiting, timestamp now) {
  const auto tell = [&](const std::string& clinic, int64_t count, timestamp::duration oldest) {
    telemetry::set(metrics_.accepted_waiting(clinic), double(count));
    telemetry::set(metrics_.oldest_accepted_seconds(clinic),
                   double(std::chrono::duration_cast<std::chrono::seconds>(oldest).count()));
  };
  for (const auto& clinic : accepted_) tell(clinic, 0, {});
  for (const auto& each : waiting) {
    tell(each.of.code, each.count, std::max(now - each.oldest, timestamp::duration{0}));
    accepted_.insert(each.of.code);
  }
}

} // namespace aorta::gateway

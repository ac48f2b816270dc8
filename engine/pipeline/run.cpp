#include "engine/pipeline/run.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::pipeline {
namespace {

status run_together(batch_step& how, std::span<const envelope_ptr> batch, lane& with) {
  if (batch.empty()) return done{};
  try {
    return how.run(batch, with);
  } catch (const std::exception&) { // what() may hold what was sent
    return error{error_code::internal, "", "a stage could not process these messages"};
  }
}

} // namespace

std::vector<envelope_ptr> taken(const stage& what, std::span<const envelope_ptr> batch) {
  std::vector<envelope_ptr> out;
  std::copy_if(batch.begin(), batch.end(), std::back_inserter(out),
               [&](const auto& mail) { return what.takes(*mail); });
  return out;
}

void work(const stage& what, step& how, envelope& mail) {
  if (!what.takes(mail)) return;
  guarded(mail, what.name, [&](envelope& each) { how.run(each); });
  if (what.where != place::entry || !mail.refusal) return;
  mail.fault = std::move(mail.refusal);
  mail.refusal.reset();
}

lane_steps::lane_steps(const std::vector<stage>& stages, const route& of) {
  for (const auto& each : stages) std::visit([&](auto make) { all_.push_back({each, make(of)}); }, each.make);
}

status lane_steps::run(std::span<const envelope_ptr> batch, lane& with) {
  for (auto& [what, how] : all_) {
    if (auto* together = std::get_if<std::unique_ptr<batch_step>>(&how)) {
      if (auto good = run_together(**together, taken(what, batch), with); !good) return good;
      continue;
    }
    for (const auto& mail : batch) work(what, *std::get<std::unique_ptr<step>>(how), *mail);
  }
  return done{};
}

status run(const std::vector<stage>& stages, const route& of, std::span<const envelope_ptr> batch,
           lane& with) {
  return lane_steps(stages, of).run(batch, with);
}

} // namespace aorta::pipeline

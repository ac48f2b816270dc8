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

status run(const std::vector<stage>& stages, const route& of, std::span<const envelope_ptr> batch,
           lane& with) {
  for (const auto& each : stages) {
    if (const auto* together = std::get_if<batch_step_maker>(&each.make)) {
      if (auto good = run_together(*(*together)(of), taken(each, batch), with); !good) return good;
      continue;
    }
    const auto how = std::get<step_maker>(each.make)(of);
    for (const auto& mail : batch) work(each, *how, *mail);
  }
  return done{};
}

} // namespace aorta::pipeline

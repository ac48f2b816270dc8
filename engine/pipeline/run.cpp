#include "engine/pipeline/run.hpp"

namespace aorta::pipeline {

void work(const stage& what, step& how, envelope& mail) {
  if (!what.takes(mail)) return;
  guarded(mail, what.name, [&](envelope& each) { how.run(each); });
  if (what.where != place::entry || !mail.refusal) return;
  mail.fault = std::move(mail.refusal);
  mail.refusal.reset();
}

status run(const std::vector<stage>& stages, const route& of, std::span<const envelope_ptr> batch, lane& with) {
  for (const auto& each : stages) {
    const auto made = each.make(of);
    if (const auto* together = std::get_if<std::unique_ptr<batch_step>>(&made)) {
      if (auto away = (*together)->run(batch, with); !away) return away;
      continue;
    }
    for (const auto& mail : batch) work(each, *std::get<std::unique_ptr<step>>(made), *mail);
  }
  return done{};
}

} // namespace aorta::pipeline

#include "engine/gateway/settlement.hpp"

#include "engine/telemetry/log.hpp"

namespace aorta::gateway {

void settle(const front_parts& with, ports::access& in, std::vector<settled_call> calls) {
  std::vector<ports::audit_entry> rows;
  for (auto& each : calls)
    if (each.row && each.as == reception::told) rows.push_back(std::move(*each.row));
  const auto kept = rows.empty() ? status(done{}) : in.audit(rows);
  if (!kept)
    telemetry::log(telemetry::level::error, "audit-failed",
                   {{"calls", std::to_string(rows.size())}, {"reason", kept.error().text}});
  for (auto& each : calls) {
    if (kept && each.as == reception::held_back)
      with.later([answer = std::move(each.answer)] { answer(true); });
    else each.answer(kept.ok());
  }
}

} // namespace aorta::gateway

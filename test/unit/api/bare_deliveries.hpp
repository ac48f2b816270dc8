// Deliveries that a test gives, and what was done to them.
#pragma once

#include "engine/ports/delivery_log.hpp"

namespace aorta {

class bare_deliveries final : public ports::delivery_log {
public:
  std::vector<ports::delivery_row> rows;
  std::vector<ports::destination_stop> stopped;
  std::vector<ports::queue_state> queues;
  ports::delivery_filter asked;
  model::clinic_id clinic = 0; ///< of the last act

  result<ports::page<ports::delivery_row>> deliveries(const ports::delivery_filter& filter) override {
    asked = filter;
    return ports::page<ports::delivery_row>{rows, {}};
  }
  result<std::vector<ports::queue_state>> counts(model::clinic_id) override { return queues; }
  result<std::vector<ports::destination_stop>> stops(model::clinic_id) override { return stopped; }
  status pause(model::clinic_id of, const std::string& destination, const std::string& by) override {
    clinic = of;
    stopped.push_back({destination, "paused", by, {}});
    return done{};
  }
  status resume(model::clinic_id of, const std::string& destination) override {
    clinic = of;
    std::erase_if(stopped, [&](const auto& each) { return each.destination == destination; });
    return done{};
  }
  result<std::optional<change>> retry(model::clinic_id of, const uuid& id) override {
    return put(of, id, delivery::state::waiting);
  }
  result<std::optional<change>> skip(model::clinic_id of, const uuid& id) override {
    return put(of, id, delivery::state::skipped);
  }
  result<ports::delivery_row> resend(model::clinic_id of, const uuid& message, timestamp,
                                     const ports::forward& what) override {
    clinic = of;
    auto& made = rows.emplace_back();
    made.message = message;
    made.destination = what.destination;
    made.resent = true;
    return made;
  }
  result<int64_t> forget(model::clinic_id, timestamp, int) override { return int64_t{0}; }
  result<int64_t> forget_events(model::clinic_id, timestamp, int) override { return int64_t{0}; }

private:
  result<std::optional<change>> put(model::clinic_id of, const uuid& id, delivery::state now) {
    clinic = of;
    for (auto& each : rows) {
      if (each.id != id) continue;
      const bool may = each.state == delivery::state::parked;
      if (may) each.state = now;
      return std::optional(change{each, may});
    }
    return std::optional<change>{};
  }
};

} // namespace aorta

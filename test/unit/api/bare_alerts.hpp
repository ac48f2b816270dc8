// Alerts that a test gives, and what persons did about them.
#pragma once

#include "engine/ports/critical.hpp"

namespace aorta {

class bare_alerts final : public ports::critical_log {
public:
  std::vector<ports::critical_alert> rows;
  std::vector<ports::critical_times> told;
  ports::critical_filter asked;
  std::optional<ports::critical_act> done;
  std::optional<outcome> answer;

  result<ports::page<ports::critical_alert>> alerts(const ports::critical_filter& filter) override {
    asked = filter;
    return ports::page<ports::critical_alert>{rows, {}};
  }
  result<std::optional<ports::critical_alert>> alert(model::clinic_id, const uuid& id) override {
    for (const auto& each : rows)
      if (each.id == id) return std::optional(each);
    return std::optional<ports::critical_alert>{};
  }
  result<std::optional<outcome>> act(model::clinic_id, const uuid&,
                                     const ports::critical_act& what) override {
    done = what;
    return answer;
  }
  result<std::vector<ports::critical_times>> times(model::clinic_id, timestamp, timestamp) override {
    return told;
  }
};

} // namespace aorta

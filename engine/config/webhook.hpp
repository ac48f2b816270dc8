// [webhook.NAME]: what others send by HTTP under their signature, and what of it makes a laboratory's report.
#pragma once

#include "engine/delivery/inbound.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aorta::config {

/// What stands before the name in `from` of a route, and in place of a listener's name.
inline constexpr std::string_view webhook_listener = "webhook:";
/// All that webhooks bring to routes.
inline constexpr std::string_view webhook_type = "lab-result";

/// Where in the JSON each thing is said: a pointer (RFC 6901), which begins with `/`; what does not begin so
/// is said itself. Empty: it is not said. What is of a result is looked for below its item of `results`.
struct webhook_map {
  std::string mrn, cyprus_id, arc, family, given, birth_date, sex;
  std::string order_number, placer_number, panel_code, panel_name, collected_at, reported_at;
  std::string results; ///< a list
  std::string code, name, value, unit, range, flag, status, observed_at;
  friend bool operator==(const webhook_map&, const webhook_map&) = default;
};

struct inbound_webhook {
  std::string name;
  delivery::webhook_scheme scheme = delivery::webhook_scheme::standard;
  std::vector<std::string> secrets; ///< any of them may have signed
  webhook_map map;
};

} // namespace aorta::config

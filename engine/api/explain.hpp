// What would happen to a message, for `aorta try`: as JSON and as lines for people.
#pragma once

#include "engine/base/result.hpp"
#include "engine/edit/edit.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::api {

struct explanation {
  std::string route, profile, message_type, control_id, status; ///< status: processed, unmatched, failed
  std::vector<std::string> chain;
  std::vector<std::string> shadowed; ///< routes that would take it too, and come later
  std::string when_rule;             ///< of the route's own condition
  std::string when;                  ///< why that holds
  std::vector<edit::step_told> edits;
  std::optional<error> held; ///< an edit keeps it for a person
  std::optional<lab::report> report;
  std::optional<identity::decision> decision;
  std::string store_note; ///< why nobody could be looked up; empty if the store was asked
  std::optional<error> fault;
  /// Who would hear of its critical values: `after 10 min: on-call by sms-gateway`.
  std::vector<std::string> alerts;
  std::string ack_code, ack; ///< the reply's bytes
};

std::string to_json(const explanation& what);
std::string to_lines(const explanation& what);

} // namespace aorta::api

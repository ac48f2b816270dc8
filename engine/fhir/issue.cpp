#include "engine/fhir/issue.hpp"

#include <algorithm>

namespace aorta::fhir {

std::string_view name(issue::severity level) noexcept {
  switch (level) {
    case issue::severity::fatal: return "fatal";
    case issue::severity::error: return "error";
    case issue::severity::warning: return "warning";
    case issue::severity::information: break;
  }
  return "information";
}

bool has_error(std::span<const issue> all) noexcept {
  return std::any_of(all.begin(), all.end(),
                     [](const issue& each) { return each.level <= issue::severity::error; });
}

node* outcome(document& into, std::span<const issue> all) {
  static const issue well{issue::severity::information, "informational", "", "All is well"};
  if (all.empty()) all = {&well, 1};
  node* out = into.object();
  into.add(*out, "resourceType", into.literal("OperationOutcome"));
  node* list = into.add(*out, "issue", into.array());
  for (const auto& each : all) {
    node* one = into.push(*list, into.object());
    into.add(*one, "severity", into.literal(name(each.level)));
    into.add(*one, "code", each.code);
    if (!each.text.empty()) into.add(*one, "diagnostics", each.text);
    if (each.path.empty()) continue;
    into.push(*into.add(*one, "expression", into.array()), into.string(each.path));
  }
  return out;
}

std::string outcome_json(std::span<const issue> all) {
  document into;
  return write(*outcome(into, all));
}

} // namespace aorta::fhir

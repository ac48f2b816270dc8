// Where a search parameter's values stand in a resource: the paths of the table, read once, and their
// evaluation.
#pragma once

#include "engine/fhir/search.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::fhir {

/// One member step: `telecom`, `effective[x]`, `value.ofType(Quantity)` (read as `valueQuantity`),
/// `telecom[system=phone]`, `subject[Patient]`.
struct path_step {
  std::string member;
  bool choice = false;                     ///< any type of a choice element: members that begin so
  std::string filter_member, filter_value; ///< only items whose member says so
  std::string target;                      ///< only references to this type
};

struct value_path {
  std::vector<path_step> steps; ///< none: the resource itself (`$this`)
  bool exists = false;          ///< `exists(...)`: not the value but whether there is one that is not `false`
  std::string_view system;      ///< of codes: the system that their element implies (`gender in http://...`)
  bool contact = false;         ///< leads to ContactPoints
};

struct composite_part {
  parameter_type type = parameter_type::token;
  std::vector<value_path> paths;
};

struct compiled_parameter {
  std::vector<value_path> paths; ///< of a composite: where its parts stand together
  std::vector<composite_part> parts;
  bool by_words = false; ///< of names and addresses: each word is a beginning
};

/// The types that the table knows.
std::span<const std::string_view> searched_types() noexcept;
std::span<const std::string_view> compartment_types() noexcept; ///< Patient, Encounter, ...
/// Paths of the table's own parameters, read once (not of copies: those have none).
const compiled_parameter& compiled(const search_parameter& of);

/// Whether a reference names this type: by its text (`Patient/7`, `https://.../Patient/7`) or by its member
/// `type`.
bool refers_to(const node& reference, std::string_view type) noexcept;
/// The node `true` or `false`.
const node& truth_node(bool value) noexcept;

inline bool step_allows(const path_step& step, const node& item) noexcept {
  if (!step.filter_member.empty() && item.str(step.filter_member) != step.filter_value) return false;
  return step.target.empty() || refers_to(item, step.target);
}

inline bool is_member(const path_step& step, std::string_view name) noexcept {
  if (!step.choice) return name == step.member;
  return name.size() > step.member.size() && name.starts_with(step.member) &&
    name[step.member.size()] >= 'A' && name[step.member.size()] <= 'Z';
}

/// Visits values until one call of `visit(const node&)` says true; whether one did.
template <class visitor>
bool any_at(const node& from, std::span<const path_step> steps, visitor& visit) {
  if (steps.empty()) return visit(from);
  if (!from.is_object()) return false;
  const auto& step = steps.front();
  for (const node* member = from.first; member; member = member->next) {
    if (!is_member(step, member->name)) continue;
    if (member->is_array()) {
      for (const node* item = member->first; item; item = item->next)
        if (item->is != node::kind::null && step_allows(step, *item) &&
            any_at(*item, steps.subspan(1), visit))
          return true;
    } else if (step_allows(step, *member) && any_at(*member, steps.subspan(1), visit)) {
      return true;
    }
  }
  return false;
}

/// The same over all paths; `visit(const node&, const value_path&)`.
template <class visitor>
bool any_value(const node& from, std::span<const value_path> paths, visitor&& visit) {
  for (const auto& path : paths) {
    if (path.exists) {
      auto is_so = [](const node& value) { return value.is != node::kind::boolean || value.truth; };
      if (visit(truth_node(any_at(from, path.steps, is_so)), path)) return true;
      continue;
    }
    auto with_path = [&](const node& value) { return visit(value, path); };
    if (any_at(from, path.steps, with_path)) return true;
  }
  return false;
}

/// The strings of a name, an address or a plain string; uses, types and periods are none.
template <class visitor>
bool any_text(const node& value, visitor&& visit) {
  if (value.is_string()) return visit(value.text);
  for (const node* member = value.first; member; member = member->next) {
    if (member->name == "use" || member->name == "type" || member->name == "system") continue;
    if (member->is_string() && visit(member->text)) return true;
    if (!member->is_array()) continue;
    for (const node* item = member->first; item; item = item->next)
      if (item->is_string() && visit(item->text)) return true;
  }
  return false;
}

} // namespace aorta::fhir

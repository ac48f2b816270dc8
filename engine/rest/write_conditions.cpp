// Conditions of what is written (FHIR R4 3.1.0.8.1, 3.1.0.10.1): what they find here, and entries of one
// bundle that have the same one.
#include "engine/rest/write.hpp"

#include <algorithm>

namespace aorta::rest {

bool writing::resolve_conditions() {
  return std::all_of(tasks_.begin(), tasks_.end(),
                     [this](task& each) { return !each.condition || resolve_condition(each); });
}

bool writing::resolve_condition(task& each) {
  if (std::any_of(each.condition->begin(), each.condition->end(),
                  [](const auto& one) { return one.first == "_cursor"; }))
    return refuse(cause::malformed, "invalid", "a condition is no page of a search: _cursor", each.path);
  const auto asked = fhir::read_query(each.type, *each.condition, false);
  if (fhir::has_error(asked.faults)) return refuse({cause::malformed, asked.faults});
  if (asked.value.all.empty())
    return refuse(cause::precondition, "processing", "the condition has no criteria", each.path);
  auto found = search(in_, into_, asked.value, 2);
  if (!found) return refuse(records::refusal(found.error()));
  if (found->matches.size() > 1)
    return refuse(cause::precondition, "multiple-matches", "the condition finds more than one resource",
                  each.path);
  const bool one = !found->matches.empty();
  switch (each.how) {
    case task::kind::create:
      if (!one) return true;
      each.before = std::move(found->matches[0]);
      each.id = each.before->id;
      each.writes = false;
      return true;
    case task::kind::update:
      if (!one && each.resource->get("id") != nullptr)
        return refuse(cause::not_done_here, "not-supported",
                      "nothing matches, and ids are given by the server: send the resource without an id",
                      each.path);
      if (!one && !each.if_match.empty())
        return refuse(cause::precondition, "conflict", "nothing matches that could be of the version told",
                      each.path);
      if (!one) {
        each.how = task::kind::create;
        each.was_update = true;
        return true;
      }
      each.id = found->matches[0].id;
      if (each.if_match.empty())
        each.if_match = etag(found->matches[0]); // what is written over still matches
      if (const auto said = each.resource->str("id"); !said.empty() && said != each.id)
        return refuse(cause::malformed, "invalid", "the id is not that of the match", each.path + ".id");
      return true;
    case task::kind::remove:
      each.writes = one;
      each.status = 204;
      if (one) each.id = found->matches[0].id;
      if (one && each.if_match.empty())
        each.if_match = etag(found->matches[0]); // what is deleted still matches
      return true;
  }
  return false;
}

/// Entries that would be made under one condition are one resource: the first one is made, what the others'
/// fullUrl means is the first.
bool writing::agree_conditions() {
  std::map<std::pair<std::string, parameters>, size_t> firsts;
  for (size_t i = 0; i < tasks_.size(); ++i) {
    auto& each = tasks_[i];
    if (!each.condition || each.how != task::kind::create || each.before) continue;
    auto criteria = *each.condition;
    std::sort(criteria.begin(), criteria.end());
    const auto [first, fresh] = firsts.emplace(std::pair(each.type, std::move(criteria)), i);
    if (fresh) continue;
    auto& other = tasks_[first->second];
    if (each.was_update || other.was_update)
      return refuse(cause::malformed, "invalid", "the same resource is written twice", each.path);
    if (!same_content(*each.resource, *other.resource) || targets_of(i) != targets_of(first->second))
      return refuse(cause::precondition, "multiple-matches",
                    "another entry has the same condition and another content", each.path);
    each.same_as = first->second;
    each.writes = false;
  }
  for (auto& each : links_)
    if (const auto same = tasks_[each.to].same_as) each.to = *same;
  return true;
}

/// What the entry refers to inside the bundle, in order.
std::vector<size_t> writing::targets_of(size_t owner) const {
  std::vector<size_t> out;
  for (const auto& each : links_)
    if (each.from == owner) out.push_back(tasks_[each.to].same_as.value_or(each.to));
  return out;
}

/// As if it had been asked after the first one was made.
void writing::follow() {
  for (auto& each : tasks_) {
    if (!each.same_as) continue;
    const auto& first = tasks_[*each.same_as];
    each.id = first.id;
    each.resource = first.resource;
    each.version = first.version;
    each.version_id = first.version_id;
    each.last_updated = first.last_updated;
    each.patient = first.patient;
    each.status = 200;
  }
}

} // namespace aorta::rest

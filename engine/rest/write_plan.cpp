// What must hold before anything is written: scopes, locks, conditions, versions.
#include "engine/rest/write.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

bool skipped_member(std::string_view name) { return name == "id" || name == "meta"; }

template <class Want>
void name_shared(const task& each, Want want) {
  if (each.type == "Patient" && each.how != task::kind::remove) want("patient-identity");
  if (each.condition) want("conditional/" + each.type);
}

template <class Want>
void name_own(const task& each, Want want) {
  if (!each.id.empty()) want(each.type + '/' + each.id);
  if (each.resource == nullptr || each.type == "Patient") return;
  if (const auto patient = fhir::patient_of(*each.resource); patient && *patient != key_to_come) want("Patient/" + std::to_string(*patient));
}

/// What a sender says in meta beside version and time.
bool same_meta(const fhir::node* a, const fhir::node* b) {
  const auto within = [](const fhir::node* one, const fhir::node* other) {
    if (one == nullptr) return true;
    for (const auto* each = one->first; each != nullptr; each = each->next) {
      if (each->name == "versionId" || each->name == "lastUpdated") continue;
      const auto* there = other != nullptr ? other->get(each->name) : nullptr;
      if (there == nullptr || !fhir::equal(*each, *there)) return false;
    }
    return true;
  };
  return within(a, b) && within(b, a);
}

} // namespace

bool same_content(const fhir::node& a, const fhir::node& b) {
  const auto within = [](const fhir::node& one, const fhir::node& other) {
    for (const auto* each = one.first; each != nullptr; each = each->next) {
      if (skipped_member(each->name)) continue;
      const auto* there = other.get(each->name);
      if (there == nullptr || !fhir::equal(*each, *there)) return false;
    }
    return true;
  };
  const auto members = [](const fhir::node& of) { return of.size - (of.get("id") != nullptr) - (of.get("meta") != nullptr); };
  return members(a) == members(b) && within(a, b) && same_meta(a.get("meta"), b.get("meta"));
}

bool names_version(std::string_view tags, std::string_view version_id) {
  while (!tags.empty()) {
    const auto comma = tags.find(',');
    auto one = tags.substr(0, comma);
    tags = comma == tags.npos ? std::string_view() : tags.substr(comma + 1);
    while (one.starts_with(' ')) one.remove_prefix(1);
    while (one.ends_with(' ')) one.remove_suffix(1);
    if (one == "*") return true;
    if (one.starts_with("W/")) one.remove_prefix(2);
    if (one.size() > 1 && one.front() == '"' && one.back() == '"') one = one.substr(1, one.size() - 2);
    if (one == version_id) return true;
  }
  return false;
}

writing::writing(repository& in, fhir::document& into, bool tolerant)
    : in_(in), into_(into), tolerant_(tolerant), now_(in.around().clock->now()) {}

size_t writing::add(task what) {
  tasks_.push_back(std::move(what));
  return tasks_.size() - 1;
}

std::optional<reply> writing::run() {
  const bool fine = allowed() && lock(true) && link_entries() && resolve_conditions() && resolve_conditional_references() && lock(false) && load() &&
                    preconditions() && check_references() && map(true) && map(false) && check_owners() && check_people() && removals() && store();
  if (fine) return std::nullopt;
  if (!refused_) refuse(500, "exception", "nothing was written", {});
  for (const auto& each : links_) each.text->text = each.sent;
  return refused_;
}

bool writing::refuse(int status, std::string_view code, std::string_view text, std::string path) {
  return refuse(refusal(status, code, text, path));
}

bool writing::refuse(const error& why) { return refuse(refusal(why)); }

bool writing::refuse(reply why) {
  refused_ = std::move(why);
  refusals_.push_back(*refused_);
  return false;
}

bool writing::allowed() {
  const auto served = fhir::served_types();
  return every([&](const task& each) {
    if (std::find(served.begin(), served.end(), each.type) == served.end())
      return refuse(404, "not-supported", "resources of this type are not served", each.path);
    if (!in_.who().may(access::write, each.type)) return refuse(403, "forbidden", "the key may not write resources of this type", each.path);
    // What a condition finds is shown or told of: whoever may not read may not ask so either.
    if (each.condition && !in_.who().may(access::read, each.type))
      return refuse(403, "forbidden", "a condition needs a key that may read resources of this type", each.path);
    if (in_.who().patient && each.type == "Patient" && each.how == task::kind::create)
      return refuse(403, "forbidden", "a key of one patient makes no patients", each.path);
    return true;
  });
}

/// Everything about a patient is written under that patient's lock, as messages from laboratories are; numbers of people under one of their own,
/// which with those of conditions comes first everywhere.
bool writing::lock(bool first) {
  std::vector<std::string> names;
  const auto want = [&](std::string name) {
    if (locked_.insert(name).second) names.push_back(std::move(name));
  };
  for (const auto& each : tasks_) first ? name_shared(each, want) : name_own(each, want);
  return take(std::move(names));
}

std::optional<reply> writing::lock_all() {
  std::vector<std::string> names;
  const auto want = [&](std::string name) { names.push_back(std::move(name)); };
  for (const auto& each : tasks_) {
    name_shared(each, want);
    name_own(each, want);
  }
  return take(std::move(names)) ? std::nullopt : refused_;
}

bool writing::take(std::vector<std::string> names) {
  if (names.empty()) return true;
  std::sort(names.begin(), names.end());
  const auto locked = in_.session().lock(std::move(names));
  return locked || refuse(locked.error());
}

bool writing::resolve_conditions() {
  return std::all_of(tasks_.begin(), tasks_.end(), [this](task& each) { return !each.condition || resolve_condition(each); });
}

bool writing::resolve_condition(task& each) {
  const auto asked = fhir::read_query(each.type, *each.condition, false);
  if (fhir::has_error(asked.faults)) return refuse(refusal(400, asked.faults));
  if (asked.value.all.empty()) return refuse(412, "processing", "the condition has no criteria", each.path);
  auto found = search(in_, into_, asked.value, 2);
  if (!found) return refuse(found.error());
  if (found->matches.size() > 1) return refuse(412, "multiple-matches", "the condition finds more than one resource", each.path);
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
      return refuse(405, "not-supported", "nothing matches, and ids are given by the server: send the resource without an id", each.path);
    if (!one && !each.if_match.empty()) return refuse(412, "conflict", "nothing matches that could be of the version told", each.path);
    if (!one) {
      each.how = task::kind::create;
      return true;
    }
    each.id = found->matches[0].id;
    if (const auto said = each.resource->str("id"); !said.empty() && said != each.id)
      return refuse(400, "invalid", "the id is not that of the match", each.path + ".id");
    return true;
  case task::kind::remove:
    each.writes = one;
    each.status = 204;
    if (one) each.id = found->matches[0].id;
    return true;
  }
  return false;
}

/// Twice at most: what stood there may be of a patient whose lock is not held yet.
bool writing::load() {
  for (int turn = 0; turn < 2; ++turn) {
    std::vector<std::pair<std::string, std::string>> wanted;
    std::vector<task*> askers;
    for (auto& each : tasks_) {
      if (each.how == task::kind::create || !each.writes) continue;
      wanted.emplace_back(each.type, each.id);
      askers.push_back(&each);
    }
    if (wanted.empty()) return true;
    auto found = in_.load_all(into_, wanted);
    std::vector<std::string> names;
    for (size_t i = 0; i < askers.size(); ++i) {
      if (!found[i]) return refuse(found[i].error());
      askers[i]->before = std::move(*found[i]);
      if (!askers[i]->before || !askers[i]->before->patient) continue;
      if (auto name = "Patient/" + std::to_string(*askers[i]->before->patient); locked_.insert(name).second) names.push_back(std::move(name));
    }
    if (names.empty()) return true;
    if (!take(std::move(names))) return false;
  }
  return true;
}

bool writing::preconditions() {
  std::set<std::string> seen;
  return every([&](task& each) {
    if (!each.id.empty() && each.writes && !seen.insert(each.type + '/' + each.id).second)
      return refuse(400, "invalid", "the same resource is written twice", each.path);
    return precondition(each);
  });
}

bool writing::precondition(task& each) {
  if (each.how == task::kind::create) {
    if (each.before) {
      each.status = 200;
      each.resource = each.before->resource;
      each.version_id = each.before->version_id;
      each.last_updated = each.before->last_updated.value_or(now_);
      each.patient = each.before->patient;
    }
    return true;
  }
  if (!each.writes) return true;
  if (!each.before && each.how == task::kind::update)
    return refuse(405, "not-supported", "there is no such resource, and ids are given by the server: POST it to its type", each.path);
  if (!each.before) return refuse(404, "not-found", "there is no such resource", each.path);
  if (!each.if_match.empty() && (each.before->deleted || !names_version(each.if_match, each.before->version_id)))
    return refuse(412, "conflict", "it has been changed since the version told", each.path);
  if (!each.if_none_match.empty() && !each.before->deleted && names_version(each.if_none_match, each.before->version_id))
    return refuse(412, "conflict", "there is such a resource already", each.path);
  each.patient = each.before->patient;
  if (each.how == task::kind::remove && each.before->deleted) {
    each.writes = false;
    each.status = 204;
  }
  return true;
}

/// An update that changes nothing makes no version.
void writing::settle_unchanged() {
  for (auto& each : tasks_) {
    if (each.how != task::kind::update || !each.writes || each.before->deleted || each.before->resource == nullptr) continue;
    if (!same_content(*each.resource, *each.before->resource)) continue;
    each.writes = false;
    each.status = 200;
    each.resource = each.before->resource;
    each.version = each.before->version;
    each.version_id = each.before->version_id;
    each.last_updated = each.before->last_updated.value_or(now_);
    each.at = each.before->at;
  }
}

} // namespace aorta::rest

// What must hold before anything is written: scopes, locks, conditions, versions.
#include "engine/rest/critical.hpp"
#include "engine/rest/write.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

bool skipped_member(std::string_view name) { return name == "id" || name == "meta"; }

template <class Want>
void name_shared(const task& each, Want want) {
  if (each.type == "Patient" && each.how != task::kind::remove) want(std::string(ports::people_lock));
  if (each.condition) want("conditional/" + each.type);
}

template <class Want>
void name_own(const task& each, Want want) {
  if (!each.id.empty()) want(each.type + '/' + each.id);
  if (each.resource == nullptr || each.type == "Patient") return;
  if (const auto patient = fhir::patient_of(*each.resource); patient && *patient != key_to_come)
    want(ports::patient_lock(*patient));
}

bool may_do(const grant& who, const task& each) {
  switch (each.how) {
    case task::kind::create: return who.may(access::create, each.type);
    case task::kind::remove: return who.may(access::remove, each.type);
    case task::kind::update: // by a condition it may create
      return who.may(access::update, each.type) && (!each.condition || who.may(access::create, each.type));
  }
  return false;
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
  const auto members = [](const fhir::node& of) {
    return of.size - (of.get("id") != nullptr) - (of.get("meta") != nullptr);
  };
  return members(a) == members(b) && within(a, b) && same_meta(a.get("meta"), b.get("meta"));
}

bool is_subset(const fhir::node& resource) {
  const auto* meta = resource.get("meta");
  const auto* tags = meta != nullptr ? meta->get("tag") : nullptr;
  for (const auto* each = tags != nullptr ? tags->first : nullptr; each != nullptr; each = each->next)
    if (each->str("code") == "SUBSETTED") return true;
  return false;
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
    : in_(in),
      into_(into),
      tolerant_(tolerant),
      now_(in.around().clock->now()) {}

size_t writing::add(task what) {
  what.resource = without_told(into_, what.resource);
  tasks_.push_back(std::move(what));
  return tasks_.size() - 1;
}

std::optional<records::refusal> writing::run() {
  const bool fine = allowed() && lock(true) && take_off_merges() && link_entries() && resolve_conditions() &&
    agree_conditions() && resolve_conditional_references() && lock(false) && load() && preconditions() &&
    check_references() && removals() && map(true) && map(false) && check_owners() && check_people() &&
    check_unique() && store();
  if (fine) follow();
  if (fine) return std::nullopt;
  if (!refused_) refuse(cause::fault, "exception", "nothing was written", {});
  for (const auto& each : links_) each.text->text = each.sent;
  for (const auto& each : narratives_) each.div->text = each.sent;
  return refused_;
}

bool writing::refuse(cause why, std::string_view code, std::string_view text, std::string path) {
  return refuse({why, code, text, std::move(path)});
}

bool writing::refuse(records::refusal why) {
  refused_ = std::move(why);
  refusals_.push_back(*refused_);
  return false;
}

bool writing::allowed() {
  const auto served = fhir::served_types();
  return every([&](const task& each) {
    if (std::find(served.begin(), served.end(), each.type) == served.end())
      return refuse(cause::unknown, "not-supported", "resources of this type are not served", each.path);
    if (!may_do(in_.who(), each))
      return refuse(cause::forbidden, "forbidden", "the key may not write resources of this type", each.path);
    // What a condition finds is shown or told of: whoever may not read may not ask so either.
    if (each.condition && !in_.who().may(access::read, each.type))
      return refuse(cause::forbidden, "forbidden",
                    "a condition needs a key that may read resources of this type", each.path);
    if (each.resource != nullptr && is_subset(*each.resource))
      return refuse(
        cause::against_rules, "business-rule",
        "this is marked SUBSETTED: what it leaves out would be lost. Read the whole resource and send that",
        each.path + ".meta.tag");
    if (in_.who().patient && each.type == "Patient" && each.how == task::kind::create)
      return refuse(cause::forbidden, "forbidden", "a key of one patient makes no patients", each.path);
    return true;
  });
}

/// Everything about a patient is written under that patient's lock, as messages from laboratories are;
/// numbers of people under one of their own, which with those of conditions comes first everywhere.
bool writing::lock(bool first) {
  std::vector<std::string> names;
  const auto want = [&](std::string name) {
    if (locked_.insert(name).second) names.push_back(std::move(name));
  };
  for (const auto& each : tasks_) first ? name_shared(each, want) : name_own(each, want);
  return take(std::move(names));
}

std::optional<records::refusal> writing::lock_all() {
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
  return locked || refuse(records::refusal(locked.error()));
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
      if (!found[i]) return refuse(records::refusal(found[i].error()));
      askers[i]->before = std::move(*found[i]);
      if (!askers[i]->before || !askers[i]->before->patient) continue;
      if (auto name = ports::patient_lock(*askers[i]->before->patient); locked_.insert(name).second)
        names.push_back(std::move(name));
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
      return refuse(cause::malformed, "invalid", "the same resource is written twice", each.path);
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
    return refuse(cause::not_done_here, "not-supported",
                  "there is no such resource, and ids are given by the server: POST it to its type",
                  each.path);
  if (!each.before && !each.if_match.empty())
    return refuse(cause::precondition, "conflict", "there is no such resource, of any version", each.path);
  if (!each.before) { // R4 3.1.0.7: what never was need not be deleted
    each.writes = false;
    each.status = 204;
    return true;
  }
  if (!each.if_match.empty() &&
      (each.before->deleted || !names_version(each.if_match, each.before->version_id)))
    return refuse(cause::precondition, "conflict", "it has been changed since the version told", each.path);
  if (!each.if_none_match.empty() && !each.before->deleted &&
      names_version(each.if_none_match, each.before->version_id))
    return refuse(cause::precondition, "conflict", "there is such a resource already", each.path);
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
    if (each.how != task::kind::update || !each.writes || each.before->deleted ||
        each.before->resource == nullptr)
      continue;
    if (each.type == "Patient") tell_kept_number(each);
    if (!same_content(*each.resource, *without_told(into_, each.before->resource))) continue;
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

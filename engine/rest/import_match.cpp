// Whether what an import brings is here already, and which of the two is newer.
#include "engine/rest/critical.hpp"
#include "engine/rest/import_run.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

std::optional<timestamp> time_of(std::string_view text) {
  timestamp at;
  return from_iso(text, at) ? std::optional(at) : std::nullopt;
}

/// When the sender changed it last, as far as it says.
std::optional<timestamp> told_age(const fhir::node& resource) {
  const auto* meta = resource.get("meta");
  const auto* extensions = meta != nullptr ? meta->get("extension") : nullptr;
  for (const auto* each = extensions != nullptr ? extensions->first : nullptr; each != nullptr;
       each = each->next)
    if (each->str("url") == source_time) return time_of(each->str("valueInstant"));
  return std::nullopt;
}

std::optional<timestamp> own_date(const fhir::node& resource) {
  const auto terms = fhir::terms_of(resource);
  return terms.to ? terms.to : terms.from;
}

bool newer(const fhir::node& incoming, const standing& known) {
  const auto* meta = incoming.get("meta");
  const auto age = meta != nullptr ? time_of(meta->str("lastUpdated")) : std::nullopt;
  const auto stood = told_age(*known.resource);
  if (age && (stood || known.last_updated)) return *age > (stood ? *stood : *known.last_updated);
  const auto there = own_date(incoming), here = own_date(*known.resource);
  return there && here && *there > *here;
}

/// As it stands here, without what an import itself adds.
fhir::node* as_sent(fhir::document& into, const fhir::node& stored, const fhir::node& incoming) {
  auto* out = without_told(into, into.copy(stored));
  auto* meta = out->get("meta");
  if (meta == nullptr) return out;
  const auto* sent = incoming.get("meta");
  if (sent == nullptr || sent->get("source") == nullptr) fhir::document::remove(*meta, "source");
  if (sent == nullptr || sent->get("extension") == nullptr) fhir::document::remove(*meta, "extension");
  else if (const auto* extensions = meta->get("extension")) {
    auto* others = into.array();
    for (const auto* each = extensions->first; each != nullptr; each = each->next)
      if (each->str("url") != source_time) into.push(*others, into.copy(*each));
    into.set(*meta, "extension", others);
  }
  return out;
}

} // namespace

status import_run::meet_patients() {
  std::set<std::pair<std::string, std::string>> numbers;
  for (auto& each : items_) {
    if (!each.open || each.type != "Patient") continue;
    if (const auto met = meet_patient(each); !met) return met;
    if (!each.open) continue;
    const auto mapped = fhir::to_row(*each.resource, in_.around().systems);
    if (!mapped.row) continue;
    for (const auto& key : records::number_keys(*mapped.row)) {
      if (numbers.emplace(key.kind, key.value).second) continue;
      each.unclear = true;
      close(each, fate::conflict, "duplicate", "another entry is a patient with the same " + key.kind);
      if (const auto kept = review(each, "twice-in-bundle",
                                   "another entry is a patient with the same " + key.kind);
          !kept)
        return kept;
      break;
    }
  }
  hold_followers();
  return done{};
}

status import_run::meet_patient(import_item& each) {
  const auto mapped = fhir::to_row(*each.resource, in_.around().systems);
  if (!mapped.row) {
    each.unclear = true;
    close(each, fate::refused, "business-rule",
          mapped.why.empty() ? "the clinic's table cannot hold this patient" : mapped.why);
    return done{};
  }
  if (const auto came_before = recognise(each); !came_before) return came_before;
  const auto before = each.known ? each.known->patient : std::nullopt;
  const auto who = records::claims_of(*mapped.row);
  auto people = candidates(who);
  if (!people) return people.error();
  const auto decided = identity::decide(who, *people);
  auto is = decided.is == identity::decision::kind::same ? decided.patient : std::nullopt;
  if (before && decided.is == identity::decision::kind::none) is = before;
  if (in_.who().patient && is != in_.who().patient) { // said of everybody else alike: nobody learns who is
                                                      // known here, and no person is asked
    each.unclear = true;
    close(each, fate::refused, "forbidden", "the key may write for its own patient only");
    return done{};
  }
  const bool contradicts = before && is && *is != *before;
  if (contradicts || (decided.is == identity::decision::kind::review && !is)) {
    each.unclear = true;
    close(each, fate::conflict, "conflict",
          "it is not clear which patient this is: nothing about them was filed");
    std::string evidence = contradicts ? "was another patient when it came before" : std::string();
    for (const auto& one : decided.evidence) evidence += (evidence.empty() ? "" : "; ") + one;
    return review(each, "unclear-patient", evidence, decided.candidates);
  }
  if (!is) return done{};
  each.patient = is;
  auto known = in_.load(doc_, "Patient", std::to_string(*is));
  if (!known) return known.error();
  if (!*known || (*known)->deleted) {
    each.unclear = true;
    close(each, fate::conflict, "conflict", "the patient was deleted here");
    return review(each, "deleted-here", "the patient was deleted here", {*is});
  }
  each.known = std::move(*known);
  return done{};
}

result<std::vector<model::patient>> import_run::candidates(const identity::claims& who) {
  std::vector<model::patient> out;
  const auto keys = identity::lookup_keys(who);
  if (keys.empty()) return out;
  const auto ids = in_.session().patients_by(keys);
  if (!ids) return ids.error();
  if (ids->empty()) return out;
  ports::row_query ask;
  ask.of = model::table::patients;
  ask.with_entries = false;
  for (const auto id : *ids) ask.keys.push_back(std::to_string(id));
  const auto rows = in_.session().rows(ask);
  if (!rows) return rows.error();
  const auto aliases = in_.session().merges().aliases(*ids);
  if (!aliases) return aliases.error();
  for (const auto& each : *rows) {
    auto& person = out.emplace_back(records::person_of(each.row));
    for (const auto& alias : *aliases)
      if (alias.patient == person.id) person.aliases.push_back(records::looked_up(alias));
  }
  return out;
}

/// By where it came from, else by an identifier; told to the session at once, so that all of it is one round
/// trip.
status import_run::recognise_all() {
  for (const auto& each : items_) {
    if (!each.open || each.type == "Patient") continue;
    ports::entry_query ask;
    ask.type = each.type;
    ask.identifiers = {each.origin};
    ask.homeless_only = false;
    ask.with_deleted = true;
    in_.session().expect(ask);
  }
  for (auto& each : items_)
    if (each.open && each.type != "Patient")
      if (const auto met = recognise(each); !met) return met;
  return done{};
}

status import_run::recognise(import_item& each) {
  ports::entry_query ask;
  ask.type = each.type;
  ask.identifiers = {each.origin};
  ask.homeless_only = false;
  ask.with_deleted = true;
  auto found = in_.session().entries(ask);
  if (!found) return found.error();
  if (found->empty() && each.type != "Patient") {
    ask.identifiers = fhir::terms_of(*each.resource).identifiers;
    std::erase_if(ask.identifiers,
                  [](const std::string& one) { return one.starts_with('|') || one.find('|') == one.npos; });
    if (ask.identifiers.empty()) return done{};
    found = in_.session().entries(ask);
    if (!found) return found.error();
  }
  if (found->empty()) return done{};
  if (found->size() > 1) {
    close(each, fate::conflict, "multiple-matches", "its identifiers are those of several resources");
    return review(each, "several-known", "its identifiers are those of several resources");
  }
  auto known = in_.load(doc_, each.type, found->front().id);
  if (!known) return known.error();
  if (!*known) return done{};
  if ((*known)->deleted) {
    each.gone = true;
    close(each, fate::conflict, "deleted", "it was deleted here");
    return review(each, "deleted-here", "it was deleted here and came again");
  }
  each.known = std::move(*known);
  return done{};
}

status import_run::compare_all() {
  for (auto& each : items_)
    if (each.open && each.known)
      if (const auto compared = compare(each); !compared) return compared;
  return done{};
}

status import_run::compare(import_item& each) {
  const auto& known = *each.known;
  if (is_subset(*each.resource)) {
    each.open = false;
    each.out.is = fate::unchanged;
    each.out.id = known.id;
    each.out.version_id = known.version_id;
    each.patient = known.patient;
    each.out.issues.push_back(
      {fhir::issue::severity::warning, "incomplete", each.path + ".meta.tag",
       "it is marked SUBSETTED, a part of a resource: what stands here stays as it is"});
    return done{};
  }
  if (each.type == "Patient") keep_what_stands(each);
  const auto patient = fhir::patient_of(*each.resource);
  if (each.type != "Patient" && known.patient && patient && *patient != *known.patient) {
    close(each, fate::conflict, "conflict", "it was of another patient when it came before");
    return review(each, "another-patient", "it was of another patient when it came before",
                  {*known.patient, *patient});
  }
  if (same_content(*as_sent(doc_, *known.resource, *each.resource), *without_told(doc_, each.resource))) {
    each.open = false;
    each.out.is = fate::unchanged;
    each.out.id = known.id;
    each.out.version_id = known.version_id;
    each.patient = known.patient;
    return done{};
  }
  if (newer(*each.resource, known)) return done{};
  close(each, fate::conflict, "conflict",
        "it differs from what stands here and is not newer: nothing was overwritten");
  std::vector<model::patient_id> whose;
  if (known.patient) whose.push_back(*known.patient);
  return review(each, "not-newer", "it differs from what stands here and is not newer", whose);
}

/// Another system need not know what the clinic knows of its patient: what it does not tell stays, above all
/// numbers.
void import_run::keep_what_stands(import_item& each) {
  const auto& here = *each.known->resource;
  for (const auto* one = here.first; one != nullptr; one = one->next) {
    if (one->name == "meta" || one->name == "id" || one->name == "text" ||
        each.resource->get(one->name) != nullptr)
      continue;
    doc_.add(*each.resource, one->name, doc_.copy(*one));
  }
  auto* told = each.resource->get("identifier");
  const auto* ours = here.get("identifier");
  if (told == nullptr || ours == nullptr) return;
  for (const auto* one = ours->first; one != nullptr; one = one->next) {
    bool there = false;
    for (const auto* other = told->first; other != nullptr; other = other->next)
      there = there || other->str("system") == one->str("system");
    if (!there) doc_.push(*told, doc_.copy(*one));
  }
}

} // namespace aorta::rest

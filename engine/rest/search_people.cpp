// Patients by keyed hashes: identifiers, and the names and numbers that the store keeps hashes of.
#include "engine/rest/search_steps.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace aorta::rest {
namespace {

using keys = std::vector<identity::lookup_key>;

void add_number(keys& to, const fhir::search_value& value, const fhir::identifier_systems& systems) {
  const std::pair<identity::id_kind, const std::string*> kinds[] = {
    {identity::id_kind::cyprus_id, &systems.cyprus_id},
    {identity::id_kind::arc, &systems.arc},
    {identity::id_kind::mrn, &systems.mrn},
    {identity::id_kind::gesy, &systems.gesy}};
  for (const auto& [kind, system] : kinds) {
    if (value.has_system && value.system != *system) continue;
    if (auto number = identity::normalise(kind, value.text); !number.empty())
      to.push_back({std::string(identity::lookup_kind(kind)), std::move(number)});
  }
}

bool is_name(std::string_view parameter) noexcept {
  return parameter == "name" || parameter == "family" || parameter == "given";
}

void add_kept(keys& to, const fhir::search_value& value) {
  const bool readable = value.text.find('|') == value.text.npos &&
    value.system.find('|') == value.system.npos;
  if (value.text.empty() || !readable) return;
  if (value.system.empty()) to.push_back({"identifier-value", value.text});
  else to.push_back({"identifier", value.system + "|" + value.text});
}

/// Numbers and addresses: whatever equals the value by its digits, or without case, is kept under one of
/// these.
void add_contact(keys& to, std::string_view parameter, const std::string& text) {
  auto phone = identity::phone_search_key(text);
  auto email = identity::email_search_key(text);
  if (parameter == "email" || phone) { // a telecom without a digit may be a mail address in the phone's
                                       // place, which has no key
    if (parameter != "phone" && email) to.push_back(std::move(*email));
    if (parameter != "email" && phone) to.push_back(std::move(*phone));
  }
}

void add_keys(keys& to, const fhir::criterion& what, const fhir::search_value& value,
              const fhir::identifier_systems& systems) {
  const auto name = what.what->name;
  if (is_name(name)) {
    for (auto& key : identity::name_search_keys(value.text)) to.push_back(std::move(key));
  } else if (name == "birthdate" && value.how == fhir::comparison::eq &&
             value.to - value.from == std::chrono::days{1}) {
    to.push_back(identity::birth_date_search_key(
      std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(value.from)}));
  } else if (name == "phone" || name == "email" || name == "telecom") {
    add_contact(to, name, value.text);
  } else if (name == "identifier") {
    const auto before = to.size();
    add_kept(to, value);
    if (to.size() > before) add_number(to, value, systems);
  }
}

/// The keys by which a criterion's patients are kept; none: it cannot be looked up.
keys keys_of(const fhir::criterion& what, const fhir::identifier_systems& systems) {
  keys out;
  if (!what.modifier.empty() && (what.modifier != "exact" || !is_name(what.what->name))) return out;
  for (const auto& value : what.any_of) {
    const auto before = out.size();
    add_keys(out, what, value, systems);
    if (out.size() == before) return {};
  }
  return out;
}

void meet(fhir::narrowing& by, std::vector<std::string> ids, bool& narrowed) {
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (narrowed) {
    std::vector<std::string> both;
    std::set_intersection(by.ids.begin(), by.ids.end(), ids.begin(), ids.end(), std::back_inserter(both));
    ids = std::move(both);
  }
  narrowed = true;
  by.no_match = by.no_match || ids.empty();
  by.ids = std::move(ids);
}

void take(std::vector<std::string>& from, const std::string& text) {
  if (const auto at = std::find(from.begin(), from.end(), text); at != from.end()) from.erase(at);
}

void add_texts(const fhir::node& name, std::vector<std::string>& to) {
  for (const auto member : {"text", "family"})
    if (const auto text = name.str(member); !text.empty()) to.emplace_back(text);
  for (const auto member : {"given", "prefix", "suffix"}) {
    const auto* texts = name.get(member);
    for (const auto* each = texts ? texts->first : nullptr; each; each = each->next)
      if (each->is_string()) to.emplace_back(each->text);
  }
}

/// Every text of a resource's names, as searches look at them, but what a row tells: a later change of the
/// row replaces it in an official name, each once. A roster knows no middle name.
std::vector<std::string> names_in(const fhir::node& patient, const model::record* row) {
  std::vector<std::string> told, out;
  if (row) told = {row->text("last_name"), row->text("first_name")};
  const auto* list = patient.get("name");
  for (const auto* name = list ? list->first : nullptr; name; name = name->next) {
    std::vector<std::string> texts;
    add_texts(*name, texts);
    if (const auto use = name->str("use"); use.empty() || use == "official") {
      for (const auto& each : std::exchange(told, {})) take(texts, each);
    }
    out.insert(out.end(), texts.begin(), texts.end());
  }
  return out;
}

std::vector<std::string> contacts_in(const fhir::node& patient) {
  std::vector<std::string> out;
  const auto* list = patient.get("telecom");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (const auto value = each->str("value"); !value.empty()) out.emplace_back(value);
  return out;
}

keys keys_of_person(const fhir::node& patient, const model::record* row) {
  auto contacts = contacts_in(patient);
  if (row)
    for (const auto column : {"phone", "email"}) take(contacts, row->text(column));
  const std::string birth_date(patient.str("birthDate"));
  timestamp born;
  model::patient all;
  if ((!row || row->text("birth_date").empty()) && birth_date.size() == 10 && from_iso(birth_date, born))
    all.birth_date = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(born)};
  for (const auto& name : names_in(patient, row)) all.last_name += name + " ";
  auto out = identity::search_keys(all);
  for (const auto& each : contacts) {
    if (auto key = identity::phone_search_key(each)) out.push_back(std::move(*key));
    if (auto key = identity::email_search_key(each)) out.push_back(std::move(*key));
  }
  return out;
}

/// Every patient whom it names, wherever.
keys keys_of_named(const fhir::node& resource) {
  std::set<model::patient_id> named;
  fhir::each_reference(resource, [&](const fhir::node& reference) {
    if (const auto who = fhir::patient_named(reference.text)) named.insert(*who);
  });
  keys out;
  for (const auto who : named) out.push_back(ports::participant_key(std::to_string(who)));
  return out;
}

} // namespace

keys further_keys(const fhir::node& resource, const model::record* row) {
  const auto type = resource.str("resourceType");
  if (type == "Patient") return keys_of_person(resource, row);
  return fhir::is_kept_alone(type) || type == "Appointment" ? keys_of_named(resource) : keys();
}

status narrow_patients(repository& in, const std::vector<fhir::criterion>& criteria, fhir::narrowing& by) {
  if (!by.ids.empty() || !by.patients.empty()) return done{};
  bool narrowed = false;
  for (const auto& each : criteria) {
    if (each.what == nullptr || by.no_match || each.missing) continue;
    const auto looked = keys_of(each, in.around().systems);
    if (looked.empty()) continue;
    auto found = in.session().people_by(looked);
    if (!found) return found.error();
    meet(by, std::move(*found), narrowed);
  }
  by.identifiers.clear(); // all that they can find is among the ids
  return done{};
}

} // namespace aorta::rest

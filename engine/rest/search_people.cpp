// Patients by keyed hashes: identifiers, and the names and numbers that the store keeps hashes of.
#include "engine/rest/search_steps.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

using keys = std::vector<identity::lookup_key>;

void add_number(keys& to, const fhir::search_value& value, const fhir::identifier_systems& systems) {
  const std::pair<identity::id_kind, const std::string*> kinds[] = {{identity::id_kind::cyprus_id, &systems.cyprus_id},
                                                                    {identity::id_kind::arc, &systems.arc},
                                                                    {identity::id_kind::mrn, &systems.mrn},
                                                                    {identity::id_kind::gesy, &systems.gesy}};
  for (const auto& [kind, system] : kinds) {
    if (value.has_system && value.system != *system) continue;
    if (auto number = identity::normalise(kind, value.text); !number.empty()) to.push_back({std::string(identity::lookup_kind(kind)), std::move(number)});
  }
}

result<std::vector<std::string>> by_identifier(repository& in, const fhir::criterion& what, const std::vector<std::string>& identifiers) {
  keys looked;
  for (const auto& value : what.any_of) add_number(looked, value, in.around().systems);
  std::vector<std::string> out;
  ports::entry_query kept;
  kept.type = "Patient";
  kept.identifiers = identifiers;
  kept.homeless_only = false;
  auto entries = in.session().entries(kept);
  if (!entries) return entries.error();
  for (const auto& each : *entries) out.push_back(each.id);
  if (looked.empty()) return out;
  auto found = in.session().patients_by(looked);
  if (!found) return found.error();
  for (const auto id : *found) out.push_back(std::to_string(id));
  return out;
}

bool is_name(std::string_view parameter) noexcept { return parameter == "name" || parameter == "family" || parameter == "given"; }

/// The keys by which a criterion's patients are kept; none: it cannot be looked up.
keys keys_of(const fhir::criterion& what) {
  keys out;
  const bool whole = what.modifier.empty() || what.modifier == "exact";
  for (const auto& value : what.any_of) {
    const auto before = out.size();
    if (is_name(what.what->name) && whole) {
      for (auto& key : identity::name_search_keys(value.text)) out.push_back(std::move(key));
    } else if (what.what->name == "birthdate" && what.modifier.empty() && value.how == fhir::comparison::eq && value.to - value.from == std::chrono::days{1}) {
      out.push_back(identity::birth_date_search_key(std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(value.from)}));
    }
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

} // namespace

status narrow_patients(repository& in, const std::vector<fhir::criterion>& criteria, fhir::narrowing& by) {
  if (!by.ids.empty() || !by.patients.empty()) return done{};
  bool narrowed = false;
  for (const auto& each : criteria) {
    if (each.what == nullptr || by.no_match || each.missing) continue;
    if (each.what->name == "identifier" && each.modifier.empty() && !by.identifiers.empty() && each.any_of.size() == by.identifiers.size()) {
      auto ids = by_identifier(in, each, by.identifiers);
      if (!ids) return ids.error();
      meet(by, std::move(*ids), narrowed);
      continue;
    }
    const auto looked = keys_of(each);
    if (looked.empty()) continue;
    auto found = in.session().patients_by(looked);
    if (!found) return found.error();
    std::vector<std::string> ids;
    for (const auto id : *found) ids.push_back(std::to_string(id));
    meet(by, std::move(ids), narrowed);
  }
  by.identifiers.clear(); // all that they can find is among the ids
  return done{};
}

} // namespace aorta::rest

#include "engine/rest/merged_people.hpp"

#include "engine/rest/live.hpp"
#include "engine/rest/sources.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

void add_patient_link(fhir::document& into, fhir::node& patient, model::patient_id other,
                      std::string_view type) {
  auto* links = patient.get("link");
  const auto reference = "Patient/" + std::to_string(other);
  for (const auto* each = links != nullptr ? links->first : nullptr; each != nullptr; each = each->next)
    if (const auto* there = each->get("other"); there != nullptr && there->str("reference") == reference)
      return;
  if (links == nullptr) links = into.add(patient, "link", into.array());
  auto* one = into.push(*links, into.object());
  auto* who = into.add(*one, "other", into.object());
  into.add(*who, "reference", reference);
  into.add(*one, "type", type);
}

const std::string* system_of(const fhir::identifier_systems& systems, std::string_view kind) {
  using identity::id_kind;
  for (const auto& [is, system] :
       {std::pair(id_kind::mrn, &systems.mrn), std::pair(id_kind::gesy, &systems.gesy),
        std::pair(id_kind::cyprus_id, &systems.cyprus_id), std::pair(id_kind::arc, &systems.arc)})
    if (identity::lookup_kind(is) == kind) return system;
  return nullptr;
}

bool has_identifier(const fhir::node& patient, std::string_view system, std::string_view value) {
  const auto* all = patient.get("identifier");
  for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next)
    if (each->str("system") == system && each->str("value") == value) return true;
  return false;
}

void add_number(fhir::document& into, fhir::node& patient, const std::string& system,
                const std::string& value) {
  if (has_identifier(patient, system, value)) return;
  auto* all = patient.get("identifier");
  if (all == nullptr) all = into.add(patient, "identifier", into.array());
  auto* one = into.push(*all, into.object());
  into.add(*one, "use", "old");
  into.add(*one, "system", system);
  into.add(*one, "value", value);
}

} // namespace

status tell_merges(fhir::document& into, repository& in, std::span<standing* const> patients) {
  std::vector<model::patient_id> ids;
  for (const auto* each : patients)
    if (each->type == "Patient" && each->resource != nullptr && each->patient) ids.push_back(*each->patient);
  if (ids.empty()) return done{};
  const auto merges = in.session().merges().standing(ids);
  if (!merges) return merges.error();
  if (merges->empty()) return done{};
  const auto aliases = in.session().merges().aliases(ids);
  if (!aliases) return aliases.error();
  for (auto* each : patients) {
    if (each->resource == nullptr) continue;
    for (const auto& merge : *merges)
      if (merge.merged && merge.survivor == each->patient)
        add_patient_link(into, *each->resource, *merge.merged, "replaces");
    for (const auto& alias : *aliases)
      if (const auto* system = system_of(in.around().systems, alias.kind);
          system != nullptr && alias.patient == each->patient)
        add_number(into, *each->resource, *system, alias.value);
  }
  return done{};
}

result<fhir::node*> without_merges(fhir::document& into, repository& in, fhir::node* patient,
                                   model::patient_id who) {
  const auto holds = [&](std::string_view list, std::string_view member, std::string_view word) {
    const auto* all = patient->get(list);
    for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next)
      if (each->str(member) == word) return true;
    return false;
  };
  if (!holds("link", "type", "replaces") && !holds("identifier", "use", "old")) return patient;
  const auto merges = in.session().merges().standing({&who, 1});
  if (!merges) return merges.error();
  const auto aliases = in.session().merges().aliases({&who, 1});
  if (!aliases) return aliases.error();
  const auto told_link = [&](const fhir::node& one) {
    const auto* other = one.get("other");
    return other != nullptr && one.str("type") == "replaces" &&
      std::any_of(merges->begin(), merges->end(), [&](const auto& merge) {
             return merge.merged && merge.survivor == who &&
               other->str("reference") == "Patient/" + std::to_string(*merge.merged);
           });
  };
  const auto told_number = [&](const fhir::node& one) {
    return one.str("use") == "old" && std::any_of(aliases->begin(), aliases->end(), [&](const auto& alias) {
             const auto* system = system_of(in.around().systems, alias.kind);
             return system != nullptr && one.str("system") == *system && one.str("value") == alias.value;
           });
  };
  auto* out = into.copy(*patient);
  const auto take = [&](std::string_view list, const auto& told) {
    const auto* all = patient->get(list);
    if (all == nullptr) return;
    auto* kept = into.array();
    for (const auto* each = all->first; each != nullptr; each = each->next)
      if (!told(*each)) into.push(*kept, into.copy(*each));
    if (kept->size > 0) into.set(*out, list, kept);
    else fhir::document::remove(*out, list);
  };
  take("link", told_link);
  take("identifier", told_number);
  return out;
}

result<std::optional<standing>> merged_patient(fhir::document& into, repository& in, const std::string& id) {
  const auto at = fhir::place_of("Patient", id);
  if (!at || !is_number(id)) return std::optional<standing>();
  const model::patient_id who = std::stoll(id);
  const auto merges = in.session().merges().standing({&who, 1});
  if (!merges) return merges.error();
  const auto on = std::find_if(merges->begin(), merges->end(),
                               [&](const auto& each) { return each.merged == who; });
  if (on == merges->end()) return std::optional<standing>();
  auto rows = in.session().rows(rows_of(at->of, "Patient", {at->key}));
  if (!rows) return rows.error();
  if (rows->empty()) return std::optional<standing>();
  auto row = std::move(rows->front().row);
  row.set("is_deleted", "false"); // it is shown all the same
  row.set("status", "inactive");
  auto one = stand(into, "Patient", std::move(row), rows->front().entries, {}, {}, in.around());
  if (!one || !*one || (*one)->resource == nullptr || !visible(in.who(), **one)) return one;
  auto& patient = *(*one)->resource;
  into.set(patient, "active", into.boolean(false));
  add_patient_link(into, patient, on->survivor, "replaced-by");
  return one;
}

} // namespace aorta::rest

#include "engine/records/people.hpp"

#include "engine/base/clock.hpp"

#include <chrono>

namespace aorta::records {

model::patient person_of(const model::record& row) {
  model::patient out;
  if (!row.key().empty()) out.id = std::stoll(row.key());
  out.mrn = row.text("mrn");
  out.first_name = row.text("first_name");
  out.last_name = row.text("last_name");
  if (timestamp at; from_iso(row.text("birth_date"), at))
    out.birth_date = std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(at));
  out.sex = model::gender_from(row.text("gender")).value_or(model::gender::unknown);
  out.cyprus_id = row.text("cyprus_id");
  out.arc_number = row.text("arc_number");
  out.gesy_beneficiary_id = row.text("gesy_beneficiary_id");
  out.phone = row.text("phone");
  out.email = row.text("email");
  return out;
}

identity::claims claims_of(const model::record& row) {
  const auto who = person_of(row);
  identity::claims out;
  const std::pair<identity::id_kind, const std::string*> numbers[] = {
    {identity::id_kind::cyprus_id, &who.cyprus_id},
    {identity::id_kind::arc, &who.arc_number},
    {identity::id_kind::mrn, &who.mrn},
    {identity::id_kind::gesy, &who.gesy_beneficiary_id}};
  for (const auto& [kind, number] : numbers)
    if (auto value = identity::normalise(kind, *number); !value.empty())
      out.ids.push_back({kind, std::move(value), {}});
  if (!who.last_name.empty() || !who.first_name.empty()) out.names.push_back({who.last_name, who.first_name});
  out.birth_date = who.birth_date;
  out.sex = who.sex;
  return out;
}

model::number_alias looked_up(const ports::patient_alias& alias) {
  using identity::id_kind;
  for (const auto kind : {id_kind::cyprus_id, id_kind::arc, id_kind::mrn, id_kind::gesy})
    if (identity::lookup_kind(kind) == alias.kind)
      return {alias.kind, identity::normalise(kind, alias.value)};
  return {alias.kind, alias.value};
}

std::vector<identity::lookup_key> number_keys(const model::record& row) {
  auto keys = identity::lookup_keys(person_of(row));
  using identity::id_kind;
  std::erase_if(keys, [](const identity::lookup_key& each) { // a placeholder makes nobody the same person;
                                                             // the clinic's own number stays unique
    if (each.kind == "name_dob") return true;
    for (const auto kind : {id_kind::cyprus_id, id_kind::arc, id_kind::gesy})
      if (each.kind == identity::lookup_kind(kind)) return identity::is_placeholder(kind, each.value);
    return false;
  });
  return keys;
}

std::string patient_text(model::patient_id who) { return "patient " + std::to_string(who); }

} // namespace aorta::records

#include "engine/store/records/person_words.hpp"

#include "engine/identity/identity.hpp"
#include "engine/store/records/patient_columns.hpp"
#include "engine/store/sql/failure.hpp"

#include <rapidjson/document.h>

#include <array>

namespace aorta::store {
namespace {

/// Which strings of JSON tell who somebody is: of FHIR's Patient, and of the addresses and contacts that
/// OpenHeart keeps as JSON. Towns and countries are everybody's.
bool tells_name(std::string_view member) {
  return member == "family" || member == "given" || member == "name";
}
bool tells_else(std::string_view member) {
  return member == "value" || member == "text" || member == "line" || member == "street" ||
    member == "phone" || member == "email" || member == "address";
}

void add_json(const rapidjson::Value& of, std::string_view member, person_words& to) {
  if (of.IsObject())
    for (const auto& each : of.GetObject())
      add_json(each.value, {each.name.GetString(), each.name.GetStringLength()}, to);
  else if (of.IsArray())
    for (const auto& each : of.GetArray()) add_json(each, member, to);
  else if (of.IsString()) {
    const std::string_view text(of.GetString(), of.GetStringLength());
    if (tells_name(member)) to.all.add_name(text), to.names.add_name(text);
    else if (tells_else(member)) to.all.add(text);
  }
}

void add_text_or_json(const std::string& text, person_words& to) {
  rapidjson::Document said;
  said.Parse(text.data(), text.size());
  if (said.HasParseError() || said.IsNumber()) to.all.add(text);
  else add_json(said, "value", to);
}

void add_number(std::string_view kind, const std::string& number, person_words& to) {
  const bool own = kind == identity::lookup_kind(identity::id_kind::mrn);
  // `normalise` takes these for one number.
  for (const auto& spelling : own ? std::vector{number} : std::vector{number, "CY" + number, "0" + number}) {
    to.all.add(spelling);
    (own ? to.own : to.national).add(spelling);
  }
}

enum class personal_part : uint8_t { name, mrn, national, contact, birth };
struct personal_column {
  const char* name;
  personal_part is;
  bool sealed;
};
constexpr std::array<personal_column, 12> personal_columns{
  {{"p.mrn", personal_part::mrn, false},
   {"p.birth_date", personal_part::birth, false},
   {"p.gesy_beneficiary_id", personal_part::national, false},
   {"i.first_name_encrypted", personal_part::name, true},
   {"i.last_name_encrypted", personal_part::name, true},
   {"i.middle_name_encrypted", personal_part::name, true},
   {"i.cyprus_id_encrypted", personal_part::national, true},
   {"i.arc_number_encrypted", personal_part::national, true},
   {"i.phone_encrypted", personal_part::contact, true},
   {"i.email_encrypted", personal_part::contact, true},
   {"i.address_encrypted", personal_part::contact, true},
   {"i.emergency_contact_encrypted", personal_part::contact, true}}};

void add_cell(personal_part is, const std::string& text, person_words& to) {
  switch (is) {
    case personal_part::name:
      to.all.add_name(text);
      to.names.add_name(text);
      return;
    case personal_part::mrn: return add_number(identity::lookup_kind(identity::id_kind::mrn), text, to);
    case personal_part::national: return add_number("", text, to);
    case personal_part::contact: return add_text_or_json(text, to);
    case personal_part::birth: return to.birth.add(text.substr(0, 10));
  }
}

void add_rows(record_talk& with, const std::string& people, person_words& to) {
  sql_text sql = with.text();
  sql << "SELECT ";
  for (size_t i = 0; i < personal_columns.size(); ++i) sql << (i > 0 ? ", " : "") << personal_columns[i].name;
  sql << " FROM patients p LEFT JOIN patient_pii i ON i.patient_id = p.patient_id WHERE p.patient_id"
      << people;
  for (const auto& row : with.ask(sql))
    for (size_t i = 0; i < personal_columns.size(); ++i) {
      if (!row[i] || row[i]->empty()) continue;
      const auto plain = personal_columns[i].sealed ? with.context().locks->decrypt(*row[i]) : row[i];
      if (!plain)
        throw failure({error_code::internal, "", "a patient's data cannot be read with the configured key"});
      add_cell(personal_columns[i].is, *plain, to);
    }
}

} // namespace

person_words words_of(record_talk& with, std::span<const model::patient_id> people) {
  person_words out;
  const auto which = in_people(people);
  auto& locks = *with.context().locks;
  add_rows(with, which, out);
  sql_text aliases = with.text();
  aliases << "SELECT kind, value FROM patient_aliases WHERE patient_id" << which;
  for (const auto& row : with.ask(aliases))
    if (const auto number = locks.decrypt(required(row[1]))) add_number(required(row[0]), *number, out);
  for (const auto* table : {"fhir_resources", "fhir_resource_versions"}) {
    sql_text kept = with.text();
    kept << "SELECT content FROM " << table << " WHERE type = 'Patient' AND id"
         << kept.list(texts_of(people), "text") << " AND clinic_id" << kept.beside(with.context().clinic)
         << " AND content IS NOT NULL";
    for (const auto& row : with.ask(kept))
      if (const auto json = locks.unseal(required(row[0]))) add_text_or_json(*json, out);
  }
  return out;
}

} // namespace aorta::store

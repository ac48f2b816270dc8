#include "engine/store/records/patient_rows.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/messages/lane_session.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/messages/waiting_rows.hpp"

#include <cstdio>

namespace aorta::store {
namespace {

using ports::roster_outcome;

constexpr const char* patient_with_names =
  "SELECT CAST(p.patient_id AS text), p.mrn, CAST(p.birth_date AS text), CAST(p.gender AS text), p.gesy_beneficiary_id,"
  " i.first_name_encrypted, i.last_name_encrypted, i.cyprus_id_encrypted, i.arc_number_encrypted, i.phone_encrypted,"
  " i.email_encrypted, i.address_encrypted FROM patients p LEFT JOIN patient_pii i ON i.patient_id = p.patient_id";

std::string day_text(const std::optional<std::chrono::year_month_day>& day) {
  if (!day) return {};
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%04d-%02u-%02u", int(day->year()), unsigned(day->month()),
                unsigned(day->day()));
  return buffer;
}

model::patient in_clear(const text_row& row, cipher& locks) {
  const auto cell = [&](size_t i) { return required(row[i]); };
  const found_patient found{
    read_integer(cell(0)), {}, cell(1), cell(2), cell(3), cell(4), cell(5), cell(6), cell(7), cell(8)};
  model::patient out = open_patient(found, locks);
  const auto open = [&](size_t i) {
    return row[i] && !row[i]->empty() ? locks.decrypt(*row[i]).value_or("") : std::string();
  };
  out.phone = open(9);
  out.email = open(10);
  out.city = read_json_member(open(11), "city");
  return out;
}

bool same(const model::patient& a, const model::patient& b) {
  return a.mrn == b.mrn && a.first_name == b.first_name && a.last_name == b.last_name &&
    a.birth_date == b.birth_date && a.sex == b.sex && a.cyprus_id == b.cyprus_id &&
    a.arc_number == b.arc_number && a.gesy_beneficiary_id == b.gesy_beneficiary_id && a.phone == b.phone &&
    a.email == b.email && a.city == b.city;
}

void add_keys(conversation& with, const database& of, model::clinic_id clinic, const model::patient& row,
              const std::vector<identity::lookup_key>& keys, cipher& locks) {
  note_patient(with, clinic, row.id, of.how.clock->now());
  std::string rows; // in one statement: a name has many keys. Kinds are words of our own
  for (const auto& key : keys)
    rows += (rows.empty() ? "(" : ", (") + std::to_string(clinic) + ", " +
      hash_literal(of.speaks, locks.blind(clinic, key.kind, key.value)) + ", '" + key.kind + "', " +
      std::to_string(row.id) + ")";
  if (!rows.empty())
    with.tell("INSERT INTO patient_blind_index (clinic_id, hash, kind, patient_id) VALUES " + rows +
                " ON CONFLICT DO NOTHING",
              {});
}

void index(conversation& with, const database& of, model::clinic_id clinic, const model::patient& row,
           cipher& locks) {
  with.tell("DELETE FROM patient_blind_index WHERE patient_id = :a AND kind NOT IN ('decided', 'alias')",
            {std::to_string(row.id)});
  add_keys(with, of, clinic, row, keys_of(row), locks);
}

/// Those keys alone by which messages find a patient: what searches need may hold more than these columns
/// tell.
void index_for_messages(conversation& with, const database& of, model::clinic_id clinic,
                        const model::patient& row, cipher& locks) {
  with.tell(
    "DELETE FROM patient_blind_index WHERE patient_id = :a AND kind IN ('cyprus_id', 'arc', 'passport', 'mrn', 'gesy', 'name_dob')",
    {std::to_string(row.id)});
  add_keys(with, of, clinic, row, identity::lookup_keys(row), locks);
}

constexpr const char* has_pii = " AND i.anonymized_at IS NULL AND i.patient_id IS NOT NULL";

std::vector<model::clinic_id> clinics_of(database& of, soci::session& session) {
  std::vector<model::clinic_id> out;
  conversation with(of, session, std::nullopt, false);
  for (const auto& row : with.ask("SELECT CAST(clinic_id AS text) FROM clinics", {}, 1))
    out.push_back(read_integer(required(row[0])));
  return out;
}

/// In pieces, so that filing does not wait for all of a large clinic.
void index_anew(database& of, soci::session& session, model::clinic_id clinic, cipher& locks) {
  constexpr size_t piece = 500;
  model::patient_id last = 0;
  for (size_t count = piece; count == piece;) {
    conversation with(of, session, clinic, true);
    const auto rows = with.ask(std::string(patient_with_names) +
                                 " WHERE p.clinic_id = :a AND p.patient_id > :b" + has_pii +
                                 " ORDER BY p.patient_id LIMIT " + std::to_string(piece),
                               {std::to_string(clinic), std::to_string(last)}, 12);
    for (const auto& row : rows) {
      const auto patient = in_clear(row, locks);
      last = patient.id;
      index_for_messages(with, of, clinic, patient, locks);
    }
    with.commit();
    count = rows.size();
  }
}

void put_pii(conversation& with, const database& of, const model::patient& row, cipher& locks,
             const std::string& address) {
  const auto now = of.how.clock->now();
  const auto token = [&](const std::string& v) {
    return v.empty() ? std::nullopt : std::optional(locks.encrypt(v, now));
  };
  with.tell(
    "INSERT INTO patient_pii (patient_id, first_name_encrypted, last_name_encrypted, cyprus_id_encrypted, arc_number_encrypted,"
    " phone_encrypted, email_encrypted, address_encrypted, encryption_key_version) VALUES (" +
      std::to_string(row.id) +
      ", :a, :b, :c, :d, :e, :f, :g, 1) ON CONFLICT (patient_id) DO UPDATE SET first_name_encrypted = excluded.first_name_encrypted,"
      " last_name_encrypted = excluded.last_name_encrypted, cyprus_id_encrypted = excluded.cyprus_id_encrypted, arc_number_encrypted ="
      " excluded.arc_number_encrypted, phone_encrypted = excluded.phone_encrypted, email_encrypted = excluded.email_encrypted,"
      " address_encrypted = excluded.address_encrypted",
    {token(row.first_name), token(row.last_name), token(row.cyprus_id), token(row.arc_number),
     token(row.phone), token(row.email), token(address)});
}

} // namespace

std::vector<identity::lookup_key> keys_of(const model::patient& who, std::string_view middle_name) {
  auto keys = identity::lookup_keys(who);
  for (auto& key : identity::search_keys(who, middle_name)) keys.push_back(std::move(key));
  return keys;
}

roster_outcome put_patient(conversation& with, const database& of, model::clinic_id clinic,
                           const model::patient& wanted, cipher& locks) {
  model::patient row = wanted;
  const auto found = with.ask(std::string(patient_with_names) + " WHERE p.clinic_id = :a AND p.mrn = :b",
                              {std::to_string(clinic), row.mrn}, 12);
  auto outcome = roster_outcome::added;
  std::string address;
  if (!found.empty()) {
    outcome = roster_outcome::updated;
    const auto before = in_clear(found[0], locks);
    row.id = before.id;
    if (same(before, row)) return roster_outcome::unchanged;
    if (found[0][11]) address = locks.decrypt(*found[0][11]).value_or("");
    with.tell(
      "UPDATE patients SET birth_date = :a, gender = :b, gesy_beneficiary_id = :c WHERE patient_id = " +
        std::to_string(row.id),
      {or_null(day_text(row.birth_date)), std::string(name(row.sex)), or_null(row.gesy_beneficiary_id)});
  } else {
    const auto made = with.ask(
      "INSERT INTO patients (clinic_id, mrn, birth_date, gender, gesy_beneficiary_id) VALUES (" +
        std::to_string(clinic) + ", :a, :b, :c, :d) RETURNING CAST(patient_id AS text)",
      {row.mrn, or_null(day_text(row.birth_date)), std::string(name(row.sex)),
       or_null(row.gesy_beneficiary_id)},
      1);
    row.id = read_integer(required(made.at(0)[0]));
  }
  put_pii(with, of, row, locks, with_city(address, row.city));
  index(with, of, clinic, row, locks);
  return outcome;
}

result<model::patient_id> add_patient(conversation& with, const database& of, model::clinic_id clinic,
                                      const model::patient& row, cipher& locks) {
  if (const auto held = with.ask(
        "SELECT CAST(patient_id AS text) FROM patients WHERE clinic_id = :a AND mrn = :b",
        {std::to_string(clinic), row.mrn}, 1);
      !held.empty())
    return error{error_code::conflict, "", "patient " + required(held[0][0]) + " has this mrn already"};
  for (const auto& key : identity::lookup_keys(row)) {
    if (key.kind == "name_dob") continue; // namesakes are people of their own
    const auto held = with.ask(
      "SELECT CAST(patient_id AS text) FROM patient_blind_index WHERE clinic_id = :a AND hash = " +
        hash_literal(of.speaks, locks.blind(clinic, key.kind, key.value)),
      {std::to_string(clinic)}, 1);
    if (!held.empty())
      return error{error_code::conflict, "",
                   "patient " + required(held[0][0]) + " has this " + key.kind + " already"};
  }
  put_patient(with, of, clinic, row, locks);
  const auto made = with.ask(
    "SELECT CAST(patient_id AS text) FROM patients WHERE clinic_id = :a AND mrn = :b",
    {std::to_string(clinic), row.mrn}, 1);
  return read_integer(required(made.at(0)[0]));
}

std::optional<model::patient> read_patient(conversation& with, model::clinic_id clinic, model::patient_id id,
                                           cipher& locks) {
  const auto rows = with.ask(std::string(patient_with_names) +
                               " WHERE p.clinic_id = :a AND p.patient_id = :b",
                             {std::to_string(clinic), std::to_string(id)}, 12);
  if (rows.empty()) return std::nullopt;
  return in_clear(rows[0], locks);
}

void index_unfindable(database& of, soci::session& session, cipher& locks) {
  for (const auto clinic : clinics_of(of, session)) {
    conversation with(of, session, clinic, true);
    const auto rows = with.ask(
      std::string(patient_with_names) + " WHERE p.clinic_id = :a" + has_pii +
        " AND NOT EXISTS (SELECT 1 FROM patient_blind_index b WHERE b.patient_id = p.patient_id AND b.kind NOT IN ('decided', 'alias'))",
      {std::to_string(clinic)}, 12);
    for (const auto& row : rows) index(with, of, clinic, in_clear(row, locks), locks);
    with.commit();
  }
  if (has_current_keys(of, session)) return;
  for (const auto clinic : clinics_of(of, session)) index_anew(of, session, clinic, locks);
  conversation with(of, session, std::nullopt, true);
  with.tell(
    "INSERT INTO aorta_meta (key, value) VALUES ('lookup-keys', :a) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    {std::to_string(identity::lookup_version)});
  with.commit();
}

bool has_current_keys(database& of, soci::session& session) {
  conversation with(of, session, std::nullopt, false);
  const auto rows = with.ask("SELECT value FROM aorta_meta WHERE key = 'lookup-keys'", {}, 1);
  return !rows.empty() && rows[0][0] == std::to_string(identity::lookup_version);
}

} // namespace aorta::store

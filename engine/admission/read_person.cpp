// PID and NK1 as columns of `patients`.
#include "engine/admission/reading.hpp"
#include "engine/fhir/document.hpp"
#include "engine/lab/person.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <cstdio>

namespace aorta::admission {
namespace {

using lab::trimmed, lab::upper_code;

bool is_null(const hl7::segment_view& of, size_t field) { return of.field(field).is == hl7::presence::null; }

void say(reader& all, std::string_view column, std::optional<std::string> value) {
  all.out.person.emplace_back(column, std::move(value));
}

void say_number(reader& all, identity::id_kind kind, std::string_view column) {
  for (const auto& each : all.out.who.ids)
    if (each.kind == kind && !identity::is_placeholder(kind, each.value)) return say(all, column, each.value);
}

/// The clinic's own number as it was written: what is compared has neither dashes nor small letters.
void find_mrn(reader& all, const hl7::segment_view& pid) {
  for (size_t n = 1; n <= pid.repetitions(3) && all.out.mrn.empty(); ++n) {
    std::vector<identity::typed_id> one;
    const auto sent = all.from.text.get(pid, 3, n, 1, 1);
    const auto type = all.from.text.get(pid, 3, n, 5), by = lab::issuer(all.from.text, pid, 3, n);
    const auto id = identity::type_id(sent, type, by, all.from.clinic_code);
    if (id.kind == identity::id_kind::mrn && !id.value.empty()) all.out.mrn = std::string(trimmed(sent));
  }
}

std::string text_of(const std::chrono::year_month_day& day) {
  char out[32];
  std::snprintf(out, sizeof out, "%04d-%02u-%02u", int(day.year()), unsigned(day.month()),
                unsigned(day.day()));
  return out;
}

void say_name(reader& all, const hl7::segment_view& pid) {
  if (is_null(pid, 5)) all.from.note("PID-5", "name", "a patient keeps a name: it is not erased");
  if (all.out.who.names.empty()) return;
  const auto& legal = all.out.who.names.front();
  if (!identity::says_something(legal)) return; // UNKNOWN, BABY OF: the name that stands stays
  if (!legal.family.empty()) say(all, "last_name", legal.family);
  if (!legal.given.empty()) say(all, "first_name", legal.given);
  for (size_t n = 1; n <= pid.repetitions(5); ++n)
    if (all.from.text.get(pid, 5, n, 1, 1) == legal.family && all.from.text.get(pid, 5, n, 2) == legal.given)
      if (const auto middle = all.from.text.get(pid, 5, n, 3); !middle.empty())
        return say(all, "middle_name", middle);
}

void put(fhir::document& into, fhir::node& to, std::string_view name, const std::string& text) {
  if (!text.empty()) into.add(to, name, text);
}

/// XAD: the clinic's JSON of an address. One that is known to be wrong (BA), or is the place of birth, is
/// none.
std::optional<std::string> address_of(reader& all, const hl7::segment_view& pid, size_t n) {
  const auto type = upper_code(all.from.text.get(pid, 11, n, 7));
  if (type == "BA" || type == "N" || type == "BDL" || type == "BR") return std::nullopt;
  fhir::document into;
  auto& out = *into.object();
  auto street = all.from.text.get(pid, 11, n, 1, 1);
  if (const auto more = all.from.text.get(pid, 11, n, 2); !more.empty())
    street += (street.empty() ? "" : ", ") + more;
  put(into, out, "street", street);
  put(into, out, "city", all.from.text.get(pid, 11, n, 3));
  put(into, out, "state", all.from.text.get(pid, 11, n, 4));
  put(into, out, "postal_code", all.from.text.get(pid, 11, n, 5));
  put(into, out, "country", all.from.text.get(pid, 11, n, 6));
  return out.size == 0 ? std::nullopt : std::optional(fhir::write(out));
}

/// XTN: the number as it was written, else of its parts.
std::string phone_of(reader& all, const hl7::segment_view& from, size_t field, size_t n) {
  auto whole = all.from.text.get(from, field, n, 1);
  if (!trimmed(whole).empty()) return std::string(trimmed(whole));
  whole = all.from.text.get(from, field, n, 12);
  if (!trimmed(whole).empty()) return std::string(trimmed(whole));
  const auto country = all.from.text.get(from, field, n, 5), area = all.from.text.get(from, field, n, 6),
             number = all.from.text.get(from, field, n, 7);
  if (number.empty()) return {};
  return (country.empty() ? "" : "+" + country + " ") + (area.empty() ? "" : area + " ") + number;
}

bool is_mail(reader& all, const hl7::segment_view& from, size_t field, size_t n) {
  const auto use = upper_code(all.from.text.get(from, field, n, 2)),
             kind = upper_code(all.from.text.get(from, field, n, 3));
  return use == "NET" || kind == "INTERNET" || kind == "X.400";
}

void say_telecom(reader& all, const hl7::segment_view& pid) {
  if (is_null(pid, 13)) return say(all, "phone", std::nullopt), say(all, "email", std::nullopt);
  bool phone = false, mail = false;
  for (size_t n = 1; n <= pid.repetitions(13); ++n) {
    auto address = all.from.text.get(pid, 13, n, 4);
    if (is_mail(all, pid, 13, n) && address.empty()) address = all.from.text.get(pid, 13, n, 1);
    if (!mail && address.find('@') != std::string::npos) {
      say(all, "email", std::string(trimmed(address)));
      mail = true;
    }
    if (is_mail(all, pid, 13, n) || phone || upper_code(all.from.text.get(pid, 13, n, 3)) == "FX") continue;
    if (auto number = phone_of(all, pid, 13, n); !number.empty()) {
      say(all, "phone", std::move(number));
      phone = true;
    }
  }
}

void say_address(reader& all, const hl7::segment_view& pid) {
  if (is_null(pid, 11)) return say(all, "address", std::nullopt);
  for (size_t n = 1; n <= pid.repetitions(11); ++n)
    if (auto json = address_of(all, pid, n)) return say(all, "address", std::move(json));
}

void say_death(reader& all, const hl7::segment_view& pid) {
  const auto word = upper_code(all.from.text.first(pid, 30));
  if (word == "Y") say(all, "status", "deceased");
  all.out.deceased_denied = word == "N" || is_null(pid, 30);
}

} // namespace

status read_patient(reader& all, const hl7::segment_view& pid) {
  if (auto read = all.from.person(pid, {2, 3, 4, 5, 11, 13}); !read) return read;
  find_mrn(all, pid);
  say_name(all, pid);
  const auto& born = all.out.who.birth_date;
  const bool placeholder = born && identity::weigh_date(*born) == identity::date_weight::nothing;
  if (placeholder) all.from.note("PID-7", "birth-date", "a date that says nothing: what stands stays");
  else if (born) say(all, "birth_date", text_of(*born));
  else if (is_null(pid, 7)) say(all, "birth_date", std::nullopt);
  if (is_null(pid, 8)) say(all, "gender", "unknown");
  else if (all.out.who.sex != model::gender::unknown)
    say(all, "gender", std::string(model::name(all.out.who.sex)));
  say_number(all, identity::id_kind::cyprus_id, "cyprus_id");
  say_number(all, identity::id_kind::arc, "arc_number");
  say_number(all, identity::id_kind::gesy, "gesy_beneficiary_id");
  say_address(all, pid);
  say_telecom(all, pid);
  say_death(all, pid);
  return done{};
}

/// The emergency contact, else the first one that is named.
void read_contact(reader& all, const hl7::segment_view& nk1) {
  constexpr std::string_view column = "emergency_contact";
  auto& person = all.out.person;
  const auto role = upper_code(all.from.text.get(nk1, 7, 1, 1)),
             kin = upper_code(all.from.text.get(nk1, 3, 1, 1));
  const bool emergency = role == "C" || kin == "EMC";
  const auto known = std::find_if(person.begin(), person.end(),
                                  [&](const auto& s) { return s.first == column; });
  if (known != person.end() && !emergency) return;
  fhir::document into;
  auto& out = *into.object();
  auto name = all.from.text.get(nk1, 2, 1, 2);
  if (const auto family = all.from.text.get(nk1, 2, 1, 1, 1); !family.empty())
    name += (name.empty() ? "" : " ") + family;
  put(into, out, "name", name);
  put(into, out, "phone", phone_of(all, nk1, 5, 1));
  auto relation = all.from.text.get(nk1, 3, 1, 2);
  put(into, out, "relationship", relation.empty() ? all.from.text.get(nk1, 3, 1, 1) : relation);
  if (out.size == 0) return;
  if (known != person.end()) known->second = fhir::write(out);
  else say(all, column, fhir::write(out));
}

} // namespace aorta::admission

// Patient: patients with the decrypted columns of patient_pii.
#include "engine/fhir/map_parts.hpp"

namespace aorta::fhir {
namespace {

constexpr sv contact_role = "http://terminology.hl7.org/CodeSystem/v2-0131";

void put_name(maker& m, node& to, const record& row) {
  node* name = m.d.object();
  m.d.add(*name, "use", "official");
  m.text(*name, "family", row.text("last_name"));
  for (const auto column : {sv("first_name"), sv("middle_name")}) m.words(*name, "given", row.text(column));
  if (name->size > 1) m.item(to, "name", name);
}

node* contact_point(maker& m, sv system, sv value) {
  node* out = m.d.object();
  m.d.add(*out, "system", system);
  return m.text(*out, "value", value) ? out : nullptr;
}

sv first_of(const node& from, std::initializer_list<sv> members) noexcept {
  for (const auto member : members)
    if (const auto text = from.str(member); !text.empty()) return text;
  return {};
}

/// The JSON of OpenHeart's addresses; a text that is none is the address as text.
void put_address(maker& m, node& to, const std::string& json) {
  if (is_blank(json)) return;
  node* address = m.d.object();
  if (const auto read = document::parse(json); read) {
    const node& from = *read->root;
    m.text(*address, "text", first_of(from, {"text", "full"}));
    for (const auto member : {sv("street"), sv("line1"), sv("line2")})
      m.words(*address, "line", from.str(member));
    m.text(*address, "city", from.str("city"));
    m.text(*address, "district", from.str("district"));
    m.text(*address, "state", from.str("state"));
    m.text(*address, "postalCode", first_of(from, {"postal_code", "postcode", "zip"}));
    m.text(*address, "country", from.str("country"));
  } else {
    m.text(*address, "text", json);
  }
  if (address->size > 0) m.item(to, "address", address);
}

void put_contact(maker& m, node& to, const std::string& json) {
  if (is_blank(json)) return;
  node* contact = m.d.object();
  node* name = m.d.object();
  const auto read = document::parse(json);
  const auto member = [&](std::initializer_list<sv> names) {
    return read ? first_of(*read->root, names) : sv();
  };
  m.item(
    *contact, "relationship",
    m.codeable({m.coding(contact_role, "C", "Emergency Contact")}, member({"relationship", "relation"})));
  if (m.text(*name, "text", read ? member({"name", "full_name"}) : sv(json))) m.d.add(*contact, "name", name);
  m.item(*contact, "telecom", contact_point(m, "phone", member({"phone", "telephone"})));
  m.item(*contact, "telecom", contact_point(m, "email", member({"email"})));
  if (contact->get("name") || contact->get("telecom")) m.item(to, "contact", contact);
}

/// The official name, else the first that is not an old or a maiden one.
const node* best_name(const node* list) noexcept {
  const node* out = nullptr;
  for (const auto* each = list ? list->first : nullptr; each; each = each->next) {
    const auto use = each->str("use");
    if (use == "official") return each;
    if (!out && use != "old" && use != "maiden" && use != "anonymous") out = each;
  }
  return out;
}

void read_name(const node& from, record& row) {
  const auto* name = best_name(from.get("name"));
  if (!name) return;
  row.set("last_name", some(name->str("family")));
  const auto* given = name->get("given");
  std::string further;
  for (const auto* each = given ? given->first : nullptr; each; each = each->next) {
    if (!each->is_string()) continue;
    if (each == given->first) row.set("first_name", some(each->text));
    else further += (further.empty() ? "" : " ") + std::string(each->text);
  }
  row.set("middle_name", some(further));
  if (name->str("family").empty() && !given) row.set("last_name", some(name->str("text")));
}

std::optional<std::string> point_of(const node* list, sv system) {
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (each->str("system") == system && each->str("use") != "old") return some(each->str("value"));
  return std::nullopt;
}

void put_member(document& d, node& to, sv name, sv value) {
  if (!value.empty()) d.add(to, name, d.string(value));
}

std::optional<std::string> address_json(const node* list) {
  const node* address = nullptr;
  for (const auto* each = list ? list->first : nullptr; each && !address; each = each->next)
    if (each->str("use") != "old") address = each;
  if (!address) return std::nullopt;
  document d;
  node* out = d.object();
  const auto* lines = address->get("line");
  std::string street;
  for (const auto* each = lines ? lines->first : nullptr; each; each = each->next)
    if (each->is_string()) street += (street.empty() ? "" : ", ") + std::string(each->text);
  put_member(d, *out, "text", address->str("text"));
  put_member(d, *out, "street", street);
  put_member(d, *out, "city", address->str("city"));
  put_member(d, *out, "district", address->str("district"));
  put_member(d, *out, "state", address->str("state"));
  put_member(d, *out, "postal_code", address->str("postalCode"));
  put_member(d, *out, "country", address->str("country"));
  return out->size == 0 ? std::nullopt : std::optional(write(*out));
}

std::string name_text(const node* name) {
  if (!name) return {};
  if (const auto text = name->str("text"); !text.empty()) return std::string(text);
  std::string out;
  const auto* given = name->get("given");
  for (const auto* each = given ? given->first : nullptr; each; each = each->next)
    if (each->is_string()) out += std::string(each->text) + " ";
  out += name->str("family");
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

std::optional<std::string> contact_json(const node* list) {
  const node* contact = nullptr;
  for (const auto* each = list ? list->first : nullptr; each && !contact; each = each->next)
    if (has_code(each->get("relationship"), contact_role, "C")) contact = each;
  if (!contact) return std::nullopt;
  document d;
  node* out = d.object();
  put_member(d, *out, "name", name_text(contact->get("name")));
  put_member(d, *out, "phone", point_of(contact->get("telecom"), "phone").value_or(""));
  put_member(d, *out, "email", point_of(contact->get("telecom"), "email").value_or(""));
  const auto* roles = contact->get("relationship");
  for (const auto* each = roles ? roles->first : nullptr; each; each = each->next)
    if (const auto text = each->str("text"); !text.empty() && !out->get("relationship"))
      put_member(d, *out, "relationship", text);
  return out->size == 0 ? std::nullopt : std::optional(write(*out));
}

} // namespace

node* patient_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("Patient", id);
  const auto& s = m.systems;
  m.item(out, "identifier", m.identifier(s.mrn, row.text("mrn"), "MR", "Medical record number"));
  m.item(out, "identifier",
         m.identifier(s.cyprus_id, row.text("cyprus_id"), "NI", "National unique individual identifier"));
  m.item(out, "identifier", m.identifier(s.arc, row.text("arc_number"), "PPN", "Passport number"));
  m.item(out, "identifier",
         m.identifier(s.gesy, row.text("gesy_beneficiary_id"), "NH", "National Health Plan Identifier"));
  const auto status = row.text("status");
  m.flag(out, "active", status != "inactive" && row.text("is_deleted") != "true");
  put_name(m, out, row);
  m.item(out, "telecom", contact_point(m, "phone", row.text("phone")));
  m.item(out, "telecom", contact_point(m, "email", row.text("email")));
  const auto gender = row.text("gender");
  const bool known = gender == "male" || gender == "female" || gender == "other";
  m.d.add(out, "gender", known ? sv(gender) : sv("unknown"));
  m.day(out, "birthDate", row.text("birth_date"));
  if (status == "deceased") m.flag(out, "deceasedBoolean", true);
  put_address(m, out, row.text("address"));
  put_contact(m, out, row.text("emergency_contact"));
  m.refer(out, "managingOrganization", "Organization", row, "clinic_id");
  return &out;
}

as_row patient_row(const node& from, const identifier_systems& s) {
  if (has_modifiers(from)) return only_fhir("a modifier extension changes what the patient's record means");
  as_row out;
  record row(model::table::patients);
  const auto* ids = from.get("identifier");
  row.set("mrn", identifier_in(ids, s.mrn));
  row.set("cyprus_id", identifier_in(ids, s.cyprus_id));
  row.set("arc_number", identifier_in(ids, s.arc));
  row.set("gesy_beneficiary_id", identifier_in(ids, s.gesy));
  read_name(from, row);
  row.set("phone", point_of(from.get("telecom"), "phone"));
  row.set("email", point_of(from.get("telecom"), "email"));
  const auto gender = from.str("gender");
  row.set("gender", gender.empty() ? "unknown" : std::string(gender));
  if (from.str("birthDate").size() == 10) row.set("birth_date", day_in(from.str("birthDate")));
  const auto *dead = from.get("deceasedBoolean"), *active = from.get("active");
  const bool died = (dead && dead->truth) || from.get("deceasedDateTime");
  row.set("status", died ? "deceased" : active && !active->truth ? "inactive" : "active");
  row.set("address", address_json(from.get("address")));
  row.set("emergency_contact", contact_json(from.get("contact")));
  out.row = std::move(row);
  return out;
}

} // namespace aorta::fhir

// Practitioner: the clinic's users. Organization: the clinic, and laboratories that are referred to.
#include "engine/fhir/map_parts.hpp"

namespace aorta::fhir {
namespace {

void put_kind(maker& m, node& to, sv code, sv display, sv text) {
  m.item(
    to, "type",
    m.codeable({m.coding("http://terminology.hl7.org/CodeSystem/organization-type", code, display)}, text));
}

} // namespace

node* practitioner_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("Practitioner", id);
  m.item(
    out, "identifier",
    m.identifier("urn:aorta:medical-license", row.text("license_number"), "MD", "Medical License number"));
  node* name = m.d.object();
  m.text(*name, "family", row.text("last_name"));
  for (const auto& [member, column] : {std::pair{sv("given"), sv("first_name")}, {sv("prefix"), sv("title")}})
    m.words(*name, member, row.text(column));
  if (name->size > 0) m.item(out, "name", name);
  node* mail = m.d.object();
  m.d.add(*mail, "system", "email");
  if (m.text(*mail, "value", row.text("email"))) m.item(out, "telecom", mail);
  node* qualification = m.d.object();
  if (node* code = m.codeable({}, row.text("specialty"))) {
    m.d.add(*qualification, "code", code);
    m.item(out, "qualification", qualification);
  }
  return &out;
}

node* clinic_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("Organization", id);
  m.item(out, "identifier", m.identifier("urn:aorta:clinic", row.text("code")));
  m.item(out, "identifier", m.identifier("urn:aorta:gesy-provider", row.text("gesy_provider_id")));
  m.flag(out, "active", row.text("is_active") != "false");
  put_kind(m, out, "prov", "Healthcare Provider", {});
  if (!m.text(out, "name", row.text("name")) && !out.get("identifier"))
    m.text(out, "name", "Clinic"); // org-1
  return &out;
}

node* lab_organization(document& into, std::string_view code, std::string_view name) {
  const identifier_systems systems;
  maker m(into, systems);
  node& out = *m.resource("Organization", "lab-" + std::string(code));
  m.item(out, "identifier", m.identifier("urn:aorta:laboratory", code));
  put_kind(m, out, "other", "Other", "Laboratory");
  if (!m.text(out, "name", name)) m.text(out, "name", code);
  return &out;
}

} // namespace aorta::fhir

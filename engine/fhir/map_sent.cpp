// Fields as the laboratory sent them, as elements: codings (CE, CWE), people (XCN), devices (EI). Names of
// code systems: HL7 table 0396.
#include "engine/base/text.hpp"
#include "engine/fhir/map_parts.hpp"

#include <algorithm>
#include <array>

namespace aorta::fhir {
namespace {

/// `2.16.840.1.113883.6.1`
bool is_oid(sv text) noexcept {
  return text.size() > 4 && text.size() <= 128 && text[0] >= '0' && text[0] <= '2' &&
    text.find('.') != sv::npos && text.back() != '.' && text.find("..") == sv::npos &&
    text.find(".0") == sv::npos && text.find_first_not_of("0123456789.") == sv::npos;
}

/// The laboratory's own: named so (L, 99...), or not named at all.
bool is_local(sv name) noexcept {
  return name.empty() || name == "L" || name == "LOCAL" || name.starts_with("99");
}

std::string v2_table(sv digits) { return "http://terminology.hl7.org/CodeSystem/v2-" + std::string(digits); }

} // namespace

std::vector<std::string> split(sv text, char mark) {
  std::vector<std::string> out;
  for (;;) {
    const auto end = text.find(mark);
    auto part = text.substr(0, end);
    while (part.starts_with(' ')) part.remove_prefix(1);
    while (part.ends_with(' ')) part.remove_suffix(1);
    out.emplace_back(part);
    if (end == sv::npos) return out;
    text.remove_prefix(end + 1);
  }
}

bool is_loinc(sv code) noexcept {
  if (!is_loinc_shape(code)) return false;
  int sum = 0;
  bool doubled = true;
  for (size_t i = code.size() - 2; i-- > 0; doubled = !doubled) {
    const int digit = (code[i] - '0') * (doubled ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  return code.back() == char('0' + (10 - sum % 10) % 10);
}

std::string system_of_hl7(sv name, sv own) {
  const auto bare = upper(name);
  if (is_local(bare)) return std::string(own);
  struct known {
    sv name, system;
  };
  static constexpr std::array all{
    known{"LN", system_of::loinc},        known{"LOINC", system_of::loinc},
    known{"LNC", system_of::loinc},       known{"2.16.840.1.113883.6.1", system_of::loinc},
    known{"SCT", system_of::snomed},      known{"SNOMED-CT", system_of::snomed},
    known{"SNOMEDCT", system_of::snomed}, known{"2.16.840.1.113883.6.96", system_of::snomed},
    known{"UCUM", system_of::ucum},       known{"I10", system_of::icd10},
    known{"ATC", system_of::atc},         known{"WC", system_of::atc}};
  for (const auto& each : all)
    if (each.name == bare) return std::string(each.system);
  if (bare.starts_with("HL7") && bare.size() == 7 && digits_only(sv(bare).substr(3)))
    return v2_table(sv(bare).substr(3));
  if (bare.starts_with("HTTP://") || bare.starts_with("HTTPS://") || bare.starts_with("URN:"))
    return std::string(name);
  return is_oid(name) ? "urn:oid:" + std::string(name) : std::string();
}

node* sent_coding(maker& m, sv own, sv code, sv display, sv name) {
  auto system = system_of_hl7(name, own);
  if (system == system_of::loinc && !is_loinc(code))
    system = own; // a code that LOINC cannot have is at most the laboratory's
  return m.coding(system, code, display);
}

node* sent_codeable(maker& m, sv own, sv field) {
  const auto parts = split(field.substr(0, field.find('~')), '^');
  const auto at = [&](size_t i) { return i < parts.size() ? sv(parts[i]) : sv(); };
  const auto text = !at(8).empty() ? at(8) : !at(1).empty() ? at(1) : at(4);
  const auto coding = [&](size_t from) { // a code without a system is nobody's: it is not made the
                                         // laboratory's own
    return at(from + 2).empty() ? m.coding({}, at(from), at(from + 1))
                                : sent_coding(m, own, at(from), at(from + 1), at(from + 2));
  };
  return m.codeable({coding(0), coding(3)}, text.empty() ? at(0) : text);
}

node* sent_person(maker& m, sv own, sv repetition) {
  const auto parts = split(repetition, '^');
  const auto at = [&](size_t i) { return i < parts.size() ? sv(parts[i]) : sv(); };
  std::string name;
  const auto family = at(1).substr(0, at(1).find('&'));
  for (const auto part : {at(5), at(2), at(3), family, at(4)}) // prefix, given, middle, family, suffix
    if (!part.empty()) name.append(name.empty() ? "" : " ").append(part);
  node* id = m.identifier(std::string(own) + ":staff", at(0));
  if (name.empty() && !id) return nullptr;
  node* out = m.d.object();
  m.d.add(*out, "type", "Practitioner");
  if (id) m.d.add(*out, "identifier", id);
  m.text(*out, "display", name);
  return out;
}

node* sent_device(maker& m, sv field) {
  const auto parts = split(field.substr(0, field.find('~')), '^');
  const auto at = [&](size_t i) { return i < parts.size() ? sv(parts[i]) : sv(); };
  const auto system = is_oid(at(2)) ? "urn:oid:" + std::string(at(2)) : std::string();
  node* id = m.identifier(system, at(0));
  if (!id) return nullptr;
  node* out = m.d.object();
  m.d.add(*out, "type", "Device");
  m.d.add(*out, "identifier", id);
  m.text(*out, "display", at(1).empty() ? at(0) : sv(std::string(at(1)) + " " + std::string(at(0))));
  return out;
}

} // namespace aorta::fhir

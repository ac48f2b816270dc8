// Which rows serve which resources, under which ids.
#include "engine/base/ids.hpp"
#include "engine/fhir/map_parts.hpp"
#include "engine/fhir/withdraw.hpp"

#include <array>
#include <charconv>

namespace aorta::fhir {
namespace {

using model::table;

constexpr std::array our_types{sv("Patient"),          sv("Observation"),       sv("MedicationRequest"),
                               sv("Condition"),        sv("Encounter"),         sv("Appointment"),
                               sv("DiagnosticReport"), sv("DocumentReference"), sv("ImagingStudy"),
                               sv("ServiceRequest"),   sv("Practitioner"),      sv("Organization"),
                               sv("Location")};

struct home {
  sv type;
  table of;
  sv prefix; ///< of the id, before the key
};
constexpr std::array homes{home{"Patient", table::patients, ""},
                           home{"Observation", table::vitals, "v"},
                           home{"Observation", table::lab_results, ""},
                           home{"MedicationRequest", table::prescriptions, ""},
                           home{"Condition", table::patient_problems, ""},
                           home{"Encounter", table::encounters, ""},
                           home{"Appointment", table::appointments, ""},
                           home{"DiagnosticReport", table::lab_orders, ""},
                           home{"DiagnosticReport", table::lab_reports, "report-"},
                           home{"DiagnosticReport", table::patient_study_links, "study-"},
                           home{"DocumentReference", table::clinical_notes, "note-"},
                           home{"DocumentReference", table::lab_result_attachments, ""},
                           home{"ImagingStudy", table::patient_study_links, ""},
                           home{"ServiceRequest", table::lab_orders, ""},
                           home{"Practitioner", table::users, ""},
                           home{"Organization", table::clinics, ""}};

struct part_columns {
  sv part, first, second;
};
constexpr std::array parts{part_columns{"bp", "systolic_bp", "diastolic_bp"},
                           part_columns{"sbp", "systolic_bp", ""},
                           part_columns{"dbp", "diastolic_bp", ""},
                           part_columns{"hr", "heart_rate", ""},
                           part_columns{"rr", "respiratory_rate", ""},
                           part_columns{"spo2", "oxygen_saturation", ""},
                           part_columns{"temp", "temperature", ""},
                           part_columns{"weight", "weight", ""},
                           part_columns{"height", "height", ""},
                           part_columns{"bmi", "bmi", ""}};

bool is_key(sv text, bool integer) noexcept {
  if (integer) {
    const size_t most = std::string_view("9223372036854775807").size();
    return !text.empty() && text.size() < most && text[0] != '0' &&
      text.find_first_not_of("0123456789") == sv::npos;
  }
  const auto id = uuid_from_text(text);
  return id && to_text(*id) == text;
}

bool is_part(sv text) noexcept {
  for (const auto& each : parts)
    if (each.part == text) return true;
  return false;
}

} // namespace

std::span<const model::table> tables_of(std::string_view type) noexcept {
  static constexpr auto tables_alone = [] {
    std::array<table, homes.size()> out{};
    for (size_t i = 0; i < homes.size(); ++i) out[i] = homes[i].of;
    return out;
  }();
  size_t begin = 0;
  while (begin < homes.size() && homes[begin].type != type) ++begin;
  size_t end = begin;
  while (end < homes.size() && homes[end].type == type) ++end;
  return {tables_alone.data() + begin, end - begin};
}

std::span<const std::string_view> served_types() noexcept { return our_types; }

std::string resource_id(std::string_view type, const place& at) {
  for (const auto& each : homes)
    if (each.type == type && each.of == at.of)
      return std::string(each.prefix) + at.key + (at.part.empty() ? "" : "-" + at.part);
  return at.key;
}

std::optional<place> place_of(std::string_view type, std::string_view id) {
  for (const auto& each : homes) {
    if (each.type != type || !id.starts_with(each.prefix)) continue;
    auto key = id.substr(each.prefix.size());
    sv part;
    if (each.of == table::vitals) {
      const auto hyphen = key.find('-');
      if (hyphen == sv::npos || !is_part(key.substr(hyphen + 1))) continue;
      part = key.substr(hyphen + 1);
      key = key.substr(0, hyphen);
    }
    if (is_key(key, model::shape(each.of).integer_key))
      return place{each.of, std::string(key), std::string(part)};
  }
  return std::nullopt;
}

std::vector<std::string> parts_of(std::string_view type, const model::record& row) {
  if (row.of == table::patient_study_links && is_put_away(row, "")) return {};
  if (row.of != table::vitals) return {""};
  std::vector<std::string> out;
  if (type != "Observation") return out;
  for (const auto& each : parts)
    if (!row.text(each.first).empty() && (each.second.empty() || !row.text(each.second).empty()))
      out.emplace_back(each.part);
  return out;
}

std::pair<sv, sv> columns_of(sv part) noexcept {
  for (const auto& each : parts)
    if (each.part == part) return {each.first, each.second};
  return {};
}

std::optional<int64_t> patient_of(const node& resource) {
  const auto number = [](const std::optional<std::string>& text) -> std::optional<int64_t> {
    int64_t out = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), out).ec != std::errc{})
      return std::nullopt;
    return out;
  };
  const auto type = resource.str("resourceType");
  if (type == "Patient") {
    const auto at = place_of("Patient", resource.str("id"));
    return at ? number(at->key) : std::nullopt;
  }
  for (const auto member : {sv("subject"), sv("patient"), sv("beneficiary"), sv("individual")})
    if (const auto out = number(number_in(resource.get(member), "Patient"))) return out;
  const auto* participants = type == "Appointment" ? resource.get("participant") : nullptr;
  for (const auto* each = participants ? participants->first : nullptr; each; each = each->next)
    if (const auto out = number(number_in(each->get("actor"), "Patient"))) return out;
  return std::nullopt;
}

void each_reference(node& resource, const std::function<void(node& reference)>& visit) {
  for (node* each = resource.first; each; each = each->next) {
    if (each->is_object() || each->is_array()) each_reference(*each, visit);
    else if (resource.is_object() && each->name == "reference" && each->is_string()) visit(*each);
  }
}

} // namespace aorta::fhir

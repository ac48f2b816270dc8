#include "engine/fhir/withdraw.hpp"

#include "engine/fhir/map_parts.hpp"

namespace aorta::fhir {
namespace {

using model::table;

constexpr sv withdrawn_words = "Withdrawn: ", withdrawn_uid = "withdrawn-";

void withdraw_words(record& row, sv column, sv instead) {
  const auto words = row.text(column).empty() ? std::string(instead) : row.text(column);
  if (!words.starts_with(withdrawn_words)) row.set(column, std::string(withdrawn_words) + words);
}

} // namespace

bool is_withdrawn(const node& resource) noexcept {
  if (resource.str("status") == "entered-in-error") return true;
  if (resource.str("resourceType") != "Condition") return false;
  const auto* sure = resource.get("verificationStatus");
  const auto* codings = sure ? sure->get("coding") : nullptr;
  for (const auto* each = codings ? codings->first : nullptr; each; each = each->next)
    if (each->str("code") == "entered-in-error" || each->str("code") == "refuted") return true;
  return false;
}

bool may_leave_table(const node& resource, const place& at) noexcept {
  if (at.of == table::vitals)
    return vital_part(resource) == at.part && !tells_other_loinc(resource.get("code"));
  if (at.of == table::lab_results)
    return vital_part(resource).empty() &&
      (is_withdrawn(resource) || has_code(resource.get("category"), system_of::category, "laboratory"));
  return is_withdrawn(resource);
}

void put_away(record& row, sv part, timestamp now) {
  switch (row.of) {
    case table::vitals: {
      const auto [first, second] = columns_of(part);
      if (!first.empty()) row.set(first, std::nullopt);
      if (!second.empty()) row.set(second, std::nullopt);
      break;
    }
    case table::appointments:
      if (row.text("status") != "cancelled") row.set("cancelled_at", to_iso(now));
      [[fallthrough]];
    case table::encounters:
    case table::prescriptions:
    case table::lab_orders: row.set("status", "cancelled"); break;
    case table::lab_results: row.set("result_status", "cancelled"); break;
    case table::patients: row.set("is_deleted", "true"); break;
    case table::patient_problems:
      withdraw_words(row, "description", row.text("icd10_code"));
      row.set("icd10_code", std::nullopt);
      row.set("clinical_status", "inactive");
      break;
    case table::patient_study_links:
      withdraw_words(row, "study_description", row.text("modality"));
      row.set("study_instance_uid", std::string(withdrawn_uid) + row.key());
      break;
    default: break;
  }
}

bool is_put_away(const record& row, sv part) {
  switch (row.of) {
    case table::vitals: {
      const auto [first, second] = columns_of(part);
      return (!first.empty() && row.text(first).empty()) || (!second.empty() && row.text(second).empty());
    }
    case table::appointments:
    case table::encounters:
    case table::prescriptions:
    case table::lab_orders: return row.text("status") == "cancelled";
    case table::lab_results: return row.text("result_status") == "cancelled";
    case table::patients: return row.text("is_deleted") == "true";
    case table::patient_problems: return row.text("description").starts_with(withdrawn_words);
    case table::patient_study_links: return row.text("study_instance_uid").starts_with(withdrawn_uid);
    default: return false;
  }
}

} // namespace aorta::fhir

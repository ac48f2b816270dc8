#include "engine/records/rules.hpp"

#include <algorithm>
#include <initializer_list>

namespace aorta::records {
namespace {

bool among(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

} // namespace

bool is_of_laboratory(const model::record& row) {
  const auto how = row.text("entry_method");
  return row.of == model::table::lab_results && row["message_id"] &&
    among(how, {"hl7", "csv_import", "dicom_sr"});
}

std::string_view why_it_stays(const model::record& row, kept_by whom) {
  const auto status = row.text("status");
  switch (row.of) {
    case model::table::encounters:
      return among(status, {"planned", "cancelled", "no_show"}) ? "" : "the encounter took place";
    case model::table::appointments:
      return among(status, {"scheduled", "confirmed", "cancelled", "no_show"})
        ? ""
        : "the appointment began or is over";
    case model::table::prescriptions:
      return among(status, {"active", "on_hold", "cancelled"}) ? "" : "the prescription has ended";
    case model::table::lab_orders:
      return among(status, {"resulted", "partially_resulted"}) ? "results came for this order" : "";
    case model::table::lab_results:
      return is_of_laboratory(row) ? "a laboratory sent this result: it alone can withdraw it" : "";
    case model::table::clinical_notes:
      return row.text("is_locked") == "true" ? "the note is locked"
        : is_of_messages(row)                ? why_messages_alone
                                             : "";
    case model::table::patient_problems:
    case model::table::patient_study_links:
      return whom == kept_by::fhir ? "" : "this is kept by the clinic's own system";
    case model::table::lab_reports: return "a laboratory sent this report: it alone can withdraw it";
    case model::table::users:
    case model::table::clinics:
    case model::table::document_contents:
    case model::table::lab_result_attachments: return "this is kept by the clinic's own system";
    case model::table::patients:
    case model::table::vitals: break;
  }
  return "";
}

} // namespace aorta::records

// What the clinic's rules let go. A row is never lost: it is marked, cancelled or emptied of what is gone
// (fhir/withdraw.hpp), and the history has it.
//   Patient            only without clinical data; is_deleted
//   Encounter          planned or cancelled ones: cancelled. What took place stays
//   Appointment        until it began: cancelled
//   MedicationRequest  active, on hold: cancelled. What ended stays as it ended
//   ServiceRequest, DiagnosticReport of a laboratory order: until results came: cancelled
//   Observation        vital signs: their columns are emptied, a panel's with those of its two pressures;
//   laboratory results that were entered by
//                      hand or by FHIR: cancelled. Not what a laboratory sent
//   DocumentReference  notes that are not locked
//   Condition, ImagingStudy: those that came by FHIR: the row says that it was withdrawn
#include "engine/fhir/withdraw.hpp"
#include "engine/rest/write.hpp"

#include <algorithm>

namespace aorta::rest {
bool writing::removals() {
  return std::all_of(tasks_.begin(), tasks_.end(), [this](task& each) {
    return each.how != task::kind::remove || !each.writes || removal(each);
  });
}

bool writing::removal(task& each) {
  each.at = each.before->at;
  each.row = each.before->row;
  if (each.type == "Patient" && each.patient) {
    const auto data = clinical_data_of(*each.patient);
    if (refused_) return false;
    if (data)
      return refuse(cause::conflict, "business-rule",
                    "the patient has clinical data (" + *data + ") and stays", each.path);
  }
  if (!each.row) return true;
  if (const auto why = records::why_it_stays(
        *each.row, each.before->entry ? records::kept_by::fhir : records::kept_by::clinic_system);
      !why.empty())
    return refuse(cause::conflict, "business-rule", why, each.path);
  auto& row = row_of(each);
  fhir::put_away(row, each.at->part, now_);
  each.row = row;
  return true;
}

/// The first kind of data that there is.
std::optional<std::string> writing::clinical_data_of(model::patient_id who) {
  for (size_t i = 0; i < model::tables; ++i) {
    const auto of = model::table(i);
    if (!model::shape(of).has_patient || of == model::table::patients ||
        of == model::table::lab_result_attachments)
      continue;
    ports::row_query ask;
    ask.of = of;
    ask.patients = {who};
    ask.limit = 1;
    ask.with_entries = false;
    const auto rows = in_.session().rows(ask);
    if (!rows) return refuse(records::refusal(rows.error())), std::nullopt;
    if (!rows->empty()) return std::string(model::shape(of).name);
  }
  const auto kept = in_.session().kept_types(who);
  if (!kept) return refuse(records::refusal(kept.error())), std::nullopt;
  for (const auto& type : *kept) {
    if (type == "Patient") continue;
    ports::entry_query ask;
    ask.type = type;
    ask.patients = {who};
    ask.patient_keys = {ports::participant_key(std::to_string(who))};
    ask.limit = 1;
    const auto entries = in_.session().entries(ask);
    if (!entries) return refuse(records::refusal(entries.error())), std::nullopt;
    if (!entries->empty()) return std::string(type);
  }
  return std::nullopt;
}

} // namespace aorta::rest

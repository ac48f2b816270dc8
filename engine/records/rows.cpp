#include "engine/records/rows.hpp"

#include "engine/base/decimal.hpp"
#include "engine/model/lab.hpp"

#include <algorithm>
#include <iterator>

namespace aorta::records {
namespace {

bool has_column(model::table of, std::string_view name) {
  const auto& columns = model::shape(of).columns;
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

void set_if_empty(model::record& row, std::string_view column, std::string value) {
  if (has_column(row.of, column) && !row[column]) row.set(column, std::move(value));
}

} // namespace

bool are_made_here(model::table of) noexcept {
  return of != model::table::users && of != model::table::clinics &&
    of != model::table::lab_result_attachments && of != model::table::document_contents;
}

void complete(model::record& row, model::clinic_id clinic, timestamp now) {
  if (has_column(row.of, "clinic_id")) row.set("clinic_id", std::to_string(clinic));
  set_if_empty(row, "created_at", to_iso(now));
  switch (row.of) {
    case model::table::patients:
      row.set("is_deleted", "false");
      set_if_empty(row, "status", "active");
      break;
    case model::table::clinical_notes:
      set_if_empty(row, "current_version", "1");
      set_if_empty(row, "is_locked", "false");
      break;
    case model::table::lab_results:
      set_if_empty(row, "version", "1");
      set_if_empty(row, "entry_method", "manual");
      set_if_empty(row, "critical_value", "false");
      set_if_empty(row, "needs_review", "false");
      break;
    default: break;
  }
}

model::record laid_over(const model::record& standing, const std::optional<model::record>& then,
                        const model::record& now) {
  model::record out = standing;
  for (size_t i = 1; i < out.cells.size(); ++i) {
    const auto was = then ? then->cells[i] : std::nullopt;
    if (!now.cells[i] && model::shape(out.of).columns[i] == "created_at")
      continue; // the database would fill it in anew
    if (was != now.cells[i]) out.cells[i] = now.cells[i];
  }
  return out;
}

std::vector<std::string_view> unique_columns(model::table of) {
  if (of == model::table::patient_study_links) return {"study_instance_uid", "patient_id"};
  if (of == model::table::lab_orders) return {"order_number"};
  return {};
}

std::string newcomers_mrn(std::string_view row_key, int attempt) {
  constexpr size_t digits = 6;
  std::string out = "A" + std::string(digits - std::min(digits, row_key.size()), '0') + std::string(row_key);
  if (attempt > 1) out += "-" + std::to_string(attempt);
  return out;
}

identity::lookup_key mrn_key(const std::string& mrn) {
  return {"mrn", identity::normalise(identity::id_kind::mrn, mrn)};
}

std::string_view end_of_critical(const model::record& was, const model::record& is) {
  if (is.of != model::table::lab_results) return {};
  if (was.text("critical_value") != "true" || was.text("result_status") == "cancelled") return {};
  if (is.text("result_status") == "cancelled") return model::critical_event::withdrawn;
  static constexpr std::string_view told[] = {"value_numeric", "value_text", "unit", "abnormal_flag",
                                              "loinc_code"};
  const bool same = std::all_of(std::begin(told), std::end(told), [&](std::string_view column) {
    const auto a = decimal::from_text(was.text(column)),
               b = decimal::from_text(is.text(column)); // `6.7` is how a database writes 6.70
    return a && b ? a->number() == b->number() : was.text(column) == is.text(column);
  });
  return same ? std::string_view() : model::critical_event::changed;
}

} // namespace aorta::records

#include "engine/store/records/record_columns.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>
#include <array>

namespace aorta::store {
namespace {

using model::table;
using sv = std::string_view;

template <size_t N>
bool among(const std::array<sv, N>& list, sv name) noexcept {
  return std::find(list.begin(), list.end(), name) != list.end();
}

constexpr std::array booleans{sv("is_active"),
                              sv("is_deleted"),
                              sv("is_locked"),
                              sv("is_chronic"),
                              sv("critical_value"),
                              sv("range_low_inclusive"),
                              sv("range_high_inclusive"),
                              sv("needs_review")};
constexpr std::array times{
  sv("scheduled_start"), sv("actual_start"), sv("actual_end"),      sv("recorded_at"),     sv("created_at"),
  sv("start_time"),      sv("end_time"),     sv("cancelled_at"),    sv("discontinued_at"), sv("order_date"),
  sv("collected_at"),    sv("resulted_at"),  sv("result_datetime"), sv("verified_at"),     sv("reported_at"),
  sv("issued_at"),       sv("updated_at"),   sv("activity_at"),     sv("authenticated_at")};
constexpr std::array days{sv("birth_date"), sv("study_date"),    sv("start_date"),   sv("end_date"),
                          sv("onset_date"), sv("resolved_date"), sv("recorded_date")};
constexpr std::array numbers{sv("temperature"),
                             sv("weight"),
                             sv("height"),
                             sv("bmi"),
                             sv("value_numeric"),
                             sv("reference_range_low"),
                             sv("reference_range_high")};
constexpr std::array jsons{sv("diagnoses"), sv("structured_data")};
constexpr std::array uuids{sv("lab_order_id"), sv("report_id"), sv("message_id"), sv("result_id")};
constexpr std::array integers{sv("clinic_id"),
                              sv("user_id"),
                              sv("patient_id"),
                              sv("encounter_id"),
                              sv("vital_id"),
                              sv("note_id"),
                              sv("appointment_id"),
                              sv("attending_physician_id"),
                              sv("author_id"),
                              sv("parent_note_id"),
                              sv("provider_id"),
                              sv("prescriber_id"),
                              sv("ordering_provider_id"),
                              sv("recorded_by"),
                              sv("verified_by"),
                              sv("heart_rate"),
                              sv("systolic_bp"),
                              sv("diastolic_bp"),
                              sv("respiratory_rate"),
                              sv("oxygen_saturation"),
                              sv("current_version"),
                              sv("duration_minutes"),
                              sv("duration_days"),
                              sv("refills_allowed"),
                              sv("version"),
                              sv("value_decimals"),
                              sv("range_low_decimals"),
                              sv("range_high_decimals"),
                              sv("result_offset_minutes"),
                              sv("result_precision"),
                              sv("issued_offset_minutes"),
                              sv("issued_precision"),
                              sv("collected_offset_minutes"),
                              sv("collected_precision"),
                              sv("size"),
                              sv("results")};
constexpr std::array personal{sv("first_name"), sv("last_name"),  sv("middle_name"),
                              sv("cyprus_id"),  sv("arc_number"), sv("phone"),
                              sv("email"),      sv("address"),    sv("emergency_contact")};
constexpr std::array of_note{sv("content_text"), sv("content_html"), sv("structured_data")};

[[noreturn]] void refuse(const char* what) {
  throw failure({error_code::invalid, "", std::string("a column takes no such value: ") + what});
}

} // namespace

holds kind_of(table of, std::string_view column) noexcept {
  if (column == "id") return model::shape(of).integer_key ? holds::integer : holds::id;
  if (among(integers, column)) return holds::integer;
  if (among(times, column)) return holds::time;
  if (among(days, column)) return holds::day;
  if (among(booleans, column)) return holds::boolean;
  if (among(numbers, column)) return holds::number;
  if (among(uuids, column)) return holds::id;
  if (among(jsons, column)) return holds::json;
  return holds::text;
}

kept_in place_of(table of, std::string_view column) noexcept {
  if (of == table::patients && among(personal, column)) return kept_in::pii;
  if (of == table::clinical_notes && among(of_note, column)) return kept_in::note;
  if ((of == table::lab_result_attachments || of == table::document_contents) && column == "content")
    return kept_in::sealed;
  return kept_in::table;
}

void catalogue::read(record_link& from) {
  if (from.speaks() == dialect::sqlite || !all_) return;
  from.add(
    "SELECT c.relname || '.' || a.attname, format_type(a.atttypid, NULL) FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
    " WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped",
    {});
  const auto answers = from.flow();
  for (const auto& row : answers.at(0)) types_.emplace(required(row[0]), required(row[1]));
  all_ = false;
}

bool catalogue::has(std::string_view table, std::string_view column) const {
  return all_ || types_.contains(std::string(table) + '.' + std::string(column));
}

std::string catalogue::type(std::string_view table, std::string_view column, holds what) const {
  const auto at = types_.find(std::string(table) + '.' + std::string(column));
  return at != types_.end() ? at->second : std::string(sql_type(what));
}

std::optional<std::string> from_database(std::optional<std::string> cell, holds what, dialect speaks) {
  if (!cell) return cell;
  if (what == holds::boolean) return read_boolean(*cell) ? "true" : "false";
  if (what == holds::day && cell->size() > 10) return cell->substr(0, 10);
  if (what == holds::time && cell->size() > 10)
    if (const auto at = read_time(*cell)) return to_iso(*at);
  // SQLite shows a binary number's whole value as 4.0.
  if (what == holds::number && speaks == dialect::sqlite && cell->ends_with(".0"))
    cell->resize(cell->size() - 2);
  return cell;
}

sql_value to_database(const std::optional<std::string>& cell, holds what, dialect speaks) {
  if (!cell || (cell->empty() && what != holds::text)) return std::nullopt;
  switch (what) {
    case holds::boolean:
      if (speaks == dialect::sqlite) return read_boolean(*cell) ? "1" : "0";
      return read_boolean(*cell) ? "true" : "false";
    case holds::time:
      if (const auto at = read_time(*cell)) return sortable(*at);
      refuse("no time");
    case holds::day:
      if (read_time(*cell)) return cell->substr(0, 10);
      refuse("no date");
    case holds::integer: {
      int64_t low = read_integer(*cell, 0);
      if (low == read_integer(*cell, 1)) return low;
      refuse("no integer");
    }
    case holds::id:
      if (const auto id = uuid_from_text(*cell)) return to_text(*id);
      refuse("no UUID");
    case holds::number:
      if (decimal::from_text(*cell)) return *cell;
      refuse("no number");
    case holds::text:
    case holds::json: break;
  }
  return *cell;
}

std::optional<std::string> default_of(table of, std::string_view column, timestamp now) {
  if (column == "created_at") return to_iso(now);
  if (column == "is_deleted" || column == "is_locked" || column == "is_chronic" || column == "critical_value")
    return "false";
  if (column == "is_active") return "true";
  if (column == "current_version" || column == "version") return "1";
  if (of == table::patients && column == "gender") return "unknown";
  if (of == table::patients && column == "status") return "active";
  if (of == table::lab_orders && column == "priority") return "routine";
  if (of == table::lab_orders && column == "status") return "ordered";
  if (of == table::lab_results && column == "entry_method") return "manual";
  if (of == table::lab_results && column == "result_status") return "final";
  return std::nullopt;
}

std::optional<std::string> readable_key(table of, const std::string& key) {
  if (model::shape(of).integer_key) {
    const bool digits = !key.empty() && key.size() <= 18 &&
      key.find_first_not_of("0123456789") == std::string::npos;
    return digits && (key[0] != '0' || key.size() == 1) ? std::optional(key) : std::nullopt;
  }
  if (const auto id = uuid_from_text(key)) return to_text(*id);
  return std::nullopt;
}

std::string_view key_type(table of) noexcept { return model::shape(of).integer_key ? "bigint" : "uuid"; }

std::string_view sql_type(holds what) noexcept {
  switch (what) {
    case holds::integer: return "bigint";
    case holds::number: return "numeric";
    case holds::boolean: return "boolean";
    case holds::time: return "timestamptz";
    case holds::day: return "date";
    case holds::id: return "uuid";
    case holds::json: return "json";
    case holds::text: break;
  }
  return "text";
}

} // namespace aorta::store

#include "engine/rest/sources.hpp"

#include "engine/rest/live.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

using model::table;

// LOINC codes of vital signs and of a blood pressure's components.
constexpr std::string_view vital_codes[] = {"85354-9", "8480-6", "8462-4", "8867-4", "9279-1",  "2708-6",
                                            "59408-5", "8310-5", "29463-7", "8302-2", "39156-5", "55284-4"};

// Columns hold codes of one system; a resource may bring others besides, by which the column does not find it.
bool is_loinc(std::string_view code) noexcept {
  const auto dash = code.find('-');
  return dash != code.npos && dash > 0 && dash + 2 == code.size() && is_number(code.substr(0, dash)) && is_number(code.substr(dash + 1));
}
bool is_letter_and_digit(std::string_view code) noexcept { // ICD-10, ATC
  return code.size() > 1 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= '0' && code[1] <= '9';
}

void narrow_codes(source& to, const std::vector<std::string>& codes) {
  const auto all = [&](bool (*fits)(std::string_view) noexcept) { return !codes.empty() && std::all_of(codes.begin(), codes.end(), fits); };
  const auto is_vital = [](std::string_view code) noexcept { return std::find(std::begin(vital_codes), std::end(vital_codes), code) != std::end(vital_codes); };
  switch (*to.table) {
  case table::vitals: to.skip = to.skip || (all(is_loinc) && std::none_of(codes.begin(), codes.end(), is_vital)); break;
  case table::lab_results:
    if (all(is_loinc)) to.rows.codes = codes;
    break;
  case table::patient_problems:
  case table::prescriptions:
    if (all(is_letter_and_digit)) to.rows.codes = codes;
    break;
  default: break;
  }
}

// Only where the date column is what the type's date parameter tells. A resource may tell its time less precisely than the column (a day, a year,
// read in UTC): the margins let such ones through.
void narrow_times(source& to, const fhir::narrowing& by) {
  if (*to.table != table::vitals && *to.table != table::appointments && *to.table != table::lab_results) return;
  if (by.from && *by.from > timestamp(std::chrono::sys_days{std::chrono::year{2} / 1 / 1})) to.rows.from = *by.from - std::chrono::days{367};
  if (by.to && *by.to < timestamp(std::chrono::sys_days{std::chrono::year{9000} / 1 / 1})) to.rows.to = *by.to + std::chrono::days{1};
}

void narrow_keys(source& to, std::string_view type, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  for (const auto& id : ids)
    if (const auto at = fhir::place_of(type, id); at && at->of == *to.table && std::find(to.rows.keys.begin(), to.rows.keys.end(), at->key) == to.rows.keys.end())
      to.rows.keys.push_back(at->key);
  to.skip = to.skip || to.rows.keys.empty();
}

std::optional<std::vector<model::patient_id>> patients_for(std::string_view type, const fhir::narrowing& by, const grant& who) {
  if (!who.patient || is_shared_type(type)) return by.patients;
  if (!by.patients.empty() && std::find(by.patients.begin(), by.patients.end(), *who.patient) == by.patients.end()) return std::nullopt;
  return std::vector{*who.patient};
}

ports::row_query beside_query(table of, std::span<const ports::found> rows, std::string_view column, const std::vector<size_t>& wanted) {
  ports::row_query out;
  out.of = of;
  out.with_entries = false;
  if (wanted.size() == 1) {
    out.equals.emplace_back(column, rows[wanted[0]].row.key());
    return out;
  }
  for (const auto i : wanted)
    if (const auto id = rows[i].row.text("patient_id"); is_number(id)) out.patients.push_back(std::stoll(id));
  std::sort(out.patients.begin(), out.patients.end());
  out.patients.erase(std::unique(out.patients.begin(), out.patients.end()), out.patients.end());
  return out;
}

} // namespace

std::vector<source> sources_of(std::string_view type, const fhir::narrowing& by, const grant& who) {
  std::vector<source> out;
  const auto patients = patients_for(type, by, who);
  for (const auto of : fhir::tables_of(type)) {
    source one;
    one.table = of;
    one.skip = by.no_match || !patients;
    one.rows.of = of;
    one.rows.with_content = type == "DocumentReference";
    if (patients && model::shape(of).has_patient) one.rows.patients = *patients;
    narrow_keys(one, type, by.ids);
    narrow_codes(one, by.codes);
    narrow_times(one, by);
    out.push_back(std::move(one));
  }
  source alone;
  alone.skip = by.no_match || !patients;
  alone.entries.type = type;
  alone.entries.ids = by.ids;
  if (patients) alone.entries.patients = *patients;
  alone.entries.codes = by.codes;
  alone.entries.identifiers = by.identifiers;
  alone.entries.from = by.from;
  alone.entries.to = by.to;
  out.push_back(std::move(alone));
  return out;
}

int first_rows(const fhir::query& what) noexcept { return std::clamp(what.count.value_or(50), 50, 1000) + 1; }

bool is_narrow(const fhir::narrowing& by) noexcept { return !by.patients.empty() || !by.ids.empty(); }

ports::row_query rows_of(table of, std::string_view type, std::vector<std::string> keys) {
  ports::row_query out;
  out.of = of;
  out.keys = std::move(keys);
  out.with_content = type == "DocumentReference";
  return out;
}

ports::entry_query homeless(std::string_view type, std::vector<std::string> ids) {
  ports::entry_query out;
  out.type = type;
  out.ids = std::move(ids);
  out.with_deleted = true;
  return out;
}

bool may_be_homeless(std::string_view type, const std::optional<fhir::place>& at) noexcept {
  return !at || (type != "Patient" && !model::shape(at->of).integer_key);
}

result<neighbours> neighbours::of(ports::record_session& with, std::string_view type, std::span<const ports::found> rows) {
  neighbours out;
  if (rows.empty()) return out;
  const auto table_of = rows[0].row.of;
  std::vector<size_t> wanted;
  for (size_t i = 0; i < rows.size(); ++i)
    if ((table_of == table::lab_orders && type == "DiagnosticReport") || (table_of == table::lab_results && rows[i].row.text("value_kind") == "attachment"))
      wanted.push_back(i);
  if (wanted.empty()) return out;
  const bool orders = table_of == table::lab_orders;
  const auto column = orders ? std::string_view("lab_order_id") : std::string_view("result_id");
  auto found = with.rows(beside_query(orders ? table::lab_results : table::lab_result_attachments, rows, column, wanted));
  if (!found) return found.error();
  auto& to = orders ? out.results_ : out.attachments_;
  for (auto& each : *found) {
    auto key = each.row.text(column);
    to.emplace(std::move(key), std::move(each.row));
  }
  return out;
}

fhir::beside neighbours::take(const model::record& row) {
  fhir::beside out;
  for (auto [at, end] = results_.equal_range(row.key()); at != end; ++at) out.results.push_back(at->second);
  for (auto [at, end] = attachments_.equal_range(row.key()); at != end; ++at) out.attachments.push_back(at->second);
  return out;
}

void expect_search(ports::record_session& with, const fhir::query& what, const grant& who, std::string_view base) {
  const auto by = fhir::narrow(what, base);
  if (!is_narrow(by) || !what.cursor.empty()) return;
  for (auto& each : sources_of(what.type, by, who)) {
    if (each.skip) continue;
    each.rows.limit = each.entries.limit = first_rows(what);
    if (each.table) with.expect(each.rows);
    else with.expect(each.entries);
  }
}

} // namespace aorta::rest

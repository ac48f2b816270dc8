#include "engine/rest/sources.hpp"

#include "engine/rest/live.hpp"
#include "engine/rest/search_steps.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

using model::table;

// A table that no column tells a code of: what its rows are shown with is always the same, or a code that came in besides.
void narrow_codes(source& to, const std::vector<std::string>& codes) {
  if (codes.empty()) return;
  if (*to.table == table::vitals) {
    if (std::any_of(codes.begin(), codes.end(), fhir::is_vital_code)) return;
    to.skip = to.skip || std::all_of(codes.begin(), codes.end(), fhir::looks_like_loinc);
    to.rows.codes = codes;
  } else if (!model::shape(*to.table).codes.empty() || *to.table == table::patient_study_links) {
    to.rows.codes = codes;
  }
}

// Patients are looked up by their keyed hashes instead (search_people.cpp).
void narrow_identifiers(source& to, const std::vector<std::string>& identifiers) {
  if (*to.table == table::patients) return;
  to.rows.identifiers = identifiers;
  constexpr std::string_view oid = "urn:oid:"; // of a DICOM uid, in front of what the column holds
  for (const auto& each : identifiers) {
    const auto bar = each.find('|');
    auto number = bar == each.npos ? each : each.substr(bar + 1);
    if (number.starts_with(oid)) to.rows.numbers.push_back(number.substr(oid.size()));
    to.rows.numbers.push_back(std::move(number));
  }
}

// Only where the date column is what the type's date parameter tells. A resource may tell a day, which is read in UTC: the margins let it through.
void narrow_times(source& to, const fhir::narrowing& by) {
  if (*to.table != table::vitals && *to.table != table::appointments && *to.table != table::lab_results) return;
  if (by.from && *by.from > timestamp(std::chrono::sys_days{std::chrono::year{2} / 1 / 1})) to.rows.from = *by.from - std::chrono::days{2};
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
  std::vector<identity::lookup_key> taking_part;
  if (patients && type == "Appointment")
    for (const auto id : *patients) taking_part.push_back(participant_key(std::to_string(id)));
  for (const auto of : fhir::tables_of(type)) {
    source one;
    one.table = of;
    one.skip = by.no_match || !patients;
    one.rows.of = of;
    one.rows.with_content = type == "DocumentReference";
    if (patients && model::shape(of).has_patient) one.rows.patients = *patients;
    one.rows.patient_keys = taking_part;
    narrow_keys(one, type, by.ids);
    one.rows.type = by.codes.empty() && by.identifiers.empty() && taking_part.empty() ? std::string() : std::string(type);
    narrow_codes(one, by.codes);
    narrow_identifiers(one, by.identifiers);
    narrow_times(one, by);
    out.push_back(std::move(one));
  }
  source alone;
  alone.skip = by.no_match || !patients;
  alone.entries.type = type;
  alone.entries.ids = by.ids;
  if (patients) alone.entries.patients = *patients;
  alone.entries.patient_keys = taking_part;
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

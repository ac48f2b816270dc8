#include "engine/rest/sources.hpp"

#include "engine/rest/live.hpp"
#include "engine/rest/search_steps.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

using model::table;

// A table that no column tells a code of: what its rows are shown with is always the same, or a code that
// came in besides.
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

// Only where the date column is what the type's date parameter tells. A resource may tell a day, which is
// read in UTC: the margins let it through.
void narrow_times(source& to, const fhir::narrowing& by) {
  if (*to.table != table::vitals && *to.table != table::appointments && *to.table != table::lab_results)
    return;
  if (by.from && *by.from > timestamp(std::chrono::sys_days{std::chrono::year{2} / 1 / 1}))
    to.rows.from = *by.from - std::chrono::days{2};
  if (by.to && *by.to < timestamp(std::chrono::sys_days{std::chrono::year{9000} / 1 / 1}))
    to.rows.to = *by.to + std::chrono::days{1};
}

/// The criterion as this table's rows may meet it; nothing: only their resources show.
std::optional<ports::kept_rows> as_rows(std::string_view type, table of, const model::kept_criterion& what) {
  using telling = fhir::row_telling::kind;
  ports::kept_rows out;
  out.by = what;
  if (what.words.empty()) {
    const auto how = fhir::telling_of(type, of, what.parameter);
    if (how.is != telling::never && how.is != telling::times) return std::nullopt;
    out.times.assign(how.columns.begin(), how.columns.end());
    return out;
  }
  for (const auto& each : what.words) {
    const auto how = fhir::telling_of(type, of, each.parameter, each.value);
    if (how.is == telling::never) continue;
    const auto number = each.value.substr(std::min<size_t>(1, each.value.size()));
    if (how.is != telling::number || number.starts_with("lab-")) return std::nullopt;
    if (is_number(number)) out.told.emplace_back(how.columns[0], number);
  }
  return out;
}

void narrow_kept(source& to, std::string_view type, const std::vector<model::kept_criterion>& kept) {
  if (!to.rows.patients.empty() || !to.rows.keys.empty()) return;
  for (const auto& each : kept)
    if (auto one = as_rows(type, *to.table, each)) to.rows.kept.push_back(std::move(*one));
  if (!to.rows.kept.empty()) to.rows.type = type;
}

void narrow_keys(source& to, std::string_view type, const std::vector<std::string>& ids) {
  if (ids.empty()) return;
  for (const auto& id : ids)
    if (const auto at = fhir::place_of(type, id); at && at->of == *to.table &&
        std::find(to.rows.keys.begin(), to.rows.keys.end(), at->key) == to.rows.keys.end())
      to.rows.keys.push_back(at->key);
  to.skip = to.skip || to.rows.keys.empty();
}

std::optional<std::vector<model::patient_id>> patients_for(std::string_view type, const fhir::narrowing& by,
                                                           const grant& who) {
  if (!who.patient || is_shared_type(type)) return by.patients;
  if (!by.patients.empty() &&
      std::find(by.patients.begin(), by.patients.end(), *who.patient) == by.patients.end())
    return std::nullopt;
  return std::vector{*who.patient};
}

std::vector<model::patient_id> patients_of(std::span<const ports::found> rows,
                                           const std::vector<size_t>& wanted) {
  std::vector<model::patient_id> out;
  for (const auto i : wanted)
    if (const auto id = rows[i].row.text("patient_id"); is_number(id)) out.push_back(std::stoll(id));
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// `indexed`: there is an index on the column; else its patient's rows are read.
ports::row_query beside_query(table of, std::span<const ports::found> rows, std::string_view column,
                              const std::vector<size_t>& wanted, bool indexed) {
  ports::row_query out;
  out.of = of;
  out.with_entries = false;
  if (wanted.size() == 1) out.equals.emplace_back(column, rows[wanted[0]].row.key());
  if (wanted.size() > 1 || !indexed) out.patients = patients_of(rows, wanted);
  return out;
}

/// What is told beside rows of one table in resources of a type, and the column that names the row; nothing:
/// all is in the row.
struct beside_table {
  table of;
  std::string_view column;
  bool indexed;
};
std::optional<beside_table> beside_of(table of, std::string_view type) {
  if (of == table::lab_orders && type == "DiagnosticReport")
    return beside_table{table::lab_results, "lab_order_id", true};
  if (of == table::lab_reports) return beside_table{table::lab_results, "report_id", false};
  if (of == table::lab_results) return beside_table{table::lab_result_attachments, "result_id", true};
  return std::nullopt;
}

/// The orders of which a report says that it is based on them.
std::vector<std::string> orders_of(const fhir::node& report) {
  constexpr std::string_view order = "ServiceRequest/";
  std::vector<std::string> out;
  const auto* list = report.str("status") == "entered-in-error" ? nullptr : report.get("basedOn");
  for (const auto* each = list != nullptr ? list->first : nullptr; each != nullptr; each = each->next)
    if (each->str("reference").starts_with(order))
      out.emplace_back(each->str("reference").substr(order.size()));
  return out;
}

} // namespace

std::vector<source> sources_of(std::string_view type, const fhir::narrowing& by, const grant& who) {
  std::vector<source> out;
  const auto patients = patients_for(type, by, who);
  std::vector<identity::lookup_key> taking_part;
  if (patients && (type == "Appointment" || fhir::is_kept_alone(type)))
    for (const auto id : *patients) taking_part.push_back(ports::participant_key(std::to_string(id)));
  for (const auto of : fhir::tables_of(type)) {
    source one;
    one.table = of;
    one.skip = by.no_match || !patients;
    one.rows.of = of;
    one.rows.with_content = type == "DocumentReference";
    if (patients && model::shape(of).has_patient) one.rows.patients = *patients;
    one.rows.patient_keys = taking_part;
    narrow_keys(one, type, by.ids);
    one.rows.type = by.codes.empty() && by.identifiers.empty() && taking_part.empty() ? std::string()
                                                                                      : std::string(type);
    narrow_codes(one, by.codes);
    narrow_identifiers(one, by.identifiers);
    narrow_times(one, by);
    narrow_kept(one, type, by.kept);
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
  alone.entries.kept = by.kept;
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

result<neighbours> neighbours::of(ports::record_session& with, std::string_view type,
                                  std::span<const ports::found> rows) {
  neighbours out;
  if (!rows.empty() && rows[0].row.of == table::clinical_notes) {
    if (auto read = out.read_contents(with, rows); !read) return read.error();
    return out;
  }
  const auto told = rows.empty() ? std::nullopt : beside_of(rows[0].row.of, type);
  if (!told) return out;
  std::vector<size_t> wanted;
  const bool of_results = told->of == table::lab_result_attachments;
  for (size_t i = 0; i < rows.size(); ++i)
    if (!of_results || rows[i].row.text("value_kind") == "attachment") wanted.push_back(i);
  if (wanted.empty()) return out;
  auto found = with.rows(beside_query(told->of, rows, told->column, wanted, told->indexed));
  if (!found) return found.error();
  auto& to = of_results ? out.attachments_ : out.results_;
  for (auto& each : *found) {
    auto key = each.row.text(told->column);
    if (!key.empty()) to.emplace(std::move(key), std::move(each.row));
  }
  if (rows[0].row.of == table::lab_orders)
    if (auto s = out.read_reports(with, rows); !s) return s.error();
  return out;
}

/// What is attached to documents: one content may be attached to several.
status neighbours::read_contents(ports::record_session& with, std::span<const ports::found> notes) {
  std::map<std::string, std::vector<std::string>> notes_by_content;
  for (const auto& note : notes)
    for (auto& id : fhir::contents_of(note.row)) notes_by_content[std::move(id)].push_back(note.row.key());
  if (notes_by_content.empty()) return done{};
  ports::row_query ask;
  ask.of = table::document_contents;
  for (const auto& [id, named_by] : notes_by_content) ask.keys.push_back(id);
  ask.with_entries = false;
  ask.with_content = true;
  auto found = with.rows(ask);
  if (!found) return found.error();
  for (const auto& each : *found)
    for (const auto& note : notes_by_content[each.row.key()]) attachments_.emplace(note, each.row);
  return done{};
}

/// A report that was written or imported for an order takes the place of the one that follows from the
/// order's state.
status neighbours::read_reports(ports::record_session& with, std::span<const ports::found> orders) {
  std::vector<size_t> all(orders.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  ports::entry_query query;
  query.type = "DiagnosticReport";
  query.patients = patients_of(orders, all);
  if (query.patients.empty()) return done{};
  auto entries = with.entries(query);
  if (!entries) return entries.error();
  std::set<std::string> keys;
  for (const auto& order : orders) keys.insert(order.row.key());
  for (const auto& entry : *entries) {
    if (entry.content.find("ServiceRequest/") == entry.content.npos) continue;
    const auto report = fhir::document::parse(entry.content);
    if (!report) continue;
    for (auto& order : orders_of(*report->root))
      if (keys.contains(order)) reported_.insert(std::move(order));
  }
  return done{};
}

fhir::beside neighbours::take(const model::record& row) {
  fhir::beside out;
  for (auto [at, end] = results_.equal_range(row.key()); at != end; ++at)
    if (row.of != table::lab_reports || at->second.text("lab_order_id").empty())
      out.results.push_back(at->second);
  for (auto [at, end] = attachments_.equal_range(row.key()); at != end; ++at)
    out.attachments.push_back(at->second);
  out.reported = reported_.contains(row.key());
  return out;
}

void expect_search(ports::record_session& with, const fhir::query& what, const grant& who,
                   std::string_view base) {
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

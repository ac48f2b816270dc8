// Tasks become rows of the clinical tables: ids, keys, and what an update leaves of the row that stands.
#include "engine/rest/write.hpp"

#include <algorithm>
#include <map>

namespace aorta::rest {
namespace {

bool has_column(model::table of, std::string_view name) {
  const auto& columns = model::shape(of).columns;
  return std::find(columns.begin(), columns.end(), name) != columns.end();
}

void set_if_empty(model::record& row, std::string_view column, std::string value) {
  if (has_column(row.of, column) && !row[column]) row.set(column, std::move(value));
}

/// Rows of users and clinics carry logins and contracts: FHIR makes none of them, and keeps what it is sent beside them.
bool makes_rows(model::table of) noexcept { return of != model::table::users && of != model::table::clinics && of != model::table::lab_result_attachments; }

/// What a row that FHIR makes says of itself.
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

/// Columns that FHIR says otherwise than before change; all others are the clinic's own and stay.
model::record laid_over(const model::record& standing, const std::optional<model::record>& then, const model::record& now) {
  model::record out = standing;
  for (size_t i = 1; i < out.cells.size(); ++i) {
    const auto was = then ? then->cells[i] : std::nullopt;
    if (was != now.cells[i]) out.cells[i] = now.cells[i];
  }
  return out;
}

/// What all parts of a row of vitals share.
bool shared_differ(const model::record& a, const model::record& b) {
  static constexpr std::string_view shared[] = {"patient_id", "encounter_id", "recorded_at", "recorded_by", "position"};
  return std::any_of(std::begin(shared), std::end(shared), [&](std::string_view each) { return a[each] != b[each]; });
}

} // namespace

/// Patients first: what else is written is mapped with their numbers. References between other entries are mapped with provisional keys, and
/// mapped again when the real ones are known.
bool writing::map(bool patients) {
  const auto concerns = [&](const task& each) { return each.resource != nullptr && each.writes && (each.type == "Patient") == patients; };
  if (!every([&](task& each) { return !concerns(each) || map_row(each); }) || !give_keys(patients)) return false;
  point_links();
  if (patients) return true;
  std::vector<bool> again(tasks_.size());
  for (const auto& each : links_) again[each.from] = again[each.from] || tasks_[each.to].type != "Patient";
  return every([&](task& each) { return !again[size_t(&each - tasks_.data())] || !concerns(each) || map_row(each); });
}

bool writing::map_row(task& each) {
  auto mapped = fhir::to_row(*each.resource, in_.around().systems);
  if (fhir::has_error(mapped.faults)) {
    for (auto& fault : mapped.faults) // their paths begin with the type
      fault.path = each.path + (fault.path.starts_with(each.type) ? fault.path.substr(each.type.size()) : fault.path.empty() ? "" : "." + fault.path);
    return refuse(refusal(422, mapped.faults));
  }
  if (each.type != "Patient") each.patient = fhir::patient_of(*each.resource);
  if (each.how == task::kind::update) return lay_over(each, mapped);
  if (mapped.row && !makes_rows(mapped.row->of)) mapped.row.reset();
  if (each.type == "Patient" && !mapped.row)
    return refuse(422, "business-rule", mapped.why.empty() ? "the clinic's table cannot hold this patient" : mapped.why, each.path);
  const auto key = each.row ? each.row->cells[0] : std::nullopt;
  each.row = std::move(mapped.row);
  if (!each.row) return true;
  if (key) each.row->cells[0] = key;
  if (!each.at) each.at = fhir::place{each.row->of, {}, mapped.part};
  complete(*each.row, in_.who().clinic, now_);
  return true;
}

bool writing::lay_over(task& each, fhir::as_row& mapped) {
  each.at = each.before->at;
  if (!each.at) return true; // it lives in FHIR only, and stays there
  if (!makes_rows(each.at->of)) return refuse(409, "business-rule", "this is kept by the clinic's own system and cannot be changed here", each.path);
  if (!each.before->row) {
    ports::row_query ask;
    ask.of = each.at->of;
    ask.keys = {each.at->key};
    ask.with_content = true;
    auto rows = in_.session().rows(ask);
    if (!rows) return refuse(rows.error());
    if (rows->empty()) return refuse(409, "conflict", "the row behind this resource is gone", each.path);
    each.before->row = std::move(rows->front().row);
  }
  const auto& standing = *each.before->row;
  if (!mapped.row || mapped.row->of != standing.of || mapped.part != each.at->part)
    return refuse(422, "business-rule", mapped.why.empty() ? "the clinic's table cannot say this, and it holds the resource" : mapped.why, each.path);
  if (standing.text("is_locked") == "true") return refuse(409, "business-rule", "the note is locked", each.path);
  const auto* told = fhir::to_resource(into_, each.type, standing, each.at->part, {}, in_.around().systems);
  std::optional<model::record> then;
  if (told != nullptr) then = fhir::to_row(*told, in_.around().systems).row;
  each.row = laid_over(standing, then && then->of == standing.of ? then : std::nullopt, *mapped.row);
  if (standing.of == model::table::vitals && shared_differ(standing, *each.row) && fhir::parts_of(each.type, standing).size() > 1)
    return refuse(409, "business-rule", "other measurements were taken together with this one: its patient, time and position are theirs too", each.path);
  if (standing.of == model::table::patients) each.row->set("is_deleted", "false");
  return true;
}

bool writing::give_keys(bool patients) {
  std::map<model::table, std::vector<task*>> numbered;
  for (auto& each : tasks_) {
    if (each.how != task::kind::create || !each.writes || !each.id.empty() || (each.type == "Patient") != patients) continue;
    if (each.row && model::shape(each.row->of).integer_key) {
      numbered[each.row->of].push_back(&each);
      continue;
    }
    const auto key = to_text(in_.around().ids->next(now_));
    if (each.row) {
      each.row->cells[0] = each.at->key = key;
      each.id = fhir::resource_id(each.type, *each.at);
    } else {
      each.id = key;
    }
  }
  for (auto& [table, askers] : numbered) {
    const auto keys = in_.session().reserve(table, int(askers.size()));
    if (!keys) return refuse(keys.error());
    for (size_t i = 0; i < askers.size(); ++i) {
      task& each = *askers[i];
      each.row->cells[0] = each.at->key = std::to_string((*keys)[i]);
      each.id = fhir::resource_id(each.type, *each.at);
      if (table == model::table::patients) each.patient = (*keys)[i];
    }
  }
  return true;
}

void writing::point_links() {
  for (const auto& each : links_)
    if (const auto& to = tasks_[each.to]; !to.id.empty()) each.text->text = into_.keep(to.type + '/' + to.id);
}

} // namespace aorta::rest

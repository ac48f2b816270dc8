// Tasks become rows of the clinical tables: ids, keys, and what an update leaves of the row that stands.
#include "engine/fhir/withdraw.hpp"
#include "engine/rest/write.hpp"

#include <algorithm>
#include <map>

namespace aorta::rest {
namespace {

/// What all parts of a row of vitals share.
bool shared_differ(const model::record& a, const model::record& b) {
  static constexpr std::string_view shared[] = {"patient_id", "encounter_id", "recorded_at", "recorded_by",
                                                "position"};
  return std::any_of(std::begin(shared), std::end(shared),
                     [&](std::string_view each) { return a[each] != b[each]; });
}

} // namespace

/// Patients first: what else is written is mapped with their numbers. References between other entries are
/// mapped with provisional keys, and mapped again when the real ones are known.
bool writing::map(bool patients) {
  const auto concerns = [&](const task& each) {
    return each.resource != nullptr && each.writes && (each.type == "Patient") == patients;
  };
  if (!every([&](task& each) { return !concerns(each) || map_row(each); }) || !give_keys(patients))
    return false;
  point_links();
  if (patients) return true;
  std::vector<bool> again(tasks_.size());
  for (const auto& each : links_) again[each.from] = again[each.from] || tasks_[each.to].type != "Patient";
  return every(
    [&](task& each) { return !again[size_t(&each - tasks_.data())] || !concerns(each) || map_row(each); });
}

bool writing::map_row(task& each) {
  auto mapped = fhir::to_row(*each.resource, in_.around().systems);
  if (fhir::has_error(mapped.faults)) {
    for (auto& fault : mapped.faults) // their paths begin with the type
      fault.path = each.path +
        (fault.path.starts_with(each.type) ? fault.path.substr(each.type.size())
           : fault.path.empty()            ? ""
                                           : "." + fault.path);
    return refuse({cause::against_rules, mapped.faults});
  }
  if (each.type != "Patient") each.patient = fhir::patient_of(*each.resource);
  if (each.how == task::kind::update) return lay_over(each, mapped);
  if (mapped.row && !records::are_made_here(mapped.row->of)) mapped.row.reset();
  if (each.type == "Patient" && !mapped.row)
    return refuse(cause::against_rules, "business-rule",
                  mapped.why.empty() ? "the clinic's table cannot hold this patient" : mapped.why, each.path);
  const auto key = each.row ? each.row->cells[0] : std::nullopt;
  each.row = std::move(mapped.row);
  if (!each.row) return true;
  if (key) each.row->cells[0] = key;
  if (!each.at) each.at = fhir::place{each.row->of, {}, mapped.part};
  records::complete(*each.row, in_.who().clinic, now_);
  return true;
}

bool writing::lay_over(task& each, fhir::as_row& mapped) {
  each.at = each.before->at;
  if (!each.at) return true; // it lives in FHIR only, and stays there
  if (!records::are_made_here(each.at->of))
    return refuse(cause::conflict, "business-rule",
                  "this is kept by the clinic's own system and cannot be changed here", each.path);
  if (!each.before->row) {
    ports::row_query ask;
    ask.of = each.at->of;
    ask.keys = {each.at->key};
    ask.with_content = true;
    auto rows = in_.session().rows(ask);
    if (!rows) return refuse(records::refusal(rows.error()));
    if (rows->empty())
      return refuse(cause::conflict, "conflict", "the row behind this resource is gone", each.path);
    each.before->row = std::move(rows->front().row);
  }
  auto& standing = row_of(each);
  if (records::is_of_messages(standing))
    return refuse(cause::conflict, "business-rule", std::string(records::why_messages_alone), each.path);
  const bool said = mapped.row && mapped.row->of == standing.of && mapped.part == each.at->part;
  if (records::is_of_laboratory(standing) && (!said || fhir::is_withdrawn(*each.resource)))
    return refuse(cause::conflict, "business-rule", "a laboratory sent this result: it alone can withdraw it",
                  each.path);
  if (!said && fhir::may_leave_table(*each.resource, *each.at)) return keep_in_fhir(each, mapped);
  if (!said)
    return refuse(cause::against_rules, "business-rule",
                  mapped.why.empty() ? "the clinic's table cannot say this, and it holds the resource"
                                     : mapped.why,
                  each.path);
  if (standing.text("is_locked") == "true")
    return refuse(cause::conflict, "business-rule", "the note is locked", each.path);
  const auto* told = fhir::to_resource(into_, each.type, standing, each.at->part, {}, in_.around().systems);
  std::optional<model::record> then;
  if (told != nullptr) then = fhir::to_row(*told, in_.around().systems).row;
  each.row = records::laid_over(standing, then && then->of == standing.of ? then : std::nullopt, *mapped.row);
  if (standing.of == model::table::vitals && shared_differ(standing, *each.row) &&
      fhir::parts_of(each.type, standing).size() > 1)
    return refuse(
      cause::conflict, "business-rule",
      "other measurements were taken together with this one: its patient, time and position are theirs too",
      each.path);
  if (standing.of == model::table::patients) {
    if (standing.text("is_deleted") == "true" && !may_return(each)) return false;
    each.row->set("is_deleted", "false");
  }
  standing = *each.row;
  return true;
}

/// Who was erased stays so: under the number stand clinical rows that are nobody's any more. Who was joined
/// with another is that person until the joining is undone.
bool writing::may_return(task& each) {
  const model::patient_id who = std::stoll(each.at->key);
  const auto erased = in_.session().erasure().last(who);
  if (!erased) return refuse(records::refusal(erased.error()));
  if (*erased && (*erased)->done_at)
    return refuse(cause::conflict, "business-rule", "this patient was erased: create the person anew",
                  each.path);
  const auto merges = in_.session().merges().standing({&who, 1});
  if (!merges) return refuse(records::refusal(merges.error()));
  for (const auto& merge : *merges)
    if (merge.merged == who)
      return refuse(cause::conflict, "business-rule",
                    "this patient was joined with Patient/" + std::to_string(merge.survivor) +
                      ": write for that one, or undo the joining first",
                    each.path);
  return true;
}

/// The row as earlier tasks leave it: parts of one row of vitals are resources of their own.
model::record& writing::row_of(const task& each) {
  return rows_.try_emplace(std::pair(each.before->row->of, each.before->row->key()), *each.before->row)
    .first->second;
}

bool writing::keep_in_fhir(task& each, const fhir::as_row& mapped) {
  auto& row = row_of(each);
  if (each.patient && each.before->patient && *each.patient != *each.before->patient)
    return refuse(cause::against_rules, "business-rule", "what is withdrawn stays with the patient it was of",
                  each.path);
  if (!keeps_its_time(each)) return false;
  each.patient = each.before->patient;
  fhir::put_away(row, each.at->part, now_);
  if (mapped.rest)
    for (const auto column : {"systolic_bp", "diastolic_bp"})
      if (const auto& value = (*mapped.rest)[column]) row.set(column, value);
  each.row = row;
  each.kept = true;
  return true;
}

/// Searches look for it by the row's date.
bool writing::keeps_its_time(task& each) {
  const auto of = each.at->of;
  if (of != model::table::vitals && of != model::table::appointments && of != model::table::lab_results)
    return true;
  auto& row = row_of(each);
  const auto column = model::shape(of).date;
  const auto told = fhir::terms_of(*each.resource);
  timestamp stands;
  if (!told.from || !told.to || row.text(column).empty()) return true;
  const bool within = from_iso(row.text(column), stands) && *told.from <= stands && stands <= *told.to;
  if (within && *told.to - *told.from <= std::chrono::days{1}) return true;
  if (*told.from != *told.to || (of == model::table::vitals && fhir::parts_of(each.type, row).size() > 1))
    return refuse(cause::conflict, "business-rule",
                  "its time is the row's, which says nothing else of it any more: keep the time", each.path);
  row.set(column, to_iso(*told.from));
  return true;
}

bool writing::give_keys(bool patients) {
  std::map<model::table, std::vector<task*>> numbered;
  for (auto& each : tasks_) {
    if (each.how != task::kind::create || !each.writes || !each.id.empty() ||
        (each.type == "Patient") != patients)
      continue;
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
    if (!keys) return refuse(records::refusal(keys.error()));
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
  for (const auto& each : narratives_)
    each.div->text = into_.keep(with_links(each.sent, [&](std::string_view told) {
      const auto found = entries_.find(told, tasks_[each.of].full_url);
      const auto* to = found ? &tasks_[tasks_[*found].same_as.value_or(*found)] : nullptr;
      return to != nullptr && !to->id.empty() ? to->type + '/' + to->id : std::string();
    }));
}

} // namespace aorta::rest

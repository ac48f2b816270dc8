// Nobody is written twice: numbers that only one person can have, and the clinic's own number for whoever
// comes without one.
#include "engine/rest/live.hpp"
#include "engine/rest/merged_people.hpp"
#include "engine/rest/write.hpp"

#include <algorithm>
#include <map>

namespace aorta::rest {
namespace {

/// Adds the identifier of the clinic's system as the row's resource tells it.
void tell_mrn(fhir::document& into, fhir::node& resource, const model::record& row,
              const fhir::identifier_systems& systems) {
  const auto* told = fhir::to_resource(into, "Patient", row, {}, {}, systems);
  const auto* all = told != nullptr ? told->get("identifier") : nullptr;
  if (all == nullptr) return;
  for (const auto* each = all->first; each != nullptr; each = each->next) {
    if (each->str("system") != systems.mrn) continue;
    auto* own = resource.get("identifier");
    if (own == nullptr) own = into.add(resource, "identifier", into.array());
    into.push(*own, into.copy(*each));
    return;
  }
}

} // namespace

/// Whoever reads a survivor, changes it and writes it back sends what we told of the merge too.
bool writing::take_off_merges() {
  return every([this](task& each) {
    if (each.type != "Patient" || each.resource == nullptr || !is_number(each.id)) return true;
    const auto own = without_merges(into_, in_, each.resource, std::stoll(each.id));
    if (!own) return refuse(records::refusal(own.error()));
    each.resource = *own;
    return true;
  });
}

/// A patient keeps the clinic's number when an update does not tell it.
void writing::keep_numbers(task& each) {
  if (each.row->text("mrn").empty() && each.before && each.before->row) {
    each.row->set("mrn", (*each.before->row)["mrn"]);
    if (!each.row->text("mrn").empty()) tell_mrn(into_, *each.resource, *each.row, in_.around().systems);
  }
}

/// The same, before what was sent is compared with what stands: else each repeat of an update would make a
/// version.
void writing::tell_kept_number(task& each) {
  if (!each.before->row || each.before->row->text("mrn").empty()) return;
  const auto sent = fhir::to_row(*each.resource, in_.around().systems);
  if (sent.row && sent.row->text("mrn").empty())
    tell_mrn(into_, *each.resource, *each.before->row, in_.around().systems);
}

/// Who may write for one patient only could claim another's number, and with it what a laboratory sends for
/// that person, or ask who is known here.
bool writing::may_tell_numbers(const task& each) const {
  return !in_.who().patient ||
    (each.before && each.before->row &&
     records::number_keys(*each.row) == records::number_keys(*each.before->row));
}

/// `A000123`: short, and of the row's own number, so that it is nobody else's unless the clinic chose it by
/// hand.
bool writing::name_newcomers() {
  for (auto& each : tasks_) {
    if (each.type != "Patient" || !each.writes || !each.row || !each.row->text("mrn").empty()) continue;
    std::string mrn;
    for (int attempt = 1; attempt < 100; ++attempt) {
      mrn = records::newcomers_mrn(each.row->key(), attempt);
      const auto key = records::mrn_key(mrn);
      const auto found = in_.session().patients_by({&key, 1});
      if (!found) return refuse(records::refusal(found.error()));
      if (found->empty()) break;
    }
    each.row->set("mrn", mrn);
    tell_mrn(into_, *each.resource, *each.row, in_.around().systems);
  }
  return true;
}

bool writing::check_people() {
  std::map<std::pair<std::string, std::string>, const task*> said;
  std::vector<identity::lookup_key> all;
  std::vector<task*> people;
  for (auto& each : tasks_) {
    if (each.type != "Patient" || !each.writes || !each.row || each.resource == nullptr) continue;
    keep_numbers(each);
    if (!may_tell_numbers(each))
      return refuse(cause::forbidden, "forbidden",
                    "a key of one patient does not change the patient's numbers", each.path + ".identifier");
    people.push_back(&each);
    for (auto& key : records::number_keys(*each.row)) {
      if (!said.emplace(std::pair(key.kind, key.value), &each).second)
        return refuse(cause::conflict, "duplicate", "another entry is a patient with the same " + key.kind,
                      each.path + ".identifier");
      all.push_back(std::move(key));
    }
  }
  if (people.empty()) return true;
  if (!all.empty()) {
    const auto found = in_.session().patients_by(all);
    if (!found) return refuse(records::refusal(found.error()));
    for (const auto* each : people) {
      if (found->empty()) break;
      for (const auto& key : records::number_keys(*each->row)) {
        const auto holders = in_.session().patients_by({&key, 1});
        if (!holders) return refuse(records::refusal(holders.error()));
        if (std::any_of(holders->begin(), holders->end(),
                        [&](model::patient_id other) { return other != each->patient; }))
          return refuse(cause::conflict, "duplicate",
                        "the clinic has a patient with this " + key.kind + " already",
                        each->path + ".identifier");
      }
    }
  }
  return name_newcomers();
}

} // namespace aorta::rest

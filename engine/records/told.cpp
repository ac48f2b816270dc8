#include "engine/records/told.hpp"

#include "engine/fhir/document.hpp"
#include "engine/records/merge.hpp"
#include "engine/records/people.hpp"
#include "engine/records/rows.hpp"

#include <algorithm>
#include <map>

namespace aorta::records {
namespace {

std::optional<timestamp> seen_of(const ports::found& of) {
  std::optional<timestamp> out;
  for (const auto& each : of.entries) out = std::max(out.value_or(each.last_updated), each.last_updated);
  if (of.seen) out = std::max(out.value_or(of.seen->at), of.seen->at);
  return out;
}

bool same_json(const std::optional<std::string>& a, const std::optional<std::string>& b) {
  if (!a || !b) return false;
  const auto x = fhir::document::parse("{\"all\":" + *a + "}"),
             y = fhir::document::parse("{\"all\":" + *b + "}");
  return x && y && fhir::equal(*x->root, *y->root);
}

/// What stands there; a database may write JSON in its own way, which nobody has changed.
std::optional<std::string> standing(const known_row& at, std::string_view column, const timeline& line) {
  const auto counts = line.counts();
  const bool json = column == "diagnoses" || column == "structured_data";
  return json && same_json(counts, at.row[column]) ? counts : at.row[column];
}

/// What stands in a column that is never empty where nobody says anything of it.
std::optional<std::string> never_empty(model::table of, std::string_view column) {
  if (of == model::table::patients && column == "gender") return "unknown";
  if (of == model::table::patients && column == "status") return "active";
  if (of == model::table::lab_orders && column == "priority") return "routine";
  if (of == model::table::lab_orders && column == "status") return "ordered";
  if (of == model::table::appointments && column == "status") return "scheduled";
  return std::nullopt;
}

void settle(known_row& at, std::string_view column, const timeline& line) {
  auto counts = line.counts();
  if (!counts) counts = never_empty(at.row.of, column);
  if (at.row[column] == counts || standing(at, column, line) == counts) return;
  at.row.set(column, std::move(counts));
  const std::string name(column);
  if (std::find(at.changed.begin(), at.changed.end(), name) == at.changed.end()) at.changed.push_back(name);
}

} // namespace

result<std::vector<known_row>> read_rows(ports::record_session& in, const ports::row_query& ask) {
  auto found = in.rows(ask);
  if (!found) return found.error();
  std::vector<known_row> out;
  std::vector<std::string> keys;
  for (auto& each : *found) {
    keys.push_back(each.row.key());
    out.push_back({std::move(each.row), {}, false, seen_of(each)});
  }
  auto told = in.told(ask.of, keys);
  if (!told) return told.error();
  std::map<std::string, const ports::told_row*> by_key;
  for (const auto& each : *told) by_key.emplace(each.key, &each);
  for (auto& row : out)
    if (const auto known = by_key.find(row.row.key()); known != by_key.end())
      row.story = story_from(known->second->json);
  return out;
}

bool told_by_messages(const known_row& at) {
  return std::any_of(at.story.fields.begin(), at.story.fields.end(),
                     [](const auto& field) { return field.second.told_by_messages(); });
}

bool left_behind(const known_row& at) {
  const bool withdrawn = at.row.of == model::table::clinical_notes
    ? at.row.text("document_status") == "entered_in_error"
    : at.row.text("status") == "cancelled";
  return !at.fresh && !at.story.made_by.empty() && !told_by_messages(at) && withdrawn;
}

void say(known_row& at, std::string_view column, statement what) {
  auto& line = at.story.fields[std::string(column)];
  if (!at.fresh) line.meet(standing(at, column, line), at.seen);
  line.say(std::move(what));
  settle(at, column, line);
}

bool forget(known_row& at, const std::string& message) {
  bool any = false;
  for (auto& [column, line] : at.story.fields) {
    const auto before = line.all();
    line.meet(standing(at, column, line), at.seen);
    if (!line.forget(message)) {
      line = timeline(before);
      continue;
    }
    any = true;
    settle(at, column, line);
  }
  return any;
}

result<std::vector<known_row>> forget_all(const filing_room& room, model::table of,
                                          model::patient_id patient) {
  if (auto locked = room.in.lock({ports::patient_lock(patient)}); !locked) return locked.error();
  ports::row_query ask;
  ask.of = of;
  ask.patients = {patient};
  ask.with_content = true;
  auto rows = read_rows(room.in, ask);
  if (!rows) return rows.error();
  const auto message = to_text(room.message);
  std::vector<known_row> out;
  for (auto& each : *rows)
    if (forget(each, message) || each.story.made_by == message) out.push_back(std::move(each));
  return out;
}

status write(const filing_room& room, const std::vector<known_row*>& all) {
  std::vector<ports::change> changes;
  std::vector<ports::told_row> told;
  for (auto* each : all) {
    if (each->fresh) complete(each->row, room.clinic, room.now);
    told.push_back({each->row.of, each->row.key(), to_json(each->story)});
    if (!each->fresh && each->changed.empty()) continue;
    ports::change what;
    what.row = each->row;
    what.update_row = !each->fresh;
    changes.push_back(std::move(what));
  }
  if (!changes.empty())
    if (auto written = room.in.write(changes); !written) return written;
  return told.empty() ? status(done{}) : room.in.tell(told);
}

timestamp spoken_of(const std::optional<timestamp>& told, const filing_room& room) {
  return std::min(told.value_or(room.received), room.received);
}

void to_review(identity::decision& made, std::string why) {
  made.is = identity::decision::kind::review;
  if (made.patient &&
      std::find(made.candidates.begin(), made.candidates.end(), *made.patient) == made.candidates.end())
    made.candidates.push_back(*made.patient);
  made.patient.reset();
  made.rule.clear();
  made.person_decision.clear();
  made.teaches.clear();
  made.evidence.push_back(std::move(why));
}

result<std::optional<known_row>> hold_patient(const filing_room& room, identity::decision& made) {
  auto id = *made.patient;
  if (auto locked = room.in.lock({ports::patient_lock(id)}); !locked) return locked.error();
  if (const auto now = last_survivor(room.in, id); now && *now != id) {
    if (auto locked = room.in.lock({ports::patient_lock(*now)}); !locked) return locked.error();
    id = *now;
    made.patient = id;
    made.evidence.push_back("was joined with patient " + std::to_string(id) + " meanwhile");
  }
  ports::row_query ask;
  ask.keys = {std::to_string(id)};
  auto rows = read_rows(room.in, ask);
  if (!rows) return rows.error();
  if (!rows->empty() && rows->front().row.text("is_deleted") != "true")
    return std::optional(std::move(rows->front()));
  to_review(made, patient_text(id) + " is not there any more");
  return std::optional<known_row>();
}

status hold_number(ports::record_session& in, model::table of, const std::string& number) {
  return number.empty() ? status(done{})
                        : in.lock({std::string(model::shape(of).name) + "/number/" + number});
}

result<std::optional<std::string>> user_of_licence(ports::record_session& in, const std::string& number) {
  ports::row_query ask;
  ask.of = model::table::users;
  ask.equals = {{"license_number", number}};
  ask.with_entries = false;
  const auto users = in.rows(ask);
  if (!users) return users.error();
  return users->size() == 1 ? std::optional(users->front().row.key()) : std::nullopt;
}

result<std::optional<std::string>> visit_of(ports::record_session& in, model::patient_id patient,
                                            const std::string& number, const std::string& authority) {
  std::optional<std::string> out;
  if (number.empty()) return out;
  ports::row_query ask;
  ask.of = model::table::encounters;
  ask.equals = {{"visit_number", number}};
  ask.patients = {patient};
  ask.with_entries = false;
  const auto rows = in.rows(ask);
  if (!rows) return rows.error();
  size_t fitting = 0;
  for (const auto& each : *rows) {
    const auto given_by = each.row.text("visit_authority");
    if (!given_by.empty() && !authority.empty() && given_by != authority) continue;
    ++fitting;
    out = each.row.key();
  }
  if (fitting != 1) out.reset();
  return out;
}

} // namespace aorta::records

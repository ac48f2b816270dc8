#include "engine/admission/rows.hpp"

#include "engine/fhir/document.hpp"
#include "engine/records/rows.hpp"

#include <algorithm>
#include <map>

namespace aorta::admission {
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
std::optional<std::string> standing(const known_row& at, std::string_view column,
                                    const records::timeline& line) {
  const auto counts = line.counts();
  return column == "diagnoses" && same_json(counts, at.row[column]) ? counts : at.row[column];
}

void settle(known_row& at, std::string_view column, const records::timeline& line) {
  auto counts = line.counts();
  if (column == "gender" && !counts) counts = "unknown"; // these columns are never empty
  if (column == "status" && at.row.of == model::table::patients && !counts) counts = "active";
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
      row.story = records::story_from(known->second->json);
  return out;
}

bool told_by_messages(const known_row& at) {
  return std::any_of(at.story.fields.begin(), at.story.fields.end(),
                     [](const auto& field) { return field.second.told_by_messages(); });
}

void say(known_row& at, std::string_view column, records::statement what) {
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
      line = records::timeline(before);
      continue;
    }
    any = true;
    settle(at, column, line);
  }
  return any;
}

status write(const filing_room& room, std::vector<known_row*> all) {
  std::vector<ports::change> changes;
  std::vector<ports::told_row> told;
  for (auto* each : all) {
    if (each->fresh) records::complete(each->row, room.clinic, room.now);
    told.push_back({each->row.of, each->row.key(), records::to_json(each->story)});
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

} // namespace aorta::admission

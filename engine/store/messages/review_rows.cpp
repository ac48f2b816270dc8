#include "engine/store/messages/review_rows.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/messages/waiting_rows.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace aorta::store {
namespace {

using ports::event_row;
using ports::learned;
using ports::message_link;
using ports::open_work;
using ports::page;
using ports::person;
using ports::result_word;
using ports::review_filter;
using ports::review_item;
using ports::unmapped_code;

constexpr size_t review_width = 13;
constexpr const char* review_columns =
  "SELECT CAST(r.id AS text), r.kind, r.reasons, r.candidates, r.state, CAST(r.message_id AS text), r.result_ids,"
  " CAST(r.created_at AS text), CAST(r.resolved_at AS text), CAST(r.resolved_by AS text), CAST(u.email AS text),"
  " r.action, r.reason FROM review_queue r LEFT JOIN users u ON u.user_id = r.resolved_by";

uuid read_id(const std::optional<std::string>& cell) {
  return uuid_from_text(required(cell)).value_or(uuid{});
}

std::optional<person> read_person(const std::optional<std::string>& id,
                                  const std::optional<std::string>& email) {
  if (!id) return std::nullopt;
  return person{read_integer(*id), required(email)};
}

review_item read_item(const text_row& row) {
  review_item out;
  out.id = read_id(row[0]);
  out.kind = required(row[1]);
  out.reasons_json = required(row[2]);
  out.candidates_json = required(row[3]);
  out.state = required(row[4]);
  out.message = read_id(row[5]);
  for (const auto& id : read_json_list(required(row[6])))
    if (const auto result = uuid_from_text(id)) out.results.push_back(*result);
  out.created_at = read_time(required(row[7])).value_or(timestamp{});
  out.resolved_at = read_time(required(row[8]));
  out.resolved_by = read_person(row[9], row[10]);
  out.action = required(row[11]);
  out.reason = required(row[12]);
  return out;
}

/// One row more than wanted says that there is a next page.
template <class T>
void cut(page<T>& to, int limit) {
  if (int(to.items.size()) <= limit) return;
  to.items.pop_back();
  to.next = to_text(to.items.back().id);
}

} // namespace

page<review_item> read_reviews(conversation& with, const review_filter& filter) {
  std::string sql = std::string(review_columns) + " WHERE r.clinic_id = " + std::to_string(filter.clinic);
  text_row values;
  const auto when = [&](const char* condition, const std::string& value) {
    if (value.empty()) return;
    sql.append(" AND ").append(condition).append(":v").append(std::to_string(values.size()));
    values.push_back(value);
  };
  when("r.id < ", filter.cursor);
  when("r.kind = ", filter.kind);
  when("r.state = ", filter.state);
  const int limit = std::clamp(filter.limit, 1, 1000);
  page<review_item> out;
  for (const auto& row :
       with.ask(sql + " ORDER BY r.id DESC LIMIT " + std::to_string(limit + 1), values, review_width))
    out.items.push_back(read_item(row));
  cut(out, limit);
  return out;
}

std::vector<review_item> read_message_reviews(conversation& with, model::clinic_id clinic,
                                              const uuid& message) {
  std::vector<review_item> out;
  for (const auto& row :
       with.ask(std::string(review_columns) + " WHERE r.message_id = :a AND r.clinic_id = :b ORDER BY r.id",
                {to_text(message), std::to_string(clinic)}, review_width))
    out.push_back(read_item(row));
  return out;
}

std::optional<review_item> read_review(conversation& with, model::clinic_id clinic, const uuid& id,
                                       cipher& locks) {
  const auto rows = with.ask(std::string(review_columns) + " WHERE r.id = :a AND r.clinic_id = :b",
                             {to_text(id), std::to_string(clinic)}, review_width);
  if (rows.empty()) return std::nullopt;
  auto out = read_item(rows[0]);
  const auto claims = with.ask(
    "SELECT claims FROM review_queue WHERE id = :a AND clinic_id = :b AND claims IS NOT NULL",
    {to_text(id), std::to_string(clinic)}, 1);
  if (claims.empty()) return out;
  auto plain = locks.unseal(required(claims[0][0]));
  if (!plain)
    throw failure({error_code::internal, "",
                   "what the message says of its patient cannot be read with the configured key"});
  out.claims_json = std::move(*plain);
  return out;
}

bool resolve_review(conversation& with, model::clinic_id clinic, const uuid& id, const std::string& action,
                    const std::string& reason, const person& by, timestamp now) {
  const auto changed = with.tell(
    "UPDATE review_queue SET state = 'resolved', resolved_at = :a, resolved_by = " + std::to_string(by.id) +
      ", action = :b, reason = :c WHERE id = :d AND clinic_id = :e AND state = 'open'",
    {sortable(now), action, or_null(reason), to_text(id), std::to_string(clinic)});
  if (changed == 0) return false;
  end_wait(with, clinic, id);
  if (action != "accept") return true;
  const auto item = with.ask(std::string(review_columns) + " WHERE r.id = :a", {to_text(id)}, review_width);
  if (item.empty()) return true;
  const auto mine = read_item(item[0]);
  std::vector<uuid> doubtful; // what something else that is open concerns stays marked
  for (const auto& other : read_message_reviews(with, clinic, mine.message))
    if (other.state == "open") doubtful.insert(doubtful.end(), other.results.begin(), other.results.end());
  for (const auto& result : mine.results)
    if (std::find(doubtful.begin(), doubtful.end(), result) == doubtful.end())
      with.tell(
        "UPDATE lab_results SET needs_review = false WHERE id = :a AND clinic_id = :b AND message_id = :c",
        {to_text(result), std::to_string(clinic), to_text(mine.message)});
  return true;
}

std::vector<message_link> read_links(conversation& with, model::clinic_id clinic, const uuid& message) {
  std::vector<message_link> out;
  const auto rows = with.ask(
    "SELECT CAST(l.id AS text), CAST(l.patient_id AS text), CAST(l.taken_from AS text), CAST(l.user_id AS text), CAST(u.email AS text),"
    " CAST(l.made_at AS text), CAST(l.replaced_at AS text) FROM message_links l LEFT JOIN users u ON u.user_id = l.user_id"
    " WHERE l.message_id = :a AND l.clinic_id = :b ORDER BY l.id DESC",
    {to_text(message), std::to_string(clinic)}, 7);
  for (const auto& row : rows) {
    message_link link;
    link.id = read_id(row[0]);
    if (row[1]) link.patient = read_integer(*row[1]);
    if (row[2]) link.taken_from = read_integer(*row[2]);
    link.by = read_person(row[3], row[4]).value_or(person{});
    link.at = read_time(required(row[5])).value_or(timestamp{});
    link.until = read_time(required(row[6]));
    out.push_back(std::move(link));
  }
  return out;
}

std::vector<result_word> read_words(conversation& with, model::clinic_id clinic, const uuid& message,
                                    cipher& locks) {
  std::vector<result_word> out;
  const auto rows = with.ask(
    "SELECT CAST(w.position AS text), w.word, w.content, w.reason, CAST(w.user_id AS text), CAST(u.email AS text), CAST(w.made_at AS text)"
    " FROM result_words w LEFT JOIN users u ON u.user_id = w.user_id WHERE w.message_id = :a AND w.clinic_id = :b ORDER BY w.id",
    {to_text(message), std::to_string(clinic)}, 7);
  for (const auto& row : rows) {
    result_word word;
    word.position = uint16_t(read_integer(required(row[0])));
    word.is = required(row[1]) == "rejected" ? result_word::kind::rejected : result_word::kind::corrected;
    const auto content = locks.unseal(required(row[2]));
    if (!content)
      throw failure({error_code::internal, "", "a correction cannot be read with the configured key"});
    rapidjson::Document json;
    json.Parse(content->data(), content->size());
    const auto member = [&](const char* name) -> std::optional<std::string> {
      if (!json.IsObject() || !json.HasMember(name) || !json[name].IsString()) return std::nullopt;
      return std::string(json[name].GetString(), json[name].GetStringLength());
    };
    word.value = member("value");
    word.unit = member("unit");
    word.reason = required(row[3]);
    word.by = read_person(row[4], row[5]).value_or(person{});
    word.at = read_time(required(row[6])).value_or(timestamp{});
    out.push_back(std::move(word));
  }
  return out;
}

namespace {

/// Where a page of unmapped codes ends: hexadecimal, since codes are whatever laboratories write.
struct unmapped_end {
  int64_t count = 0;
  std::string lab, code;
};

std::string unmapped_cursor(const unmapped_code& last) {
  const std::string text = std::to_string(last.count) + " " + std::to_string(int64_t(last.lab.size())) + " " +
    last.lab + last.code;
  return to_hex(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

std::optional<unmapped_end> read_unmapped_end(std::string_view cursor) {
  std::string text;
  for (size_t i = 0; i < cursor.size(); i += 2) {
    uint8_t byte = 0;
    const auto pair = cursor.substr(i, 2);
    const auto [to, fault] = std::from_chars(pair.data(), pair.data() + pair.size(), byte, 16);
    if (pair.size() != 2 || fault != std::errc{} || to != pair.data() + 2) return std::nullopt;
    text += char(byte);
  }
  unmapped_end out;
  size_t lab = 0;
  const auto first = text.find(' '), second = first == text.npos ? first : text.find(' ', first + 1);
  if (second == text.npos) return std::nullopt;
  const auto read = [&](size_t from, size_t to, auto& value) {
    const auto [end, fault] = std::from_chars(text.data() + from, text.data() + to, value);
    return fault == std::errc{} && end == text.data() + to;
  };
  if (!read(0, first, out.count) || !read(first + 1, second, lab) || lab > text.size() - second - 1)
    return std::nullopt;
  out.lab = text.substr(second + 1, lab);
  out.code = text.substr(second + 1 + lab);
  if (!is_clean(out.lab) || !is_clean(out.code)) return std::nullopt;
  return out;
}

} // namespace

page<unmapped_code> read_unmapped(conversation& with, model::clinic_id clinic, const std::string& cursor,
                                  int limit) {
  std::string page_of = " FROM unmapped_codes WHERE clinic_id = " + std::to_string(clinic);
  text_row values;
  if (!cursor.empty()) {
    auto end = read_unmapped_end(cursor);
    if (!end) throw failure({error_code::invalid, "cursor", "not a cursor of this list"});
    const auto count = std::to_string(end->count);
    page_of += " AND (count < " + count + " OR (count = " + count +
      " AND (lab_code > :a OR (lab_code = :b AND code > :c))))";
    values = {end->lab, end->lab, std::move(end->code)};
  }
  limit = std::clamp(limit, 1, 1000);
  page_of += " ORDER BY count DESC, lab_code, code LIMIT " + std::to_string(limit + 1);
  page<unmapped_code> out;
  std::map<std::pair<std::string, std::string>, size_t> places;
  const auto codes = with.ask("SELECT lab_code, code, name, CAST(count AS text), CAST(first_seen AS text),"
                              " CAST(last_seen AS text)" +
                                page_of,
                              values, 6);
  for (const auto& row : codes) {
    places.emplace(std::pair(required(row[0]), required(row[1])), out.items.size());
    out.items.push_back({required(row[0]),
                         required(row[1]),
                         required(row[2]),
                         read_integer(required(row[3])),
                         read_time(required(row[4])).value_or(timestamp{}),
                         read_time(required(row[5])).value_or(timestamp{}),
                         {}});
  }
  const auto units = with.ask(
    "SELECT u.lab_code, u.code, u.unit, CAST(u.count AS text) FROM (SELECT lab_code, code" + page_of +
      ") p JOIN unmapped_units u ON u.clinic_id = " + std::to_string(clinic) +
      " AND u.lab_code = p.lab_code AND u.code = p.code ORDER BY u.count DESC, u.unit",
    values, 4);
  for (const auto& row : units)
    if (const auto at = places.find({required(row[0]), required(row[1])}); at != places.end())
      out.items[at->second].units.push_back({required(row[2]), read_integer(required(row[3]))});
  if (int(out.items.size()) <= limit) return out;
  out.items.pop_back();
  out.next = unmapped_cursor(out.items.back());
  return out;
}

page<event_row> read_events(conversation& with, model::clinic_id clinic, std::optional<bool> delivered,
                            const std::string& cursor, int limit) {
  std::string sql =
    "SELECT CAST(id AS text), event_type, payload, CAST(patient_id AS text), CAST(message_id AS text), CAST(result_id AS text),"
    " CAST(created_at AS text), CAST(delivered_at AS text) FROM event_outbox WHERE clinic_id = " +
    std::to_string(clinic);
  if (delivered) sql += *delivered ? " AND delivered_at IS NOT NULL" : " AND delivered_at IS NULL";
  text_row values;
  if (!cursor.empty()) {
    sql += " AND id > :a";
    values.push_back(cursor);
  }
  limit = std::clamp(limit, 1, 1000);
  page<event_row> out;
  for (const auto& row : with.ask(sql + " ORDER BY id LIMIT " + std::to_string(limit + 1), values, 8)) {
    event_row event;
    event.id = read_id(row[0]);
    event.type = required(row[1]);
    event.payload_json = required(row[2]);
    if (row[3]) event.patient = read_integer(*row[3]);
    event.message = uuid_from_text(required(row[4]));
    event.result = uuid_from_text(required(row[5]));
    event.created_at = read_time(required(row[6])).value_or(timestamp{});
    event.delivered_at = read_time(required(row[7]));
    out.items.push_back(std::move(event));
  }
  cut(out, limit);
  return out;
}

void add_open_work(conversation& with, model::clinic_id clinic, open_work& to) {
  const auto add = [&](const char* sql, std::vector<std::pair<std::string, int64_t>>& counts) {
    for (const auto& row : with.ask(sql, {std::to_string(clinic)}, 2)) {
      const auto name = required(row[0]);
      const auto at = std::find_if(counts.begin(), counts.end(),
                                   [&](const auto& each) { return each.first == name; });
      (at != counts.end() ? *at : counts.emplace_back(name, 0)).second += read_integer(required(row[1]));
    }
  };
  add(
    "SELECT kind, CAST(count(*) AS text) FROM review_queue WHERE clinic_id = :a AND state = 'open' GROUP BY kind",
    to.reviews);
  add("SELECT lab_code, CAST(count(*) AS text) FROM unmapped_codes WHERE clinic_id = :a GROUP BY lab_code",
      to.unmapped);
  add("SELECT state, CAST(count(*) AS text) FROM critical_alert WHERE clinic_id = :a"
      " AND state NOT IN ('closed', 'folded', 'superseded', 'withdrawn') GROUP BY state",
      to.critical);
}

page<learned> read_decisions(conversation& with, model::clinic_id clinic, const std::string& cursor,
                             int limit) {
  std::string sql =
    "SELECT CAST(d.id AS text), CAST(d.message_id AS text), CAST(d.patient_id AS text), d.sender, d.seen, CAST(d.user_id AS text),"
    " CAST(u.email AS text), CAST(d.made_at AS text), CAST(d.withdrawn_at AS text), CAST(d.withdrawn_by AS text), CAST(w.email AS text),"
    " CAST((SELECT count(*) FROM patient_decision_uses s WHERE s.decision_id = d.id) AS text) FROM patient_decisions d"
    " LEFT JOIN users u ON u.user_id = d.user_id LEFT JOIN users w ON w.user_id = d.withdrawn_by WHERE d.clinic_id = " +
    std::to_string(clinic);
  text_row values;
  if (!cursor.empty()) {
    sql += " AND d.id < :a";
    values.push_back(cursor);
  }
  limit = std::clamp(limit, 1, 1000);
  page<learned> out;
  for (const auto& row :
       with.ask(sql + " ORDER BY d.id DESC LIMIT " + std::to_string(limit + 1), values, 12)) {
    learned one;
    one.id = read_id(row[0]);
    one.message = read_id(row[1]);
    one.patient = read_integer(required(row[2]));
    one.sender = required(row[3]);
    one.seen_json = required(row[4]);
    one.by = read_person(row[5], row[6]).value_or(person{});
    one.made_at = read_time(required(row[7])).value_or(timestamp{});
    one.withdrawn_at = read_time(required(row[8]));
    one.withdrawn_by = read_person(row[9], row[10]);
    one.uses = read_integer(required(row[11]));
    out.items.push_back(std::move(one));
  }
  cut(out, limit);
  return out;
}

std::optional<bool> withdraw_decision(conversation& with, const database& of, model::clinic_id clinic,
                                      const uuid& id, const person& by) {
  const auto now = of.how.clock->now();
  const auto changed = with.tell(
    "UPDATE patient_decisions SET withdrawn_at = :a, withdrawn_by = " + std::to_string(by.id) +
      " WHERE id = :b AND clinic_id = :c AND withdrawn_at IS NULL",
    {sortable(now), to_text(id), std::to_string(clinic)});
  if (changed == 0) {
    if (with
          .ask("SELECT sender FROM patient_decisions WHERE id = :a AND clinic_id = :b",
               {to_text(id), std::to_string(clinic)}, 1)
          .empty())
      return std::nullopt;
    return false;
  }
  with.tell(
    "DELETE FROM patient_blind_index WHERE kind = 'decided' AND clinic_id = " + std::to_string(clinic) +
      " AND hash = (SELECT claims FROM patient_decisions WHERE id = :a) AND patient_id = (SELECT patient_id FROM patient_decisions WHERE id = :b)",
    {to_text(id), to_text(id)});
  ask_about_uses(with, of, clinic, id, now);
  return true;
}

void ask_about_uses(conversation& with, const database& of, model::clinic_id clinic, const uuid& decision,
                    timestamp now) {
  const auto uses = with.ask(
    "SELECT CAST(s.message_id AS text), CAST(d.patient_id AS text) FROM patient_decision_uses s JOIN patient_decisions d ON d.id = s.decision_id"
    " JOIN hl7_message_log m ON m.id = s.message_id AND m.patient_id = d.patient_id"
    " WHERE s.decision_id = :a AND s.clinic_id = :b ORDER BY s.message_id",
    {to_text(decision), std::to_string(clinic)}, 2);
  for (const auto& use : uses)
    with.tell(
      "INSERT INTO review_queue (id, clinic_id, message_id, kind, reasons, candidates, created_at) VALUES (:a, " +
        std::to_string(clinic) + ", :b, 'decision-withdrawn', :c, :d, :e)",
      {to_text(of.how.ids->next(now)), required(use[0]),
       json_list({"filed under patient " + required(use[1]) + " because of decision " + to_text(decision) +
                  ", which was withdrawn"}),
       json_list({required(use[1])}), sortable(now)});
}

} // namespace aorta::store

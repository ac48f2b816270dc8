#include "engine/store/messages/waiting_rows.hpp"

#include "engine/identity/identity.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/record_link.hpp"

#include <rapidjson/document.h>

#include <algorithm>
#include <map>
#include <set>

namespace aorta::store {
namespace {

constexpr const char* keys_kind = "waiting-keys"; ///< in `aorta_meta`: with which version they were made

std::string in_list(const std::set<std::string>& items, std::string_view quote = "") {
  std::string out;
  for (const auto& each : items)
    out.append(out.empty() ? " IN (" : ", ").append(quote).append(each).append(quote);
  return out + ")";
}

/// A message that began to wait, and whom the matcher saw.
struct beginner {
  std::string message;
  std::set<std::string> seen, now;
};

/// Whom each of them may mean now.
void look_again(conversation& with, model::clinic_id clinic, std::vector<beginner>& all) {
  std::set<std::string> messages;
  for (const auto& each : all) messages.insert(each.message);
  const auto rows = with.ask(
    "SELECT DISTINCT CAST(w.message_id AS text), CAST(b.patient_id AS text) FROM waiting_claims w"
    " JOIN patient_blind_index b ON b.hash = w.hash AND b.clinic_id + 0 = w.clinic_id"
    " JOIN patients p ON p.patient_id = b.patient_id WHERE NOT COALESCE(p.is_deleted, false) AND w.clinic_id + 0 = " +
      std::to_string(clinic) + " AND w.message_id" + in_list(messages, "'"),
    {}, 2);
  for (const auto& row : rows)
    for (auto& each : all)
      if (each.message == required(row[0])) each.now.insert(required(row[1]));
}

/// Those of these patients who were written in the last minute: the matcher may have seen them before.
std::set<std::string> written_lately(conversation& with, model::clinic_id clinic,
                                     const std::vector<beginner>& all) {
  std::set<std::string> out, asked;
  for (const auto& each : all) asked.insert(each.now.begin(), each.now.end());
  if (asked.empty()) return out;
  for (const auto& row :
       with.ask("SELECT DISTINCT CAST(patient_id AS text) FROM match_news WHERE patient_id" + in_list(asked) +
                  " AND clinic_id + 0 = " + std::to_string(clinic),
                {}, 1))
    out.insert(required(row[0]));
  return out;
}

void add_beginners(conversation& with, model::clinic_id clinic, std::vector<beginner> all,
                   std::set<std::string>& messages) {
  if (all.empty()) return;
  look_again(with, clinic, all);
  const auto written = written_lately(with, clinic, all);
  for (const auto& each : all)
    if (each.now != each.seen ||
        std::any_of(each.now.begin(), each.now.end(), [&](const auto& who) { return written.contains(who); }))
      messages.insert(each.message);
}

void add_waiting_for(conversation& with, model::clinic_id clinic, const std::set<std::string>& patients,
                     std::set<std::string>& messages) {
  if (patients.empty()) return;
  for (
    const auto& row : with.ask(
      "SELECT DISTINCT CAST(w.message_id AS text) FROM patient_blind_index b JOIN waiting_claims w ON w.hash = b.hash"
      " AND w.clinic_id + 0 = b.clinic_id WHERE b.patient_id" +
        in_list(patients) + " AND b.clinic_id + 0 = " + std::to_string(clinic),
      {}, 1))
    messages.insert(required(row[0]));
}

/// What the review keeps of what the message said; a detail that it does not keep matters to decisions that
/// were taught alone.
identity::claims claims_of(const std::string& json) {
  identity::claims out;
  rapidjson::Document said;
  said.Parse(json.data(), json.size());
  if (said.HasParseError() || !said.IsObject()) return out;
  const auto text = [](const rapidjson::Value& in, const char* name) {
    const auto at = in.IsObject() ? in.FindMember(name) : rapidjson::Value::ConstMemberIterator();
    return in.IsObject() && at != in.MemberEnd() && at->value.IsString()
      ? std::string(at->value.GetString(), at->value.GetStringLength())
      : std::string();
  };
  const auto each = [&](const char* list, const auto& take) {
    const auto at = said.FindMember(list);
    if (at != said.MemberEnd() && at->value.IsArray())
      for (const auto& one : at->value.GetArray()) take(one);
  };
  out.sender = text(said, "sender");
  each("numbers", [&](const rapidjson::Value& one) {
    const auto kind = text(one, "kind");
    using identity::id_kind;
    for (const auto is :
         {id_kind::cyprus_id, id_kind::arc, id_kind::passport, id_kind::mrn, id_kind::gesy, id_kind::other})
      if (kind == identity::name(is)) out.ids.push_back({is, text(one, "value"), text(one, "authority")});
  });
  each("names", [&](const rapidjson::Value& one) {
    out.names.push_back({text(one, "family"), text(one, "given")});
  });
  if (timestamp at; text(said, "birth_date").size() == 10 && from_iso(text(said, "birth_date"), at))
    out.birth_date = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(at)};
  out.sex = model::gender_from(text(said, "sex")).value_or(model::gender::unknown);
  return out;
}

void index_message(conversation& with, const database& of, model::clinic_id clinic,
                   const std::string& message, const identity::claims& who, cipher& locks) {
  for (const auto& key : identity::lookup_keys(who)) {
    sql_text sql(of.speaks);
    sql << "INSERT INTO waiting_claims (clinic_id, hash, message_id) VALUES (" << sql.arg(clinic, "bigint")
        << ", " << sql.arg(locks.blind(clinic, key.kind, key.value), "uuid") << ", "
        << sql.arg(message, "uuid") << ") ON CONFLICT DO NOTHING";
    with.ask(sql);
  }
  sql_text news(of.speaks);
  news << "INSERT INTO match_news (clinic_id, message_id, seen, noted_at) VALUES ("
       << news.arg(clinic, "bigint") << ", " << news.arg(message, "uuid") << ", '[]', "
       << news.arg(sortable(of.how.clock->now()), "timestamptz") << ")";
  with.ask(news);
}

bool has_keys_of_today(conversation& with) {
  const auto rows = with.ask("SELECT value FROM aorta_meta WHERE key = :a", {keys_kind}, 1);
  return !rows.empty() && rows[0][0] == std::to_string(identity::lookup_version);
}

} // namespace

void note_patient(conversation& with, model::clinic_id clinic, model::patient_id who, timestamp now) {
  with.tell("INSERT INTO match_news (clinic_id, patient_id, noted_at) VALUES (" + std::to_string(clinic) +
              ", " + std::to_string(who) + ", :a)",
            {sortable(now)});
}

void end_wait(conversation& with, model::clinic_id clinic, const uuid& review) {
  with.tell(
    "DELETE FROM waiting_claims WHERE message_id = (SELECT message_id FROM review_queue WHERE id = :a AND clinic_id = " +
      std::to_string(clinic) + " AND kind = 'unmatched')",
    {to_text(review)});
}

ports::found_waiting find_waiting(conversation& with, model::clinic_id clinic, int most) {
  ports::found_waiting out;
  const auto news = with.ask(
    "SELECT CAST(seq AS text), CAST(patient_id AS text), CAST(message_id AS text), seen FROM match_news"
    " WHERE NOT looked AND clinic_id + 0 = " +
      std::to_string(clinic) + " ORDER BY seq LIMIT " + std::to_string(most),
    {}, 4);
  std::set<std::string> patients, messages;
  std::vector<beginner> beginners;
  for (const auto& row : news) {
    out.news.push_back(read_integer(required(row[0])));
    if (row[1]) patients.insert(*row[1]);
    if (!row[2]) continue;
    const auto seen = read_json_list(required(row[3]));
    beginners.push_back({*row[2], {seen.begin(), seen.end()}, {}});
  }
  add_waiting_for(with, clinic, patients, messages);
  add_beginners(with, clinic, std::move(beginners), messages);
  for (const auto& id : messages) // ids grow with the time of receipt
    if (const auto message = uuid_from_text(id)) out.messages.push_back(*message);
  return out;
}

void note_looked(conversation& with, model::clinic_id clinic, std::span<const int64_t> news) {
  if (news.empty()) return;
  std::set<std::string> all;
  for (const auto seq : news) all.insert(std::to_string(seq));
  const auto those = " AND clinic_id + 0 = " + std::to_string(clinic) + " AND seq" + in_list(all);
  with.tell("DELETE FROM match_news WHERE message_id IS NOT NULL" + those, {});
  with.tell("UPDATE match_news SET looked = true WHERE message_id IS NULL" + those, {});
}

void forget_news(conversation& with, model::clinic_id clinic, timestamp now) {
  with.tell("DELETE FROM match_news WHERE looked AND clinic_id + 0 = " + std::to_string(clinic) +
              " AND noted_at < :a",
            {sortable(now - news_stay)});
}

void index_waiting(database& of, soci::session& session, cipher& locks) {
  std::vector<model::clinic_id> clinics;
  {
    conversation with(of, session, std::nullopt, false);
    if (has_keys_of_today(with)) return;
    for (const auto& row : with.ask("SELECT CAST(clinic_id AS text) FROM clinics", {}, 1))
      clinics.push_back(read_integer(required(row[0])));
  }
  for (const auto clinic : clinics) {
    conversation with(of, session, clinic, true);
    with.tell("DELETE FROM waiting_claims WHERE clinic_id = " + std::to_string(clinic), {});
    for (
      const auto& row : with.ask(
        "SELECT CAST(message_id AS text), claims FROM review_queue WHERE state = 'open' AND kind = 'unmatched'"
        " AND claims IS NOT NULL AND message_id IS NOT NULL AND clinic_id = " +
          std::to_string(clinic),
        {}, 2))
      if (const auto plain = locks.unseal(required(row[1])))
        index_message(with, of, clinic, required(row[0]), claims_of(*plain), locks);
    with.commit();
  }
  conversation with(of, session, std::nullopt, true);
  with.tell(
    "INSERT INTO aorta_meta (key, value) VALUES (:a, :b) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
    {keys_kind, std::to_string(identity::lookup_version)});
  with.commit();
}

} // namespace aorta::store

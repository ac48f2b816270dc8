#include "engine/store/messages/accepted_rows.hpp"

#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/record_link.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

std::string list_of(const std::vector<uuid>& messages) {
  std::string out;
  for (const auto& id : messages) out.append(out.empty() ? "'" : ", '").append(to_text(id)).append("'");
  return out;
}

} // namespace

std::vector<ports::accepted_message> find_accepted(conversation& with, model::clinic_id clinic,
                                                   const uuid& after, int most) {
  std::vector<ports::accepted_message> out;
  for (const auto& row : with.ask(
         "SELECT CAST(message_id AS text), CAST(order_key AS text), destination FROM accepted_messages"
         " WHERE clinic_id = " +
           std::to_string(clinic) + " AND message_id > :a ORDER BY message_id LIMIT " + std::to_string(most),
         {to_text(after)}, 3))
    if (const auto id = uuid_from_text(required(row[0])))
      out.push_back({*id, read_integer(required(row[1])), row[2].value_or("")});
  return out;
}

std::vector<ports::stored_message> stored_messages(conversation& with, model::clinic_id clinic,
                                                   const std::vector<uuid>& messages, cipher& locks) {
  std::vector<ports::stored_message> out;
  if (messages.empty()) return out;
  std::string sql =
    "SELECT CAST(id AS text), listener, peer, CAST(created_at AS text), raw_message FROM hl7_message_log"
    " WHERE clinic_id + 0 = " +
    std::to_string(clinic) + " AND id IN (" + list_of(messages) + ")";
  const auto [first, last] = std::minmax_element(messages.begin(), messages.end());
  sql += near(*first, *last);
  for (const auto& row : with.ask(sql, {}, 5)) {
    auto& one = out.emplace_back();
    one.log.id = uuid_from_text(required(row[0])).value_or(uuid{});
    one.log.clinic = clinic;
    one.log.listener = required(row[1]);
    one.log.peer = required(row[2]);
    one.log.received_at = read_time(required(row[3])).value_or(timestamp{});
    one.gone = required(row[4]).empty();
    if (one.gone) continue;
    if (auto plain = locks.unseal(required(row[4]))) one.raw = std::move(*plain);
    else out.pop_back();
  }
  return out;
}

std::optional<ports::accepted_backlog> backlog_of(conversation& with, const ports::clinic& of) {
  const auto clinic = std::to_string(of.id);
  const auto count = with.ask(
    "SELECT CAST(count(*) AS text) FROM accepted_messages WHERE NOT filed AND clinic_id = " + clinic, {}, 1);
  ports::accepted_backlog out{of, count.empty() ? 0 : read_integer(required(count[0][0])), {}};
  if (out.count == 0) return std::nullopt;
  const auto oldest = with.ask(
    "SELECT CAST(message_id AS text) FROM accepted_messages WHERE NOT filed AND clinic_id = " + clinic +
      " ORDER BY message_id LIMIT 1",
    {}, 1);
  if (oldest.empty()) return std::nullopt;
  out.oldest = made_at(uuid_from_text(required(oldest[0][0])).value_or(uuid{})).value_or(timestamp{});
  return out;
}

std::vector<uuid> filed_of(conversation& with, model::clinic_id clinic, const std::vector<uuid>& messages) {
  std::vector<uuid> out = messages;
  const auto list = list_of(messages);
  if (list.empty()) return out;
  for (const auto& row : with.ask(
         "SELECT CAST(message_id AS text) FROM accepted_messages WHERE NOT filed AND clinic_id + 0 = " +
           std::to_string(clinic) + " AND message_id IN (" + list + ")",
         {}, 1))
    std::erase(out, uuid_from_text(required(row[0])).value_or(uuid{}));
  return out;
}

void end_acceptance(conversation& with, const database& of, const ports::message_record& message,
                    const ports::forward* acknowledgement, const std::string& body) {
  const auto now = of.how.clock->now();
  const auto id = to_text(message.id);
  if (acknowledgement != nullptr) {
    const auto& what = *acknowledgement;
    sql_text sql(of.speaks);
    sql
      << "INSERT INTO delivery (id, clinic_id, destination, part, order_key, message_id, message_at, control_id, body,"
         " created_at, changed_at) SELECT "
      << sql.arg(to_text(of.how.ids->next(now)), "uuid") << ", " << sql.arg(message.clinic, "bigint") << ", "
      << sql.arg(what.destination, "text") << ", " << sql.arg(int64_t(what.part), "bigint") << ", "
      << sql.arg(what.key, "bigint") << ", message_id, "
      << sql.arg(sortable(message.received_at), "timestamptz") << ", " << sql.arg(what.control_id, "text")
      << ", " << sql.arg(body, "text") << ", " << sql.arg(sortable(now), "timestamptz") << ", "
      << sql.arg(sortable(now), "timestamptz")
      << " FROM accepted_messages WHERE message_id = " << sql.arg(id, "uuid") << " ON CONFLICT DO NOTHING";
    with.ask(sql);
  }
  with.tell("DELETE FROM accepted_messages WHERE message_id = :a AND clinic_id = " +
              std::to_string(message.clinic),
            {id});
}

} // namespace aorta::store

// /api/audit/export, and what a person may know of who has looked at their record.
#include "engine/api/json.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"
#include "engine/export/audit_table.hpp"
#include "engine/ports/records.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <tuple>

namespace aorta::api {
namespace {

constexpr int a_page = 1000, most_rows = 10'000;
using rows_page = ports::page<ports::audit_entry>;

struct asked {
  std::optional<timestamp> from, to; ///< both inclusive, as the store has them
  std::string cursor, format = "json", lang = "el";
  int limit = a_page;
};

bool read_limit(const std::string& value, int& into) {
  const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), into);
  return fault == std::errc() && end == value.data() + value.size() && into >= 1 && into <= most_rows;
}

/// False, and a refusal, when one of them is none of `choice` ("format" or "lang") and its two values, or
/// cannot be read.
bool read_asked(call& on, asked& into, std::string_view choice, std::string_view one,
                std::string_view other) {
  for (const auto& [key, value] : on.asked.query) {
    timestamp at;
    if (key == "from" || key == "to") {
      if (!from_iso(value, at)) return on.refuse(400, "bad-parameter", "not a time", "parameter", key), false;
      if (key == "from") into.from = at;
      else into.to = at - std::chrono::microseconds(1);
    } else if (key == "cursor") {
      into.cursor = value;
    } else if (key == "limit") {
      if (!read_limit(value, into.limit))
        return on.refuse(400, "bad-parameter", "limit is a number from 1 to 10000", "parameter", key), false;
    } else if (key == choice) {
      if (value != one && value != other)
        return on.refuse(400, "bad-parameter",
                         std::string(choice) + " is `" + std::string(one) + "` or `" + std::string(other) +
                           "`",
                         "parameter", key),
               false;
      (choice == "format" ? into.format : into.lang) = value;
    } else if (key != "clinic" && key != "reason") {
      return no_such_parameter(on, key), false;
    }
  }
  return true;
}

/// Newest first, of one patient or of all; page by page, so that no answer of the database is large.
result<rows_page> read_rows(call& on, const asked& what, std::optional<model::patient_id> patient) {
  rows_page out;
  auto cursor = what.cursor;
  while (int(out.items.size()) < what.limit) {
    const auto most = std::min(a_page, what.limit - int(out.items.size()));
    auto page = on.admin().access().audits(on.clinic.id, patient, {}, what.from, what.to, cursor, most);
    if (!page) return page.error();
    std::move(page->items.begin(), page->items.end(), std::back_inserter(out.items));
    out.next = cursor = page->next;
    if (cursor.empty()) break;
  }
  return out;
}

void write_row(json& out, const ports::audit_entry& row) {
  out.open()
    .field("id", row.id)
    .field("at", to_iso(row.at))
    .field("actor", row.actor)
    .field("peer", row.peer)
    .field("method", row.method)
    .field("resource", row.resource)
    .field_or_null("search", row.criteria)
    .field("outcome", row.outcome)
    .field_or_null("error", row.fault)
    .field("patient_id", row.patient ? std::optional(std::to_string(*row.patient)) : std::nullopt)
    .close();
}

std::string encoded(std::string_view text) {
  constexpr std::string_view plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (plain.find(c) != plain.npos) out += c;
    else (out += '%').append({digits[uint8_t(c) >> 4], digits[uint8_t(c) & 15]});
  }
  return out;
}

/// The address of the next page, with all else that was asked (RFC 8288).
std::string next_link(const call& on, const std::string& cursor) {
  std::string out = "</api/audit/export?";
  std::string_view rest = on.asked.search;
  while (!rest.empty()) {
    const auto one = rest.substr(0, rest.find('&'));
    if (!one.starts_with("cursor=")) out.append(one).append("&");
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
  }
  return out + "cursor=" + encoded(cursor) + ">; rel=\"next\"";
}

void no_store(call& on) { on.out.reply.headers.emplace_back("Cache-Control", "no-store"); }

/// Who this patient is, and who was joined with them: their rows of the audit stand under their own numbers.
/// Nothing, and a refusal, when there is no such patient.
std::optional<std::vector<model::patient_id>> people_of(call& on, model::patient_id patient) {
  const auto who = on.admin().patient(on.clinic.id, patient);
  if (!who) return on.refuse(who.error()), std::nullopt;
  if (!*who) return on.refuse(404, "not-found", "no such patient"), std::nullopt;
  const auto session = on.admin().records();
  if (!session) return on.refuse(session.error()), std::nullopt;
  if (const auto begun = (*session)->begin(on.clinic.id, false); !begun)
    return on.refuse(begun.error()), std::nullopt;
  std::vector<model::patient_id> all{patient};
  for (size_t i = 0; i < all.size(); ++i) {
    const auto merges = (*session)->merges().standing({&all[i], 1});
    if (!merges) return on.refuse(merges.error()), std::nullopt;
    for (const auto& each : *merges) {
      if (each.merged == patient) return merged(on, each.survivor), std::nullopt;
      if (each.survivor == all[i] && each.merged &&
          std::find(all.begin(), all.end(), *each.merged) == all.end())
        all.push_back(*each.merged);
    }
  }
  (*session)->rollback();
  return all;
}

/// The rows of several patients as one list, the newest first. It ends between two times, so that `next`, the
/// time of its last row, leads to all that are older and to none twice.
result<rows_page> rows_of(call& on, asked what, const std::vector<model::patient_id>& people) {
  rows_page out;
  const auto most = size_t(what.limit++);
  for (const auto each : people) {
    auto page = read_rows(on, what, each);
    if (!page) return page.error();
    std::move(page->items.begin(), page->items.end(), std::back_inserter(out.items));
  }
  std::sort(out.items.begin(), out.items.end(),
            [](const auto& a, const auto& b) { return std::tie(a.at, a.id) > std::tie(b.at, b.id); });
  if (out.items.size() <= most) return out;
  auto end = most;
  while (end > 0 && out.items[end - 1].at == out.items[most].at) --end;
  if (end == 0) return error{error_code::internal, "", "too many accesses at one time"};
  out.items.resize(end);
  out.next = to_iso(out.items.back().at);
  return out;
}

} // namespace

std::string who_of(const std::string& actor) {
  const auto user = actor.find("user:");
  if (user != actor.npos) return actor.substr(user + 5);
  const auto colon = actor.find(':');
  return colon == actor.npos ? actor : actor.substr(colon + 1);
}

void export_audit(call& on) {
  asked what;
  if (!read_asked(on, what, "format", "json", "csv")) return;
  const auto rows = read_rows(on, what, std::nullopt);
  if (!rows) return on.refuse(rows.error());
  no_store(on);
  if (!rows->next.empty()) on.out.reply.headers.emplace_back("Link", next_link(on, rows->next));
  if (what.format == "csv") {
    on.out.reply.content_type = "text/csv; charset=utf-8; header=present";
    on.out.reply.headers.emplace_back("Content-Disposition", "attachment; filename=\"audit.csv\"");
    return on.answer(exports::audit_csv(rows->items));
  }
  json out;
  out.open().key("items").open_list();
  for (const auto& each : rows->items) write_row(out, each);
  on.answer(out.close_list().field_or_null("next", rows->next).close().take());
}

void show_access_log(call& on) {
  const auto patient = read_id(on.path["id"]);
  if (!patient) return on.refuse(404, "not-found", "no such patient");
  on.out.audit.patient = *patient;
  asked what;
  if (!read_asked(on, what, "lang", "el", "en")) return;
  const auto people = people_of(on, *patient);
  if (!people) return;
  if (timestamp before; !what.cursor.empty()) {
    if (!from_iso(what.cursor, before))
      return on.refuse(400, "bad-parameter", "not a cursor of this list", "parameter", "cursor");
    before -= std::chrono::microseconds(1);
    what.to = what.to ? std::min(*what.to, before) : before;
    what.cursor.clear();
  }
  const auto rows = rows_of(on, what, *people);
  if (!rows) return on.refuse(rows.error());
  const auto in = what.lang == "el" ? exports::language::el : exports::language::en;
  json out;
  out.open().field("lang", what.lang).key("items").open_list();
  for (const auto& each : rows->items)
    out.open()
      .field("at", to_iso(each.at))
      .field("who", who_of(each.actor))
      .field("what", exports::deed(each, in))
      .field("outcome", exports::end_of(each, in))
      .close();
  no_store(on);
  on.answer(out.close_list().field_or_null("next", rows->next).close().take());
}

} // namespace aorta::api

// /api/review, /api/events, /api/decisions: the work list and what came of it.
#include "engine/api/json.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"
#include "engine/identity/taught.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace aorta::api {
namespace {

void write_person(json& out, std::string_view key, const std::optional<ports::person>& who) {
  out.field(key,
            who ? std::optional(who->email.empty() ? "user " + std::to_string(who->id) : who->email)
                : std::nullopt);
}

void write_item(json& out, const ports::review_item& item) {
  out.field("id", to_text(item.id))
    .field("kind", item.kind)
    .field("state", item.state)
    .field("message_id", item.message == uuid{} ? std::nullopt : std::optional(to_text(item.message)));
  out.field("created_at", to_iso(item.created_at))
    .field_json("reasons", item.reasons_json)
    .field_json("candidates", item.candidates_json);
  out.key("result_ids").open_list();
  for (const auto& id : item.results) out.text(to_text(id));
  out.close_list().field_or_null("action", item.action).field_or_null("reason", item.reason);
  write_person(out, "resolved_by", item.resolved_by);
  out.field("resolved_at", when(item.resolved_at));
}

std::string text_of(const rapidjson::Value& in, const char* name) {
  const auto at = in.FindMember(name);
  return at != in.MemberEnd() && at->value.IsString()
    ? std::string(at->value.GetString(), at->value.GetStringLength())
    : std::string();
}

std::optional<identity::id_kind> id_kind_from(std::string_view word) {
  using enum identity::id_kind;
  for (const auto kind : {cyprus_id, arc, passport, mrn, gesy, other})
    if (identity::name(kind) == word) return kind;
  return std::nullopt;
}

/// What the store wrote of the claims, back again.
std::optional<identity::claims> read_claims(const std::string& text) {
  rapidjson::Document said;
  said.Parse(text.data(), text.size());
  if (said.HasParseError() || !said.IsObject()) return std::nullopt;
  identity::claims out;
  out.sender = text_of(said, "sender");
  if (said.HasMember("numbers") && said["numbers"].IsArray())
    for (const auto& number : said["numbers"].GetArray())
      if (const auto kind = id_kind_from(text_of(number, "kind")))
        out.ids.push_back({*kind, text_of(number, "value"), text_of(number, "authority")});
  if (said.HasMember("names") && said["names"].IsArray())
    for (const auto& name : said["names"].GetArray())
      out.names.push_back({text_of(name, "family"), text_of(name, "given")});
  const auto birth = text_of(said, "birth_date");
  if (timestamp at; birth.size() == 10 && from_iso(birth, at))
    out.birth_date = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(at)};
  else if (birth.size() >= 4) out.birth_year = std::chrono::year(std::atoi(birth.c_str()));
  out.birth_date_unreadable = said.HasMember("birth_date_unreadable") &&
    said["birth_date_unreadable"].IsTrue();
  out.sex = model::gender_from(text_of(said, "sex")).value_or(model::gender::unknown);
  return out;
}

std::optional<std::string> day_text(const std::optional<std::chrono::year_month_day>& day) {
  if (!day) return std::nullopt;
  return to_iso(timestamp(std::chrono::sys_days(*day))).substr(0, 10);
}

/// What the clinic holds, in the shape of what was sent, and what speaks for it and against.
void write_candidate(json& out, const model::patient& who, const std::optional<identity::claims>& said) {
  out.open().field("patient_id", std::to_string(who.id)).key("numbers").open_list();
  const std::pair<identity::id_kind, const std::string*> numbers[] = {
    {identity::id_kind::cyprus_id, &who.cyprus_id},
    {identity::id_kind::arc, &who.arc_number},
    {identity::id_kind::mrn, &who.mrn},
    {identity::id_kind::gesy, &who.gesy_beneficiary_id}};
  for (const auto& [kind, value] : numbers)
    if (!value->empty()) out.open().field("kind", identity::name(kind)).field("value", *value).close();
  out.close_list()
    .key("names")
    .open_list()
    .open()
    .field("family", who.last_name)
    .field("given", who.first_name)
    .close()
    .close_list();
  out.field("birth_date", day_text(who.birth_date)).field("sex", model::name(who.sex));
  for (const auto& [key, is] : {std::pair("evidence", identity::agreement::agrees),
                                std::pair("contradictions", identity::agreement::differs)}) {
    out.key(key).open_list();
    if (said)
      for (const auto& each : identity::weigh(*said, who))
        if (each.is == is) out.text(each.what);
    out.close_list();
  }
  out.close();
}

std::vector<model::patient_id> candidates_of(const ports::review_item& item) {
  std::vector<model::patient_id> out;
  rapidjson::Document list;
  list.Parse(item.candidates_json.data(), item.candidates_json.size());
  if (list.HasParseError() || !list.IsArray()) return out;
  for (const auto& each : list.GetArray()) {
    const auto id = each.IsString() ? read_id({each.GetString(), each.GetStringLength()}) : std::nullopt;
    if (id) out.push_back(*id);
  }
  return out;
}

} // namespace

void list_reviews(call& on) {
  ports::review_filter filter;
  filter.clinic = on.clinic.id;
  filter.state = "open";
  const auto other = [&](const std::string& key, const std::string& value) {
    if (key == "kind") {
      filter.kind = value;
      return true;
    }
    const bool known = value == "open" || value == "resolved" || value == "all" || value.empty();
    if (key != "state") no_such_parameter(on, key);
    else if (!known)
      on.refuse(400, "bad-parameter", "state is `open` (when nothing is said), `resolved` or `all`",
                "parameter", key);
    filter.state = value == "all" ? "" : value.empty() ? "open" : value;
    return key == "state" && known;
  };
  if (!read_page(on, filter.cursor, filter.limit, other, is_id)) return;
  const auto page = on.admin().reviews(filter);
  if (!page) return on.refuse(page.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& item : page->items) {
    out.open();
    write_item(out, item);
    out.close();
  }
  out.close_list().field_or_null("next", page->next).close();
  on.answer(out.take());
}

void show_review(call& on) {
  if (const auto id = id_of(on)) on.out.reply = review_now(*id, on.clinic, on.admin(), on.out.audit.patient);
}

http::response review_now(const uuid& id, const ports::clinic& clinic, ports::message_log& admin,
                          std::optional<model::patient_id>& whose) {
  const auto found = admin.review(clinic.id, id);
  if (!found) return http::failure(found.error());
  if (!*found) return http::failure(404, "not-found", "no such review");
  const auto& item = **found;
  const auto message = admin.message(clinic.id, item.message);
  if (!message) return http::failure(message.error());
  const auto results = admin.results(clinic.id, item.results);
  if (!results) return http::failure(results.error());
  const auto said = item.claims_json.empty() ? std::nullopt : read_claims(item.claims_json);
  json out;
  out.open();
  write_item(out, item);
  out.field_json("sent", item.claims_json).key("held").open_list(); // side by side: what was sent, and what
                                                                    // the clinic holds
  for (const auto candidate : candidates_of(item)) {
    const auto who = admin.patient(clinic.id, candidate);
    if (!who) return http::failure(who.error());
    if (*who) write_candidate(out, **who, said);
  }
  out.close_list().key("results").open_list();
  for (const auto& row : *results) write_result(out, row);
  out.close_list().key("message");
  if (*message) {
    whose = (*message)->log.patient;
    out.open();
    write_message(out, (*message)->log);
    out.close();
  } else {
    out.null();
  }
  out.close();
  return {.body = out.take()};
}

http::response too_late(const ports::review_item& item) {
  json out;
  out.open()
    .key("error")
    .open()
    .field("code", "resolved-before")
    .field("message", "this has been resolved before")
    .key("details")
    .open();
  write_person(out, "by", item.resolved_by);
  out.field("at", when(item.resolved_at)).field_or_null("action", item.action).close().close().close();
  return {.status = 409, .body = out.take(), .fault = "resolved-before: this has been resolved before"};
}

http::response conflict_reply(const rerun& what, const error& fault, ports::message_log& admin) {
  if (what.why.review) {
    const auto item = admin.review(what.clinic.id, *what.why.review);
    if (item && *item && (*item)->state != "open") return too_late(**item);
  }
  const auto now = admin.message(what.clinic.id, what.what.log.id);
  json out;
  out.open().key("error").open().field("code", "conflict").field("message", fault.text).key("details").open();
  if (now && *now && !(*now)->links.empty()) {
    const auto& link = (*now)->links.front();
    write_person(out, "by", link.by);
    out.field("at", to_iso(link.at))
      .field("patient_id", link.patient ? std::optional(std::to_string(*link.patient)) : std::nullopt);
  }
  out.close().close().close();
  return {.status = 409, .body = out.take(), .fault = "resolved-before: this has been resolved before"};
}

http::response show_difference(const rerun& what, const ports::difference& would_change) {
  json out;
  const auto side = [&](const char* key, const ports::message_record& row) {
    out.key(key).open().field("status", ports::name(row.status));
    out.field("patient_id", row.patient ? std::optional(std::to_string(*row.patient)) : std::nullopt)
      .field("results_created", row.results_created)
      .close();
  };
  out.open().field("dry_run", true).field("message_id", to_text(what.what.log.id));
  side("before", would_change.before);
  side("after", would_change.after);
  const auto withdrawn = [](const auto& row) {
    return row.before && row.after && row.after->value.status == model::result_status::cancelled &&
      row.before->value.status != model::result_status::cancelled;
  };
  const auto list = [&](const char* key, auto belongs) {
    out.key(key).open_list();
    for (const auto& row : would_change.results) {
      if (!belongs(row)) continue;
      out.open().key("before");
      row.before ? write_result(out, *row.before) : void(out.null());
      out.key("after");
      row.after ? write_result(out, *row.after) : void(out.null());
      out.close();
    }
    out.close_list();
  };
  list("results_added", [](const auto& row) { return !row.before; });
  list("results_changed", [&](const auto& row) { return row.before && !withdrawn(row); });
  list("results_withdrawn", withdrawn);
  const auto reviews = [&](const char* key, const std::vector<ports::review_item>& items) {
    out.key(key).open_list();
    for (const auto& item : items)
      out.open()
        .field("kind", item.kind)
        .field("message_id", to_text(item.message))
        .field_json("reasons", item.reasons_json)
        .close();
    out.close_list();
  };
  reviews("reviews_opened", would_change.opened);
  reviews("reviews_closed", would_change.closed);
  out.close();
  return {.body = out.take()};
}

void list_events(call& on) {
  std::string cursor;
  int limit = 50;
  std::optional<bool> delivered;
  const auto other = [&](const std::string& key, const std::string& value) {
    const bool known = value == "true" || value == "false" || value.empty();
    if (key != "delivered") no_such_parameter(on, key);
    else if (!known) on.refuse(400, "bad-parameter", "delivered is `true` or `false`", "parameter", key);
    else if (!value.empty()) delivered = value == "true";
    return key == "delivered" && known;
  };
  if (!read_page(on, cursor, limit, other, is_id)) return;
  const auto page = on.admin().events(on.clinic.id, delivered, cursor, limit);
  if (!page) return on.refuse(page.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& event : page->items) {
    out.open().field("id", to_text(event.id)).field("type", event.type);
    out.field("patient_id", event.patient ? std::optional(std::to_string(*event.patient)) : std::nullopt);
    out.field("message_id", event.message ? std::optional(to_text(*event.message)) : std::nullopt);
    out.field("result_id", event.result ? std::optional(to_text(*event.result)) : std::nullopt)
      .field_json("payload", event.payload_json);
    out.field("created_at", to_iso(event.created_at)).field("delivered_at", when(event.delivered_at)).close();
  }
  out.close_list().field_or_null("next", page->next).close();
  on.answer(out.take());
}

void list_decisions(call& on) {
  std::string cursor;
  int limit = 50;
  if (!read_page(on, cursor, limit)) return;
  const auto page = on.admin().decisions(on.clinic.id, cursor, limit);
  if (!page) return on.refuse(page.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& each : page->items) {
    out.open()
      .field("id", to_text(each.id))
      .field("patient_id", std::to_string(each.patient))
      .field("sender", each.sender);
    out.field("message_id", to_text(each.message))
      .field_json("seen", each.seen_json)
      .field("made_at", to_iso(each.made_at));
    write_person(out, "made_by", each.by);
    out.field("uses", each.uses).field("withdrawn_at", when(each.withdrawn_at));
    write_person(out, "withdrawn_by", each.withdrawn_by);
    out.close();
  }
  out.close_list().field_or_null("next", page->next).close();
  on.answer(out.take());
}

} // namespace aorta::api

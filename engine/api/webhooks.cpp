// /api/webhooks: who hears of a clinic's events. A secret is shown once, to whoever made it.
#include "engine/api/json.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"
#include "engine/model/events.hpp"

#include <rapidjson/document.h>

#include <algorithm>

namespace aorta::api {
namespace {

using ports::webhook;

constexpr std::chrono::hours both_sign{24}; ///< after a secret was made anew
constexpr size_t longest_url = 2'000;

/// What a body says; what it does not say stays as it is.
struct webhook_change {
  std::optional<std::string> url;
  std::optional<std::vector<std::string>> event_types;
  std::optional<bool> active, rotate_secret;
};

/// Nothing when it is no JSON object, or has a member that is unknown or not what it must be.
std::optional<webhook_change> read_webhook_change(const std::string& body) {
  rapidjson::Document said;
  said.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  if (said.HasParseError() || !said.IsObject()) return std::nullopt;
  webhook_change out;
  for (const auto& [key, value] : said.GetObject()) {
    const std::string_view name(key.GetString(), key.GetStringLength());
    if (name == "url" && value.IsString()) out.url.emplace(value.GetString(), value.GetStringLength());
    else if (name == "active" && value.IsBool()) out.active = value.GetBool();
    else if (name == "rotate_secret" && value.IsBool()) out.rotate_secret = value.GetBool();
    else if (name == "event_types" && value.IsArray()) {
      auto& all = out.event_types.emplace();
      for (const auto& each : value.GetArray()) {
        if (!each.IsString()) return std::nullopt;
        all.emplace_back(each.GetString(), each.GetStringLength());
      }
    } else return std::nullopt;
  }
  return out;
}

std::string known_types() {
  std::string out = "*";
  for (const auto each : model::event_types) out.append(", ").append(each);
  return out;
}

/// Takes over what is said. False, and a refusal, when it may not be.
bool put(call& on, const webhook_change& said, webhook& into) {
  if (said.url) into.url = *said.url;
  if (said.event_types) into.event_types = *said.event_types;
  if (said.active) into.active = *said.active;
  if (into.url.size() > longest_url) {
    on.refuse(422, "bad-url", "`url` is longer than 2000 bytes");
    return false;
  }
  // What leads nowhere (any more) can still be switched off.
  const bool asked = said.url || said.active.value_or(false);
  if (const auto good = asked ? on.engine.check_webhook_url(into.url) : status(done{}); !good) {
    on.refuse(422, "bad-url", good.error().text);
    return false;
  }
  for (const auto& each : into.event_types)
    if (each != "*" && !model::is_event_type(each)) {
      on.refuse(422, "bad-event-type", "there is no such type of events", "known", known_types());
      return false;
    }
  if (!into.event_types.empty()) return true;
  on.refuse(422, "bad-event-type", "`event_types` names nothing", "known", known_types());
  return false;
}

/// False, and a refusal, when the system gives no chance.
bool make_secret(call& on, webhook& into) {
  into.secret = on.engine.new_webhook_secret();
  if (!into.secret.empty()) return true;
  on.refuse(503, "no-randomness", "the operating system gives no random bytes for a secret");
  return false;
}

void write(json& out, const webhook& of, const std::string& secret = {}) {
  out.open().field("id", to_text(of.id)).field("url", of.url).key("event_types").open_list();
  for (const auto& each : of.event_types) out.text(each);
  out.close_list()
    .field("active", of.active)
    .field("state",
           of.active                  ? "running"
             : of.stopped_why.empty() ? "paused"
                                      : of.stopped_why)
    .field("destination", of.destination());
  out.field_or_null("made_by", of.made_by)
    .field("created_at", to_iso(of.created_at))
    .field("changed_at", to_iso(of.changed_at));
  out.field("old_secret_until",
            of.old_secret_until == timestamp{} ? std::nullopt : std::optional(to_iso(of.old_secret_until)));
  if (!secret.empty()) out.field("secret", secret);
  out.close();
}

void answer_with(call& on, const webhook& of, const std::string& secret = {}) {
  json out;
  write(out, of, secret);
  on.answer(out.take());
}

bool no_parameters(call& on) {
  for (const auto& [key, value] : on.asked.query)
    if (key != "clinic") {
      no_such_parameter(on, key);
      return false;
    }
  return true;
}

/// Of the clinic, by the id in the path. Nothing, and a refusal, when there is none.
std::optional<webhook> webhook_of(call& on) {
  const auto id = no_parameters(on) ? id_of(on) : std::nullopt;
  if (!id) return std::nullopt;
  auto found = on.admin().webhooks().webhook_of(on.clinic.id, *id);
  if (!found) on.refuse(found.error());
  else if (!*found) on.refuse(404, "not-found", "this clinic has no such webhook");
  return found && *found ? std::move(*found) : std::nullopt;
}

} // namespace

void list_webhooks(call& on) {
  if (!no_parameters(on)) return;
  const auto all = on.admin().webhooks().webhooks(on.clinic.id);
  if (!all) return on.refuse(all.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& each : *all) write(out, each);
  on.answer(out.close_list().key("next").null().close().take());
}

void show_webhook(call& on) {
  if (const auto found = webhook_of(on)) answer_with(on, *found);
}

void add_webhook(call& on) {
  if (!no_parameters(on)) return;
  const auto said = read_webhook_change(on.asked.body);
  if (!said || !said->url || !said->event_types || said->rotate_secret)
    return on.refuse(400, "bad-body",
                     R"(expected {"url": "https://...", "event_types": ["lab_result_critical"]})");
  webhook made;
  made.clinic = on.clinic.id;
  made.made_by = on.who.actor;
  if (!put(on, *said, made) || !make_secret(on, made)) return;
  const auto added = on.admin().webhooks().add_webhook(made);
  if (!added) return on.refuse(added.error());
  on.out.audit.resource += "#" + to_text(added->id);
  on.engine.deliveries_changed();
  on.out.reply.status = 201;
  answer_with(on, *added, made.secret);
}

void change_webhook(call& on) {
  auto now = webhook_of(on);
  if (!now) return;
  const auto said = read_webhook_change(on.asked.body);
  if (!said)
    return on.refuse(400, "bad-body",
                     R"(expected some of {"url", "event_types", "active", "rotate_secret"})");
  if (!put(on, *said, *now)) return;
  const bool anew = said->rotate_secret.value_or(false);
  if (anew && !make_secret(on, *now)) return;
  if (anew) now->old_secret_until = on.out.audit.at + both_sign;
  const auto secret = now->secret;
  const auto done = on.admin().webhooks().put_webhook(*now);
  if (!done) return on.refuse(done.error());
  if (!*done) return on.refuse(404, "not-found", "this clinic has no such webhook");
  on.engine.deliveries_changed();
  if (const auto after = webhook_of(on)) answer_with(on, *after, secret);
}

void remove_webhook(call& on) {
  const auto id = no_parameters(on) ? id_of(on) : std::nullopt;
  if (!id) return;
  const auto gone = on.admin().webhooks().remove_webhook(on.clinic.id, *id);
  if (!gone) return on.refuse(gone.error());
  if (!*gone) return on.refuse(404, "not-found", "this clinic has no such webhook");
  on.engine.deliveries_changed();
  on.out.reply = {.status = 204, .body = {}};
}

void test_webhook(call& on) {
  const auto which = webhook_of(on);
  if (!which) return;
  if (!which->active)
    return on.refuse(409, "not-active", "nothing is sent there: PUT {\"active\": true} lets it go on");
  const auto made = on.admin().webhooks().test_webhook(on.clinic.id, which->id);
  if (!made) return on.refuse(made.error());
  if (!*made) return on.refuse(404, "not-found", "this clinic has no such webhook");
  on.engine.deliveries_changed();
  json out;
  out.open();
  write_delivery(out, **made);
  on.out.reply.status = 202;
  on.answer(out.close().take());
}

} // namespace aorta::api

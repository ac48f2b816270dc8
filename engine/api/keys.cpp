// /api/keys: who may, over HTTP. A secret is shown once.
#include "engine/api/job_text.hpp"
#include "engine/api/resources.hpp"
#include "engine/http/scopes.hpp"

#include <algorithm>

namespace aorta::api {
namespace {

constexpr size_t most_key_name = 100;

struct wanted_key {
  std::string name, user, clinic;
  std::vector<std::string> scopes;
  std::optional<timestamp> expires_at;
};

std::optional<wanted_key> read_wanted_key(const std::string& body) {
  rapidjson::Document said;
  if (!parse_object(said, body)) return std::nullopt;
  wanted_key out;
  for (const auto& [key, value] : said.GetObject()) {
    const std::string_view name(key.GetString(), key.GetStringLength());
    if (name == "scopes" && value.IsArray()) {
      for (const auto& each : value.GetArray()) {
        if (!each.IsString()) return std::nullopt;
        out.scopes.emplace_back(each.GetString(), each.GetStringLength());
      }
      continue;
    }
    if (name == "expires_at") {
      timestamp at;
      if (!value.IsString() || !from_iso({value.GetString(), value.GetStringLength()}, at))
        return std::nullopt;
      out.expires_at = at;
      continue;
    }
    auto* const into = name == "name" ? &out.name
      : name == "user"                ? &out.user
      : name == "clinic"              ? &out.clinic
                                      : nullptr;
    if (into == nullptr || !value.IsString()) return std::nullopt;
    into->assign(value.GetString(), value.GetStringLength());
  }
  return out.name.empty() || out.name.size() > most_key_name || out.scopes.empty()
    ? std::nullopt
    : std::optional(std::move(out));
}

/// Keys that this one may see and revoke: of its own clinic, or all.
bool is_theirs(const call& on, const ports::api_key& key) {
  return !on.who.clinic || key.clinic == on.who.clinic;
}

} // namespace

void list_keys(call& on) {
  if (!known_parameters(on)) return;
  const auto all = on.admin().access().api_keys();
  if (!all) return on.refuse(all.error());
  const auto clinics = on.admin().access().clinics();
  if (!clinics) return on.refuse(clinics.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& each : *all) {
    if (!is_theirs(on, each)) continue;
    const auto clinic = std::find_if(clinics->begin(), clinics->end(),
                                     [&](const auto& known) { return known.id == each.clinic; });
    out.open().field("id", to_text(each.id)).field("name", each.name).key("scopes").open_list();
    for (const auto& scope : each.scopes) out.text(scope);
    out.close_list().field("user", each.user ? std::optional(each.user->email) : std::nullopt);
    out.field("clinic", clinic == clinics->end() ? std::nullopt : std::optional(clinic->code));
    out.field("patient_id", each.patient ? std::optional(std::to_string(*each.patient)) : std::nullopt);
    out.field("created_at", to_iso(each.created_at)).field("expires_at", when(each.expires_at));
    out.field("last_used_at", when(each.last_used_at)).field("revoked_at", when(each.revoked_at)).close();
  }
  on.answer(out.close_list().key("next").null().close().take());
}

void add_key(call& on) {
  if (!known_parameters(on)) return;
  const auto wanted = read_wanted_key(on.asked.body);
  if (!wanted)
    return on.refuse(
      400, "bad-body",
      "expected {\"name\": \"front-desk\", \"scopes\": [\"read\"]}, and `user`, `clinic`, `expires_at`");
  for (const auto& scope : wanted->scopes)
    if (!http::is_scope(scope)) return on.refuse(400, "bad-body", "there is no such scope", "scope", scope);
  ports::api_key key;
  key.name = wanted->name;
  key.scopes = wanted->scopes;
  key.created_at = on.out.audit.at;
  if (!wanted->user.empty()) {
    // Two people are two users: who could make another's key would be both.
    if (!on.who.user || on.who.user->email != wanted->user)
      return on.refuse(
        403, "another-person",
        "a key that acts as another person is made beside the engine: aorta key create --user EMAIL");
    key.user = on.who.user;
  }
  key.expires_at = wanted->expires_at ? wanted->expires_at : on.who.ends;
  if (key.expires_at && *key.expires_at <= key.created_at)
    return on.refuse(400, "bad-body", "the key would have expired already", "expires_at",
                     to_iso(*key.expires_at));
  if (on.who.ends && *key.expires_at > *on.who.ends)
    return on.refuse(403, "outlives", "a key that expires makes none that counts longer", "expires_at",
                     to_iso(*on.who.ends));
  key.clinic = on.who.clinic;
  if (!wanted->clinic.empty()) {
    const auto clinics = on.admin().access().clinics();
    if (!clinics) return on.refuse(clinics.error());
    const auto found = http::choose_clinic(on.who, wanted->clinic, *clinics);
    if (!found) return on.refuse(404, "not-found", "no such clinic", "clinic", wanted->clinic);
    key.clinic = found->id;
  }
  const auto secret = on.engine.new_key_secret ? on.engine.new_key_secret() : std::string();
  if (secret.empty()) return on.refuse(500, "internal", "no secret could be made");
  const auto made = on.admin().access().create_api_key(key, secret);
  if (!made && made.error().code == error_code::invalid)
    return on.refuse(409, "name-taken", made.error().text, "name", wanted->name);
  if (!made) return on.refuse(made.error());
  json out;
  on.answer(
    out.open().field("id", to_text(*made)).field("name", key.name).field("secret", secret).close().take());
  on.out.reply.status = 201;
}

void revoke_key(call& on) {
  const auto id = id_of(on);
  if (!id || !known_parameters(on)) return;
  const auto all = on.admin().access().api_keys();
  if (!all) return on.refuse(all.error());
  const auto found = std::find_if(all->begin(), all->end(), [&](const auto& each) { return each.id == *id; });
  if (found == all->end() || !is_theirs(on, *found))
    return on.refuse(404, "not-found", "there is no such key");
  const auto done_now = on.admin().access().revoke_api_key(to_text(*id));
  if (!done_now) return on.refuse(done_now.error());
  if (!*done_now) return on.refuse(409, "revoked-before", "this key was revoked before");
  on.out.reply = {.status = 204, .body = {}};
}

} // namespace aorta::api

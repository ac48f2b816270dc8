// /api/session: who is signed in at the console. A session stands for a key, in a cookie that scripts cannot
// read and other sites cannot send.
#include "engine/api/job_text.hpp"
#include "engine/api/resources.hpp"

#include <chrono>

namespace aorta::api {
namespace {

constexpr std::chrono::hours session_lives{8};

/// RFC 6265bis. `seconds` 0: the browser forgets it.
std::string cookie(const call& on, std::string_view secret, std::chrono::seconds lives) {
  return std::string(session_cookie) + "=" + std::string(secret) +
    "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(lives.count()) +
    (on.engine.is_secure && on.engine.is_secure() ? "; Secure" : "");
}

/// False: the store did not answer, and that is said.
bool answer_who(call& on, const ports::api_key& key, const std::optional<timestamp>& until) {
  const auto clinics = on.admin().access().clinics();
  if (!clinics) return on.refuse(clinics.error()), false;
  json out;
  out.open().field("name", key.name);
  out.field("user", key.user ? std::optional(key.user->email) : std::nullopt).key("scopes").open_list();
  for (const auto& each : key.scopes) out.text(each);
  out.close_list().key("clinics").open_list();
  for (const auto& each : *clinics)
    if (!key.clinic || *key.clinic == each.id)
      out.open().field("code", each.code).field("name", each.name).close();
  on.answer(out.close_list().field("expires_at", when(until)).close().take());
  return true;
}

/// Whoever has not said who they are is counted by their address.
bool comes_too_often(call& on) {
  const auto wait = on.engine.wait_of ? on.engine.wait_of("peer:" + on.asked.peer) : std::nullopt;
  if (!wait) return false;
  on.refuse(429, "too-many-requests", "too many at once; come again later");
  on.out.reply.headers.emplace_back("Retry-After", std::to_string(*wait));
  return true;
}

} // namespace

void sign_in(call& on) {
  if (on.store == nullptr) return on.refuse(503, "store-unavailable", "the store does not answer");
  if (!on.asked.from_console)
    return on.refuse(400, "not-from-console",
                     "sessions are for the console: send the header `X-Aorta: console`");
  if (comes_too_often(on)) return;
  rapidjson::Document said;
  const auto secret = parse_object(said, on.asked.body) ? word_in(said, "key") : std::string();
  if (secret.empty()) return on.refuse(400, "bad-body", "expected {\"key\": \"...\"}");
  on.out.audited = true;
  const auto key = on.admin().access().find_api_key(secret);
  if (!key) return on.refuse(key.error());
  if (!*key) return on.refuse(401, "unauthenticated", "this key is not known, has expired or was revoked");
  on.out.audit.actor = http::caller_of(**key).actor;
  on.out.audit.clinic = (*key)->clinic;
  if ((*key)->patient) return on.refuse(403, "forbidden", "a patient's key opens FHIR alone");
  const auto session = on.engine.new_session_secret ? on.engine.new_session_secret() : std::string();
  if (session.empty()) return on.refuse(500, "internal", "no secret could be made");
  if (on.asked.bearer.starts_with(ports::session_prefix)) // who was signed in here before is not any more
    if (const auto ended = on.admin().access().end_sessions(on.asked.bearer, false); !ended)
      return on.refuse(ended.error());
  const auto until = on.out.audit.at + session_lives;
  if (const auto opened = on.admin().access().open_session(session, (*key)->id, until); !opened)
    return on.refuse(opened.error());
  if (answer_who(on, **key, until))
    on.out.reply.headers.emplace_back("Set-Cookie", cookie(on, session, session_lives));
}

void show_session(call& on) {
  if (on.store == nullptr) return on.refuse(503, "store-unavailable", "the store does not answer");
  if (comes_too_often(on)) return;
  auto& access = on.admin().access();
  if (on.asked.bearer.starts_with(ports::session_prefix)) {
    const auto found = access.find_session(on.asked.bearer);
    if (!found) return on.refuse(found.error());
    if (*found) return void(answer_who(on, (*found)->key, (*found)->expires_at));
  } else if (!on.asked.bearer.empty()) {
    const auto key = access.find_api_key(on.asked.bearer);
    if (!key) return on.refuse(key.error());
    if (*key) return void(answer_who(on, **key, std::nullopt));
  }
  json out; // no refusal: who opens the console is asked for a key
  on.answer(out.open().key("name").null().close().take());
}

void sign_out(call& on) {
  for (const auto& [name, value] : on.asked.query)
    if (name != "everywhere" || (value != "true" && value != "false"))
      return on.refuse(400, "bad-parameter", "everywhere is `true` or `false`", "parameter", name);
  const auto wanted = on.asked.query.find("everywhere");
  const bool everywhere = wanted != on.asked.query.end() && wanted->second == "true";
  if (!on.asked.bearer.starts_with(ports::session_prefix))
    return on.refuse(404, "not-found", "there is no session to end");
  if (const auto ended = on.admin().access().end_sessions(on.asked.bearer, everywhere); !ended)
    return on.refuse(ended.error());
  on.out.reply = {.status = 204, .body = {}};
  on.out.reply.headers.emplace_back("Set-Cookie", cookie(on, "", std::chrono::seconds{0}));
}

} // namespace aorta::api

// /health, /ready, /metrics, /api/openapi.json and /api/routes: what the engine tells of itself, and whether
// its routes take anything.
#include "engine/api/json.hpp"
#include "engine/api/resources.hpp"
#include "engine/http/document.hpp"

namespace aorta::api {
namespace {

void texts(json& out, std::string_view key, const std::vector<std::string>& all) {
  out.key(key).open_list();
  for (const auto& each : all) out.text(each);
  out.close_list();
}

/// False, and a refusal, when the clinic has no such route.
bool has_route(call& on, const std::string& name) {
  for (const auto& each : on.engine.routes())
    if (each.name == name && each.clinic == on.clinic.code) return true;
  on.refuse(404, "not-found", "this clinic has no such route");
  return false;
}

void set_paused(call& on, bool paused) {
  const ports::paused_route what{on.clinic.id, std::string(on.path["name"])};
  if (!has_route(on, what.route)) return;
  if (const auto kept = on.admin().pause_route(what, paused, on.who.actor); !kept)
    return on.refuse(kept.error());
  on.engine.pause(what, paused);
  json out;
  out.open().field("name", what.route).field("state", paused ? "paused" : "running").close();
  on.answer(out.take());
}

} // namespace

void pause_route(call& on) { set_paused(on, true); }
void resume_route(call& on) { set_paused(on, false); }

void show_health(call& on) {
  json out;
  out.open().field("status", "ok").field("version", on.engine.version).close();
  on.answer(out.take());
}

void show_readiness(call& on) {
  auto reasons = on.engine.not_ready();
  const status up = on.store != nullptr
    ? on.store->ping()
    : status(error{error_code::store_unavailable, "", "it lets nobody connect"});
  if (!up) reasons.insert(reasons.begin(), "the store does not answer: " + up.error().text);
  json out;
  out.open().field("status", reasons.empty() ? "ready" : "not-ready");
  texts(out, "reasons", reasons);
  texts(out, "warnings", on.engine.warnings ? on.engine.warnings() : std::vector<std::string>{});
  out.key("silent").open_list();
  if (on.engine.silent)
    for (const auto& each : on.engine.silent())
      out.open()
        .field("listener", each.listener)
        .field("clinic", each.clinic)
        .field("since", to_iso(each.since))
        .close();
  out.close_list().close();
  on.out.reply.status = reasons.empty() ? 200 : 503;
  on.answer(out.take());
}

void show_metrics(call& on) {
  on.out.reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
  on.answer(on.engine.metrics(on.store != nullptr && on.store->ping()));
}

void show_openapi(call& on) {
  auto all = http::described(endpoints());
  all.insert(all.end(), on.engine.beside.begin(), on.engine.beside.end());
  on.answer(http::openapi(all, on.engine.version));
}

/// Those of the key's clinic; to a key of all clinics, all of them.
void list_routes(call& on) {
  json out;
  out.open().key("items").open_list();
  for (const auto& route : on.engine.routes()) {
    if (on.who.clinic && route.clinic != on.clinic.code) continue;
    out.open().field("name", route.name).field("state", route.state).field("clinic", route.clinic);
    texts(out, "from", route.from);
    texts(out, "accept", route.accept);
    texts(out, "chain", route.chain);
    texts(out, "labs", route.labs);
    out.field("in_flight", route.in_flight).field("waiting", route.waiting).key("counts").open();
    out.field("received", route.received)
      .field("processed", route.processed)
      .field("failed", route.failed)
      .field("unmatched", route.unmatched);
    out.field("duplicate", route.duplicate).field("restarts", route.restarts).close();
    out.field_or_null("last_error", route.last_error)
      .field_or_null("last_error_at", route.last_error_at)
      .close();
  }
  out.close_list().key("next").null().close();
  on.answer(out.take());
}

} // namespace aorta::api

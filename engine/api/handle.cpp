#include "engine/api/json.hpp"
#include "engine/api/resources.hpp"

#include "engine/hl7/charset.hpp"

#include <boost/url.hpp>

#include <charconv>
#include <limits>

namespace aorta::api {
namespace {

void texts(json& out, std::string_view key, const std::vector<std::string>& all) {
  out.key(key).open_list();
  for (const auto& each : all) out.text(each);
  out.close_list();
}

response readiness(ports::store_desk* desk, const engine_view& engine) {
  auto reasons = engine.not_ready();
  const status up = desk != nullptr ? desk->ping() : status(error{error_code::store_unavailable, "", "it lets nobody connect"});
  if (!up) reasons.insert(reasons.begin(), "the store does not answer: " + up.error().text);
  json out;
  out.open().field("status", reasons.empty() ? "ready" : "not-ready");
  texts(out, "reasons", reasons);
  out.close();
  return {.status = reasons.empty() ? 200 : 503, .body = out.take()};
}

/// What a path asks for, once it is known to exist.
struct target {
  std::string path_template, method, scope;
};

std::optional<target> find_target(const std::vector<std::string>& path) {
  const auto is = [&](std::initializer_list<std::string_view> words) {
    if (path.size() != words.size()) return false;
    size_t i = 0;
    for (const auto word : words)
      if (const auto& part = path[i++]; word != "*" && part != word) return false;
    return true;
  };
  if (is({"metrics"})) return target{"/metrics", "GET", "metrics"};
  if (is({"api", "messages"})) return target{"/api/messages", "GET", "read"};
  if (is({"api", "messages", "*"})) return target{"/api/messages/{id}", "GET", "read"};
  if (is({"api", "messages", "*", "reprocess"})) return target{"/api/messages/{id}/reprocess", "POST", "write"};
  if (is({"api", "messages", "*", "link"})) return target{"/api/messages/{id}/link", "POST", "write"};
  if (is({"api", "messages", "*", "unlink"})) return target{"/api/messages/{id}/unlink", "POST", "write"};
  if (is({"api", "review"})) return target{"/api/review", "GET", "read"};
  if (is({"api", "review", "*"})) return target{"/api/review/{id}", "GET", "read"};
  if (is({"api", "review", "*", "resolve"})) return target{"/api/review/{id}/resolve", "POST", "write"};
  if (is({"api", "unmapped"})) return target{"/api/unmapped", "GET", "read"};
  if (is({"api", "events"})) return target{"/api/events", "GET", "read"};
  if (is({"api", "decisions"})) return target{"/api/decisions", "GET", "read"};
  if (is({"api", "decisions", "*"})) return target{"/api/decisions/{id}", "DELETE", "write"};
  if (is({"api", "routes"})) return target{"/api/routes", "GET", "read"};
  if (is({"api", "patients", "*", "lab-results"})) return target{"/api/patients/{id}/lab-results", "GET", "read"};
  return std::nullopt;
}

std::string shown_path(const std::vector<std::string>& path) {
  std::string out;
  for (const auto& part : path) out += "/" + part;
  return out.substr(0, 200);
}

/// The clinic this key works for: its own, or the one that `?clinic=CODE` names, or the first.
std::optional<ports::clinic> clinic_of(const ports::api_key& key, const request& what, const std::vector<ports::clinic>& all) {
  const auto wanted = what.query.find("clinic");
  for (const auto& clinic : all) {
    if (key.clinic && clinic.id != *key.clinic) continue;
    if (wanted == what.query.end() || clinic.code == wanted->second) return clinic;
  }
  return std::nullopt;
}

response not_allowed(const std::string& takes) {
  auto out = failure(405, "method-not-allowed", "this path takes " + takes);
  out.headers.emplace_back("Allow", takes);
  return out;
}

outcome answer(outcome out, const request& what, const target& asked, const ports::api_key& key, ports::store_desk& desk, const engine_view& engine) {
  const auto clinics = desk.clinics();
  if (!clinics) return out.reply = failure(clinics.error()), out;
  const auto clinic = clinic_of(key, what, *clinics);
  if (!clinic) return out.reply = failure(404, "not-found", "no such clinic"), out;
  out.audit.clinic = clinic->id;
  if (asked.path_template == "/api/routes") return out.reply = list_routes(engine, key.clinic ? clinic->code : std::string()), out;
  if (asked.path_template == "/api/messages") return out.reply = list_messages(what, *clinic, desk), out;
  if (what.path[1] == "patients") {
    const auto id = read_id(what.path[2]);
    if (!id) return out.reply = failure(404, "not-found", "no such patient"), out;
    out.audit.patient = *id;
    return out.reply = patient_results(what, *id, *clinic, desk), out;
  }
  if (asked.path_template == "/api/review") return out.reply = list_reviews(what, *clinic, desk), out;
  if (asked.path_template == "/api/unmapped") return out.reply = list_unmapped(what, *clinic, desk), out;
  if (asked.path_template == "/api/events") return out.reply = list_events(what, *clinic, desk), out;
  if (asked.path_template == "/api/decisions") return out.reply = list_decisions(what, *clinic, desk), out;
  const auto id = uuid_from_text(what.path[2]);
  if (!id) return out.reply = failure(404, "not-found", "there is nothing of this id"), out;
  if (asked.path_template == "/api/messages/{id}") return out.reply = show_message(*id, *clinic, desk, out.audit.patient), out;
  if (asked.path_template == "/api/review/{id}") return out.reply = show_review(*id, *clinic, desk, out.audit.patient), out;
  if (asked.path_template == "/api/messages/{id}/link") return link(std::move(out), what, *id, key, *clinic, desk);
  if (asked.path_template == "/api/messages/{id}/unlink") return unlink(std::move(out), what, *id, key, *clinic, desk);
  if (asked.path_template == "/api/review/{id}/resolve") return resolve(std::move(out), what, *id, key, *clinic, desk);
  if (asked.path_template == "/api/decisions/{id}") return withdraw(std::move(out), *id, key, *clinic, desk);
  return reprocess(std::move(out), what, *id, key, *clinic, desk);
}

} // namespace

std::optional<int64_t> read_id(std::string_view text) {
  int64_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc{} || end != text.data() + text.size() || out <= 0 || out > std::numeric_limits<int32_t>::max()) return std::nullopt;
  return out;
}

response list_routes(const engine_view& engine, const std::string& clinic) {
  json out;
  out.open().key("items").open_list();
  for (const auto& route : engine.routes()) {
    if (!clinic.empty() && route.clinic != clinic) continue;
    out.open().field("name", route.name).field("state", route.state).field("clinic", route.clinic);
    texts(out, "from", route.from);
    texts(out, "accept", route.accept);
    texts(out, "chain", route.chain);
    texts(out, "labs", route.labs);
    out.field("in_flight", route.in_flight).field("waiting", route.waiting).key("counts").open();
    out.field("received", route.received).field("processed", route.processed).field("failed", route.failed).field("unmatched", route.unmatched);
    out.field("duplicate", route.duplicate).field("restarts", route.restarts).close();
    out.field_or_null("last_error", route.last_error).field_or_null("last_error_at", route.last_error_at).close();
  }
  out.close_list().key("next").null().close();
  return {.body = out.take()};
}

namespace {

/// Encodes in the query what RFC 3986 wants encoded and clients of FHIR send as it is: `|` between system and code, letters beyond ASCII.
std::string with_encoded_query(std::string_view target) {
  static constexpr char hex[] = "0123456789ABCDEF";
  const auto query = std::min(target.find('?'), target.size());
  std::string out(target.substr(0, query));
  for (const char c : target.substr(query)) {
    const auto byte = uint8_t(c);
    if (byte < 0x80 && std::string_view("|^`{}\"<>\\").find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

} // namespace

std::optional<target_parts> split_target(std::string_view target) {
  const auto encoded = with_encoded_query(target);
  const auto url = boost::urls::parse_origin_form(encoded);
  if (!url) return std::nullopt;
  target_parts out;
  for (const auto& part : url->segments()) out.path.push_back(std::string(part));
  if (!out.path.empty() && out.path.back().empty()) out.path.pop_back();
  for (const auto& param : url->params())
    if (!param.key.empty() || param.has_value) out.params.emplace_back(std::string(param.key), std::string(param.value)); // `Patient?`, `a=1&&b=2`
  const auto clean = [](const std::string& text) { return hl7::is_utf8(text) && text.find('\0') == std::string::npos; };
  for (const auto& part : out.path)
    if (!clean(part)) return std::nullopt;
  for (const auto& [key, value] : out.params)
    if (!clean(key) || !clean(value)) return std::nullopt;
  return out;
}

outcome handle(const request& what, ports::store_desk* desk, const engine_view& engine, timestamp now) {
  outcome out;
  out.audit.at = now;
  out.audit.peer = what.peer;
  out.audit.method = what.method;
  out.audit.resource = shown_path(what.path);
  out.audit.actor = "nobody";
  const bool reading = what.method == "GET" || what.method == "HEAD";
  if (what.path.size() == 1 && (what.path[0] == "health" || what.path[0] == "ready")) {
    out.audited = false;
    out.path_template = "/" + what.path[0];
    if (!reading) return out.reply = not_allowed("GET, HEAD"), out;
    if (what.path[0] == "ready") {
      out.reply = readiness(desk, engine);
    } else {
      json body;
      body.open().field("status", "ok").field("version", engine.version).close();
      out.reply.body = body.take();
    }
    return out;
  }
  const auto asked = find_target(what.path);
  out.path_template = asked ? asked->path_template : "other";
  const bool figures = asked && asked->scope == "metrics";
  if (desk == nullptr && !(figures && engine.keys != nullptr)) return out.reply = failure(503, "store-unavailable", "the store does not answer"), out;
  if (what.bearer.empty()) {
    out.reply = failure(401, "unauthenticated", "send `Authorization: Bearer KEY`; keys are made with `aorta key create`");
    out.reply.headers.emplace_back("WWW-Authenticate", "Bearer");
    return out;
  }
  const auto key = engine.keys != nullptr ? engine.keys->find(what.bearer, desk) : desk->find_api_key(what.bearer);
  if (!key) return out.reply = failure(key.error()), out;
  if (!*key && desk == nullptr) return out.reply = failure(503, "store-unavailable", "the store does not answer"), out;
  if (!*key) {
    out.reply = failure(401, "unauthenticated", "this key is not known or was revoked");
    out.reply.headers.emplace_back("WWW-Authenticate", "Bearer error=\"invalid_token\"");
    return out;
  }
  out.audit.actor = "key:" + (*key)->name + ((*key)->user ? " user:" + (*key)->user->email : "");
  out.audit.clinic = (*key)->clinic;
  if (!asked) return out.reply = failure(404, "not-found", "no such path"), out;
  if (what.method != asked->method && !(reading && asked->method == "GET")) {
    out.reply = not_allowed(asked->method == "GET" ? "GET, HEAD" : asked->method);
    return out;
  }
  if (!may(**key, asked->scope)) return out.reply = failure(403, "forbidden", "this key lacks the scope", "scope", asked->scope), out;
  if (figures) {
    out.shown_unaudited = true;
    out.reply.content_type = "text/plain; version=0.0.4; charset=utf-8";
    out.reply.body = engine.metrics(desk != nullptr && desk->ping());
    return out;
  }
  return answer(std::move(out), what, *asked, **key, *desk, engine);
}

response rerun_reply(const rerun& what, const std::optional<error>& fault, const ports::difference* would_change, ports::store_desk* desk) {
  if (fault && fault->code == error_code::conflict && desk != nullptr) return conflict_reply(what, *fault, *desk);
  if (fault) return failure(*fault);
  if (would_change != nullptr) return show_difference(what, *would_change);
  if (desk == nullptr) return failure(503, "store-unavailable", "done, but the store does not answer now");
  std::optional<model::patient_id> whose;
  if (what.why.review) return show_review(*what.why.review, what.clinic, *desk, whose);
  return show_message(what.what.log.id, what.clinic, *desk, whose);
}

} // namespace aorta::api

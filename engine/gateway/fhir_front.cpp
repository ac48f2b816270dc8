#include "engine/gateway/fhir_front.hpp"

#include "engine/base/version.hpp"
#include "engine/gateway/fhir_call.hpp"
#include "engine/gateway/webhook_front.hpp"
#include "engine/net/http/gzip.hpp"
#include "engine/net/http/http_writer.hpp"
#include "engine/http/target.hpp"
#include "engine/rest/interactions.hpp"
#include "engine/rest/smart.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <atomic>

namespace aorta::gateway {
namespace {

constexpr std::string_view fhir_root = "/fhir/r4", token_path = "/auth/token";

/// `localhost:8080`, `127.0.0.1`, `[::1]:8080`. Whoever asks writes the Host header, and it becomes part of
/// links: other names are only those that the configuration tells.
bool is_loopback(std::string_view host) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? char(a + 32) : a) == b; };
  for (const std::string_view known : {"localhost", "127.0.0.1", "[::1]"}) {
    if (host.size() < known.size() ||
        !std::equal(known.begin(), known.end(), host.begin(), [&](char k, char h) { return same(h, k); }))
      continue;
    const auto port = host.substr(known.size());
    if (port.empty()) return true;
    if (port[0] == ':' && port.size() > 1 && port.size() <= 6 &&
        port.find_first_not_of("0123456789", 1) == port.npos)
      return true;
  }
  return false;
}

/// The headers that FHIR asks, repeats joined as RFC 9110 5.3 says.
std::map<std::string, std::string> headers_of(const net::http_request& request) {
  static constexpr std::string_view asked[] = {"accept",        "content-type",  "if-match",
                                               "if-none-match", "if-none-exist", "if-modified-since",
                                               "prefer",        "x-clinic",      "x-security-context"};
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : request.headers) {
    if (std::find(std::begin(asked), std::end(asked), name) == std::end(asked)) continue;
    auto& slot = out[name];
    slot += (slot.empty() ? "" : ", ") + value;
  }
  return out;
}

/// The Fetch standard's words for pages of other origins; cookies are no part of it.
std::string origin_of(const net::http_request& request, const fhir_rules& rules) {
  const auto& all = rules.allow_origins;
  const std::string said(request.header("origin"));
  if (said.empty() || all.empty()) return {};
  return std::find(all.begin(), all.end(), said) != all.end() ||
      std::find(all.begin(), all.end(), "*") != all.end()
    ? said
    : std::string();
}

void tell_origin(rest::reply& to, const std::string& origin) {
  to.headers.emplace_back("Access-Control-Allow-Origin", origin);
  to.headers.emplace_back("Access-Control-Expose-Headers",
                          "ETag, Location, Content-Location, Last-Modified, Retry-After, X-Progress, "
                          "X-Security-Context, Allow");
  to.headers.emplace_back("Vary", "Origin");
}

/// What a browser asks before it calls.
bool is_preflight(const net::http_request& request, const fhir_call& call) {
  return request.method == "OPTIONS" && !call.origin.empty() &&
    !request.header("access-control-request-method").empty();
}

rest::reply preflight_answer() {
  std::string methods = "HEAD";
  for (const auto& each : rest::interactions())
    if (methods.find(each.is.method) == methods.npos) (methods += ", ") += each.is.method;
  rest::reply out;
  out.status = 204;
  out.content_type.clear();
  out.headers.emplace_back("Access-Control-Allow-Methods", std::move(methods));
  out.headers.emplace_back("Access-Control-Allow-Headers",
                           "Authorization, Content-Type, Accept, Prefer, If-Match, If-None-Match, "
                           "If-None-Exist, If-Modified-Since, X-Clinic, X-Security-Context");
  out.headers.emplace_back("Access-Control-Max-Age", "600");
  return out;
}

/// Answers that need neither key nor store; nothing for all others.
std::optional<rest::reply> answer_openly(const fhir_call& call, const http::match<rest::interaction>& found) {
  if (found.path == nullptr || found.path->is.may != http::scope::open) return std::nullopt;
  const auto rules = call.parts->rules();
  rest::surroundings around;
  around.base = call.base;
  around.token_url = token_url_of(*rules);
  around.version = version;
  around.systems = rules->systems;
  around.clock = call.parts->clock;
  rest::visit on{call.asked, around, nullptr, {}};
  if (found.path->by == rest::work::token && around.token_url.empty()) on.out = rest::no_tokens();
  else if (found.taken == nullptr) on.out = rest::not_taken(found.allowed);
  else if (found.taken->by == rest::work::open) found.taken->handle(on);
  else return std::nullopt;
  return std::move(on.out);
}

fhir_call::kind kind_of(const http::match<rest::interaction>& found) {
  if (found.taken == nullptr) return fhir_call::kind::rest;
  return found.taken->by == rest::work::token ? fhir_call::kind::token
    : found.taken->by == rest::work::route    ? fhir_call::kind::bundle
                                              : fhir_call::kind::rest;
}

/// `from`: leaves out those before it.
const actors::worker_actor& next(const std::vector<actors::worker_actor>& all, size_t from = 0) {
  static std::atomic<size_t> turn{0};
  return all[from + turn.fetch_add(1, std::memory_order_relaxed) % (all.size() - from)];
}

/// Whoever is known to be costly gets the first, and nobody else then; who asks is known after a worker has
/// looked.
const actors::worker_actor& worker_for(const fhir_call& call, costly_callers& costly,
                                       const std::vector<actors::worker_actor>& all) {
  const auto now = std::chrono::steady_clock::now();
  if (all.size() < 2 || !costly.any(now)) return next(all);
  return call.admitted && costly.has(call.actor, now) ? all.front() : next(all, 1);
}

} // namespace

std::string token_url_of(const fhir_rules& rules) {
  const auto& base = rules.base_url;
  if (base.empty()) return {};
  const auto ends = base.ends_with(fhir_root) ? base.substr(0, base.size() - fhir_root.size()) : base;
  return ends + std::string(token_path);
}

void fhir_call::answer(rest::reply reply) const {
  if (!origin.empty()) tell_origin(reply, origin);
  send(as_sent(std::move(reply)), *parts->metrics, label, asked.method);
}

void to_worker(fhir_call_ptr call) {
  const auto room = std::atomic_load(&call->parts->workers);
  if (!room) return call->answer(rest::refusal(503, "transient", "the engine is shutting down"));
  const bool quick = call->reads() || call->is == fhir_call::kind::admission;
  const auto& to = quick ? worker_for(*call, call->parts->costly_readers, room->readers)
                         : worker_for(*call, call->parts->costly_writers, room->writers);
  caf::anon_send(to, actors::call_in{std::move(call)});
}

bool is_fhir(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  const auto all = rest::interactions();
  return (path.starts_with(fhir_root) &&
          (path.size() == fhir_root.size() || path[fhir_root.size()] == '/')) ||
    std::any_of(all.begin(), all.end(), [&](const rest::interaction& each) { return each.is.path == path; });
}

net::http_handler fhir_front(fhir_parts_ptr parts) {
  return [parts = std::move(parts)](net::http_request&& request, net::http_respond respond) {
    auto call = std::make_shared<fhir_call>();
    call->parts = parts;
    call->respond = std::move(respond);
    call->peer = std::move(request.peer);
    if (net::takes_gzip(request.header("accept-encoding"))) call->packs = http_call::packing::gzip;
    call->bearer = bearer_of(request);
    const auto rules = parts->rules();
    call->origin = origin_of(request, *rules);
    if (is_preflight(request, *call)) return call->answer(preflight_answer());
    call->asked.method = std::move(request.method);
    call->asked.headers = headers_of(request);
    auto target = http::split_target(request.target);
    if (!target)
      return call->answer(rest::refusal(400, "invalid", "the request target is not a valid path and query"));
    call->base = rules->base_url;
    if (call->base.empty()) {
      const auto host = request.header("host");
      if (!is_loopback(host))
        return call->answer(rest::refusal(
          421, "not-supported",
          "this server does not know itself by this name: set base_url under [fhir] in aorta.toml to the address that clients know"));
      call->base = (rules->tls ? "https://" : "http://") + std::string(host) + std::string(fhir_root);
    }
    auto& path = target->path;
    call->resource = http::shown_path(path);
    call->asked.query = std::move(target->params);
    call->search = query_of(request.target);
    const auto found = http::find(rest::interactions(), call->asked.method, path);
    if (found.path != nullptr) call->label = http::label(found.path->is, path);
    if (auto open = answer_openly(*call, found)) return call->answer(std::move(*open));
    call->is = kind_of(found);
    if (path[0] == "fhir") path.erase(path.begin(), path.begin() + 2);
    call->asked.path = std::move(path);
    call->only_reads = rest::only_reads(call->asked);
    call->coding = request.header("content-encoding");
    call->asked.body = std::move(request.body);
    parts->calls->watch(call);
    to_worker(std::move(call));
  };
}

net::http_admission body_admission(fhir_parts_ptr parts) {
  return [parts = std::move(parts)](const net::http_request& head, net::http_decide decide) {
    const auto target = http::split_target(head.target);
    if (!target)
      return decide(
        net::error_response(400, "bad-target", "the request target is not a valid path and query"));
    if (head.target.starts_with(token_path))
      return decide(net::error_response(413, "body-too-large", "a request for a token is small"));
    if (is_webhook_target(head.target)) // its signature is known when all of it has come
      return decide(net::error_response(413, "body-too-large", "a webhook's request is at most 64 kB"));
    auto call = std::make_shared<fhir_call>();
    call->parts = parts;
    call->is = fhir_call::kind::admission;
    call->peer = head.peer;
    call->bearer = bearer_of(head);
    call->asked.method = head.method;
    call->resource = http::shown_path(target->path);
    call->respond = [decide = std::move(decide), fhir = is_fhir(head.target)](net::http_response out) {
      if (out.status < 300) return decide(std::nullopt);
      if (!fhir)
        out = net::error_response(out.status, "refused",
                                  "this key is not known or was revoked, or the store does not answer");
      decide(std::move(out));
    };
    parts->calls->watch(call);
    to_worker(std::move(call));
  };
}

} // namespace aorta::gateway

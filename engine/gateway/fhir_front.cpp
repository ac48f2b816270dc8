#include "engine/gateway/fhir_front.hpp"

#include "engine/api/api.hpp"
#include "engine/gateway/fhir_call.hpp"
#include "engine/net/http/gzip.hpp"
#include "engine/net/http/http_writer.hpp"
#include "engine/rest/repository.hpp"
#include "engine/rest/smart.hpp"
#include "version.hpp"

#include <algorithm>
#include <atomic>

namespace aorta::gateway {
namespace {

constexpr std::string_view root = "/fhir/r4", token_path = "/auth/token",
                           discovery = "/.well-known/smart-configuration";
constexpr size_t worth_packing = 1024; ///< bytes; below that gzip costs more than it saves

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
                                               "prefer",        "x-clinic"};
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : request.headers) {
    if (std::find(std::begin(asked), std::end(asked), name) == std::end(asked)) continue;
    auto& slot = out[name];
    slot += (slot.empty() ? "" : ", ") + value;
  }
  return out;
}

/// Answers that need neither key nor store; nothing for all others.
std::optional<rest::reply> answer_openly(const fhir_call& call, const std::vector<std::string>& path) {
  const bool well_known = path.size() == 2 && path[0] == ".well-known" && path[1] == "smart-configuration";
  const bool reads = call.asked.method == "GET";
  const auto rules = call.parts->rules();
  const auto token_url = token_url_of(*rules);
  if (well_known && !reads) return rest::refusal(405, "not-supported", "only GET");
  if (well_known || call.is == fhir_call::kind::token) {
    if (token_url.empty())
      return rest::refusal(
        404, "not-supported",
        "this server gives no tokens: set base_url under [fhir] in aorta.toml to the address that clients know");
    return well_known ? std::optional(rest::smart_configuration(token_url)) : std::nullopt;
  }
  if (path.size() != 1 || path[0] != "metadata" || !reads) return std::nullopt;
  rest::surroundings around;
  around.base = call.base;
  around.token_url = token_url;
  around.version = version;
  around.systems = rules->systems;
  around.clock = call.parts->clock;
  auto out = rest::metadata(call.asked, around);
  out.path_template = "/fhir/r4/metadata";
  return out;
}

/// `from`: leaves out those before it.
const actors::clerk_actor& next(const std::vector<actors::clerk_actor>& all, size_t from = 0) {
  static std::atomic<size_t> turn{0};
  return all[from + turn.fetch_add(1, std::memory_order_relaxed) % (all.size() - from)];
}

/// Whoever is known to be costly gets the first, and nobody else then; who asks is known after a clerk has
/// looked.
const actors::clerk_actor& clerk_for(const fhir_call& call, costly_callers& costly,
                                     const std::vector<actors::clerk_actor>& all) {
  const auto now = std::chrono::steady_clock::now();
  if (all.size() < 2 || !costly.any(now)) return next(all);
  return call.admitted && costly.has(call.actor, now) ? all.front() : next(all, 1);
}

} // namespace

std::string token_url_of(const fhir_rules& rules) {
  const auto& base = rules.base_url;
  if (base.empty()) return {};
  const auto ends = base.ends_with(root) ? base.substr(0, base.size() - root.size()) : base;
  return ends + std::string(token_path);
}

void fhir_call::answer(rest::reply reply) const {
  if (answered.exchange(true)) return; // the store took too long, and the client was told
  telemetry::add(parts->metrics->http_requests(reply.path_template.empty() ? "/fhir/r4" : reply.path_template,
                                               asked.method, reply.status));
  telemetry::observe(parts->metrics->http_seconds(),
                     std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  net::http_response out;
  out.status = reply.status;
  out.content_type = std::move(reply.content_type);
  out.headers = std::move(reply.headers);
  if (takes_gzip && reply.body.size() >= worth_packing) {
    out.body = net::gzip(reply.body);
    out.headers.emplace_back("Content-Encoding", "gzip");
  } else {
    out.body = std::move(reply.body);
  }
  out.headers.emplace_back("Vary", "Accept-Encoding");
  respond(std::move(out));
}

void to_clerk(fhir_call_ptr call) {
  const auto room = std::atomic_load(&call->parts->clerks);
  if (!room) return call->answer(rest::refusal(503, "transient", "the engine is shutting down"));
  const bool quick = call->reads() || call->is == fhir_call::kind::admission;
  const auto& to = quick ? clerk_for(*call, call->parts->costly_readers, room->readers)
                         : clerk_for(*call, call->parts->costly_writers, room->writers);
  caf::anon_send(to, actors::call_in{std::move(call)});
}

bool is_fhir(std::string_view target) noexcept {
  const auto path = target.substr(0, target.find('?'));
  return path == root || (path.starts_with(root) && path[root.size()] == '/') || path == token_path ||
    path == discovery;
}

net::http_handler fhir_front(fhir_parts_ptr parts) {
  return [parts](net::http_request&& request, net::http_respond respond) {
    auto call = std::make_shared<fhir_call>();
    call->parts = parts;
    call->respond = std::move(respond);
    call->peer = std::move(request.peer);
    call->takes_gzip = net::takes_gzip(request.header("accept-encoding"));
    call->bearer = bearer_of(request);
    call->asked.method = std::move(request.method);
    call->asked.headers = headers_of(request);
    auto target = api::split_target(request.target);
    if (!target)
      return call->answer(rest::refusal(400, "invalid", "the request target is not a valid path and query"));
    const auto rules = parts->rules();
    call->base = rules->base_url;
    if (call->base.empty()) {
      const auto host = request.header("host");
      if (!is_loopback(host))
        return call->answer(rest::refusal(
          421, "not-supported",
          "this server does not know itself by this name: set base_url under [fhir] in aorta.toml to the address that clients know"));
      call->base = (rules->tls ? "https://" : "http://") + std::string(host) + std::string(root);
    }
    auto& path = target->path;
    for (const auto& part : path) call->resource += "/" + part;
    call->resource.resize(std::min<size_t>(call->resource.size(), 200));
    if (path[0] == "auth") call->is = fhir_call::kind::token;
    else if (path[0] == "fhir") path.erase(path.begin(), path.begin() + 2);
    call->asked.path = std::move(path);
    call->asked.query = std::move(target->params);
    if (auto open = answer_openly(*call, call->asked.path)) return call->answer(std::move(*open));
    call->coding = request.header("content-encoding");
    call->asked.body = std::move(request.body);
    if (call->asked.path.size() == 1 && call->asked.path[0] == "Bundle" && call->asked.method == "POST")
      call->is = fhir_call::kind::bundle;
    parts->calls->watch(call);
    to_clerk(std::move(call));
  };
}

net::http_admission body_admission(fhir_parts_ptr parts) {
  return [parts](const net::http_request& head, net::http_decide decide) {
    const auto target = api::split_target(head.target);
    if (!target)
      return decide(
        net::error_response(400, "bad-target", "the request target is not a valid path and query"));
    if (head.target.starts_with(token_path))
      return decide(net::error_response(413, "body-too-large", "a request for a token is small"));
    auto call = std::make_shared<fhir_call>();
    call->parts = parts;
    call->is = fhir_call::kind::admission;
    call->peer = head.peer;
    call->bearer = bearer_of(head);
    call->asked.method = head.method;
    for (const auto& part : target->path) call->resource += "/" + part;
    call->resource.resize(std::min<size_t>(call->resource.size(), 200));
    call->respond = [decide = std::move(decide), fhir = is_fhir(head.target)](net::http_response out) {
      if (out.status < 300) return decide(std::nullopt);
      if (!fhir)
        out = net::error_response(out.status, "refused",
                                  "this key is not known or was revoked, or the store does not answer");
      decide(std::move(out));
    };
    parts->calls->watch(call);
    to_clerk(std::move(call));
  };
}

} // namespace aorta::gateway

#include "engine/gateway/webhook_front.hpp"

#include "actors/rerun.hpp"
#include "engine/base/hash.hpp"
#include "engine/base/text.hpp"
#include "engine/fhir/document.hpp"
#include "engine/gateway/http_call.hpp"
#include "engine/gateway/settlement.hpp"
#include "engine/http/json.hpp"
#include "engine/http/exchange.hpp"
#include "engine/http/target.hpp"
#include "engine/pipeline/webhook_mail.hpp"

namespace aorta::gateway {
namespace {

constexpr std::string_view webhooks_root = "/webhooks/", webhooks_label = "/webhooks/{name}";
constexpr const char* retry_after_seconds = "10";

using webhook_parts_ptr = std::shared_ptr<const webhook_front_parts>;

struct webhook_call final : http_call {
  webhook_parts_ptr parts;

  void answer(http::response what) const {
    send(as_sent(std::move(what)), *parts->metrics, webhooks_label, "POST");
  }
  void come_again(std::string_view code, std::string_view text) const {
    auto out = http::failure(503, code, text);
    out.headers.emplace_back("Retry-After", retry_after_seconds);
    answer(std::move(out));
  }
  void answer_late() const override {
    come_again("store-unavailable", "the store did not answer in time; send it again");
  }
};
using call_ptr = std::shared_ptr<const webhook_call>;

void answer(const call_ptr& who, const pipeline::envelope& done) {
  const auto reply = pipeline::reply_of_webhook(done);
  if (reply.status == 503) return who->come_again(reply.code, reply.text);
  if (reply.status != 200)
    return who->answer(http::failure(reply.status, reply.code, reply.text, "where", reply.where));
  http::json out;
  out.open().field("id", to_text(reply.message)).close();
  http::response taken;
  taken.body = out.take();
  who->answer(std::move(taken));
}

/// As who comes with a key that nobody knows; not a message of the log. What a flood brings asks no worker.
void refuse_unproven(const call_ptr& who, const std::string& peer, const std::string& path,
                     const std::string& why) {
  const auto& parts = *who->parts;
  settled_call call;
  call.as = parts.unknown->receive(peer, std::chrono::steady_clock::now());
  call.answer = [who, why](bool) { who->answer(http::failure(401, "signature", why)); };
  const auto admin = parts.admin();
  if (call.as == reception::held_back) return parts.later([answer = call.answer] { answer(true); });
  if (call.as == reception::counted || !admin) return call.answer(true);
  auto& row = call.row.emplace();
  row.at = parts.clock->now();
  row.peer = peer;
  row.method = "POST";
  row.resource = path;
  row.actor = "nobody";
  row.outcome = "401";
  parts.calls->watch(who);
  admin.give([who, call](ports::message_log* in) {
    if (in == nullptr) return call.answer(false);
    settle(*who->parts, in->access(), {call});
  });
}

/// Stripe's id is its event's; what cannot be read gets one of its bytes.
std::string id_of(const std::string& body) {
  const auto said = fhir::document::parse(body);
  const auto id = said ? std::string(said->root->str("id")) : std::string();
  return id.empty() || id.size() > 200 || id.find_first_of("\r\n") != id.npos ? fnv1a_of(body) : id;
}

bool is_json(std::string_view type) {
  const auto media = lower(trimmed(type.substr(0, type.find(';')), " \t"));
  return media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"));
}

/// What can be said of a request without looking at what it brings. Nothing: it may be looked at.
std::optional<http::response> objection(const net::http_request& request) {
  if (request.method != "POST") {
    auto out = http::failure(405, "method-not-allowed", "this path takes POST");
    out.headers.emplace_back("Allow", "POST");
    return out;
  }
  const auto coding = request.header("content-encoding");
  if (!is_json(request.header("content-type")) || (!coding.empty() && lower(coding) != "identity"))
    return http::failure(415, "media-type", "expected application/json, not packed");
  return std::nullopt;
}

void take(const call_ptr& who, const std::string& name, const std::string& id,
          const net::http_request& request) {
  const auto& parts = *who->parts;
  auto mail = std::make_shared<pipeline::envelope>();
  mail->bytes = pipeline::webhook_bytes(id, request.body);
  mail->listener = std::string(config::webhook_listener) + name;
  mail->peer = request.peer;
  mail->received_at = parts.clock->now();
  mail->arrived = std::chrono::steady_clock::now();
  mail->id = parts.ids->next(mail->received_at);
  const auto to = parts.find(*mail);
  if (!to.route) return who->come_again("unavailable", "no route takes it now; send it again");
  actors::run(*parts.actors, to, std::move(mail), [who](pipeline::envelope& done) { answer(who, done); });
}

} // namespace

const http::endpoint& webhook_endpoint() {
  static const http::endpoint row{
    .method = "POST",
    .path = "/webhooks/{name}",
    .may = http::scope::open,
    .sentence =
      "Takes a report of another system, signed as `[webhook.NAME]` says (docs/webhooks.md): 200 with "
      "the id of its message once it is committed, 401 without a right signature.",
    .takes = "application/json"};
  return row;
}

bool is_webhook_target(std::string_view target) { return target.starts_with(webhooks_root); }

net::http_handler webhook_front(std::shared_ptr<const webhook_front_parts> parts) {
  return [parts = std::move(parts)](net::http_request&& request, net::http_respond respond) {
    auto who = std::make_shared<webhook_call>();
    who->parts = parts;
    who->respond = std::move(respond);
    const auto target = http::split_target(request.target);
    const auto all = parts->webhooks();
    const auto found = target && target->path.size() == 2 ? all->find(target->path[1]) : all->end();
    if (found == all->end()) return who->answer(http::failure(404, "not-found", "there is no such webhook"));
    if (auto no = objection(request)) return who->answer(std::move(*no));
    const auto& how = found->second;
    auto id = delivery::verify_webhook(
      how.scheme, how.secrets, [&](auto name) { return request.header(name); }, request.body,
      parts->clock->now());
    if (!id)
      return refuse_unproven(who, request.peer, std::string(webhooks_root) + how.name, id.error().text);
    if (id->empty()) *id = id_of(request.body);
    parts->calls->watch(who);
    take(who, how.name, *id, request);
  };
}

} // namespace aorta::gateway

#include "engine/gateway/front.hpp"

#include "engine/base/version.hpp"
#include "engine/gateway/console_front.hpp"
#include "engine/gateway/secret.hpp"
#include "engine/rest/interactions.hpp"

#include <caf/send.hpp>

#include <utility>

namespace aorta::gateway {
namespace {

net::http_server::how how_of(const config::settings& settings) {
  net::http_server::how how;
  how.listen = settings.http;
  how.tls = settings.http_tls;
  how.balancers = settings.http_balancers;
  how.max_body_bytes = settings.http_max_body_bytes;
  how.max_connections = settings.http_max_connections;
  return how;
}

} // namespace

front::front(const parts& from) : with_(from), webhooks_(std::make_shared<const inbound_webhooks>()) {}

void front::use(const config::settings& settings, const fhir::identifier_systems& systems,
                const std::map<std::string, model::clinic_id>& clinics) {
  auto rules = std::make_shared<fhir_rules>();
  rules->base_url = settings.fhir.base_url;
  rules->tls = !settings.http_tls.cert.empty();
  rules->most_body_bytes = settings.http_max_body_bytes;
  rules->systems = systems;
  rules->allow_origins = settings.fhir.allow_origins;
  for (const auto& [code, limits] : settings.critical)
    if (const auto clinic = clinics.find(code); clinic != clinics.end())
      rules->critical[clinic->second] = limits;
  std::atomic_store(&rules_, std::shared_ptr<const fhir_rules>(std::move(rules)));
  std::atomic_store(&webhooks_, std::make_shared<const inbound_webhooks>(settings.webhooks));
  limiter_.set(settings.key_requests_per_second);
}

front_parts front::common(waiting_list& calls) {
  front_parts out;
  out.actors = with_.actors;
  out.find = with_.find;
  out.metrics = with_.metrics;
  out.clock = with_.clock;
  out.ids = with_.ids;
  out.calls = &calls;
  out.unknown = &unknown_;
  out.later = [this](std::function<void()> what) {
    with_.loop->post([this, task = std::move(what)] { late_.push_back(task); });
  };
  return out;
}

exports::rules front::export_rules() const {
  const auto rules = std::atomic_load(&rules_);
  return {rules->base_url, rules->systems, version, with_.clock, with_.ids};
}

std::shared_ptr<http_front_parts> front::make_api(api::engine_view view) {
  auto out = std::make_shared<http_front_parts>();
  static_cast<front_parts&>(*out) = common(visits_);
  for (int i = 0; i < 2; ++i)
    admin_workers_.push_back(actors::spawn_admin_worker(*with_.actors, with_.store));
  out->admin_workers = admin_workers_;
  out->patient = patient_ = actors::spawn_admin_worker(*with_.actors, with_.store);
  out->slow_calls = &slow_visits_;
  out->engine = std::move(view);
  out->engine.new_webhook_secret = new_webhook_secret;
  out->engine.new_key_secret = new_secret;
  out->engine.new_session_secret = new_session_secret;
  out->engine.is_secure = [this] {
    const auto rules = std::atomic_load(&rules_);
    return rules->tls || rules->base_url.starts_with("https:");
  };
  out->engine.keys = &seen_keys_;
  out->engine.wait_of = [this](const std::string& actor) {
    return limiter_.take(actor, std::chrono::steady_clock::now());
  };
  out->engine.exports = [this] { return export_rules(); };
  out->engine.version = version;
  live_.use(out->engine);
  out->live = &live_;
  out->engine.beside = http::described(rest::interactions());
  out->engine.beside.push_back(&webhook_endpoint());
  return out;
}

fhir_parts_ptr front::make_fhir() {
  auto out = std::make_shared<fhir_parts>();
  static_cast<front_parts&>(*out) = common(fhir_calls_);
  out->rules = [this] { return std::atomic_load(&rules_); };
  out->new_secret = new_secret;
  out->limiter = &limiter_;
  // Two of each: while one waits for the database's disk, the other works. A large import must not hold up
  // those that only read.
  auto room = std::make_shared<record_workers>();
  for (auto* workers : {&room->readers, &room->writers})
    for (int i = 0; i < 2; ++i)
      workers->push_back(
        actors::spawn_record_worker(*with_.actors, with_.store, answer_fhir_calls(out, i == 0)));
  out->workers = std::move(room);
  return out;
}

std::shared_ptr<const webhook_front_parts> front::make_webhooks() {
  auto out = std::make_shared<webhook_front_parts>();
  static_cast<front_parts&>(*out) = common(fhir_calls_);
  out->webhooks = [this] { return std::atomic_load(&webhooks_); };
  out->admin = [this] { return admin(); };
  return out;
}

status front::open(const config::settings& settings, api::engine_view view) {
  auto api_side = http_front(make_api(std::move(view)));
  fhir_ = make_fhir();
  auto handler = [rest = fhir_front(fhir_), api = std::move(api_side), hooks = webhook_front(make_webhooks()),
                  console = console_front(console_folder(), *with_.metrics)](net::http_request&& request,
                                                                             net::http_respond respond) {
    const auto& side = is_webhook_target(request.target) ? hooks
      : is_fhir(request.target)                          ? rest
      : is_console_target(request.target)                ? console
                                                         : api;
    side(std::move(request), std::move(respond));
  };
  server_ = std::make_unique<net::http_server>(*with_.loop, how_of(settings), std::move(handler),
                                               body_admission(fhir_));
  return server_->start();
}

void front::renew(const config::settings& settings, const std::optional<net::tls_context>& tls) {
  server_->use(how_of(settings), tls);
}

actors::admin_worker front::admin() const {
  return admin_workers_.empty() ? actors::admin_worker() : admin_workers_.front();
}

void front::look() {
  visits_.sweep();
  slow_visits_.sweep();
  fhir_calls_.sweep();
  for (const auto& answer : std::exchange(late_, {})) answer();
}

bool front::owes() const { return fhir_calls_.owed() > 0 || visits_.owed() > 0 || slow_visits_.owed() > 0; }

void front::stop_accepting() { server_->stop_accepting(); }

void front::close_all() { server_->close_all(); }

void front::release() {
  visits_.clear();
  slow_visits_.clear();
  fhir_calls_.clear();
  late_.clear();
  server_.reset();
  for (auto& admin : admin_workers_) admin.end();
  admin_workers_.clear();
  patient_.end();
  patient_ = {};
  if (!fhir_) return;
  if (const auto room = std::atomic_exchange(&fhir_->workers, std::shared_ptr<const record_workers>()))
    for (const auto* workers : {&room->readers, &room->writers})
      for (const auto& worker : *workers) caf::anon_send_exit(worker, caf::exit_reason::user_shutdown);
  fhir_.reset();
}

} // namespace aorta::gateway

// The composition root: everything is made here, handed to what needs it, and ended in order.
#include "engine/cli/commands.hpp"
#include "engine/cli/fhir_front.hpp"
#include "engine/cli/http_front.hpp"
#include "engine/cli/lab_listener.hpp"
#include "engine/cli/secret.hpp"
#include "engine/fhir/document.hpp"
#include "engine/hl7/message.hpp"
#include "engine/net/http_server.hpp"
#include "engine/telemetry/log.hpp"
#include "engine/telemetry/metrics.hpp"
#include "routes/table.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <thread>
#include <unistd.h>

namespace aorta::cli {
namespace {

using telemetry::level;

/// What a message is called by its sender: MSH-10, or the value of a Bundle's identifier.
std::string name_of(const actors::envelope& mail) {
  if (mail.bundle) {
    const auto read = fhir::document::parse(mail.bytes);
    const auto* identifier = read ? read->root->get("identifier") : nullptr;
    return identifier != nullptr ? std::string(identifier->str("value")) : std::string();
  }
  const auto parsed = hl7::parse(mail.bytes);
  return parsed ? std::string(hl7::peek(*parsed).control_id) : std::string();
}

/// AORTA_TEST_THROW=STAGE:NAME makes that stage's actor die on that message. For fault tests only; unset, nothing is called.
std::function<void(std::string_view, const actors::envelope&)> test_hook() {
  const char* wanted = std::getenv("AORTA_TEST_THROW");
  if (wanted == nullptr) return nullptr;
  const std::string text = wanted;
  const auto colon = text.find(':');
  return [stage = text.substr(0, colon), id = colon == std::string::npos ? "" : text.substr(colon + 1)](std::string_view at, const actors::envelope& mail) {
    if (at == stage && name_of(mail) == id) throw std::runtime_error("test hook");
  };
}

bool ensure_clinics(const config::settings& settings, ports::store& store, routes::surroundings& around) {
  auto desk = store.desk();
  if (!desk) {
    std::fprintf(stderr, "aorta: %s\n", desk.error().text.c_str());
    return false;
  }
  auto wanted = settings.clinics;
  for (const auto& route : settings.routes) wanted.emplace(route.clinic, route.clinic);
  for (const auto& [code, name] : wanted) {
    const auto clinic = (*desk)->ensure_clinic(code, name);
    if (!clinic) {
      std::fprintf(stderr, "aorta: %s\n", clinic.error().text.c_str());
      return false;
    }
    around.clinics[code] = clinic->id;
  }
  return true;
}

/// Configured systems in the place of the engine's own.
fhir::identifier_systems systems_of(const config::fhir_settings& how) {
  fhir::identifier_systems out;
  const auto take = [](const std::string& configured, std::string& into) {
    if (!configured.empty()) into = configured;
  };
  take(how.cyprus_id_system, out.cyprus_id);
  take(how.arc_system, out.arc);
  take(how.mrn_system, out.mrn);
  take(how.gesy_system, out.gesy);
  return out;
}

std::vector<api::route_view> view_routes(const routes::table& table) {
  std::vector<api::route_view> out;
  for (const auto& each : table.entries()) {
    const auto& board = *each.board;
    api::route_view view;
    view.name = each.how.name;
    view.state = board.running ? "running" : "restarting";
    view.clinic = each.how.clinic;
    view.from = each.how.from;
    view.accept = each.how.accept;
    view.chain = each.how.chain;
    view.labs = each.how.labs;
    view.in_flight = board.in_flight;
    view.waiting = board.waiting;
    view.received = board.received;
    view.processed = board.processed;
    view.failed = board.failed;
    view.unmatched = board.unmatched;
    view.duplicate = board.duplicate;
    view.restarts = board.restarts;
    std::tie(view.last_error, view.last_error_at) = board.last_error();
    out.push_back(std::move(view));
  }
  return out;
}

struct actor_config : caf::actor_system_config {
  actor_config() {
    set("scheduler.policy", caf::atom("sharing"));
    // Half the cores: the lanes' detached actors, the loop and the database want theirs. On two cores one thread is also faster than two
    // (bench/RESULTS.md): a message's next stage runs where the last one did, without waking anybody.
    set("scheduler.max-threads", size_t{std::max(1u, std::thread::hardware_concurrency() / 2)});
    set("scheduler.max-throughput", size_t{64});
  }
};

/// A running engine.
class engine {
public:
  engine(common with, config::settings settings, ports::store& store)
    : with_(std::move(with)), settings_(std::move(settings)), store_(store), system_(system_settings_) {
    around_.clock = &clock_;
    around_.ids = &ids_;
    around_.store = &store_;
    around_.metrics = &metrics_;
    around_.store_state = &store_state_;
    around_.before_work = test_hook();
    around_.systems = systems_of(settings_.fhir);
  }

  int run() {
    if (!ensure_clinics(settings_, store_, around_)) return 1;
    use_table();
    if (!listen()) {
      release_actors();
      return 1;
    }
    for (const int number : {SIGTERM, SIGINT}) loop_.on_signal(number, [this] { stop(); });
    loop_.on_signal(SIGHUP, [this] { reload(); });
    std::signal(SIGPIPE, SIG_IGN);
    announce();
    loop_.run();
    release_actors();
    telemetry::log(level::info, "stopped");
    telemetry::flush_log();
    return 0;
  }

private:
  actors::route_finder finder() {
    return [this](const std::string& listener, std::string_view frame, bool whole) { return table_.get()->find(listener, frame, whole); };
  }

  /// Routes and FHIR rules as the settings are now.
  void use_table() {
    tables_.push_back(std::make_shared<const routes::table>(system_, settings_, around_));
    table_.set(tables_.back());
    auto rules = std::make_shared<fhir_rules>();
    rules->base_url = settings_.fhir.base_url;
    rules->systems = around_.systems;
    for (const auto& [code, limits] : settings_.critical)
      if (const auto clinic = around_.clinics.find(code); clinic != around_.clinics.end()) rules->critical[clinic->second] = limits;
    std::atomic_store(&rules_, std::shared_ptr<const fhir_rules>(std::move(rules)));
    limiter_.set(settings_.key_requests_per_second);
  }

  fhir_parts_ptr make_fhir_parts() {
    auto parts = std::make_shared<fhir_parts>();
    parts->actors = &system_;
    parts->rules = [this] { return std::atomic_load(&rules_); };
    parts->find_bundle_route = [this](model::clinic_id clinic) { return table_.get()->find_bundle(clinic); };
    parts->new_secret = new_secret;
    parts->limiter = &limiter_;
    parts->metrics = &metrics_;
    parts->clock = &clock_;
    parts->ids = &ids_;
    parts->calls = &fhir_calls_;
    parts->most_body_bytes = settings_.http_max_body_bytes;
    parts->tls = !settings_.http_tls.cert.empty();
    // Two of each: while one waits for the database's disk, the other works. A large import must not hold up those that only read.
    for (auto* clerks : {&parts->readers, &parts->writers})
      for (int i = 0; i < 2; ++i) clerks->push_back(actors::spawn_clerk(system_, &store_, answer_fhir_calls(parts, clerks == &parts->readers && i == 0)));
    return parts;
  }

  bool listen() {
    const auto good = [](const status& what, const std::string& name) {
      if (!what) std::fprintf(stderr, "aorta: %s: %s\n", name.c_str(), what.error().text.c_str());
      return what.ok();
    };
    for (const auto& [name, how] : settings_.listeners) {
      listeners_.push_back(std::make_unique<lab_listener>(loop_, system_, how, finder(), ids_, clock_, metrics_));
      if (!good(listeners_.back()->server().start(), "listener '" + name + "'")) return false;
    }
    auto parts = std::make_shared<http_front_parts>();
    parts->actors = &system_;
    for (int i = 0; i < 2; ++i) parts->desks.push_back(actors::spawn_desk(system_, &store_));
    desks_ = parts->desks;
    parts->engine.routes = [this] { return view_routes(*table_.get()); };
    parts->engine.not_ready = [this] { return not_ready(); };
    parts->engine.metrics = [this] { return metrics_.text(); };
    parts->engine.version = AORTA_VERSION;
    parts->find = finder();
    parts->find_bundle_route = [this](model::clinic_id clinic) { return table_.get()->find_bundle(clinic); };
    parts->metrics = &metrics_;
    parts->clock = &clock_;
    parts->visits = &visits_;
    fhir_ = make_fhir_parts();
    loop_.every(500, [this] {
      visits_.sweep();
      fhir_calls_.sweep();
    });
    net::http_server::how how;
    how.listen = settings_.http;
    how.tls = settings_.http_tls;
    how.max_body_bytes = settings_.http_max_body_bytes;
    how.max_connections = settings_.http_max_connections;
    auto handler = [rest = fhir_front(fhir_), api = http_front(std::move(parts))](net::http_request&& request, net::http_respond respond) {
      (is_fhir(request.target) ? rest : api)(std::move(request), std::move(respond));
    };
    http_ = std::make_unique<net::http_server>(loop_, how, std::move(handler));
    return good(http_->start(), "http");
  }

  std::vector<std::string> not_ready() {
    std::vector<std::string> out;
    if (stopping_) out.push_back("the engine is shutting down");
    if (store_state_.away) out.push_back("commits fail: the store is away");
    for (const auto& route : view_routes(*table_.get()))
      if (route.state != "running") out.push_back("route '" + route.name + "' is being restarted");
    return out;
  }

  void announce() {
    size_t i = 0;
    for (const auto& [name, how] : settings_.listeners)
      telemetry::log(level::info, "listening", {{"listener", name}, {"mllp", how.listen.host + ":" + std::to_string(listeners_[i++]->server().port())},
                                                {"tls", how.tls.cert.empty() ? "no" : "yes"}});
    telemetry::log(level::info, "listening", {{"http", settings_.http.host + ":" + std::to_string(http_->port())}});
    telemetry::log(level::info, "ready", {{"version", AORTA_VERSION}, {"configuration", settings_.version}, {"routes", std::to_string(settings_.routes.size())}});
    telemetry::flush_log();
  }

  /// Routes, profiles and limits anew, read and checked at a desk, since files and the store may take their time. A faulty change is refused and
  /// the old one stays; so is one that listeners, HTTP or the store would need a restart for.
  void reload() {
    if (stopping_) return;
    caf::anon_send(desks_.front(), actors::job{[this, around = around_](ports::store_desk*) mutable {
                     auto next = read_settings(with_);
                     if (!next || !ensure_clinics(*next, store_, around)) return refuse_reload("faults, see above");
                     loop_.post([this, next = std::make_shared<config::settings>(std::move(*next)), around] { swap_routes(*next, around); });
                   }});
  }

  void refuse_reload(const char* why) {
    telemetry::log(level::error, "reload-refused", {{"reason", why}, {"kept", table_.get()->entries().front().context->config_version}});
  }

  void swap_routes(const config::settings& next, const routes::surroundings& around) {
    if (stopping_) return;
    if (!same_sockets(next)) return refuse_reload("listeners, http and store need a restart");
    settings_ = next;
    around_ = around;
    around_.systems = systems_of(settings_.fhir);
    const auto old = table_.get();
    use_table();
    old->drain([this] { loop_.post([this] { telemetry::log(level::info, "reloaded", {{"configuration", settings_.version}}); }); });
  }

  bool same_sockets(const config::settings& next) const {
    const auto same = [](const config::endpoint& a, const config::endpoint& b) { return a.host == b.host && a.port == b.port; };
    if (next.store_url != settings_.store_url || !same(next.http, settings_.http) || next.listeners.size() != settings_.listeners.size()) return false;
    for (const auto& [name, how] : next.listeners)
      if (const auto now = settings_.listeners.find(name); now == settings_.listeners.end() || !same(now->second.listen, how.listen)) return false;
    return true;
  }

  /// From the front: no new connections and bytes, then what is in flight, then its replies, then the rest.
  void stop() {
    if (stopping_) _exit(1); // asked twice
    stopping_ = true;
    telemetry::log(level::info, "stopping");
    telemetry::flush_log();
    for (const auto& each : listeners_) each->server().stop_accepting();
    http_->stop_accepting();
    table_.get()->drain([this] {
      loop_.post([this] { loop_.every(10, [this] { end_when_answered(); }); });
    });
  }

  /// The replies of drained routes are on their way through the connection actors; senders that have left never take theirs, so there is an end.
  /// What a clerk writes is answered too.
  void end_when_answered() {
    int64_t owed = 0;
    for (const auto& each : listeners_) owed += each->owed();
    ++end_ticks_;
    if ((owed > 0 && end_ticks_ < most_ticks_for_replies) || (fhir_calls_.owed() > 0 && end_ticks_ < most_ticks_for_calls)) return;
    for (const auto& each : listeners_) each->server().close_all();
    http_->close_all();
    if (closing_) return loop_.stop();
    closing_ = true; // the next tick ends the loop, after the last writes
  }

  /// The actor system waits for its detached actors until nobody holds their handles.
  void release_actors() {
    for (const auto& desk : desks_) caf::anon_send_exit(desk, caf::exit_reason::user_shutdown);
    desks_.clear();
    if (fhir_) {
      for (auto* clerks : {&fhir_->readers, &fhir_->writers}) {
        for (const auto& clerk : *clerks) caf::anon_send_exit(clerk, caf::exit_reason::user_shutdown);
        clerks->clear();
      }
    }
    visits_.clear();
    fhir_calls_.clear();
    http_.reset();
    fhir_.reset();
    listeners_.clear();
    table_.set(nullptr);
    for (const auto& each : tables_) each->retire();
    tables_.clear();
  }

  common with_;
  config::settings settings_;
  ports::store& store_;
  system_clock_source clock_;
  uuid_v7_source ids_;
  telemetry::metrics metrics_;
  actors::store_board store_state_;
  routes::surroundings around_;
  actor_config system_settings_;
  net::loop loop_;
  routes::current_table table_;
  std::vector<std::shared_ptr<const routes::table>> tables_; ///< all since the start, to be retired at the end
  std::vector<std::unique_ptr<lab_listener>> listeners_;
  std::shared_ptr<const fhir_rules> rules_; ///< read and swapped atomically
  rest::limiter limiter_{0};
  waiting_list visits_{std::chrono::seconds(5)}, fhir_calls_{std::chrono::seconds(60)};
  fhir_parts_ptr fhir_;
  std::unique_ptr<net::http_server> http_;
  std::vector<actors::desk_actor> desks_;
  std::atomic<bool> stopping_{false};
  bool closing_ = false;
  static constexpr int most_ticks_for_replies = 50, most_ticks_for_calls = 3000; ///< of 10 ms
  int end_ticks_ = 0;
  caf::actor_system system_; ///< ends first: it waits for its actors, which use everything above
};

} // namespace

int serve(const common& with) {
  auto settings = read_settings(with);
  if (!settings) return 1;
  telemetry::open_log(settings->log_level, settings->log_format == "json");
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, settings->store_migrate, clock, ids);
  if (!store) return 1;
  return engine(with, std::move(*settings), *store).run();
}

} // namespace aorta::cli

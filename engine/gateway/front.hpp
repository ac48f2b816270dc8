// The one door of HTTP: a server, the sides behind it (the API, FHIR, webhooks), and the workers that answer.
#pragma once

#include "engine/config/config.hpp"
#include "engine/export/rules.hpp"
#include "engine/gateway/fhir_front.hpp"
#include "engine/gateway/front_parts.hpp"
#include "engine/gateway/http_front.hpp"
#include "engine/gateway/webhook_front.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aorta::gateway {

/// Everything happens on the loop's thread, unless it says otherwise.
class front {
public:
  struct parts {
    net::loop* loop = nullptr;
    caf::actor_system* actors = nullptr;
    ports::store* store = nullptr;
    telemetry::metrics* metrics = nullptr;
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
    actors::route_finder find;
  };
  /// All that `from` points to outlives the actor system.
  explicit front(const parts& from);

  /// What a reload may change, but for what the server itself is told (`renew`).
  void use(const config::settings& settings, const fhir::identifier_systems& systems,
           const std::map<std::string, model::clinic_id>& clinics);
  /// Spawns the workers and listens. `view`: what the API shows of the engine; the door adds what is its own.
  status open(const config::settings& settings, api::engine_view view);
  void renew(const config::settings& settings, const std::optional<net::tls_context>& tls);

  uint16_t port() const { return server_->port(); }
  std::optional<timestamp> certificate_ends() const { return server_->certificate_ends(); }
  /// For blocking work beside; tells false after `release`.
  actors::admin_worker admin() const;
  /// For work that may take many seconds, one after the other.
  actors::admin_worker patient() const { return patient_; }
  strangers& unknown() { return unknown_; }

  live_feeds& live() { return live_; }
  void look(); ///< for a timer: who has waited too long, and who was held back, is answered
  exports::rules export_rules() const; ///< as the last `use` said; from any thread
  bool owes() const;                   ///< whether somebody waits for an answer
  void stop_accepting();
  void close_all();
  void release(); ///< lets go of all actors

private:
  front_parts common(waiting_list& calls);
  std::shared_ptr<http_front_parts> make_api(api::engine_view view);
  fhir_parts_ptr make_fhir();
  std::shared_ptr<const webhook_front_parts> make_webhooks();

  using inbound_webhooks = std::map<std::string, config::inbound_webhook>;

  parts with_;
  std::shared_ptr<const fhir_rules> rules_;          ///< read and swapped atomically
  std::shared_ptr<const inbound_webhooks> webhooks_; ///< likewise
  http::limiter limiter_{0};
  http::seen_keys seen_keys_;
  strangers unknown_; ///< by peer
  live_feeds live_;
  waiting_list visits_{std::chrono::seconds(5)}, slow_visits_{std::chrono::seconds(60)},
    fhir_calls_{std::chrono::seconds(60)};
  std::vector<std::function<void()>> late_; ///< answers that are held back a moment
  std::vector<actors::admin_worker> admin_workers_;
  actors::admin_worker patient_;
  fhir_parts_ptr fhir_;
  std::unique_ptr<net::http_server> server_;
};

} // namespace aorta::gateway

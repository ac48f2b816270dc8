#include "engine/gateway/delivering.hpp"

#include "engine/base/version.hpp"
#include "engine/gateway/couriers.hpp"
#include "engine/gateway/webhooks.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

namespace aorta::gateway {

namespace {

/// A stream of every event, each also published. No destination of a file can have this name.
config::destination all_events_of(const config::redis_server& server) {
  config::destination out;
  out.name = "redis:events";
  out.is = config::destination::kind::redis;
  out.to = "clinical_events";
  out.gives = config::destination::content::event;
  out.events = {"*"};
  out.server = server;
  out.publishes = true;
  out.partitions = 2; // what is critical of a patient has one of them
  out.timeout = std::chrono::seconds(5);
  using std::chrono::seconds;
  out.rules.retry = {seconds(1), seconds(2), seconds(5), seconds(10), seconds(30)}; // it is near, or soon
                                                                                    // back
  return out;
}

} // namespace

void delivering::bell::ring() {
  const std::lock_guard hold(lock);
  if (to) caf::anon_send(to, actors::flush{});
}

delivering::delivering(caf::actor_system& sys, ports::store& store, net::loop& on,
                       telemetry::metrics& metrics, const clock_source& clock, id_source& ids,
                       const std::shared_ptr<gesy_line>& gesy)
    : clock_(clock),
      ids_(ids),
      inbox_(std::make_shared<actors::dispatch_inbox>([bell = bell_] { bell->ring(); })),
      board_(std::make_shared<delivery_board>(metrics, clock)) {
  const auto id = ids.next(clock.now());
  actors::dispatch::parts parts;
  parts.open = [&store] { return store.deliveries(); };
  parts.courier_for = [&on, &clock, inbox = inbox_, gesy](const config::destination& how,
                                                          const ports::partition& of) {
    return make_courier(on, clock, how, of, inbox, gesy);
  };
  parts.tell = [board = board_](const actors::dispatch_event& what) { board->tell(what); };
  parts.counted = [board = board_](model::clinic_id clinic, const std::vector<ports::queue_state>& all) {
    board->count(clinic, all);
  };
  parts.webhook_as = [rules = events_](const ports::webhook& of) {
    return as_destination(of, *std::atomic_load(&rules->now));
  };
  parts.compose = [maker = std::make_shared<composer>(store), names = names_](const ports::partition& of,
                                                                              ports::parcel& what) {
    return maker->compose(what, of.clinic, *std::atomic_load(names.get()));
  };
  parts.webhooks_are = [board = board_](model::clinic_id clinic, const auto& all) {
    board->use_webhooks(clinic, all);
  };
  parts.owner = to_text(id);
  for (const auto byte : id.bytes) parts.seed = parts.seed * 31 + byte;
  bell_->to = actors::spawn_dispatcher(sys, std::move(parts), inbox_, &clock);
}

void delivering::use(const config::settings& settings, const fhir::identifier_systems& systems,
                     const std::map<std::string, model::clinic_id>& clinics) {
  auto plan = std::make_shared<actors::dispatch_plan>();
  plan->destinations = settings.destinations;
  if (settings.redis) {
    auto all = all_events_of(*settings.redis);
    plan->destinations.emplace(all.name, std::move(all));
  }
  for (const auto& [code, id] : clinics) plan->clinics.push_back(id);
  const exports::rules by{settings.fhir.base_url, systems, version, &clock_, &ids_};
  std::atomic_store(names_.get(), std::shared_ptr(std::make_shared<const exports::rules>(by)));
  board_->use(plan->destinations);
  std::atomic_store(&events_->now,
                    std::shared_ptr(std::make_shared<const config::event_settings>(settings.events)));
  const std::lock_guard hold(bell_->lock);
  if (bell_->to) caf::anon_send(bell_->to, actors::new_plan{std::move(plan)});
}

std::function<void(model::clinic_id, std::span<const ports::forward>)> delivering::forwarded() const {
  return [inbox = inbox_](model::clinic_id clinic, std::span<const ports::forward> all) {
    inbox->committed(clinic, all);
  };
}

void delivering::look() { inbox_->look(); }

void delivering::stop() {
  const std::lock_guard hold(bell_->lock);
  if (bell_->to) caf::anon_send(bell_->to, actors::drain{[ended = ended_] { *ended = true; }, nullptr});
}

void delivering::release() {
  const std::lock_guard hold(bell_->lock);
  if (bell_->to) caf::anon_send_exit(bell_->to, caf::exit_reason::user_shutdown);
  bell_->to = nullptr;
}

} // namespace aorta::gateway

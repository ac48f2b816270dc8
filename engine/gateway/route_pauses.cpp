#include "engine/gateway/route_pauses.hpp"

namespace aorta::gateway {
namespace {

status take(ports::message_log& from, routes::paused_routes& into) {
  const auto since = into.changes();
  const auto clinics = from.access().clinics();
  if (!clinics) return clinics.error();
  const auto paused = from.paused_routes(*clinics);
  if (!paused) return paused.error();
  routes::paused_routes::all now;
  for (const auto& each : *paused) now.emplace(each.clinic, each.route);
  into.take(std::move(now), since);
  return done{};
}

} // namespace

status route_pauses::read(ports::store& store) {
  auto admin = store.admin();
  if (!admin) return admin.error();
  return take(**admin, *all_);
}

void route_pauses::look(const actors::admin_worker& by) {
  if (looking_->exchange(true)) return;
  by.give([all = all_, looking = looking_](ports::message_log* admin) {
    if (admin != nullptr) (void)take(*admin, *all); // else what was known stays
    looking->store(false);
  });
}

} // namespace aorta::gateway

#include "engine/gateway/clinic_leases.hpp"

namespace aorta::gateway {

bool clinic_leases::hold(model::clinic_id clinic) {
  const auto now = steady::now();
  auto& mine = leases_[clinic];
  if (mine && now + length / 2 < mine->until) return true;
  if (!session_) {
    auto opened = store_.deliveries();
    if (!opened) return false;
    session_ = std::move(*opened);
  }
  if (mine) {
    ports::delivery_turn longer;
    longer.leases.push_back(mine->is);
    const auto written = session_->write(clinic, longer, owner_, length);
    if (!written) return false;
    if (written->held.at(0)) mine->until = now + length;
    else mine.reset();
  }
  if (mine) return true;
  const ports::partition wanted{clinic, name_, 0};
  const auto taken = session_->take(clinic, {&wanted, 1}, owner_, length);
  if (!taken || taken->empty()) return false;
  mine = held{taken->front(), now + length};
  return true;
}

} // namespace aorta::gateway

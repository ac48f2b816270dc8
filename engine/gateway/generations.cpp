#include "engine/gateway/generations.hpp"

#include <algorithm>

namespace aorta::gateway {

void generations::give_way(const std::shared_ptr<const routes::table>& old,
                           const std::function<std::shared_ptr<const routes::table>()>& next, poster post) {
  all_.push_back({old, std::nullopt});
  old->give_way(next, [this, post = std::move(post), of = std::weak_ptr(old)] {
    post([this, of] {
      for (auto& each : all_)
        if (each.it == of.lock()) each.done = std::chrono::steady_clock::now();
    });
  });
}

size_t generations::at_work() const {
  return size_t(std::count_if(all_.begin(), all_.end(), [](const auto& each) { return !each.done; }));
}

void generations::end_idle(time_point now) {
  std::erase_if(all_, [&](const auto& each) {
    if (!each.done || now - *each.done < late_arrivals) return false;
    each.it->retire();
    return true;
  });
}

void generations::end_all() {
  for (const auto& each : all_) each.it->retire();
  all_.clear();
}

} // namespace aorta::gateway

// Which routes persons have paused, as far as this node knows.
#pragma once

#include "engine/model/patient.hpp"

#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace aorta::routes {

/// Any thread.
class paused_routes {
public:
  using all = std::set<std::pair<model::clinic_id, std::string>>;

  bool contains(model::clinic_id clinic, const std::string& route) const {
    const std::lock_guard hold(lock_);
    return all_.contains({clinic, route});
  }
  void set(model::clinic_id clinic, const std::string& route, bool paused) {
    const std::lock_guard hold(lock_);
    ++changes_;
    if (paused) all_.emplace(clinic, route);
    else all_.erase({clinic, route});
  }

  /// What the store says, read after `changes` was asked for. Nothing is taken if one was made here since.
  uint64_t changes() const {
    const std::lock_guard hold(lock_);
    return changes_;
  }
  void take(all now, uint64_t since) {
    const std::lock_guard hold(lock_);
    if (since == changes_) all_ = std::move(now);
  }

private:
  mutable std::mutex lock_;
  all all_;
  uint64_t changes_ = 0;
};

} // namespace aorta::routes

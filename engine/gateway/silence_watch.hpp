// Listeners of which messages are expected: who falls silent, and who is back, is an event of the clinics
// whose routes take from it. One node tells it.
#pragma once

#include "actors/workers.hpp"
#include "engine/base/ids.hpp"
#include "engine/config/config.hpp"
#include "engine/model/patient.hpp"
#include "engine/ports/store.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace aorta::gateway {

struct silent_listener {
  std::string clinic, listener;
  timestamp since{}; ///< when that was told
  friend auto operator<=>(const silent_listener&, const silent_listener&) = default;
};

class silence_watch {
public:
  /// The store outlives this, and what an admin worker was asked for.
  silence_watch(ports::store& store, const std::string& owner);
  ~silence_watch();
  /// On the loop, with `look`.
  void use(const config::settings& settings, const std::map<std::string, model::clinic_id>& clinics);
  /// A whole message came. From any thread.
  void heard(const std::string& listener);
  /// For a timer: asks this worker, always the same, to look once more, unless it still does.
  void look(const actors::admin_worker& by);
  /// As of the last look. From any thread.
  std::vector<silent_listener> silent() const;

  static constexpr unsigned looks_ms = 1000;

private:
  class desk;
  std::shared_ptr<desk> desk_;
};

} // namespace aorta::gateway

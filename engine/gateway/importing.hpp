// Laboratories' files at work: taken from their folders and from the API, divided, and given to their route
// part by part.
#pragma once

#include "actors/connection.hpp"
#include "engine/api/imports.hpp"
#include "engine/config/config.hpp"
#include "engine/ports/store.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace aorta::gateway {

/// One node at a time for each import, under a lease in the store. Verdicts and how far it is are one commit;
/// what was filed after it and before a crash is given again, and is known by its key.
class importing {
public:
  struct parts {
    caf::actor_system* actors = nullptr;
    ports::store* store = nullptr;
    actors::route_finder find;
    const clock_source* clock = nullptr;
    id_source* ids = nullptr;
    std::function<bool(model::clinic_id, const std::string& route)> paused;
  };
  /// All that `from` points to outlives the actor system.
  explicit importing(parts from);

  void use(const config::settings& settings, const std::map<std::string, model::clinic_id>& clinics);
  void look(); ///< for a timer: nothing while the last look is still at work
  void stop();
  std::shared_ptr<const api::import_view> view() const;

  static constexpr unsigned looks_ms = 100;

private:
  class desk;
  std::shared_ptr<desk> desk_;
};

} // namespace aorta::gateway

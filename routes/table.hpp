// The routing table: which message takes which chain. Built from a checked configuration; swapped as a whole
// on reload.
#pragma once

#include "actors/connection.hpp"
#include "actors/context.hpp"
#include "engine/config/config.hpp"
#include "engine/config/vocabulary.hpp"
#include "routes/choose.hpp"
#include "routes/kinds.hpp"
#include "routes/paused.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace aorta::routes {

/// Stages, chains and accepted types that exist, for `config::load`.
config::vocabulary vocabulary();

/// What all routes share.
struct surroundings {
  const clock_source* clock = nullptr;
  id_source* ids = nullptr;
  ports::store* store = nullptr;
  telemetry::metrics* metrics = nullptr;
  actors::store_board* store_state = nullptr;
  std::map<std::string, model::clinic_id> clinics; ///< code -> id
  fhir::identifier_systems systems;
  actors::work_hook before_work;
  std::shared_ptr<paused_routes> paused; ///< by persons; null: none ever is
  std::function<void(model::clinic_id, std::span<const ports::forward>)> forwarded; ///< see `pipeline::route`
};

/// The running routes. Finding is safe from any thread.
class table {
public:
  struct entry {
    config::route how;
    std::shared_ptr<const actors::route_context> context;
    std::vector<const lab::profile*> profiles; ///< the context's
    std::shared_ptr<actors::route_board> board;
    actors::supervisor_actor supervisor;
  };

  /// Without routes: what is left when the engine ends.
  table() = default;
  /// Spawns every route of `settings` and one for refusals a clinic.
  table(caf::actor_system& sys, const config::settings& settings, const surroundings& around);

  /// See `actors::route_finder`. A listener that no route names any more is served by the first refusals.
  /// What comes by HTTP goes to the route of its clinic, or nowhere.
  actors::destination find(pipeline::envelope& mail) const;
  const std::vector<entry>& entries() const noexcept { return entries_; } ///< refusals last
  /// `done` is called once, from an actor's thread, when every route has answered and logged what it had.
  void drain(std::function<void()> done) const;
  /// The same for a successor: then the routes' threads and sessions end, and whoever asked `find` just
  /// before is passed on to what `next` finds.
  void give_way(const std::function<std::shared_ptr<const table>()>& next, std::function<void()> done) const;
  void retire() const; ///< ends now

private:
  void spawn(caf::actor_system& sys, const config::settings& settings, const surroundings& around,
             config::route how, const std::vector<pipeline::stage>& stages);
  void take(const actors::arrival& late, model::clinic_id clinic) const;
  std::vector<entry> entries_;
  std::vector<offer> offers_;              ///< of the first entries, in their order
  std::map<std::string, size_t> refusals_; ///< listener -> entry
};

/// The table in use; never null.
class current_table {
public:
  std::shared_ptr<const table> get() const { return std::atomic_load(&table_); }
  void set(std::shared_ptr<const table> next) { std::atomic_store(&table_, std::move(next)); }

private:
  std::shared_ptr<const table> table_ = std::make_shared<const table>();
};

} // namespace aorta::routes

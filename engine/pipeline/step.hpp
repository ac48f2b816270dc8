// The work of a stage: a small class that knows no actors, threads or sockets; the clock is handed in. The
// actors run it, and so does `run` on one thread.
#pragma once

#include "engine/config/destination.hpp"
#include "engine/config/route.hpp"
#include "engine/config/webhook.hpp"
#include "engine/fhir/map.hpp"
#include "engine/lab/profile.hpp"
#include "engine/pipeline/envelope.hpp"
#include "engine/ports/lane.hpp"

#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pipeline {

/// What the steps of one route are made with. Outlives them.
struct route {
  config::route how;
  model::clinic_id clinic = 0;
  std::vector<std::shared_ptr<const lab::profile>> profiles;
  std::vector<lab::critical_limit> clinic_limits;
  fhir::identifier_systems systems;
  std::string config_version;
  config::webhook_map json;                      ///< of the webhook that the route takes from; else empty
  std::vector<config::destination> destinations; ///< those of `how.send`
  /// These were committed: whoever sends them may look. Null: nobody does.
  std::function<void(std::span<const ports::forward>)> forwarded;
  const clock_source* clock = nullptr;
  id_source* ids = nullptr;
  bool explains = false; ///< a person looks on: what is done to the message is told with its texts
  bool stores = true;    ///< else the verdict is all that is wanted, as of original mode
  /// Something that whoever runs the engine should know; `reason` may be empty. Null: nobody listens.
  std::function<void(std::string_view event, const envelope&, std::string_view reason)> tell;
};

/// What a batch step works with.
class lane {
public:
  virtual ~lane() = default;
  virtual ports::lane& store() = 0; ///< opened when first used; the same until it is lost
  /// How the store settled messages: some were taken; one was refused that another would not have been.
  virtual void took() noexcept {}
  virtual void refused(const envelope&, const error&) {}
};

class step {
public:
  virtual ~step() = default;
  virtual void run(envelope& mail) = 0;
};

class batch_step {
public:
  virtual ~batch_step() = default;
  /// Works on all that has queued up. An error is always `store_unavailable`: the batch is kept and comes
  /// again, as far as it was changed.
  virtual status run(std::span<const envelope_ptr> batch, lane& with) = 0;
};

/// Does a piece of work on one envelope and turns what a pure function throws into its fault. What is thrown
/// may hold what was sent: it is not told.
template <class Work>
void guarded(envelope& mail, std::string_view stage, Work work) {
  try {
    work(mail);
  } catch (const std::exception&) {
    mail.fail({error_code::internal, "", std::string(stage) + " could not process this message"});
  }
}

} // namespace aorta::pipeline

// Group commit without a timer: what has queued up while the actor was busy is taken together (DESIGN: group
// commit).
#pragma once

#include "actors/stage.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <iterator>
#include <vector>

namespace aorta::actors {

/// The waiting envelopes of a batching actor. The first to come sends `flush` to its actor; whatever is
/// already in the mailbox stands in front of that flush and joins the same batch.
class batch_queue {
public:
  static constexpr size_t most = 256; ///< envelopes a batch: past that, larger batches gain nothing and
                                      ///< answers wait longer
  static constexpr size_t most_bytes = 16u << 20; ///< of their frames: what a batch maps to stands in memory
                                                  ///< together; one larger frame goes alone

  template <class Self>
  void add(Self* self, envelope_ptr mail) {
    waiting_.push_back(std::move(mail));
    schedule(self);
  }
  /// The batch to work on now; it stays in the queue until `done` says that it was passed on.
  std::vector<envelope_ptr> front() const {
    std::vector<envelope_ptr> out;
    size_t bytes = 0;
    for (const auto& mail : waiting_) {
      bytes += mail->bytes.size();
      if (out.size() == most || (bytes > most_bytes && !out.empty())) break;
      out.push_back(mail);
    }
    return out;
  }
  template <class Self>
  void done(Self* self, size_t count) {
    waiting_.erase(waiting_.begin(), std::next(waiting_.begin(), std::ptrdiff_t(count)));
    pause_ = first_pause;
    scheduled_ = false;
    if (!waiting_.empty()) schedule(self);
  }
  /// The store is away: the same batch again after a pause, longer each time.
  template <class Self>
  void later(Self* self) {
    self->delayed_send(self, pause_, flush{});
    pause_ = std::min(pause_ * 2, longest_pause);
  }

private:
  static constexpr std::chrono::milliseconds first_pause{50}, longest_pause{2000};

  template <class Self>
  void schedule(Self* self) {
    if (scheduled_) return;
    scheduled_ = true;
    self->send(self, flush{});
  }
  std::deque<envelope_ptr> waiting_;
  bool scheduled_ = false; ///< a flush is on its way
  std::chrono::milliseconds pause_ = first_pause;
};

/// MATCHER, PERSISTER and their like: any batch step as an actor with a thread and a session of its own.
stage_actor spawn_batching_stage(caf::actor_system& sys, route_context_ptr route, const pipeline::stage& what,
                                 onward next);

} // namespace aorta::actors

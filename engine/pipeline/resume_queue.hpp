// Which of a clinic's accepted messages are under way: side by side, but one after the other for one patient.
// Knows no store and no clock: whoever asks says what time it is.
#pragma once

#include "engine/ports/message_log.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>

namespace aorta::pipeline {

class resume_queue {
public:
  using steady = std::chrono::steady_clock;
  static constexpr size_t most = 256;     ///< in memory
  static constexpr int most_failures = 3; ///< of the engine over one message
  /// The first is doubled each time, as far as the longest: those of a route that is paused must not keep
  /// the places of others.
  static constexpr std::chrono::seconds pause{1}, longest_rest{16}, long_pause{30};

  bool has_room() const noexcept { return known_.size() < most; }
  /// Worth a look for more.
  bool is_low() const noexcept { return known_.size() < most / 2; }
  bool knows(const uuid& id) const noexcept { return known_.contains(id); }

  /// In the order of receipt. One over which the engine has failed runs alone, so that it takes no other
  /// along; one for `everybody` does too, when nobody rests. True: it is under way now. False: it was before,
  /// it waits behind another one of its patient, or that one rests; then it is to be offered again.
  bool add(const ports::accepted_message& one, steady::time_point now);
  /// The next one of its patient, which is under way now.
  std::optional<ports::accepted_message> done(const ports::accepted_message& one);
  /// It could not be done now: it and what waits behind it rest. How often the engine has failed over it.
  int put_off(const ports::accepted_message& one, steady::time_point now);

  /// How often in a row those of its patient have rested.
  int times_rested(const ports::accepted_message& one) const;
  void note_failure(const uuid& id) { ++failures_[id]; }
  /// It is filed as failed: its bytes are kept, and its sender and a person hear of it.
  bool failed_too_often(const uuid& id) const;
  /// Another node goes on: only what is under way stays.
  void forget_waiting();

private:
  /// One that names no patient keeps nobody's order.
  struct order {
    int64_t key = 0;
    uuid alone;
    friend auto operator<=>(const order&, const order&) = default;
  };
  struct rest {
    steady::time_point until;
    int times = 0; ///< in a row
  };
  bool rests(const order& key, steady::time_point now) const;
  bool may_begin(const ports::accepted_message& one, steady::time_point now);
  bool may_begin_alone();
  static order order_of(const ports::accepted_message& one) {
    return one.key != 0 ? order{one.key, {}} : order{0, one.id};
  }

  std::map<order, std::deque<ports::accepted_message>> lines_; ///< the first of each is under way
  std::set<uuid> known_;
  std::map<order, rest> resting_;
  std::map<uuid, int> failures_;
  bool alone_ = false;        ///< what is under way is to stay by itself
  bool alone_wanted_ = false; ///< and something waits for that
};

} // namespace aorta::pipeline

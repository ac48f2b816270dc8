// When a receiver has been away for so long that it is only asked whether it is back.
#pragma once

#include "engine/delivery/judge.hpp"

#include <algorithm>
#include <utility>

namespace aorta::delivery {

/// Of one partition's connection. Open: one item at a time is tried, at the pauses of the rules.
class circuit {
public:
  enum class turn : uint8_t { none, opened, closed };

  turn fault(timestamp now, const rules& by, chance& jitter) {
    ++faults_;
    next_ = now + pause_after(faults_, by, jitter);
    next_urgent_ = std::min<timestamp>(next_, now + urgent_pause);
    if (open_ || faults_ < by.faults_to_open) return turn::none;
    open_ = true;
    return turn::opened;
  }
  /// The receiver answered, whatever it said.
  turn answer() {
    faults_ = 0;
    hurry();
    return std::exchange(open_, false) ? turn::closed : turn::none;
  }
  /// A person says that it may be back: the next is tried at once.
  void hurry() noexcept { next_ = next_urgent_ = {}; }
  bool open() const noexcept { return open_; }
  uint32_t faults() const noexcept { return faults_; }
  /// Not before: after each fault of the connection all wait, since all would fail.
  timestamp next() const noexcept { return next_; }
  /// The same for what is urgent.
  timestamp next_urgent() const noexcept { return next_urgent_; }

private:
  uint32_t faults_ = 0;
  bool open_ = false;
  timestamp next_{}, next_urgent_{};
};

} // namespace aorta::delivery

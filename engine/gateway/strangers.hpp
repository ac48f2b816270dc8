// Who comes without a valid key, or with frames that are no messages: told once a minute and peer, with how
// often, so that nobody fills the disk.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace aorta::gateway {

/// What becomes of a request without a valid key: the first of its peer's minute has an audit row of its own,
/// the others are told as a number, and whoever comes very often is answered a moment later.
enum class reception : uint8_t { told, counted, held_back };
constexpr reception reception_of(uint64_t times) noexcept {
  constexpr uint64_t before_slower = 20;
  return times > before_slower ? reception::held_back : times > 1 ? reception::counted : reception::told;
}

/// Counts by peer. Any thread; `now` is handed in.
class strangers {
public:
  using time_point = std::chrono::steady_clock::time_point;
  static constexpr size_t most_peers = 10'000; ///< who comes beyond that is counted under one name

  /// How often this one has come within its minute, this time included.
  uint64_t count(const std::string& peer, time_point now) {
    const std::lock_guard hold(lock_);
    auto found = seen_.find(peer);
    if (found == seen_.end())
      found = seen_.try_emplace(seen_.size() < most_peers ? peer : "others", visits{0, now}).first;
    return ++found->second.times;
  }

  reception receive(const std::string& peer, time_point now) { return reception_of(count(peer, now)); }

  struct total {
    std::string peer;
    uint64_t times;
  };
  /// Those whose minute is over; they are forgotten.
  std::vector<total> over(time_point now) {
    const std::lock_guard hold(lock_);
    std::vector<total> out;
    std::erase_if(seen_, [&](const auto& each) {
      if (now - each.second.since < std::chrono::minutes(1)) return false;
      out.push_back({each.first, each.second.times});
      return true;
    });
    return out;
  }

private:
  struct visits {
    uint64_t times;
    time_point since;
  };
  std::mutex lock_;
  std::map<std::string, visits> seen_;
};

} // namespace aorta::gateway

// Who asks for what takes long: such clients share one worker of two that read, or that write, so that the
// others have theirs for themselves.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>

namespace aorta::gateway {

/// By the name of the key or client. Any thread.
class costly_callers {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// What one call of theirs took.
  void took(const std::string& who, std::chrono::nanoseconds time, time_point now) {
    if (time < costly) return;
    std::lock_guard hold(lock_);
    last_[who] = now;
  }
  /// Known to be costly before it was tried.
  void expect(const std::string& who, time_point now) { took(who, costly, now); }
  bool has(const std::string& who, time_point now) {
    std::lock_guard hold(lock_);
    forget(now);
    return last_.contains(who);
  }
  bool any(time_point now) {
    std::lock_guard hold(lock_);
    forget(now);
    return !last_.empty();
  }

private:
  static constexpr std::chrono::milliseconds costly{300};
  static constexpr std::chrono::seconds remembered{10};

  void forget(time_point now) {
    std::erase_if(last_, [&](const auto& each) { return now - each.second > remembered; });
  }

  std::mutex lock_;
  std::map<std::string, time_point> last_;
};

/// What one worker does with the calls that have come to it together, while somebody is known to be costly.
/// The first worker is theirs, and takes one of them at a time, so that who came to it before they were known
/// goes on at once; the others are everybody else's.
class worker_share {
public:
  explicit worker_share(bool first) : first_(first) {}
  /// False: the call goes to a worker of its own kind.
  bool keeps(bool costly) { return first_ ? costly && !std::exchange(one_, true) : !costly; }

private:
  bool first_, one_ = false;
};

} // namespace aorta::gateway

// How many calls a key may make: a bucket of tokens a key, filled evenly. Time is handed in, of a clock that
// nobody can set back.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace aorta::http {

/// What who has come too often is told, beside Retry-After.
inline constexpr const char* come_later =
  "this key has made too many requests; wait as long as Retry-After says";

/// Safe from any thread.
class limiter {
public:
  using time_point = std::chrono::steady_clock::time_point;

  /// `a_second` calls in the long run, and as many at once.
  explicit limiter(double a_second) : a_second_(a_second) {}
  void set(double a_second); ///< after a reload; 0: no limit

  /// Takes one call; nothing when it may be made, else the whole seconds (at least 1) after which one may be.
  std::optional<int> take(const std::string& key, time_point now);

private:
  struct bucket {
    double tokens = 0;
    time_point filled{};
  };
  std::mutex lock_;
  double a_second_;
  std::map<std::string, bucket> buckets_;
};

} // namespace aorta::http

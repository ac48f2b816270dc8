// How many calls a key may make: a bucket of tokens a key, filled evenly. Time is handed in.
#pragma once

#include "engine/base/clock.hpp"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace aorta::rest {

/// Safe from any thread.
class limiter {
public:
  /// `a_second` calls in the long run, and as many at once.
  explicit limiter(double a_second) : a_second_(a_second) {}
  void set(double a_second); ///< after a reload; 0: no limit

  /// Takes one call; nothing when it may be made, else the whole seconds (at least 1) after which one may be.
  std::optional<int> take(const std::string& key, timestamp now);

private:
  struct bucket {
    double tokens = 0;
    timestamp filled{};
  };
  std::mutex lock_;
  double a_second_;
  std::map<std::string, bucket> buckets_;
};

} // namespace aorta::rest

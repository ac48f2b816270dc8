#include "engine/http/limiter.hpp"

#include <algorithm>
#include <cmath>

namespace aorta::http {

void limiter::set(double a_second) {
  std::lock_guard hold(lock_);
  a_second_ = a_second;
  buckets_.clear();
}

std::optional<int> limiter::take(const std::string& key, time_point now) {
  std::lock_guard hold(lock_);
  if (a_second_ <= 0) return std::nullopt;
  const double most = std::max(1.0, a_second_);
  auto [at, fresh] = buckets_.try_emplace(key, bucket{most, now});
  auto& one = at->second;
  const double passed = std::chrono::duration<double>(now - one.filled).count();
  if (passed > 0) {
    one.tokens = std::min(most, one.tokens + passed * a_second_);
    one.filled = now;
  }
  if (one.tokens >= 1) {
    one.tokens -= 1;
    return std::nullopt;
  }
  return std::max(1, int(std::ceil((1 - one.tokens) / a_second_)));
}

} // namespace aorta::http

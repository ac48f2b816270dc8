// Work that blocks (a disk, a mounted folder), without holding the loop up.
#pragma once

#include "engine/net/loop/loop.hpp"

#include <functional>

namespace aorta::net {

/// On the loop's thread. Destroyed before the answer it is silent; what has begun then still holds up the end
/// of the loop, for as long as it takes.
class pool_work {
public:
  pool_work() = default;
  ~pool_work() { forget(); }
  pool_work(const pool_work&) = delete;

  /// `work` runs on a thread of libuv's pool and must not throw; then `then` is called here, never from
  /// within, and may destroy this object. One piece at a time: the one before is forgotten.
  void run(loop& on, std::function<void()> work, std::function<void()> then);
  void forget();

private:
  struct request;
  request* request_ = nullptr;
};

} // namespace aorta::net

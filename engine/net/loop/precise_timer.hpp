// A moment on the loop more exact than libuv's milliseconds.
#pragma once

#include "engine/net/loop/loop.hpp"

#include <chrono>
#include <functional>

struct uv_loop_s;

namespace aorta::net {

/// For a load whose messages are due every few hundred microseconds. On the loop's thread, and destroyed
/// there or while the loop does not run.
class precise_timer {
public:
  precise_timer(uv_loop_s* on, std::function<void()> passed); ///< throws when no descriptor is left
  ~precise_timer();
  precise_timer(const precise_timer&) = delete;
  void set(std::chrono::steady_clock::time_point when); ///< once, at once when it is over already

private:
  struct handle;
  handle* handle_;
};

} // namespace aorta::net

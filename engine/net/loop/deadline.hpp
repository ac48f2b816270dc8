// One point in time on the loop that may be moved or dropped.
#pragma once

#include "engine/net/loop/loop.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>
#include <uv.h>

namespace aorta::net {

/// On the loop's thread. `passed` may destroy this object. Silent once the loop ends.
class deadline {
public:
  deadline(uv_loop_t* on, std::function<void()> passed) : timer_(new timer(*this, on, std::move(passed))) {}
  ~deadline() {
    if (timer_) timer_->loop_ends();
  }
  deadline(const deadline&) = delete;

  void set(std::chrono::milliseconds from_now) {
    if (timer_) timer_->start(static_cast<uint64_t>(std::max<int64_t>(0, from_now.count())));
  }
  void clear() {
    if (timer_) uv_timer_stop(&timer_->handle);
  }

  bool loop_ended() const noexcept { return timer_ == nullptr; }

private:
  /// Lives until libuv has let go of its handle, so that its task may end everything else.
  struct timer final : handle_owner {
    timer(deadline& whose, uv_loop_t* on, std::function<void()> what) : owner(&whose), task(std::move(what)) {
      uv_timer_init(on, &handle);
      handle.data = static_cast<handle_owner*>(this);
    }
    void start(uint64_t milliseconds) {
      uv_timer_start(
        &handle, [](uv_timer_t* of) { from(of->data)->task(); }, milliseconds, 0);
    }
    void loop_ends() override {
      owner->timer_ = nullptr;
      uv_close(reinterpret_cast<uv_handle_t*>(&handle), [](uv_handle_t* of) { delete from(of->data); });
    }
    static timer* from(void* data) { return static_cast<timer*>(static_cast<handle_owner*>(data)); }

    deadline* owner;
    uv_timer_t handle;
    std::function<void()> task;
  };
  timer* timer_;
};

} // namespace aorta::net

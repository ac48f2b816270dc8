// A repeated task on the loop.
#pragma once

#include "engine/net/loop/loop.hpp"

#include <functional>
#include <utility>
#include <uv.h>

namespace aorta::net {

inline constexpr unsigned sweep_ms = 250; ///< how often a server looks after its connections

/// On the loop's thread or before it runs. Made with `new`; `end` or the loop's end deletes it, whichever
/// comes first.
class ticker final : public handle_owner {
public:
  ticker(uv_loop_t* on, unsigned milliseconds, std::function<void()> task) : task_(std::move(task)) {
    uv_timer_init(on, &timer_);
    timer_.data = static_cast<handle_owner*>(this);
    uv_timer_start(
      &timer_, [](uv_timer_t* of) { from(of->data)->task_(); }, milliseconds, milliseconds);
  }
  void end() {
    uv_close(reinterpret_cast<uv_handle_t*>(&timer_), [](uv_handle_t* of) { delete from(of->data); });
  }
  void loop_ends() override { end(); }

private:
  ~ticker() override = default;
  static ticker* from(void* data) { return static_cast<ticker*>(static_cast<handle_owner*>(data)); }

  uv_timer_t timer_;
  std::function<void()> task_;
};

} // namespace aorta::net

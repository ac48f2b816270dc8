#include "engine/net/loop/precise_timer.hpp"

#include <cstdint>
#include <new>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>
#include <uv.h>

namespace aorta::net {

struct precise_timer::handle final : handle_owner {
  handle(precise_timer& whose, uv_loop_t* on, std::function<void()> what)
      : owner(&whose),
        task(std::move(what)),
        descriptor(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
    if (descriptor < 0) throw std::bad_alloc();
    uv_poll_init(on, &poll, descriptor);
    poll.data = static_cast<handle_owner*>(this);
    uv_poll_start(&poll, UV_READABLE, [](uv_poll_t* of, int, int) { from(of->data)->rang(); });
  }
  void rang() {
    uint64_t ticks = 0;
    if (::read(descriptor, &ticks, sizeof ticks) > 0) task();
  }
  void loop_ends() override {
    owner->handle_ = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(&poll), [](uv_handle_t* of) { delete from(of->data); });
    ::close(descriptor);
  }
  static handle* from(void* data) { return static_cast<handle*>(static_cast<handle_owner*>(data)); }

  precise_timer* owner;
  std::function<void()> task;
  int descriptor;
  uv_poll_t poll;
};

precise_timer::precise_timer(uv_loop_s* on, std::function<void()> passed)
    : handle_(new handle(*this, on, std::move(passed))) {}

precise_timer::~precise_timer() {
  if (handle_) handle_->loop_ends();
}

void precise_timer::set(std::chrono::steady_clock::time_point when) {
  if (!handle_) return;
  const auto at = when.time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at);
  itimerspec due{};
  due.it_value.tv_sec = seconds.count();
  due.it_value.tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(at - seconds).count();
  timerfd_settime(handle_->descriptor, TFD_TIMER_ABSTIME, &due, nullptr);
}

} // namespace aorta::net

// The one thread that owns every socket (libuv). Everything else talks to it through `post`.
#pragma once

#include <functional>
#include <memory>

struct uv_loop_s;

namespace aorta::net {

class loop {
public:
  loop();
  ~loop();
  loop(const loop&) = delete;

  /// Runs `task` on the loop's thread, soon; from any thread. Wakes the loop only if nothing was waiting (STACK.md). Tasks posted after the
  /// loop ended are dropped.
  void post(std::function<void()> task);
  /// Runs until `stop`; the calling thread is the loop's thread.
  void run();
  void stop(); ///< from any thread
  /// On the loop's thread, every `milliseconds`, until the loop ends.
  void every(unsigned milliseconds, std::function<void()> task);
  /// SIGTERM, SIGINT, SIGHUP: on the loop's thread.
  void on_signal(int number, std::function<void()> task);
  uv_loop_s* raw() noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace aorta::net

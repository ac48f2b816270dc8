// The one thread that owns every socket (libuv). Everything else talks to it through `post`.
#pragma once

#include <functional>
#include <memory>

struct uv_loop_s;

namespace aorta::net {

/// Who holds a handle on the loop. `data` of every handle points to its owner (or to nothing), so that the
/// loop can end cleanly.
struct handle_owner {
  virtual ~handle_owner() = default;
  virtual void loop_ends() = 0; ///< close your handles now
};

/// The way into a loop, which may be kept longer than the loop.
class mailbox {
public:
  virtual ~mailbox() = default;
  virtual void post(std::function<void()> task) = 0; ///< from any thread; dropped once the loop has ended
  virtual bool here() const noexcept = 0;            ///< the loop runs, and on this thread
};

/// Tasks must not throw. SIGPIPE is ignored in a process that has a loop.
class loop {
public:
  loop();
  ~loop();
  loop(const loop&) = delete;

  /// Runs `task` on the loop's thread, soon; from any thread. Wakes the loop only if nothing was waiting.
  /// Tasks posted after the loop ended are dropped.
  void post(std::function<void()> task);
  /// Runs until `stop`; the calling thread is the loop's thread.
  void run();
  void stop(); ///< from any thread
  /// On the loop's thread, every `milliseconds`, until the loop ends.
  void every(unsigned milliseconds, std::function<void()> task);
  /// SIGTERM, SIGINT, SIGHUP: on the loop's thread.
  void on_signal(int number, std::function<void()> task);
  uv_loop_s* raw() noexcept;
  std::shared_ptr<mailbox> mail() const noexcept;
  /// Runs `task` on the loop's thread and waits for it: at once when the loop does not run, or runs here.
  void call(const std::function<void()>& task);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace aorta::net

// The end of the process: it comes in time, whatever stands still.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace aorta::gateway {

/// SIGHUP waits, from the first line of `main` until the engine can reload: by default it would end the
/// process.
void hold_hangups();
void take_hangups(); ///< those that waited come now

/// One end, from the first SIGTERM to the last thread.
class ending {
public:
  static constexpr std::chrono::milliseconds wind_up{1500}; ///< between the interruption and the end, at
                                                            ///< least
  static constexpr std::chrono::milliseconds interrupt_every{200};

  ending() = default;
  ~ending(); ///< everything has ended in order
  ending(const ending&) = delete;

  /// From now on a second SIGTERM or SIGINT ends the process at once, with exit code 1. When half of `grace`
  /// is over, or `hurry` was called, `interrupt` is called again and again from a thread of its own, until
  /// everything has ended. What still works at the end of `grace` is cut off: the process ends with exit code
  /// 0. Nothing that was acknowledged can be lost by that, since it was committed before.
  void begin(std::chrono::milliseconds grace, std::function<void()> interrupt);
  void hurry(); ///< any thread: what is still at work is not waited for

private:
  void watch(std::chrono::milliseconds longest);
  void break_off(std::chrono::milliseconds patience, const std::function<void()>& interrupt);

  std::mutex lock_;
  std::condition_variable changed_;
  bool hurried_ = false, done_ = false, over_ = false; ///< done: nothing is left to interrupt
  std::thread interrupter_, watcher_;
};

} // namespace aorta::gateway

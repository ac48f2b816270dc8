#include "engine/gateway/ending.hpp"

#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <csignal>
#include <unistd.h>
#include <utility>

namespace aorta::gateway {
namespace {

void change_hangups(int how) {
  sigset_t these;
  sigemptyset(&these);
  sigaddset(&these, SIGHUP);
  pthread_sigmask(how, &these, nullptr);
}

} // namespace

void hold_hangups() { change_hangups(SIG_BLOCK); }
void take_hangups() { change_hangups(SIG_UNBLOCK); }

void ending::begin(std::chrono::milliseconds grace, std::function<void()> interrupt) {
  // Not through the loop: it may stand still, or have ended.
  struct sigaction at_once {};
  at_once.sa_handler = [](int) { _exit(1); };
  for (const int number : {SIGTERM, SIGINT}) sigaction(number, &at_once, nullptr);
  const auto patience = grace / 2;
  interrupter_ = std::thread([this, patience, what = std::move(interrupt)] { break_off(patience, what); });
  watcher_ = std::thread([this, longest = std::max(grace, patience + wind_up)] { watch(longest); });
}

void ending::hurry() {
  {
    const std::lock_guard hold(lock_);
    hurried_ = true;
  }
  changed_.notify_all();
}

void ending::break_off(std::chrono::milliseconds patience, const std::function<void()>& interrupt) {
  std::unique_lock hold(lock_);
  changed_.wait_for(hold, patience, [this] { return hurried_ || done_; });
  if (done_) return;
  telemetry::log(telemetry::level::warn, "stop-interrupts",
                 {{"reason", "work is broken off that takes too long for limits.stop_seconds"}});
  do {
    hold.unlock();
    interrupt(); // it may stand still with the database, and the watcher must not
    hold.lock();
  } while (!changed_.wait_for(hold, interrupt_every, [this] { return done_; }));
}

void ending::watch(std::chrono::milliseconds longest) {
  std::unique_lock hold(lock_);
  if (changed_.wait_for(hold, longest, [this] { return over_; })) return;
  telemetry::log(telemetry::level::warn, "stopped", {{"cut_off", "yes"}});
  telemetry::flush_log();
  _exit(0);
}

ending::~ending() {
  const auto say = [this](bool& what) {
    {
      const std::lock_guard hold(lock_);
      what = true;
    }
    changed_.notify_all();
  };
  say(done_);
  if (interrupter_.joinable()) interrupter_.join(); // the watcher ends this too
  say(over_);
  if (watcher_.joinable()) watcher_.join();
}

} // namespace aorta::gateway

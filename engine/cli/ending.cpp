#include "engine/cli/ending.hpp"

#include "engine/telemetry/log.hpp"

#include <csignal>
#include <unistd.h>
#include <utility>

namespace aorta::cli {
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
  watcher_ = std::thread([this, grace, what = std::move(interrupt)] { watch(grace, what); });
}

void ending::watch(std::chrono::milliseconds grace, const std::function<void()>& interrupt) {
  std::unique_lock hold(lock_);
  const auto over = [this] { return over_; };
  if (changed_.wait_for(hold, grace, over)) return;
  telemetry::log(telemetry::level::warn, "stop-interrupts", {{"reason", "not everything ended within limits.stop_seconds"}});
  interrupt();
  if (changed_.wait_for(hold, wind_up, over)) return;
  telemetry::log(telemetry::level::warn, "stopped", {{"cut_off", "yes"}});
  telemetry::flush_log();
  _exit(0);
}

ending::~ending() {
  {
    const std::lock_guard hold(lock_);
    over_ = true;
  }
  changed_.notify_all();
  if (watcher_.joinable()) watcher_.join();
}

} // namespace aorta::cli

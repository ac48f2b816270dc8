#include "engine/telemetry/line_writer.hpp"

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <poll.h>
#include <string_view>
#include <thread>
#include <unistd.h>
#include <utility>

namespace aorta::telemetry {

namespace {

/// All of it, or nothing more of it: a descriptor that is closed takes no lines, and a log that cannot be
/// written must not end the process.
void write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(to, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) { // whoever started us may share it as one that does
                                                          // not block
      pollfd room{to, POLLOUT, 0};
      ::poll(&room, 1, -1);
    } else if (errno != EINTR) {
      return;
    }
  }
}

} // namespace

/// Shared with the thread, which may outlive the writer.
struct line_writer::state {
  std::mutex lock;
  std::condition_variable more, less;
  std::deque<std::string> lines;
  size_t bytes = 0, dropped = 0;
  size_t put = 0, done = 0; ///< lines ever taken in, and ever written
  bool ended = false;
  int descriptor = -1;
  std::function<void(size_t)> tell_dropped;

  void run() {
    std::unique_lock hold(lock);
    for (;;) {
      more.wait(hold, [&] { return ended || !lines.empty(); });
      if (lines.empty()) return;
      const auto batch = std::exchange(lines, {});
      bytes = 0;
      const size_t lost = std::exchange(dropped, 0);
      hold.unlock();
      if (lost > 0 && tell_dropped) tell_dropped(lost); // behind this batch, where they are missing
      for (const auto& line : batch) write_all(descriptor, line);
      hold.lock();
      done += batch.size();
      less.notify_all();
    }
  }
};

line_writer::line_writer(int descriptor, std::function<void(size_t)> tell_dropped)
    : state_(std::make_shared<state>()) {
  state_->descriptor = descriptor;
  state_->tell_dropped = std::move(tell_dropped);
  // Signals are for the threads that serve.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread([mine = state_] { mine->run(); }).detach();
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

line_writer::~line_writer() {
  const std::lock_guard hold(state_->lock);
  state_->ended = true;
  state_->more.notify_all();
}

void line_writer::put(std::string line) {
  const std::lock_guard hold(state_->lock);
  if (state_->bytes + line.size() > most_bytes) {
    ++state_->dropped;
    return;
  }
  state_->bytes += line.size();
  state_->lines.push_back(std::move(line));
  ++state_->put;
  state_->more.notify_one();
}

bool line_writer::flush(std::chrono::milliseconds most) {
  std::unique_lock hold(state_->lock);
  const size_t wanted = state_->put;
  return state_->less.wait_for(hold, most, [&] { return state_->done >= wanted; });
}

} // namespace aorta::telemetry

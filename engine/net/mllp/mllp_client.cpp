#include "engine/net/mllp/mllp_client.hpp"

#include "engine/net/mllp/send_link.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <limits>
#include <optional>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>
#include <utility>

namespace aorta::net {

namespace {

using steady = std::chrono::steady_clock;

constexpr unsigned most_failures = 3, most_opening = 256;
constexpr std::chrono::seconds connect_timeout{10};
constexpr uint64_t timer_mark = UINT64_MAX;

/// MSA-1 is AA or CA. The separator is whatever follows the segment's name.
bool accepts(std::string_view reply) {
  for (size_t at = 0; (at = reply.find("MSA", at)) != std::string_view::npos; ++at) {
    if (at > 0 && reply[at - 1] != '\r' && reply[at - 1] != '\n') continue;
    if (at + 6 > reply.size()) return false;
    const char separator = reply[at + 3];
    const auto code = reply.substr(at + 4, 2);
    const bool whole = at + 6 == reply.size() || reply[at + 6] == separator || reply[at + 6] == '\r' ||
      reply[at + 6] == '\n';
    return whole && (code == "AA" || code == "CA");
  }
  return false;
}

struct descriptor {
  int number;
  explicit descriptor(int of) : number(of) {}
  ~descriptor() {
    if (number >= 0) ::close(number);
  }
  descriptor(const descriptor&) = delete;
};

/// One connection and its message in flight.
struct lane {
  enum class phase : uint8_t { opening, idle, busy, dead };
  send_link link;
  phase is = phase::dead;
  uint32_t watched = 0;  ///< epoll events asked for
  unsigned failures = 0; ///< since the last answer
  uint64_t message = 0, turn = 0;
  steady::time_point due;
};

/// Something that must have happened by then, unless the lane has moved on to another turn.
struct deadline {
  steady::time_point until;
  size_t lane;
  uint64_t turn;
};

class sender {
public:
  explicit sender(const send_plan& plan)
      : plan_(plan),
        poll_(epoll_create1(EPOLL_CLOEXEC)),
        timer_(timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {}
  result<send_figures> run();

private:
  status prepare();
  bool connect_all();
  void open(size_t index);
  void ready(size_t index);
  void broken(size_t index);
  void settle(size_t index);
  void watch(size_t index);
  void turn_once();
  int next_timeout();
  void arm_timer();
  void event(size_t index, uint32_t what);
  void dispatch();
  void answered(size_t index, const std::string& reply);
  void expire(std::deque<deadline>& all, steady::time_point now, const char* reason);
  bool stale(const deadline& one) const { return lanes_[one.lane].turn != one.turn; }
  steady::time_point due_of(uint64_t n) const {
    return start_ +
      std::chrono::duration_cast<steady::duration>(
             std::chrono::duration<double>(static_cast<double>(n) / plan_.rate));
  }
  send_figures figures();

  const send_plan& plan_;
  descriptor poll_, timer_;
  std::optional<tls_context> tls_;
  std::vector<socket_address> addresses_;
  size_t address_ = 0; ///< the one that works
  std::deque<lane> lanes_;
  std::deque<size_t> idle_; ///< lanes that may take a message; stale unless the lane says so
  std::deque<deadline> opening_, unanswered_;
  size_t opening_count_ = 0, usable_ = 0, in_flight_ = 0;
  size_t reading_ = 0; ///< whose replies are being read
  bool started_ = false;
  uint64_t next_ = 0, turns_ = 0;
  steady::time_point start_;
  send_figures totals_;
  std::vector<float> latencies_; ///< milliseconds
  std::string last_reason_;
  hl7::mllp_decoder::events replies_;
  std::array<char, 64 * 1024> wire_, plain_;
  std::array<epoll_event, 512> events_;
};

status sender::prepare() {
  if (poll_.number < 0 || timer_.number < 0) return error{error_code::internal, "", std::strerror(errno)};
  auto found = resolve(plan_.host, plan_.port);
  if (!found) return found.error();
  addresses_ = std::move(*found);
  if (plan_.tls) {
    auto context = tls_context::for_client(plan_.tls_ca, plan_.tls_cert, plan_.tls_key);
    if (!context) return context.error();
    tls_ = *context;
  }
  allow_open_files(plan_.connections);
  epoll_event tick{};
  tick.events = EPOLLIN;
  tick.data.u64 = timer_mark;
  epoll_ctl(poll_.number, EPOLL_CTL_ADD, timer_.number, &tick);
  replies_.frame = [this](std::string&& reply) { answered(reading_, reply); };
  replies_.noise = [](size_t) {};
  replies_.broken = [](std::string&&) {};
  replies_.too_large = [](std::string&&, size_t) {};
  return done{};
}

/// The first connection finds the address that works; the others follow, some hundred at a time.
bool sender::connect_all() {
  const auto wanted = static_cast<size_t>(
    std::max<uint64_t>(1, std::min<uint64_t>(plan_.connections, plan_.count)));
  const auto add = [this] {
    lanes_.emplace_back();
    ++usable_;
    open(lanes_.size() - 1);
  };
  for (address_ = 0; address_ < addresses_.size(); ++address_) {
    add();
    while (opening_count_ > 0) turn_once();
    if (usable_ > 0) break;
    lanes_.clear();
    opening_.clear();
  }
  if (usable_ == 0) return false;
  while (lanes_.size() < wanted || opening_count_ > 0) {
    while (lanes_.size() < wanted && opening_count_ < most_opening) add();
    if (opening_count_ > 0) turn_once();
  }
  return usable_ > 0;
}

void sender::open(size_t index) {
  auto& one = lanes_[index];
  one.is = lane::phase::opening;
  one.watched = 0;
  one.turn = ++turns_;
  ++opening_count_;
  opening_.push_back({steady::now() + connect_timeout, index, one.turn});
  one.link.open(addresses_[address_], tls_ ? &*tls_ : nullptr, plan_.host);
  settle(index);
}

void sender::ready(size_t index) {
  auto& one = lanes_[index];
  if (one.is == lane::phase::opening) --opening_count_;
  one.is = lane::phase::idle;
  one.turn = ++turns_;
  idle_.push_back(index);
}

/// Its message, if any, stays unanswered: it may have been filed, so it is not sent again.
void sender::broken(size_t index) {
  auto& one = lanes_[index];
  last_reason_ = one.link.reason();
  one.link.close();
  if (one.is == lane::phase::opening) --opening_count_;
  if (one.is == lane::phase::busy) {
    ++totals_.unanswered;
    --in_flight_;
    if (plan_.given_up) plan_.given_up(one.message, last_reason_);
  }
  one.is = lane::phase::dead;
  one.turn = ++turns_;
  const bool needed = next_ < plan_.count;
  if (++one.failures < most_failures && needed) return open(index);
  --usable_;
}

/// Brings the lane, and what epoll watches, in line with the link's state.
void sender::settle(size_t index) {
  auto& one = lanes_[index];
  if (one.link.now() == send_link::state::broken) return broken(index);
  if (one.link.now() == send_link::state::ready && one.is == lane::phase::opening) ready(index);
  watch(index);
}

void sender::watch(size_t index) {
  auto& one = lanes_[index];
  const uint32_t wanted = EPOLLIN | (one.link.wants_to_write() ? static_cast<uint32_t>(EPOLLOUT) : 0u);
  if (wanted == one.watched) return;
  epoll_event change{};
  change.events = wanted;
  change.data.u64 = index;
  epoll_ctl(poll_.number, one.watched == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, one.link.socket(), &change);
  one.watched = wanted;
}

/// Milliseconds until the next deadline; -1 for none.
int sender::next_timeout() {
  auto soonest = steady::time_point::max();
  for (auto* all : {&opening_, &unanswered_}) {
    while (!all->empty() && stale(all->front())) all->pop_front();
    if (!all->empty()) soonest = std::min(soonest, all->front().until);
  }
  if (soonest == steady::time_point::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(soonest - steady::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, std::numeric_limits<int>::max()));
}

/// Wakes when the next message is due, more exactly than epoll's milliseconds.
void sender::arm_timer() {
  if (!started_ || plan_.rate <= 0 || next_ >= plan_.count || idle_.empty()) return;
  const auto at = due_of(next_).time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at);
  itimerspec when{};
  when.it_value.tv_sec = seconds.count();
  when.it_value.tv_nsec = std::chrono::duration_cast<std::chrono::nanoseconds>(at - seconds).count();
  timerfd_settime(timer_.number, TFD_TIMER_ABSTIME, &when, nullptr);
}

void sender::turn_once() {
  arm_timer();
  const int count = epoll_wait(poll_.number, events_.data(), static_cast<int>(events_.size()),
                               next_timeout());
  for (int i = 0; i < count; ++i) {
    const auto& one = events_[static_cast<size_t>(i)];
    if (one.data.u64 != timer_mark) {
      event(one.data.u64, one.events);
      continue;
    }
    uint64_t ticks = 0;
    if (read(timer_.number, &ticks, sizeof ticks) < 0) continue; // already taken: it only had to wake us
  }
  const auto now = steady::now();
  expire(opening_, now, "no connection in time");
  expire(unanswered_, now, "no answer in time");
}

void sender::event(size_t index, uint32_t what) {
  auto& link = lanes_[index].link;
  if (lanes_[index].is == lane::phase::dead) return;
  if (what & (EPOLLOUT | EPOLLERR)) link.writable();
  if (link.now() != send_link::state::broken && (what & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
    reading_ = index;
    link.readable(wire_, plain_, replies_);
  }
  settle(index);
}

void sender::answered(size_t index, const std::string& reply) {
  auto& one = lanes_[index];
  if (one.is != lane::phase::busy) return; // nothing was asked
  const std::chrono::duration<double, std::milli> took = steady::now() - one.due;
  latencies_.push_back(static_cast<float>(took.count()));
  ++(accepts(reply) ? totals_.accepted : totals_.refused);
  one.failures = 0;
  --in_flight_;
  ready(index);
  if (plan_.answered) plan_.answered(one.message, reply);
}

/// A late reply must not be taken for the next message's, so the connection goes.
void sender::expire(std::deque<deadline>& all, steady::time_point now, const char* reason) {
  while (!all.empty() && (stale(all.front()) || all.front().until <= now)) {
    const auto one = all.front();
    all.pop_front();
    if (stale(one)) continue;
    lanes_[one.lane].link.give_up(reason);
    broken(one.lane);
  }
}

void sender::dispatch() {
  while (!idle_.empty() && next_ < plan_.count) {
    const size_t index = idle_.front();
    auto& one = lanes_[index];
    if (one.is != lane::phase::idle) {
      idle_.pop_front();
      continue;
    }
    const auto now = steady::now();
    one.due = plan_.rate > 0 ? due_of(next_) : now;
    if (one.due > now) return;
    idle_.pop_front();
    one.is = lane::phase::busy;
    one.message = next_++;
    one.turn = ++turns_;
    ++in_flight_;
    ++totals_.sent;
    unanswered_.push_back({now + plan_.timeout, index, one.turn});
    one.link.send(plan_.message(one.message));
    settle(index);
  }
}

result<send_figures> sender::run() {
  if (auto prepared = prepare(); !prepared) return prepared.error();
  if (!connect_all())
    return error{error_code::invalid, "",
                 "cannot connect to " + endpoint_text(plan_.host, plan_.port) + ": " + last_reason_};
  start_ = steady::now();
  started_ = true;
  dispatch();
  while (in_flight_ > 0 || (next_ < plan_.count && usable_ > 0)) {
    turn_once();
    dispatch();
  }
  totals_.unanswered += plan_.count - next_;
  return figures();
}

send_figures sender::figures() {
  const std::chrono::duration<double> took = steady::now() - start_;
  totals_.seconds = took.count();
  if (latencies_.empty()) return totals_;
  totals_.per_second = static_cast<double>(latencies_.size()) / std::max(took.count(), 1e-9);
  std::sort(latencies_.begin(), latencies_.end());
  const auto at = [this](size_t percent) { // nearest rank
    return static_cast<double>(latencies_[(latencies_.size() * percent + 99) / 100 - 1]);
  };
  totals_.p50_ms = at(50);
  totals_.p90_ms = at(90);
  totals_.p99_ms = at(99);
  totals_.max_ms = static_cast<double>(latencies_.back());
  return totals_;
}

} // namespace

result<send_figures> send_all(const send_plan& plan) {
  const auto work = std::make_unique<sender>(plan); // its buffers are too large for a stack
  return work->run();
}

} // namespace aorta::net

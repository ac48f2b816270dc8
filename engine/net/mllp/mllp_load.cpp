#include "engine/net/mllp/mllp_load.hpp"

#include "engine/net/loop/precise_timer.hpp"
#include "engine/net/mllp/mllp_sender.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>
#include <vector>

namespace aorta::net {

namespace {

using steady = std::chrono::steady_clock;

constexpr unsigned most_failures = 3, most_opening = 256;
constexpr std::chrono::milliseconds when_none_is_asked{1000};

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

/// One connection and its message in flight.
struct lane {
  explicit lane(const std::shared_ptr<mllp_target>& to) : sender(to) {}
  mllp_sender sender;
  unsigned failures = 0; ///< since the last answer
  uint64_t message = 0;
  steady::time_point due;
};

class load {
public:
  explicit load(const send_plan& plan) : plan_(plan), due_(loop_.raw(), [this] { go_on(); }) {}
  result<send_figures> run();

private:
  void open_more();
  void open(lane& one);
  void connected(lane& one, const std::optional<ports::unanswered>& failed);
  void answered(lane& one, ports::mllp_link::outcome what);
  void failed(lane& one, const ports::unanswered& why);
  void go_on();
  void dispatch(lane& one);
  bool asks_for_none(uint64_t n) const { return plan_.asks_for_none && plan_.asks_for_none(n); }
  steady::time_point due_of(uint64_t n) const {
    return start_ +
      std::chrono::duration_cast<steady::duration>(
             std::chrono::duration<double>(static_cast<double>(n) / plan_.rate));
  }
  send_figures figures();

  const send_plan& plan_;
  loop loop_;
  precise_timer due_; ///< when the next message is due
  std::shared_ptr<mllp_target> target_;
  std::deque<lane> lanes_;
  std::deque<lane*> idle_;
  size_t wanted_ = 1, opening_ = 0, usable_ = 0, in_flight_ = 0;
  bool started_ = false;
  uint64_t next_ = 0;
  steady::time_point start_;
  send_figures totals_;
  std::vector<float> latencies_; ///< milliseconds
  ports::unanswered last_failure_;
};

result<send_figures> load::run() {
  auto target = mllp_target::make(loop_, {plan_.host, plan_.port, plan_.tls});
  if (!target) return target.error();
  target_ = *target;
  wanted_ = static_cast<size_t>(std::max<uint64_t>(1, std::min<uint64_t>(plan_.connections, plan_.count)));
  allow_open_files(wanted_);
  open_more();
  loop_.run();
  if (last_failure_.why == ports::no_answer::name_unknown && !started_)
    return error{error_code::invalid, "", last_failure_.text};
  if (!started_)
    return error{error_code::invalid, "",
                 "cannot connect to " + endpoint_text(plan_.host, plan_.port) + ": " + last_failure_.text};
  totals_.unanswered += plan_.count - next_;
  return figures();
}

/// The first connection finds out whether anybody is there; the others follow, some hundred at a time.
void load::open_more() {
  while (lanes_.size() < wanted_ && opening_ < (usable_ == 0 ? 1 : most_opening))
    open(lanes_.emplace_back(target_));
}

void load::open(lane& one) {
  ++opening_;
  one.sender.connect([this, &one](auto failure) { connected(one, failure); });
}

void load::connected(lane& one, const std::optional<ports::unanswered>& failure) {
  --opening_;
  if (failure) return failed(one, *failure);
  ++usable_;
  idle_.push_back(&one);
  go_on();
}

/// A lane that fails is opened again while there is something to send, but not for ever.
void load::failed(lane& one, const ports::unanswered& why) {
  last_failure_ = why;
  if (++one.failures < most_failures && next_ < plan_.count) open(one);
  go_on();
}

void load::answered(lane& one, ports::mllp_link::outcome what) {
  --in_flight_;
  if (const auto* failure = std::get_if<ports::unanswered>(&what)) {
    // It may have been filed, so it is not sent again.
    --usable_;
    ++totals_.unanswered;
    const bool left = failure->sent != ports::left::nothing;
    if (!left) --totals_.sent;
    if (left && failure->why == ports::no_answer::late && asks_for_none(one.message)) {
      ++totals_.not_asked;
      one.failures = 0;
    }
    if (plan_.given_up) plan_.given_up(one.message, failure->text);
    return failed(one, *failure);
  }
  const auto& reply = std::get<std::string>(what);
  const std::chrono::duration<double, std::milli> took = steady::now() - one.due;
  latencies_.push_back(static_cast<float>(took.count()));
  ++(accepts(reply) ? totals_.accepted : totals_.refused);
  one.failures = 0;
  if (plan_.answered) plan_.answered(one.message, reply);
  idle_.push_back(&one);
  go_on();
}

/// Opens, starts, sends what is due, or ends: whatever can be done now.
void load::go_on() {
  if (!started_) {
    if (usable_ > 0) open_more();
    if (opening_ > 0) return;
    if (usable_ == 0) return loop_.stop();
    started_ = true;
    start_ = steady::now();
  }
  while (!idle_.empty() && next_ < plan_.count) {
    auto& one = *idle_.front();
    const auto now = steady::now();
    one.due = plan_.rate > 0 ? due_of(next_) : now;
    if (one.due > now) return due_.set(one.due);
    idle_.pop_front();
    dispatch(one);
  }
  if (in_flight_ == 0 && (next_ >= plan_.count || usable_ + opening_ == 0)) loop_.stop();
}

void load::dispatch(lane& one) {
  one.message = next_++;
  ++in_flight_;
  ++totals_.sent;
  one.sender.send(plan_.message(one.message), asks_for_none(one.message) ? when_none_is_asked : plan_.timeout,
                  [this, &one](auto outcome) { answered(one, std::move(outcome)); });
}

send_figures load::figures() {
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

result<send_figures> send_all(const send_plan& plan) { return load(plan).run(); }

} // namespace aorta::net

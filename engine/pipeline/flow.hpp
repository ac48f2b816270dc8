// Who is under way in one route: credit, deadlines, what a stage's death takes along, the pauses before a new
// start. Knows no actors and no clock: whoever asks says what time it is.
#pragma once

#include "engine/pipeline/envelope.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace aorta::pipeline {

/// `From`: where an envelope goes back to. One thread at a time.
template <class From>
class flow {
public:
  struct flight {
    envelope_ptr mail;
    From from;
    bool held = false; ///< its origin was told to stop reading
  };
  struct limits {
    uint32_t in_flight = 0;                ///< envelopes with the stages
    std::chrono::milliseconds deadline{0}; ///< from `arrived` to the reply
    size_t bytes = 256u << 20;             ///< of frames with the stages; one larger frame still passes alone
  };

  explicit flow(limits how) : how_(how) {}

  /// True: it is with the stages now. False: it waits for credit, or for the stages to be there again, and is
  /// `held`.
  bool enter(flight one) {
    if (open_ ? waiting_.empty() && credit_for(*one.mail) : passes_closed(*one.mail)) {
      take_in(std::move(one));
      return true;
    }
    one.held = true;
    waiting_.push_back(std::move(one));
    return false;
  }

  /// The next one that need not wait any longer, as it waited; it is with the stages now.
  std::optional<flight> admit() {
    if (!open_ || waiting_.empty() || !credit_for(*waiting_.front().mail)) return std::nullopt;
    auto next = std::move(waiting_.front());
    waiting_.pop_front();
    take_in({next.mail, next.from, false});
    return next;
  }

  /// The stages are done with it. Nothing: it was answered by a restart already.
  std::optional<flight> leave(const envelope& mail) {
    const auto found = in_flight_.find(&mail);
    if (found == in_flight_.end()) return std::nullopt;
    auto one = std::move(found->second);
    bytes_ -= mail.bytes.size();
    in_flight_.erase(found);
    return one;
  }

  /// With the stages past their deadline and not answered yet. They stay: the store keeps them once it is
  /// back.
  std::vector<flight> late(steady::time_point now) const {
    std::vector<flight> out;
    for (const auto& [key, one] : in_flight_)
      if (!one.mail->answered && now - one.mail->arrived >= how_.deadline) out.push_back(one);
    return out;
  }

  /// How long the one that came first of those without an answer has been here; zero: there is none.
  steady::duration oldest_unanswered(steady::time_point now) const {
    steady::duration out{0};
    for (const auto& [key, one] : in_flight_)
      if (!one.mail->answered) out = std::max(out, now - one.mail->arrived);
    if (!waiting_.empty()) out = std::max(out, now - waiting_.front().mail->arrived);
    return out;
  }

  /// Waited past their deadline, and wait no more.
  std::vector<flight> expired(steady::time_point now) {
    std::vector<flight> out;
    while (open_ && !waiting_.empty() && now - waiting_.front().mail->arrived >= how_.deadline) {
      out.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return out;
  }

  void start(steady::time_point now) {
    up_ = true;
    started_ = now;
  }
  /// The stages end. What was with them is nobody's any more.
  std::vector<flight> stop() {
    up_ = false;
    std::vector<flight> out;
    for (auto& [key, one] : in_flight_) out.push_back(std::move(one));
    in_flight_.clear();
    bytes_ = 0;
    return out;
  }
  /// Closed, what enters waits, without a deadline, until it is opened; who waited then begins anew to wait.
  void open(bool to_all, steady::time_point now) {
    if (to_all && !open_)
      for (const auto& each : waiting_) each.mail->arrived = now;
    open_ = to_all;
  }
  bool open() const noexcept { return open_; }
  /// Those that wait, who will not enter here any more.
  std::deque<flight> give_up_waiting() { return std::exchange(waiting_, {}); }

  /// How long to wait before the next start: doubled each time, from the beginning again after a minute
  /// without a death.
  std::chrono::milliseconds pause_after_death(steady::time_point now) {
    const bool was_steady = now - started_ > steady_after;
    pause_ = was_steady || pause_.count() == 0 ? first_pause : std::min(pause_ * 2, longest_pause);
    return pause_;
  }

  bool up() const noexcept { return up_; }
  size_t with_stages() const noexcept { return in_flight_.size(); }
  size_t waiting() const noexcept { return waiting_.size(); }
  bool all_answered() const {
    return std::all_of(in_flight_.begin(), in_flight_.end(),
                       [](const auto& each) { return each.second.mail->answered.load(); });
  }

  static constexpr std::chrono::milliseconds first_pause{100}, longest_pause{10'000}, steady_after{60'000};

private:
  bool credit_for(const envelope& mail) const {
    return up_ && in_flight_.size() < how_.in_flight &&
      (in_flight_.empty() || bytes_ + mail.bytes.size() <= how_.bytes);
  }
  /// What persons run again, and what only needs its row in the log.
  bool passes_closed(const envelope& mail) const {
    const bool by_itself = mail.act && mail.act->is == ports::act::kind::serve;
    const bool again = mail.how == ports::filing::mode::again && !by_itself;
    return (again || mail.refusal) && credit_for(mail);
  }
  void take_in(flight one) {
    bytes_ += one.mail->bytes.size();
    const auto* key = one.mail.get();
    in_flight_.emplace(key, std::move(one));
  }

  limits how_;
  std::map<const envelope*, flight> in_flight_;
  std::deque<flight> waiting_;
  size_t bytes_ = 0;
  bool up_ = false, open_ = true;
  steady::time_point started_{};
  std::chrono::milliseconds pause_{0};
};

/// Frames that were answered and have no row in the log yet.
struct not_logged {
  std::deque<envelope_ptr> queue;
  envelope_ptr under_way; ///< with the stages
  size_t bytes = 0;       ///< of the queue

  bool add(envelope_ptr mail, size_t most) {
    if (bytes + mail->bytes.size() > most && bytes > 0) return false;
    bytes += mail->bytes.size();
    queue.push_back(std::move(mail));
    return true;
  }
  /// True when there is one to send now, in `under_way`. One at a time: what a stage dies of shall not take
  /// others with it.
  bool next() {
    if (under_way || queue.empty()) return false;
    under_way = std::move(queue.front());
    queue.pop_front();
    bytes -= under_way->bytes.size();
    return true;
  }
  bool is_under_way(const envelope_ptr& mail) const noexcept { return under_way && under_way == mail; }
  bool empty() const noexcept { return !under_way && queue.empty(); }
};

} // namespace aorta::pipeline

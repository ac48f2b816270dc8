// Group commit without a timer: what has queued up while the actor was busy is taken together (DESIGN: group commit).
#pragma once

#include "actors/stage.hpp"

#include <algorithm>
#include <chrono>
#include <deque>
#include <iterator>

namespace aorta::actors {

/// The waiting envelopes of a batching actor. The first to come sends `flush` to its actor; whatever is already in the mailbox stands in
/// front of that flush and joins the same batch.
class batch_queue {
public:
  static constexpr size_t most = 256; ///< envelopes a batch: past that, larger batches gain nothing and answers wait longer
  static constexpr size_t most_bytes = 16u << 20; ///< of their frames: what a batch maps to stands in memory together; one larger frame goes alone

  template <class Self>
  void add(Self* self, envelope_ptr mail) {
    waiting_.push_back(std::move(mail));
    schedule(self);
  }
  /// The batch to work on now; it stays in the queue until `done` says that it was passed on.
  std::vector<envelope_ptr> front() const {
    std::vector<envelope_ptr> out;
    size_t bytes = 0;
    for (const auto& mail : waiting_) {
      bytes += mail->bytes.size();
      if (out.size() == most || (bytes > most_bytes && !out.empty())) break;
      out.push_back(mail);
    }
    return out;
  }
  template <class Self>
  void done(Self* self, size_t count) {
    waiting_.erase(waiting_.begin(), std::next(waiting_.begin(), std::ptrdiff_t(count)));
    pause_ = first_pause;
    scheduled_ = false;
    if (!waiting_.empty()) schedule(self);
  }
  /// The store is away: the same batch again after a pause, longer each time.
  template <class Self>
  void later(Self* self) {
    self->delayed_send(self, pause_, flush{});
    pause_ = std::min(pause_ * 2, longest_pause);
  }

private:
  static constexpr std::chrono::milliseconds first_pause{50}, longest_pause{2000};

  template <class Self>
  void schedule(Self* self) {
    if (scheduled_) return;
    scheduled_ = true;
    self->send(self, flush{});
  }
  std::deque<envelope_ptr> waiting_;
  bool scheduled_ = false; ///< a flush is on its way
  std::chrono::milliseconds pause_ = first_pause;
};

/// The batching actor's own session: opened when first needed and after it was lost.
class lane_session {
public:
  explicit lane_session(route_context_ptr route) : route_(std::move(route)) {}
  ~lane_session();
  lane_session(const lane_session&) = delete;
  lane_session& operator=(const lane_session&) = delete;

  /// Calls `ask(session)`. A store that is away is told to the route's board and logged once.
  template <class Ask>
  auto with(Ask ask) -> decltype(ask(std::declval<ports::store_session&>())) {
    if (!session_) {
      auto opened = route_->store->session();
      if (!opened) return note(opened.error());
      session_ = std::move(*opened);
    }
    auto answer = ask(*session_);
    if (!answer) return note(answer.error());
    note_back();
    return answer;
  }

  /// Of the last failure: what the session was given may be the reason (see the port). False when no session could be opened.
  bool perhaps_batch() const noexcept { return session_ && session_->perhaps_batch(); }

  /// How the store settled each message. Several in a row that it refuses, whatever they are, mean that it refuses them all.
  void took() noexcept;
  void refused(const envelope& mail, const error& why);

private:
  static constexpr int most_refused = 3;
  error note(const error& why);
  void note_back();
  route_context_ptr route_;
  std::unique_ptr<ports::store_session> session_;
  int refused_ = 0;         ///< in a row, each another message
  size_t last_refused_ = 0; ///< hash of its bytes
  bool refusing_ = false;   ///< the board has been told
};

} // namespace aorta::actors

#include "engine/gateway/shadowing.hpp"

#include "engine/telemetry/log.hpp"

#include <condition_variable>
#include <deque>
#include <thread>

namespace aorta::gateway {
namespace {
constexpr std::chrono::milliseconds looks_at_the_clock{500};
constexpr size_t most_waiting = 2'000, most_waiting_bytes = 64u << 20, at_once = 64;
} // namespace

/// One run: its thread reads what is given to it until its time is over.
class shadowing::desk {
public:
  desk(const comparison::parts& with, config::settings before, config::settings after, api::shadow_view what)
      : with_(with),
        what_(std::move(what)),
        worker_([this, a = std::move(before), b = std::move(after)]() mutable {
          work(std::move(a), std::move(b));
        }) {}

  ~desk() {
    {
      const std::lock_guard hold(lock_);
      ended_ = true;
    }
    wake_.notify_all();
    worker_.join();
  }

  void give(const pipeline::envelope& mail) {
    {
      const std::lock_guard hold(lock_);
      if (what_.replays || ended_ || with_.clock->now() > what_.until) return;
      if (waiting_.size() >= most_waiting || bytes_ + mail.bytes.size() > most_waiting_bytes) {
        ++what_.left_out;
        return;
      }
    }
    ports::stored_message one;
    one.log.id = mail.id;
    one.log.listener = mail.listener;
    one.log.peer = mail.peer;
    one.log.received_at = mail.received_at;
    one.raw = mail.bytes;
    const std::lock_guard hold(lock_);
    if (ended_) return;
    bytes_ += one.raw.size();
    waiting_.push_back(std::move(one));
    wake_.notify_one();
  }

  api::shadow_view shown() const {
    const std::lock_guard hold(lock_);
    auto out = what_;
    out.ended = ended_;
    return out;
  }

private:
  std::vector<ports::stored_message> next() {
    std::unique_lock hold(lock_);
    while (!ended_ && waiting_.empty()) {
      if (with_.clock->now() > what_.until) ended_ = true;
      else wake_.wait_for(hold, looks_at_the_clock);
    }
    if (ended_) {
      waiting_.clear();
      bytes_ = 0;
    }
    std::vector<ports::stored_message> out;
    while (!ended_ && !waiting_.empty() && out.size() < at_once) {
      bytes_ -= waiting_.front().raw.size();
      out.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    return out;
  }

  void fail(const error& why) {
    const std::lock_guard hold(lock_);
    what_.fault = why.text;
    ended_ = true;
  }

  void work(config::settings before, config::settings after) {
    try {
      auto made = comparison::open(with_, std::move(before), std::move(after));
      if (!made) return fail(made.error());
      if (what_.replays) return read_log(**made);
      for (auto some = next(); !some.empty(); some = next()) {
        if (const auto good = (*made)->add(some); !good) return fail(good.error());
        tell(**made);
      }
    } catch (const std::exception&) { // what() may name anything
      telemetry::log(telemetry::level::error, "shadow-failed", {{"reason", "internal"}});
      fail({error_code::internal, "", "it could not go on"});
    }
  }

  void read_log(comparison& into) {
    const auto admin = with_.store->admin();
    if (!admin) return fail(admin.error());
    const auto clinics = (*admin)->access().clinics();
    if (!clinics) return fail(clinics.error());
    size_t before = 0; // of clinics that were read
    for (const auto& each : *clinics) {
      ports::affected_filter by;
      by.clinic = each.id;
      by.route = what_.replays->route;
      by.from = what_.replays->from;
      by.to = what_.replays->to;
      const auto count = compare_logged(**admin, by, into, [&](size_t of) {
        tell(into, before + of);
        return goes_on();
      });
      if (!count) return fail(count.error());
      before += *count;
    }
    tell(into, before);
    const std::lock_guard hold(lock_);
    ended_ = true;
  }

  bool goes_on() {
    const std::lock_guard hold(lock_);
    if (with_.clock->now() > what_.until) what_.fault = "its time is over: narrow what it is to read";
    return !ended_ && what_.fault.empty();
  }

  void tell(const comparison& of, size_t found = 0) {
    const std::lock_guard hold(lock_);
    what_.found = found;
    what_.read = of.read();
    what_.gone = of.gone();
    what_.differ = of.differ();
    what_.partly = of.partly();
    what_.differences.clear();
    for (const auto& [each, how] : of.differences())
      what_.differences.push_back(
        {each.what, each.where, each.before, each.after, each.rule, how.messages, how.examples});
  }

  comparison::parts with_;
  mutable std::mutex lock_;
  std::condition_variable wake_;
  std::deque<ports::stored_message> waiting_;
  size_t bytes_ = 0;
  bool ended_ = false;
  api::shadow_view what_;
  std::thread worker_; ///< last: it uses all of the above
};

void shadowing::begin(config::settings before, config::settings after, api::shadow_view what) {
  auto made = std::make_shared<desk>(with_, std::move(before), std::move(after), std::move(what));
  std::shared_ptr<desk> old;
  {
    const std::lock_guard hold(lock_);
    old = std::exchange(desk_, std::move(made));
    looks_ = true;
  }
}

void shadowing::stop() {
  looks_ = false;
  std::shared_ptr<desk> old; // ends behind the lock
  {
    const std::lock_guard hold(lock_);
    old = std::exchange(desk_, nullptr);
  }
}

std::optional<api::shadow_view> shadowing::now() const {
  const std::lock_guard hold(lock_);
  return desk_ ? std::optional(desk_->shown()) : std::nullopt;
}

void shadowing::saw(const pipeline::envelope& mail) {
  if (!looks_.load(std::memory_order_relaxed)) return;
  const std::lock_guard hold(lock_); // who ends it waits for its thread, and not for this one
  if (desk_) desk_->give(mail);
}

} // namespace aorta::gateway

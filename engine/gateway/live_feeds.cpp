#include "engine/gateway/live_feeds.hpp"

#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <vector>

namespace aorta::gateway {

using steady = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// A client that hears nothing cannot tell silence from a broken line.
constexpr auto sign_of_life = 15s;

/// `tell` happens on the admin worker's thread, all else on the loop's.
class live_feeds::desk : public std::enable_shared_from_this<desk> {
public:
  void use(const api::engine_view& view) {
    view_ = view;
    view_.wait_of = nullptr; // who looks on does not ask again by himself
    if (view.live == nullptr) return;
    auto live = *view.live;
    live.has_room = [](const std::string&) { return true; }; // they have theirs
    view_.live = std::make_shared<const api::live_view>(std::move(live));
  }

  void add(http::request asked, std::string told, net::http_feed to) {
    const std::lock_guard hold(lock_);
    if (!takes(asked.bearer)) return to.end();
    all_.push_back(
      std::make_shared<feed>(feed{std::move(asked), std::move(to), std::move(told), steady::now()}));
  }

  bool has_room(const std::string& bearer) const {
    const std::lock_guard hold(lock_);
    return takes(bearer);
  }

  void look(const actors::admin_worker& by, timestamp now) {
    {
      const std::lock_guard hold(lock_);
      std::erase_if(all_, [](const auto& each) { return !each->to.is_open(); });
      if (all_.empty() || steady::now() < not_before_) return;
    }
    if (busy_.exchange(true)) return;
    by.give([self = shared_from_this(), now](ports::message_log* admin) {
      const auto begin = steady::now();
      try {
        self->tell(admin, now);
      } catch (const std::exception&) {
        telemetry::log(telemetry::level::error, "live-failed", {{"reason", "internal"}});
      }
      {
        const std::lock_guard hold(self->lock_);
        self->not_before_ = begin + 10 * (steady::now() - begin);
      }
      self->busy_ = false;
    });
  }

private:
  struct feed {
    http::request asked;
    net::http_feed to;
    std::string told;
    steady::time_point at;
  };
  using feed_ptr = std::shared_ptr<feed>;

  bool takes(const std::string& bearer) const {
    const auto same = std::count_if(all_.begin(), all_.end(),
                                    [&](const auto& each) { return each->asked.bearer == bearer; });
    return all_.size() < most && size_t(same) < most_of_a_key;
  }

  /// Who asks the same by the same key is answered once.
  void tell(ports::message_log* admin, timestamp now) const {
    std::vector<feed_ptr> all;
    {
      const std::lock_guard hold(lock_);
      all = all_;
    }
    std::map<std::pair<std::string, std::map<std::string, std::string>>, api::outcome> answers;
    for (const auto& each : all) {
      const auto [answer, fresh] = answers.try_emplace({each->asked.bearer, each->asked.query});
      if (fresh) answer->second = api::handle(each->asked, admin, view_, now);
      tell(*each, answer->second);
    }
  }

  /// The event behind its first member, `at`.
  static std::string_view apart_from_time(std::string_view event) {
    return event.substr(std::min(event.find(','), event.size()));
  }

  static void tell(feed& to, const api::outcome& what) {
    if (!what.goes_on) return to.to.end();
    if (to.to.is_behind()) return; // it is told how things stand then
    const auto now = steady::now();
    if (apart_from_time(what.reply.body) != apart_from_time(to.told)) to.to.send(to.told = what.reply.body);
    else if (now - to.at >= sign_of_life) to.to.send(":\n\n");
    else return;
    to.at = now;
  }

  api::engine_view view_;
  mutable std::mutex lock_;
  std::vector<feed_ptr> all_;
  steady::time_point not_before_{};
  std::atomic<bool> busy_{false};
};

live_feeds::live_feeds() : desk_(std::make_shared<desk>()) {}
live_feeds::~live_feeds() = default;
void live_feeds::use(const api::engine_view& view) { desk_->use(view); }
void live_feeds::add(http::request asked, std::string told, net::http_feed to) {
  desk_->add(std::move(asked), std::move(told), std::move(to));
}
bool live_feeds::has_room(const std::string& bearer) const { return desk_->has_room(bearer); }
void live_feeds::look(const actors::admin_worker& by, timestamp now) { desk_->look(by, now); }

} // namespace aorta::gateway

#include "engine/gateway/adoption.hpp"

#include "engine/gateway/surroundings.hpp"
#include "engine/ports/publications.hpp"
#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <utility>

namespace aorta::gateway {
namespace {

constexpr std::chrono::seconds longest_adoption{4};

/// Of what a publication changes; all else is aorta.toml's.
bool is_published(const std::string& setting) {
  return config::is_read_beside(setting) || setting.starts_with("destination.");
}

} // namespace

/// Files and the store may take their time, so it is read at an admin worker.
void adoption::reload() {
  if (with_.is_ending()) return;
  if (std::exchange(at_work_, true)) {
    again_ = true;
    return;
  }
  with_.worker().give([this, now = with_.now(), around = with_.around()](ports::message_log*) mutable {
    const auto next = read_and_check(now, around);
    with_.loop->post([this, next, around] {
      with_.told(next ? take_over(*next, around) : status(next.error()));
      free_again();
    });
  });
}

result<adoption::next_ptr> adoption::read_and_check(const config::settings& now,
                                                    routes::surroundings& around) const {
  try {
    auto next = read_next(with_.load, now);
    if (next && *next)
      if (const auto good = ensure_clinics((*next)->settings, *with_.store, around); !good)
        return refuse_reload(good.error().text, now);
    return next;
  } catch (const std::exception&) { // what() may name anything
    return refuse_reload("the configuration could not be read", now);
  }
}

void adoption::free_again() {
  at_work_ = false;
  if (std::exchange(again_, false)) reload();
}

status adoption::take_over(const next_ptr& next, const routes::surroundings& around) {
  if (with_.is_ending()) return error{error_code::store_unavailable, "", "the engine is shutting down"};
  if (!next) return done{};
  if (const auto good = with_.may_use(); !good) return refuse_reload(good.error().text, with_.now());
  return with_.use(*next, around);
}

std::optional<adoption::begun> adoption::reserve() {
  const auto wait_for = std::make_shared<std::promise<std::optional<begun>>>();
  const auto given_up = std::make_shared<std::atomic<bool>>(false);
  auto has_begun = wait_for->get_future();
  with_.loop->post([this, wait_for, given_up] {
    if (with_.is_ending() || given_up->exchange(true) || std::exchange(at_work_, true))
      wait_for->set_value(std::nullopt);
    else wait_for->set_value(begun{with_.now(), with_.around()});
  });
  if (has_begun.wait_for(longest_adoption) != std::future_status::ready && !given_up->exchange(true))
    return std::nullopt;
  return has_begun.get();
}

status adoption::read_and_use(begun& from, const std::string& hash) {
  auto next = read_and_check(from.now, from.around);
  if (!next) return next.error();
  if (*next) {
    const auto& all = (*next)->differs.live;
    if (ports::hash_of(config::texts_of((*next)->settings)) != hash ||
        !std::all_of(all.begin(), all.end(), is_published))
      return refuse_reload(
        "other files have changed since the engine read them: have them taken over first (SIGHUP)", from.now);
  }
  const auto told = std::make_shared<std::promise<status>>();
  auto outcome = told->get_future();
  with_.loop->post([this, next, around = from.around, told] { told->set_value(take_over(*next, around)); });
  if (outcome.wait_for(longest_adoption) == std::future_status::ready) return outcome.get();
  return error{error_code::deadline, "", "whether the engine runs by it is not known yet"};
}

status adoption::adopt(const std::string& hash, const std::function<status()>& write,
                       const std::function<void()>& undo) {
  auto from = reserve();
  if (!from)
    return error{error_code::store_unavailable, "",
                 "the engine is busy with another configuration; try again"};
  status out = error{error_code::internal, "", "the configuration could not be written or read"};
  try {
    out = write();
    if (out) {
      out = read_and_use(*from, hash);
      if (!out && out.error().code != error_code::deadline) undo();
    }
  } catch (const std::exception&) { // what() may name anything
    telemetry::log(telemetry::level::error, "adoption-failed", {{"reason", "internal"}});
  }
  with_.loop->post([this] { free_again(); });
  return out;
}

} // namespace aorta::gateway

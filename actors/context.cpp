#include "actors/context.hpp"

namespace aorta::actors {

void route_board::set_last_error(const error& why, timestamp at) {
  std::string text(name(why.code));
  if (!why.where.empty()) text += " at " + why.where;
  const std::lock_guard hold_lock(lock_);
  text_ = text + ": " + why.text;
  at_ = to_iso(at);
}

std::pair<std::string, std::string> route_board::last_error() const {
  const std::lock_guard hold_lock(lock_);
  return {text_, at_};
}

void route_board::set_refusal(const error& why) {
  const std::lock_guard hold_lock(lock_);
  refusal_ = why.text;
}

std::string route_board::refusal() const {
  const std::lock_guard hold_lock(lock_);
  return refusal_;
}

bool store_board::set_away(const error& why) {
  const std::lock_guard hold_lock(lock_);
  why_ = why.text;
  return !away_.exchange(true);
}

std::string store_board::why() const {
  const std::lock_guard hold_lock(lock_);
  return why_;
}

} // namespace aorta::actors

#include "engine/pipeline/resume_queue.hpp"

#include "engine/ports/lane.hpp"

#include <algorithm>

namespace aorta::pipeline {

bool resume_queue::rests(const order& key, steady::time_point now) const {
  const auto at = resting_.find(key);
  return at != resting_.end() && now < at->second.until;
}

int resume_queue::times_rested(const ports::accepted_message& one) const {
  const auto at = resting_.find(order_of(one));
  return at == resting_.end() ? 0 : at->second.times;
}

bool resume_queue::may_begin_alone() {
  alone_wanted_ = !known_.empty();
  alone_ = known_.empty();
  return alone_;
}

/// Whoever rests may have come before one that is for everybody.
bool resume_queue::may_begin(const ports::accepted_message& one, steady::time_point now) {
  if (alone_) return false;
  if (failures_.contains(one.id)) return may_begin_alone();
  if (one.key == ports::everybody)
    return std::none_of(resting_.begin(), resting_.end(),
                        [&](const auto& each) { return now < each.second.until; }) &&
      may_begin_alone();
  if (alone_wanted_ && !known_.empty()) return false;
  alone_wanted_ = false;
  return true;
}

bool resume_queue::add(const ports::accepted_message& one, steady::time_point now) {
  if (!has_room() || known_.contains(one.id)) return false;
  const auto key = order_of(one);
  if (rests(key, now) || !may_begin(one, now)) return false;
  auto& line = lines_[key];
  line.push_back(one);
  known_.insert(one.id);
  return line.size() == 1;
}

std::optional<ports::accepted_message> resume_queue::done(const ports::accepted_message& one) {
  failures_.erase(one.id);
  known_.erase(one.id);
  resting_.erase(order_of(one));
  alone_ = false;
  const auto line = lines_.find(order_of(one));
  if (line == lines_.end() || line->second.empty() || line->second.front().id != one.id) return std::nullopt;
  line->second.pop_front();
  if (!line->second.empty()) return line->second.front();
  lines_.erase(line);
  return std::nullopt;
}

int resume_queue::put_off(const ports::accepted_message& one, steady::time_point now) {
  const auto key = order_of(one);
  alone_ = false;
  if (const auto line = lines_.find(key); line != lines_.end()) {
    for (const auto& each : line->second) known_.erase(each.id);
    lines_.erase(line);
  }
  const auto failed = failures_.find(one.id);
  const int times = failed == failures_.end() ? 0 : failed->second;
  auto& pauses = resting_[key];
  const auto longer = pause * (1 << std::min(pauses.times, 10));
  pauses.until = now + (times > most_failures ? long_pause : std::min(longer, longest_rest));
  ++pauses.times;
  return times;
}

bool resume_queue::failed_too_often(const uuid& id) const {
  const auto at = failures_.find(id);
  return at != failures_.end() && at->second >= most_failures;
}

void resume_queue::forget_waiting() {
  for (auto& [key, line] : lines_)
    while (line.size() > 1) {
      known_.erase(line.back().id);
      line.pop_back();
    }
}

} // namespace aorta::pipeline

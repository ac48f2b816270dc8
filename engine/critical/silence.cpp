#include "engine/critical/silence.hpp"

#include <algorithm>

namespace aorta::critical {
namespace {

using namespace std::chrono;

bool is_open(const expectation& of, timestamp at) {
  return is_open(of.hours, minute_of_week(of.time_zone, at));
}

/// From `from` to before `to`, minute by minute: hours change at whole minutes, and so do zones.
bool is_open_throughout(const expectation& of, timestamp from, timestamp to) {
  if (of.hours.empty()) return true;
  for (auto at = from; at < to; at += minutes(1))
    if (!is_open(of, at)) return false;
  return is_open(of, to);
}

} // namespace

silence_news look(const expectation& of, timestamp last, timestamp watched,
                  std::optional<timestamp> silent_since, timestamp now) {
  if (silent_since) return last > *silent_since ? silence_news::back : silence_news::none;
  if (now - std::max(last, watched) < of.within) return silence_news::none;
  return is_open_throughout(of, now - of.within, now) ? silence_news::silent : silence_news::none;
}

minutes longest_open(const expectation& of) {
  int best = 0, run = 0;
  for (int minute = 0; minute < 2 * a_week; ++minute) { // twice: a span may reach over Sunday's end
    run = is_open(of.hours, minute % a_week) ? run + 1 : 0;
    best = std::max(best, run);
  }
  return minutes(std::min(best, a_week));
}

} // namespace aorta::critical

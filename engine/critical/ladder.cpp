#include "engine/critical/ladder.hpp"

#include <algorithm>

namespace aorta::critical {
namespace {

using namespace std::chrono;

bool is_open(const rung& of, int minute) { return is_open(of.hours, minute); }

std::vector<const rung*> rungs_for(const rules& by, band how, bool matched) {
  std::vector<const rung*> out;
  for (const auto& each : by.rungs) {
    const bool of = each.of == whose::anybody || (each.of == whose::matched) == matched;
    if (of && (!each.only || *each.only == how)) out.push_back(&each);
  }
  return out;
}

/// After the last rung, or when there is none.
pause until_by_hand(const rules& by, const std::vector<const rung*>& mine) {
  return mine.empty() ? by.by_hand : std::max(pause(0), by.by_hand - mine.back()->after);
}

} // namespace

move climb(const standing& of, const rules& by, timestamp now) {
  using enum move::kind;
  if (!climbs(of.is)) return {};
  const auto mine = rungs_for(by, of.how, of.matched);
  if (!of.admitted) {
    if (of.known) return {fold};
    if (of.observed && of.detected - *of.observed > by.fresh) return {late};
    const auto first = mine.empty() ? by.by_hand : mine.front()->after;
    if (first > pause(0)) return {wait, nullptr, 0, now + first};
  } else if (!of.next_at || *of.next_at > now) {
    return {};
  }
  if (of.level >= mine.size()) return {unreachable, nullptr, of.level, std::nullopt};
  const auto* at = mine[of.level];
  const bool last = of.level + 1 == mine.size();
  const auto then = last ? until_by_hand(by, mine) : mine[of.level + 1]->after - at->after;
  return {is_open(*at, minute_of_week(by.time_zone, now)) ? notify : wait, at, of.level + 1, now + then};
}

std::vector<planned> plan(const rules& by, band how, bool matched, timestamp now) {
  std::vector<planned> out;
  const auto mine = rungs_for(by, how, matched);
  for (const auto* each : mine)
    out.push_back({now + each->after, each, is_open(*each, minute_of_week(by.time_zone, now + each->after))});
  const auto last = mine.empty() ? pause(0) : mine.back()->after;
  out.push_back({now + last + until_by_hand(by, mine), nullptr});
  return out;
}

std::string gap_of(const rules& by, band how, bool matched) {
  const auto mine = rungs_for(by, how, matched);
  if (mine.empty()) return "at any time";
  constexpr int step = 15;
  for (int minute = 0; minute < a_week; minute += step) {
    const bool reached = std::any_of(mine.begin(), mine.end(), [&](const rung* each) {
      return is_open(*each, (minute + int(floor<minutes>(each->after).count())) % a_week);
    });
    if (reached) continue;
    return name_of_minute(minute);
  }
  return {};
}

} // namespace aorta::critical

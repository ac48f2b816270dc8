#include "engine/delivery/judge.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace aorta::delivery {
namespace {

constexpr std::chrono::seconds longest_pause{86'400};

/// `Wed, 21 Oct 2015 07:28:00 GMT`
std::optional<timestamp> http_date(std::string_view text) {
  constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                    "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT")) return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), text.substr(8, 3));
  if (month == months.end()) return std::nullopt;
  const auto number = std::to_string(101 + (month - months.begin())).substr(1);
  timestamp out;
  const std::string iso = std::string(text.substr(12, 4)) + "-" + number + "-" +
    std::string(text.substr(5, 2)) + "T" + std::string(text.substr(17, 8)) + "Z";
  if (!from_iso(iso, out)) return std::nullopt;
  return out;
}

std::optional<std::chrono::seconds> asked_pause(std::string_view text, timestamp now) {
  int64_t seconds = 0;
  const auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (!text.empty() && bad == std::errc{} && end == text.data() + text.size())
    return std::chrono::seconds(std::clamp<int64_t>(seconds, 0, longest_pause.count()));
  if (const auto until = http_date(text))
    return std::clamp(std::chrono::ceil<std::chrono::seconds>(*until - now), std::chrono::seconds(0),
                      longest_pause);
  return std::nullopt;
}

void refuse(ruling& out, const rules& by) {
  switch (by.rejected) {
    case on_reject::skip: out.now = state::skipped; return;
    case on_reject::park: break;
    case on_reject::hold: out.holds = holding::key; break;
    case on_reject::hold_all: out.holds = holding::partition; break;
  }
  out.now = state::parked;
}

} // namespace

std::chrono::milliseconds pause_after(uint32_t attempt, const rules& by, chance& jitter,
                                      std::optional<std::chrono::seconds> asked) {
  std::chrono::milliseconds pause{0};
  if (!by.retry.empty()) pause = by.retry[std::min<size_t>(std::max(attempt, 1u) - 1, by.retry.size() - 1)];
  pause -= std::chrono::milliseconds(int64_t(jitter() % uint64_t(pause.count() / 5 + 1)));
  if (asked) pause = std::max<std::chrono::milliseconds>(pause, *asked);
  return std::min<std::chrono::milliseconds>(pause, longest_pause);
}

ruling judge(const item& of, const outcome& what, const rules& by, timestamp now, chance& jitter) {
  ruling out{state::waiting, holding::nobody, of.attempts, of.refusals, of.perhaps, of.next_at, what.code};
  using kind = outcome::kind;
  if (what.is == kind::untried) return out;
  ++out.attempts;
  const auto after = [&](uint32_t attempt, std::optional<std::chrono::seconds> asked = {}) {
    const auto pause = pause_after(attempt, by, jitter, asked);
    return now + (of.urgent ? std::min<std::chrono::milliseconds>(pause, urgent_pause) : pause);
  };
  switch (what.is) {
    case kind::untried: break;
    case kind::taken: out.now = state::sent; break;
    case kind::silent:
      out.perhaps = out.perhaps || what.perhaps;
      out.next_at = after(out.attempts, what.wait);
      break;
    case kind::later:
      // It was heard and answered: this copy of it is not under way any more.
      if (++out.refusals > by.attempts && !of.urgent) refuse(out, by);
      else out.next_at = after(out.refusals, what.wait);
      break;
    case kind::rejected: refuse(out, by); break;
    case kind::gone: out.now = state::parked; break;
  }
  return out;
}

outcome of_acknowledgement(std::string_view code) {
  outcome out;
  out.code = std::string(code);
  if (code == "AA" || code == "CA") out.is = outcome::kind::taken;
  else if (code == "AR" || code == "CR") out.is = outcome::kind::rejected;
  else if (code == "AE" || code == "CE") out.is = outcome::kind::later;
  else {
    out.is = outcome::kind::silent; // it says nothing of whether it was taken
    out.perhaps = true;
    out.code = "no-acknowledgement";
  }
  return out;
}

outcome of_status(unsigned status, std::string_view retry_after, timestamp now) {
  outcome out;
  out.code = std::to_string(status);
  if (status >= 200 && status < 300) out.is = outcome::kind::taken;
  else if (status == 410) out.is = outcome::kind::gone;
  else if (status == 408 || status == 429 || status < 400 || status >= 500) {
    // A redirect is not followed: whoever moved the receiver may yet move it back.
    out.is = outcome::kind::later;
    out.wait = asked_pause(retry_after, now);
  } else out.is = outcome::kind::rejected;
  return out;
}

} // namespace aorta::delivery

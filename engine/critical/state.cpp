#include "engine/critical/state.hpp"

#include <algorithm>
#include <array>

namespace aorta::critical {
namespace {

constexpr std::array<std::string_view, states> names{
  "open",   "notified", "delivered", "escalated",  "acknowledged", "read_back",
  "closed", "late",     "folded",    "superseded", "withdrawn",    "unreachable"};

} // namespace

std::string_view name(state of) noexcept { return names[size_t(of)]; }

std::optional<state> state_from(std::string_view text) noexcept {
  const auto at = std::find(names.begin(), names.end(), text);
  return at == names.end() ? std::nullopt : std::optional(state(at - names.begin()));
}

bool climbs(state of) noexcept {
  return of == state::open || of == state::notified || of == state::delivered || of == state::escalated;
}

bool has_ended(state of) noexcept {
  return of == state::closed || of == state::folded || of == state::superseded || of == state::withdrawn;
}

std::string_view name(band of) noexcept { return of == band::risk ? "risk" : "significant"; }

std::optional<band> band_from(std::string_view text) noexcept {
  if (text == "risk") return band::risk;
  return text == "significant" ? std::optional(band::significant) : std::nullopt;
}

std::string_view why_not(act what, state now) noexcept {
  if (now == state::folded) return "it tells the same as another alert, see `same_as`";
  if (has_ended(now)) return "it has ended";
  const bool taken = now == state::acknowledged || now == state::read_back;
  switch (what) {
    case act::acknowledge: return taken ? "somebody has acknowledged it already" : "";
    case act::read_back:
      return now == state::read_back ? "the value was read back already"
        : taken                      ? ""
                                     : "it must be acknowledged first";
    case act::hand_over: return taken ? "" : "it must be acknowledged first";
    case act::close: return taken || now == state::late ? "" : "it must be acknowledged first";
  }
  return "";
}

} // namespace aorta::critical

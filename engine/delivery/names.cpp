#include "engine/delivery/item.hpp"
#include "engine/delivery/rules.hpp"

#include <array>

namespace aorta::delivery {
namespace {

constexpr std::array<std::string_view, 5> states{"waiting", "inflight", "sent", "parked", "skipped"};
constexpr std::array<std::string_view, 4> rejections{"park", "skip", "hold", "hold-all"};
constexpr std::array<std::string_view, 3> orders{"patient", "all", "none"};

template <class T, size_t Size>
std::optional<T> from(const std::array<std::string_view, Size>& names, std::string_view text) noexcept {
  for (size_t i = 0; i < Size; ++i)
    if (names[i] == text) return T(i);
  return std::nullopt;
}

} // namespace

std::string_view name(state what) noexcept { return states[size_t(what)]; }
std::optional<state> state_from(std::string_view text) noexcept { return from<state>(states, text); }
std::string_view name(on_reject what) noexcept { return rejections[size_t(what)]; }
std::optional<on_reject> on_reject_from(std::string_view text) noexcept {
  return from<on_reject>(rejections, text);
}
std::string_view name(order_by what) noexcept { return orders[size_t(what)]; }
std::optional<order_by> order_by_from(std::string_view text) noexcept { return from<order_by>(orders, text); }

} // namespace aorta::delivery

#include "engine/ports/store.hpp"

#include <array>

namespace aorta::ports {
namespace {
constexpr std::array<std::string_view, 5> statuses{"received", "processed", "failed", "unmatched",
                                                   "duplicate"};
}

std::string_view name(message_status s) noexcept { return statuses[size_t(s)]; }

std::optional<message_status> message_status_from(std::string_view word) noexcept {
  for (size_t i = 0; i < statuses.size(); ++i)
    if (statuses[i] == word) return message_status(i);
  return std::nullopt;
}

} // namespace aorta::ports

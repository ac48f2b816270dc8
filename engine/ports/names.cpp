#include "engine/ports/jobs.hpp"
#include "engine/ports/message_record.hpp"
#include "engine/ports/outbound.hpp"

#include <array>

namespace aorta::ports {
namespace {
constexpr std::array<std::string_view, 5> statuses{"received", "processed", "failed", "unmatched",
                                                   "duplicate"};
constexpr std::array<std::string_view, 5> job_states{"running", "done", "failed", "cancelled", "expired"};
constexpr std::array<std::string_view, 9> silences{"settings",      "name-unknown", "address-refused",
                                                   "not-connected", "not-trusted",  "broken",
                                                   "late",          "too-large",    "unreadable"};
} // namespace

std::string_view name(no_answer why) noexcept { return silences[size_t(why)]; }

std::string_view name(job_state of) noexcept { return job_states[size_t(of)]; }

std::optional<job_state> job_state_from(std::string_view word) noexcept {
  for (size_t i = 0; i < job_states.size(); ++i)
    if (job_states[i] == word) return job_state(i);
  return std::nullopt;
}

std::string_view name(message_status s) noexcept { return statuses[size_t(s)]; }

std::optional<message_status> message_status_from(std::string_view word) noexcept {
  for (size_t i = 0; i < statuses.size(); ++i)
    if (statuses[i] == word) return message_status(i);
  return std::nullopt;
}

} // namespace aorta::ports

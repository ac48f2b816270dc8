// A listener from which nothing comes any more: when that is news, and when it is over. It knows no clock,
// store or socket.
#pragma once

#include "engine/critical/hours.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace aorta::critical {

/// At least one message within so long, in these hours.
struct expectation {
  std::chrono::milliseconds within{0};
  std::vector<open_hours> hours; ///< empty: always
  std::string time_zone = "Asia/Nicosia";
  friend bool operator==(const expectation&, const expectation&) = default;
};

enum class silence_news { none, silent, back };

/// `last`: the last message; `watched`: since when somebody looks: what came before that, nobody would have
/// noted. Silent is who sent nothing for all that time, if all of it was within the hours: a night is no
/// silence of a laboratory that is closed, and a morning begins anew.
silence_news look(const expectation& of, timestamp last, timestamp watched,
                  std::optional<timestamp> silent_since, timestamp now);

/// The longest span of the week within the hours, up to a week; to be held against `within`.
std::chrono::minutes longest_open(const expectation& of);

} // namespace aorta::critical

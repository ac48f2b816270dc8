// What an answer means for a delivery.
#pragma once

#include "engine/delivery/item.hpp"
#include "engine/delivery/rules.hpp"

#include <random>

namespace aorta::delivery {

/// Handed in, so that tests repeat.
using chance = std::minstd_rand;

/// Between two attempts with what is urgent, whatever the rules and the receiver say.
inline constexpr std::chrono::seconds urgent_pause{60};

/// The pause after the `attempt`-th attempt (from 1), with jitter; at least what the receiver asked for, at
/// most a day.
std::chrono::milliseconds pause_after(uint32_t attempt, const rules& by, chance& jitter,
                                      std::optional<std::chrono::seconds> asked = {});

ruling judge(const item& of, const outcome& what, const rules& by, timestamp now, chance& jitter);

/// HL7 v2.5.1 2.9: MSA-1 of an answer that speaks of our message.
outcome of_acknowledgement(std::string_view code);
/// RFC 9110 15, 10.2.3: `retry_after` as the header has it, seconds or a date; empty: not given.
outcome of_status(unsigned status, std::string_view retry_after, timestamp now);

} // namespace aorta::delivery

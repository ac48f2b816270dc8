// How many fields the standard's segments have, for what a configuration may name.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace aorta::hl7 {

/// The most fields that any version of HL7 v2 gives this segment (v2.1 to v2.9, their chapters' attribute
/// tables). 0: no version has it. A segment of a sender's own (Z..) may have any number: 65535.
uint16_t most_fields(std::string_view segment) noexcept;

/// All that are known, in order, for whoever looks for the name that was meant.
std::vector<std::string_view> known_segments();

} // namespace aorta::hl7

// Which lines of a message are segments, and what becomes of the others. No line of a sender vanishes behind
// a name that nobody reads.
#pragma once

#include "engine/hl7/message.hpp"

#include <string>
#include <string_view>

namespace aorta::hl7 {

/// Whether a line begins as a segment does: three capitals or digits, the first a capital, then the field
/// separator or the end of the line.
bool begins_as_segment(std::string_view line, char field_separator) noexcept;

/// Whether a line is MSH with delimiters as `parse` wants them, and goes on behind them.
bool begins_message(std::string_view line) noexcept;

/// A segment's name of HL7 v2.1 to v2.8 written in any case, in capitals; empty for any other name,
/// Z-segments too.
std::string_view standard_name(std::string_view name) noexcept;

/// After the scan: a line feed before a standard segment's name ends a line where only CR did; a line with
/// blanks before a standard name, or with that name in small letters, becomes that segment; ADD and every
/// other line go on in the last field of the segment before them, but for MSH; lines of blanks and control
/// characters are left out. `message::odd_lines` lists what was not a segment as it stood.
void settle_lines(std::string_view bytes, const delimiters& marks, bool line_feeds_are_content,
                  std::vector<segment_span>& segments, std::vector<uint32_t>& separators,
                  std::vector<odd_line>& odd);

/// A field that was broken over lines, in one piece: its line ends become line feeds; those before ADD, and
/// ADD itself, go.
std::string in_one_piece(std::string_view raw, const delimiters& marks);

} // namespace aorta::hl7

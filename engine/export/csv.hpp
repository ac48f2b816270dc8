// Laboratory results and vital signs as comma separated values (RFC 4180, UTF-8), one value a line.
#pragma once

#include "engine/export/chart.hpp"

#include <span>
#include <string>
#include <string_view>

namespace aorta::exports {

/// A cell. What a spreadsheet would take for a formula (a leading = + - @ tab, CR or LF, or one of the four
/// signs in their full width) gets an apostrophe in front, unless the whole of it is a negative number. In
/// quotes where RFC 4180 2.6 asks for them, and where blanks stand at an end.
std::string csv_cell(std::string_view text);
/// A line with its CRLF.
std::string csv_line(std::span<const std::string> cells);

struct csv_choice {
  bool laboratory = true, vital_signs = true;
  bool mark = false; ///< a byte-order mark in front, which some spreadsheets need to see UTF-8
};

/// The columns are those of `docs/exports.md`. The newest value first.
std::string csv_of(const chart& what, const csv_choice& how);

std::string_view name(flag of) noexcept; ///< "critical_low"; empty: none

} // namespace aorta::exports

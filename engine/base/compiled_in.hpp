// Our own tables of text that are part of the program (schema/codes, schema/names): lines, and comments that
// begin with '#'.
#pragma once

#include <algorithm>
#include <span>
#include <stdexcept>
#include <string_view>

namespace aorta {

/// As `embed` in CMakeLists.txt writes them; the text lives as long as the program.
struct compiled_in {
  std::string_view name, text;
};

/// Throws `std::logic_error` when there is none of this name: the build is broken.
inline std::string_view text_of(std::span<const compiled_in> files, std::string_view name) {
  for (const auto& each : files)
    if (each.name == name) return each.text;
  throw std::logic_error("a table is not compiled in");
}

/// Every line that says something, in order.
template <class Take>
void each_line(std::string_view text, Take take) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line[0] != '#') take(line);
  }
}

} // namespace aorta

// A complaint with its place, as `aorta check` prints it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace aorta {

struct diagnostic {
  enum class severity : uint8_t { error, warning };
  std::string file;    ///< as the user named it
  uint32_t line = 0;   ///< from 1; 0: the whole file
  uint32_t column = 0; ///< from 1
  uint32_t length = 1; ///< how many characters the caret underlines
  severity level = severity::error;
  std::string text;
  std::string hint;   ///< printed after the caret; may be empty
  std::string source; ///< the line itself, for the caret; may be empty
};

/// `file:line:column: error: text`, then the line with its caret and hint. Ends with a line feed.
std::string to_text(const diagnostic& what);

/// The candidate nearest to `word` (edit distance, at most half its length; a shared beginning counts as
/// near), or empty.
std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates);

} // namespace aorta

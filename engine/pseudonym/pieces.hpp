// A text taken apart into what is replaced by itself: words, runs of digits, and what stands between.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pseudonym {

struct piece {
  enum class kind : uint8_t { word, digits, other } is = kind::other;
  std::string text; ///< UTF-8
};
/// In order, nothing left out. An apostrophe or a quotation mark between two letters is part of their word
/// (O'Neill, Χ"Γεωργίου). Bytes that are no UTF-8 come back as U+FFFD.
std::vector<piece> pieces_of(std::string_view utf8);

enum class script : uint8_t { latin, greek, other };
script script_of(std::string_view word); ///< of most of its letters
size_t length(std::string_view utf8);    ///< characters

/// `text` in the case in which `like` is written: capitals, a capital and small letters, or small letters.
/// Greek capitals carry no accents.
std::string in_case_of(std::string_view like, std::string_view text);

} // namespace aorta::pseudonym

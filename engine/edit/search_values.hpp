// What a message is to be found by, at the places that a route declares.
#pragma once

#include "engine/hl7/message.hpp"
#include "engine/hl7/places.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aorta::edit {

/// `[[index]]` of a route.
struct search_path {
  std::string name; ///< of its keys
  hl7::places path;
};

struct search_value {
  std::string name, value; ///< as text, as it was sent
  friend auto operator<=>(const search_value&, const search_value&) = default;
};

inline constexpr size_t most_search_values = 64; ///< of a message

/// Each once: of all segments and repetitions where the place does not say which. `charset` as of `draft`.
/// What is no text of the charset is left out, and so are fields of more than 32 KiB and what comes past
/// `most_search_values`.
std::vector<search_value> search_values(const hl7::message& of, std::string_view charset,
                                        const std::vector<search_path>& paths);

} // namespace aorta::edit

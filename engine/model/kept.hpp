// What searches find resources by that no table tells: words and spans of search parameters.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace aorta::model {

/// A value of a search parameter in the form that searches ask for. Stores keep its keyed hash alone.
struct kept_word {
  std::string parameter, value;
  friend auto operator<=>(const kept_word&, const kept_word&) = default;
};

/// Around all values of a parameter in one resource, inclusive: microseconds since 1970, or numbers as
/// `fhir::sorting_number` has them. Without an end: the least or greatest integer.
struct kept_span {
  std::string parameter;
  int64_t low = std::numeric_limits<int64_t>::min(), high = std::numeric_limits<int64_t>::max();
  friend bool operator==(const kept_span&, const kept_span&) = default;
};

/// One condition: any of the words; or, without words, a span of `parameter` that touches [from, to].
struct kept_criterion {
  std::vector<kept_word> words;
  std::string parameter;
  std::optional<int64_t> from, to;
  friend bool operator==(const kept_criterion&, const kept_criterion&) = default;
};
/// The parameter of spans that says when a resource was written last.
inline constexpr const char* kept_time = "_lastUpdated";

} // namespace aorta::model

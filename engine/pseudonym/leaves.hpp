// The leaves of a field: what stands between its delimiters, one after the other.
#pragma once

#include "engine/hl7/delimiters.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace aorta::pseudonym {

/// Which leaf of a field, from 1.
struct leaf_place {
  uint16_t repetition = 1, component = 1, subcomponent = 1;
};

/// `take` for each piece between `mark`, from 1; what it returns, joined by `mark` again. 0 divides nothing.
template <class Take>
std::string each_between(std::string_view raw, char mark, Take take) {
  std::string out;
  for (uint16_t n = 1;; ++n) {
    const size_t end = mark == 0 ? std::string_view::npos : raw.find(mark);
    out += take(raw.substr(0, end), n);
    if (end == std::string_view::npos) return out;
    out += mark;
    raw.remove_prefix(end + 1);
  }
}

/// The field with what `take(leaf, place)` gives in place of each of its leaves; all raw.
template <class Take>
std::string each_leaf(std::string_view field, const hl7::delimiters& marks, Take take) {
  return each_between(field, marks.repetition, [&](std::string_view repetition, uint16_t r) {
    return each_between(repetition, marks.component, [&](std::string_view component, uint16_t c) {
      return each_between(component, marks.subcomponent, [&](std::string_view leaf, uint16_t s) {
        return std::string(take(leaf, leaf_place{r, c, s}));
      });
    });
  });
}

} // namespace aorta::pseudonym

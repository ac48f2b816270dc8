// What a primitive's text may be (FHIR R4 2.24), beyond the kind of its JSON value.
#pragma once

#include "engine/fhir/definitions.hpp"

#include <optional>
#include <string_view>

namespace aorta::fhir {

/// Why the text of a value is none of this primitive; null: it is one. Booleans and xhtml always are.
const char* malformed(primitive as, std::string_view text) noexcept;
bool fits(text_format as, std::string_view code) noexcept;

/// From its first to its last microsecond since 1970; a partial date spans its year or month. Without an
/// offset: as UTC.
struct time_span {
  int64_t first = 0, last = 0;
  bool has_offset = false;
};
std::optional<time_span> span_of(std::string_view datetime) noexcept;

/// Well-formed XHTML in one div of its namespace, of the elements that R4 allows, without scripts, with
/// something to read (txt-1, txt-2).
const char* malformed_narrative(std::string_view div) noexcept;

} // namespace aorta::fhir

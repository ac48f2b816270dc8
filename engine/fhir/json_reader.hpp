// JSON text into the nodes of a document.
#pragma once

#include "engine/fhir/document.hpp"

namespace aorta::fhir {

constexpr size_t json_padding = 64; ///< bytes that may be read past the text's end

/// `copy` holds the same bytes as `json` and then `json_padding` spaces. The nodes' names and texts lie in
/// it; it is changed where texts hold escapes, and must live as long as the document. The error is that of
/// `document::parse`.
result<node*> read_json(std::string_view json, char* copy, const json_limits& limits, document& into);

} // namespace aorta::fhir

// Binary as raw content.
#pragma once

#include "engine/fhir/document.hpp"
#include "engine/rest/rest.hpp"

namespace aorta::rest {

/// A read of Binary/{id} that asks for no FHIR: neither by `_format` nor by `Accept`.
bool is_raw_read(const request& what);
/// A body for Binary that is its content.
bool is_raw_body(const request& what, std::string_view type);
/// The Binary that a raw body is; `X-Security-Context` is its securityContext. Not validated yet.
fhir::document binary_of(const request& what, const std::string& id);
/// The content in place of the resource.
void answer_raw(reply& to, const fhir::node& binary);

} // namespace aorta::rest

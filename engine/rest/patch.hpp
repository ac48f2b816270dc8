// PATCH: parts of a resource that are changed (FHIR R4 3.1.0.6, and FHIRPath Patch).
#pragma once

#include "engine/base/result.hpp"
#include "engine/fhir/document.hpp"

#include <string_view>

namespace aorta::rest {

/// Why a patch is refused: `invalid` where it is none (400), `conflict` where the resource is not as it says
/// (422); `where` names the operation.
using patched = result<fhir::node*>;

/// `of` with the operations of a JSON Patch (RFC 6902) done one after the other; `of` itself stays. Lives in
/// `into`.
patched json_patched(fhir::document& into, const fhir::node& of, std::string_view patch);
/// The same of a Parameters resource with FHIRPath Patch's operations (R4 fhirpatch.html). Paths are element
/// names with `.` between, `[0]`, `.first()`, `.last()`, `.where(element = 'value')` and `.ofType(Type)`.
patched fhirpath_patched(fhir::document& into, const fhir::node& of, const fhir::node& parameters);

/// What a patch may make of a resource: as deep as one may come, and no larger than this by what it copies.
inline constexpr size_t most_depth = fhir::json_limits{}.max_depth, most_copied_bytes = 4u << 20;
/// Whether its levels are more than these; looks no deeper.
bool nested_deeper(const fhir::node& of, size_t levels) noexcept;

} // namespace aorta::rest

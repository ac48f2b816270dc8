// Checks a resource against R4's own definitions (schema/fhir, derived from HL7's StructureDefinitions and
// ValueSets).
#pragma once

#include "engine/fhir/issue.hpp"

#include <string_view>
#include <vector>

namespace aorta::fhir {

struct validation {
  size_t most_issues = 50; ///< then it stops looking
  std::string_view root;   ///< the path's first word; empty: the resource's type
};

/// Structure, cardinality, types, formats, required bindings, choice types, targets of references, and the
/// main invariants, also of contained resources and of the resources in a Bundle. Every fault with its
/// FHIRPath. Empty: valid.
std::vector<issue> validate(const node& resource, const validation& how = {});

bool is_resource_type(std::string_view name) noexcept; ///< one of R4's

/// Of an element of a type (`Patient`, `gender`): what `_summary` and `_elements` ask. False for what R4 does
/// not know.
bool is_summary(std::string_view type, std::string_view element) noexcept;
bool is_mandatory(std::string_view type, std::string_view element) noexcept; ///< min > 0, or a modifier

/// `Feb 30` is no date. Partial dates and times as R4's regular expressions take them.
bool is_date(std::string_view) noexcept;
bool is_datetime(std::string_view) noexcept; ///< also a date
bool is_instant(std::string_view) noexcept;
bool is_id(std::string_view) noexcept; ///< [A-Za-z0-9\-\.]{1,64}

} // namespace aorta::fhir

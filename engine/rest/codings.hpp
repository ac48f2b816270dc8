// What the files about critical values read of codes and units.
#pragma once

#include "engine/fhir/document.hpp"

#include <string_view>

namespace aorta::rest {

inline constexpr std::string_view loinc_system = "http://loinc.org";

/// Whether `ask` says so of one coding of a CodeableConcept, or of one of a list of them; it sees no more
/// after that.
template <class Ask>
bool any_coding(const fhir::node* concepts, Ask ask) {
  if (concepts == nullptr) return false;
  if (concepts->is_object()) {
    const auto* codings = concepts->get("coding");
    for (const auto* each = codings != nullptr ? codings->first : nullptr; each != nullptr; each = each->next)
      if (ask(*each)) return true;
    return false;
  }
  for (const auto* each = concepts->first; each != nullptr; each = each->next)
    if (any_coding(each, ask)) return true;
  return false;
}

/// UCUM where it is told or known, else as it was spelled.
std::string_view unit_of(const fhir::node& quantity);

} // namespace aorta::rest

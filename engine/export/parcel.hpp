// Bundles that leave the house: a collection of all of a patient's resources, and what documents share.
#pragma once

#include "engine/export/gather.hpp"

#include <string>
#include <string_view>

namespace aorta::exports {

/// Of one export.
struct parcel_label {
  uuid id;        ///< the document's own
  timestamp made; ///< when
};

/// A Bundle of this type with identifier and time (FHIR R4, Bundle: bdl-9, bdl-10). It lives in `into`.
fhir::node* begin_parcel(fhir::document& into, std::string_view type, const parcel_label& label);

/// The full URL of a resource under `base_url`; without one a name-based `urn:uuid:` (RFC 9562 5.5) that
/// holds within this document.
std::string full_url(const rules& by, const parcel_label& label, std::string_view type, std::string_view id);

/// As references name it: `Patient/7`.
std::string name_of(std::string_view type, std::string_view id);

/// Adds an entry.
void put(fhir::document& into, fhir::node& bundle, const std::string& url, fhir::node* resource);

/// Once all entries stand: references that name one of them lead to its full URL where entries have no
/// address, and stay relative where they have one. What is not in the bundle keeps its reference.
void lead_references(fhir::document& into, fhir::node& bundle, const rules& by, const parcel_label& label);

/// `Patient/{id}/$everything` as one Bundle of type collection (JSON).
std::string collection(gathered& what, const rules& by, const parcel_label& label);

} // namespace aorta::exports

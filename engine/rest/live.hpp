// One resource as it is now, out of a row and what FHIR keeps beside it.
#pragma once

#include "engine/rest/repository.hpp"

namespace aorta::rest {

/// The resource of `type` in a row, or in one part of it; nothing when the row has no such part. The entry
/// that belongs to it moves out of `entries`.
result<std::optional<standing>> stand(fhir::document& into, std::string_view type, model::record row,
                                      std::vector<ports::fhir_entry>& entries, std::string_view part,
                                      const fhir::beside& with, const surroundings& around);
/// The parts of a row that are resources of this type, and those that FHIR alone keeps of it
/// (fhir/withdraw.hpp).
std::vector<std::string> shown_parts(std::string_view type, const model::record& row,
                                     const std::vector<ports::fhir_entry>& entries);
/// One of two pressures whose row shows them as a panel too: the same measurement.
bool stands_in_panel(const standing& what);
/// A resource that has no row.
result<standing> stand(fhir::document& into, ports::fhir_entry entry);
/// What a version held; null for a deletion.
result<fhir::node*> stored_version(fhir::document& into, const ports::fhir_version& what);

/// A laboratory, which is told only by the results and orders that name it: `lab-BIO`.
std::optional<standing> stand_laboratory(fhir::document& into, const std::string& id,
                                         const model::record& told_by);

/// Gives a resource whose row others wrote or changed the time at which that was first seen (seen.cpp).
void date_as(fhir::document& into, standing& what, timestamp at); ///< a time that is known
void date(fhir::document& into, repository& in, standing& what, const std::optional<ports::seen_row>& seen);

bool visible(const grant& who, const standing& what) noexcept;
/// Of a Binary: whether its securityContext is of a type that may be read (R4 Binary). True of all else.
bool may_see_context(const grant& who, const fhir::node* resource) noexcept;
/// Types that belong to no patient and are seen because a patient's resources refer to them.
bool is_shared_type(std::string_view type) noexcept;

/// Sets id, meta.versionId and meta.lastUpdated; other members of meta stay.
void set_meta(fhir::document& into, fhir::node& resource, std::string_view id, std::string_view version_id,
              std::optional<timestamp> last_updated);

/// The 8 characters of a tag that a version id shows.
std::string short_tag(std::string_view tag);
bool is_number(std::string_view text) noexcept; ///< digits only, at most 18

} // namespace aorta::rest

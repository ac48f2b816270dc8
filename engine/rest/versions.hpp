// Versions of a resource, and what answers say of them.
#pragma once

#include "engine/rest/repository.hpp"

namespace aorta::rest {

reply not_found(); ///< the same whether there is none or it may not be seen
reply gone(const standing& what);
void add_validators(reply& to, std::string_view version_id, std::optional<timestamp> last_updated);

/// One state of a resource.
struct version {
  std::string type, id, version_id;
  std::optional<timestamp> last_updated;
  std::string method;             ///< POST, PUT, DELETE
  fhir::node* resource = nullptr; ///< null for DELETE
  std::optional<model::patient_id> patient;
};

/// Whether what stands now is no version that was stored: a row that others wrote or changed.
bool is_live_only(const standing& what) noexcept;
version live_version(const standing& what);
result<version> version_from(fhir::document& into, const ports::fhir_version& what);
/// What laboratories sent before, newest first; empty for all but lab results.
result<std::vector<version>> superseded(fhir::document& into, repository& in, const standing& now);

} // namespace aorta::rest

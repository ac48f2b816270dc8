// What this server does, in one table: requests are dispatched by it, and the CapabilityStatement tells it.
#pragma once

#include "engine/rest/repository.hpp"

#include <span>

namespace aorta::rest {

struct interaction {
  std::string_view method, path; ///< path: `{type}/{id}/_history`
  std::string_view code; ///< TypeRestfulInteraction or SystemRestfulInteraction; of an operation `$name`;
                         ///< empty: told by another row
  access needs = access::read;
  bool audit_too = false;     ///< also of AuditEvent, which is never written
  std::string_view only_type; ///< empty: of all
  reply (*answer)(repository& in, const request& what);
};
std::span<const interaction> interactions() noexcept;

bool is_served(std::string_view type) noexcept; ///< also AuditEvent
bool wants_json(const request& what);           ///< by `_format`, else Accept
bool applies(const interaction& what, std::string_view type) noexcept;

} // namespace aorta::rest

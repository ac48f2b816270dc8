// What this server does over FHIR, as rows of the table of endpoints: requests are dispatched by it, and the
// CapabilityStatement, the description for programs and the handbook are made of it.
#pragma once

#include "engine/http/endpoint.hpp"
#include "engine/rest/repository.hpp"

#include <span>
#include <string>
#include <vector>

namespace aorta::rest {

/// What a row's handler is given: a request that has passed the door.
struct visit {
  const request& what;
  const surroundings& around;
  repository* store; ///< null: the row is open
  reply out;

  repository& in() const { return *store; }
};

/// Who answers, and what that needs.
enum class work : uint8_t {
  open,   ///< at once: neither key nor store
  reads,  ///< in a transaction that several share
  writes, ///< in transactions of its own
  token,  ///< outside of any; the assertion tells who asks. `rest::token` answers
  route,  ///< it goes the way of messages, and its route answers
};

struct interaction : http::row<visit> { ///< `handle` is null where something else than this room answers
  std::string_view code = {}; ///< TypeRestfulInteraction or SystemRestfulInteraction; of an operation
                              ///< `$name`; empty: told by another row
  work by = work::reads;
  std::string_view like = {}; ///< what the audit calls it where `code` does not say so
};
std::span<const interaction> interactions();

/// What an access was, in the words of http://hl7.org/fhir/restful-interaction; empty where no row takes it.
/// `path`: its segments from `fhir` on.
std::string_view interaction_of(std::string_view method, std::span<const std::string> path);

/// The row of a path below /fhir/r4, told by its segments after that.
http::match<interaction> find_interaction(std::string_view method, const std::vector<std::string>& path);
/// The types of resources that a row is about; none: it is the system's.
std::vector<std::string_view> types_of(const interaction& what);
bool applies(const interaction& what, std::string_view type);

bool is_served(std::string_view type) noexcept; ///< also AuditEvent
bool wants_json(const request& what);           ///< by `_format`, else Accept

} // namespace aorta::rest

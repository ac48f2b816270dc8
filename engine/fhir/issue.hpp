// What is wrong with a resource or a request, as OperationOutcome says it (FHIR R4 OperationOutcome,
// IssueType).
#pragma once

#include "engine/fhir/document.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::fhir {

/// `code` is an IssueType: structure, required, value, invariant, code-invalid, not-found, duplicate,
/// conflict, not-supported, too-costly, security, forbidden, login, throttled, processing, informational.
/// `path` is FHIRPath (`Bundle.entry[3].resource.name[0]`) or empty. `text` never holds a patient's data.
struct issue {
  enum class severity : uint8_t { fatal, error, warning, information } level = severity::error;
  std::string code, path, text;
};

std::string_view name(issue::severity) noexcept;
bool has_error(std::span<const issue> all) noexcept;
node* outcome(document& into, std::span<const issue> all); ///< an OperationOutcome; without issues it says
                                                           ///< that all is well
std::string outcome_json(std::span<const issue> all);

} // namespace aorta::fhir

#include "engine/records/refusal.hpp"

namespace aorta::records {
namespace {

cause cause_of(error_code code) noexcept {
  switch (code) {
    case error_code::undone: return cause::undone;
    case error_code::store_unavailable:
    case error_code::deadline:
    case error_code::paused: return cause::store_away;
    case error_code::conflict: return cause::conflict;
    case error_code::unknown_key: return cause::unknown;
    case error_code::invalid: return cause::malformed;
    case error_code::internal: return cause::fault;
    default: return cause::against_rules;
  }
}

/// HL7's IssueType.
std::string_view issue_code(error_code code) noexcept {
  switch (code) {
    case error_code::undone:
    case error_code::store_unavailable:
    case error_code::paused: return "transient";
    case error_code::deadline: return "timeout";
    case error_code::conflict: return "conflict";
    case error_code::unknown_key: return "not-found";
    case error_code::invalid: return "invalid";
    case error_code::internal: return "exception";
    default: return "processing";
  }
}

} // namespace

refusal::refusal(cause for_what, std::string_view code, std::string_view text, std::string path)
    : why(for_what),
      issues{{fhir::issue::severity::error, std::string(code), std::move(path), std::string(text)}} {}

refusal::refusal(const error& of)
    : refusal(cause_of(of.code), issue_code(of.code), of.text,
              cause_of(of.code) >= cause::fault ? std::string() : of.where) {}

} // namespace aorta::records

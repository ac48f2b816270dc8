// Refusals as OperationOutcomes.
#include "engine/rest/rest.hpp"

namespace aorta::rest {
namespace {

int status_of(records::cause why) noexcept {
  using records::cause;
  switch (why) {
    case cause::malformed: return 400;
    case cause::forbidden: return 403;
    case cause::unknown: return 404;
    case cause::not_done_here: return 405;
    case cause::conflict: return 409;
    case cause::precondition: return 412;
    case cause::against_rules: return 422;
    case cause::fault: return 500;
    case cause::store_away:
    case cause::undone: return 503;
  }
  return 500;
}

} // namespace

reply refusal(int status, std::span<const fhir::issue> issues) {
  reply out;
  out.status = status;
  out.body = fhir::outcome_json(issues);
  out.issues.assign(issues.begin(), issues.end());
  return out;
}

reply refusal(int status, std::string_view issue_code, std::string_view text, std::string_view path) {
  const fhir::issue one{fhir::issue::severity::error, std::string(issue_code), std::string(path),
                        std::string(text)};
  return refusal(status, {&one, 1});
}

reply refusal(const records::refusal& why) {
  auto out = refusal(status_of(why.why), why.issues);
  out.undone = why.why == records::cause::undone;
  return out;
}

} // namespace aorta::rest

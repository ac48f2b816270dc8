// What a scope allows (SMART App Launch 2.0, "Scopes for requesting FHIR resources", versions 1 and 2), and
// refusals.
#include "engine/rest/rest.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

bool permits(std::string_view what, access how) {
  if (what == "*") return true;
  if (what == "read") return how == access::read;
  if (what == "write") return how == access::write;
  // Version 2: letters of create, read, update, delete, search, in this order. Half of a kind of access is
  // none here.
  const auto all = [&](std::string_view letters) {
    return std::all_of(letters.begin(), letters.end(), [&](char c) { return what.find(c) != what.npos; });
  };
  if (what.find_first_not_of("cruds") != what.npos) return false;
  return how == access::read ? all("rs") : all("cud");
}

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

bool grant::may(access how, std::string_view type) const noexcept {
  for (const std::string_view scope : scopes) {
    if (scope == "admin" && !patient) return true;
    if (scope == (how == access::read ? "read" : "write")) return true;
    const auto slash = scope.find('/'), dot = scope.rfind('.');
    if (slash == scope.npos || dot == scope.npos || dot < slash) continue;
    const auto whose = scope.substr(0, slash), of = scope.substr(slash + 1, dot - slash - 1);
    if (whose != "system" && !(whose == "patient" && patient)) continue;
    if ((of == "*" || of == type) && permits(scope.substr(dot + 1), how)) return true;
  }
  return false;
}

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

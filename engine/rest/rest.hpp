// FHIR's REST interactions as functions over ports: no sockets, no actors (FHIR R4 3.1.0).
#pragma once

#include "engine/fhir/issue.hpp"
#include "engine/fhir/map.hpp"
#include "engine/http/scopes.hpp"
#include "engine/lab/profile.hpp"
#include "engine/ports/records.hpp"
#include "engine/records/refusal.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::rest {

using http::access;

/// What a caller may do in one clinic. What it may not see does not exist for it.
struct grant {
  std::string actor; ///< name of the key or client, for the audit
  model::clinic_id clinic = 0;
  http::scopes scopes;
  std::optional<model::patient_id> patient; ///< bound to this patient: `patient/` scopes, or a key made for
                                            ///< one

  /// `admin` may everything; `read` and `write` any type; `system/TYPE.read|write|*` (also each of v2's
  /// letters `cruds`); `patient/...` only with `patient` set, and then only what belongs to that patient.
  bool may(access how, std::string_view type) const noexcept {
    return scopes.may(how, type, patient.has_value());
  }
};

struct request {
  std::string method;
  std::vector<std::string> path; ///< decoded segments after /fhir/r4: {"Patient", "7", "_history"}
  std::vector<std::pair<std::string, std::string>> query; ///< decoded, in order, repeats kept
  std::map<std::string, std::string> headers; ///< names lower case; those that FHIR asks: if-match, prefer,
                                              ///< content-type, ...
  std::string body;                           ///< decompressed
};

struct reply {
  int status = 200;
  std::string body;                ///< not compressed
  std::vector<fhir::issue> issues; ///< why it was refused: what rooms inside look at; the body tells clients
                                   ///< the same
  std::string content_type = "application/fhir+json; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers; ///< ETag, Last-Modified, Location, Allow, ...
  std::optional<model::patient_id> about; ///< for the audit: the one patient whose data this shows or changes
  std::string searched; ///< for the audit: criteria that the body held (of a form, of entries), as they were
                        ///< sent
  bool undone = false; ///< the database took it back to end a deadlock: the same request may be handled again
};

/// What the clinic's configuration says, and what is handed in.
struct surroundings {
  std::string base; ///< "https://host/fhir/r4": for full URLs and links; references that begin with it are
                    ///< our own
  std::string token_url; ///< where clients get tokens; empty: nowhere
  std::string version;
  fhir::identifier_systems systems;
  const clock_source* clock = nullptr;
  id_source* ids = nullptr;
  int default_count = 50, most_count = 1000;
  size_t most_entries = 10'000; ///< of a bundle
  int most_scanned = 50'000;    ///< rows that one search may look at before it is refused as too costly
  std::chrono::seconds longest_reading{20};      ///< of a batch's entries together
  std::chrono::seconds longest_beside_writes{2}; ///< the same where the bundle also writes: its locks make
                                                 ///< others wait
  std::vector<lab::critical_limit> critical;     ///< the clinic's
};

/// GET, HEAD as GET, POST _search and $validate: the caller has begun a transaction (several requests may
/// share it) and ends it. All others begin and end their own.
bool only_reads(const request& what);
/// A batch whose entries all read: it is handled beside the readers' calls, and begins and ends its own
/// transaction.
bool is_read_batch(const request& what);
/// Tells the session what answering will ask first, so that many requests share a round trip. Optional; never
/// changes an answer.
void expect(const request& what, const grant& who, ports::record_session& with);
reply handle(const request& what, const grant& who, ports::record_session& with, const surroundings& around);

std::string_view header(const request& what, const char* name); ///< empty: it has none
/// `application/fhir+json` of ` Application/FHIR+JSON; charset=utf-8`: names of media types mind no case (RFC
/// 9110 8.3.1).
std::string media_type(std::string_view header);

/// An OperationOutcome as reply, with the status of its cause. An error of a port is a cause too.
reply refusal(int status, std::string_view issue_code, std::string_view text, std::string_view path = {});
reply refusal(int status, std::span<const fhir::issue> issues);
reply refusal(const records::refusal& why);
reply not_taken(const std::string& allowed); ///< 405 with `Allow`

} // namespace aorta::rest

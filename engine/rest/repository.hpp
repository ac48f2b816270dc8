// Resources as they are now, out of rows and what FHIR keeps beside them. Used by every interaction.
#pragma once

#include "engine/fhir/search.hpp"
#include "engine/rest/rest.hpp"

namespace aorta::rest {

/// A resource as it is now. `resource` lives in the document it was loaded into and has id and meta.
struct standing {
  fhir::node* resource = nullptr; ///< null when deleted
  std::string type, id;
  std::string version_id; ///< "3"; "3-1f2e3d4c" when the clinic's own system changed the row since
  int64_t version = 1;    ///< of the last write through FHIR; a lab result's own; else 1
  std::optional<timestamp> last_updated;
  bool deleted = false;
  bool seen_first = false; ///< nobody noted before how it stands: it may have changed since `last_updated`
  std::optional<model::patient_id> patient;
  std::optional<fhir::place> at; ///< the row behind it
  std::optional<model::record> row;
  std::optional<ports::fhir_entry> entry;
  std::string position; ///< where `scan` found it: its `after` goes on past this one
};

/// Belongs to one request. All reads stand in the session's transaction. What the grant may not see is not
/// found.
class repository {
public:
  repository(ports::record_session& with, const grant& who, const surroundings& around)
      : with_(with),
        who_(who),
        around_(around),
        begun_(std::chrono::steady_clock::now()) {}

  /// Nothing: there is none (or it may not be seen). Deleted ones come as such.
  result<std::optional<standing>> load(fhir::document& into, std::string_view type, const std::string& id);
  std::vector<result<std::optional<standing>>> load_all(
    fhir::document& into, const std::vector<std::pair<std::string, std::string>>& type_and_id);

  /// The resources of a type that `by` leaves, in a fixed order, past `after`: a superset of what a search
  /// finds. Deleted ones are left out.
  struct batch {
    std::vector<standing> found;
    std::string next; ///< empty: there are no more
  };
  result<batch> scan(fhir::document& into, std::string_view type, const fhir::narrowing& by,
                     const std::string& after, int limit);

  const surroundings& around() const noexcept { return around_; }
  const grant& who() const noexcept { return who_; }
  ports::record_session& session() noexcept { return with_; }
  /// Counts what searches look at: chains, includes and totals of one request together have twice what a
  /// single search has. False: too much.
  bool look_at(size_t rows) noexcept {
    return (looked_at_ += int64_t(rows)) <= 2 * int64_t(around_.most_scanned);
  }
  int64_t looked_at() const noexcept { return looked_at_; }
  /// What was only looked at to find where to look does not count; its turns are few, and `overdue` ends
  /// them.
  void count_from(int64_t looked_at) noexcept { looked_at_ = looked_at; }
  /// So long has this request been worked at that what it only reads is refused as too costly: workers are
  /// few.
  bool overdue(bool writes) const {
    return std::chrono::steady_clock::now() - begun_ >=
      (writes ? around_.longest_beside_writes : around_.longest_reading);
  }

private:
  ports::record_session& with_;
  const grant& who_;
  const surroundings& around_;
  std::chrono::steady_clock::time_point begun_; ///< no clock that may be set back
  int64_t looked_at_ = 0;
};

/// The tag of a row, or of one part of it: changes whenever a cell that its resource tells changes.
std::string tag_of(const model::record& row, std::string_view part = {});
std::string etag(const standing& what); ///< W/"3"

/// All resources of `type` that match, past the cursor, up to `limit`; used by search, conditional
/// interactions and chains.
struct search_result {
  std::vector<standing> matches;
  std::string next; ///< cursor; empty: no more
  std::optional<int64_t> total;
};
/// Whether a page that comes in no asked order may end when enough was looked at, before it is full.
enum class pages : uint8_t { full, may_be_short };
result<search_result> search(repository& in, fhir::document& into, const fhir::query& what, int limit,
                             pages are = pages::full);

// The interactions, one file each group; `handle` in rest.cpp only chooses.
reply read(repository& in, const request& what, const std::string& type, const std::string& id); // read.cpp
reply vread(repository& in, const request& what, const std::string& type, const std::string& id,
            const std::string& version);
/// id empty: of the type
reply history(repository& in, const request& what, const std::string& type, const std::string& id);
/// `within`: a compartment, as a criterion that no query can say.
reply search_type(repository& in, const request& what, const std::string& type,
                  const std::vector<std::pair<std::string, std::string>>& params,
                  const fhir::criterion* within = nullptr);                        // search.cpp
reply everything(repository& in, const request& what, const std::string& patient); // everything.cpp
reply encounter_everything(repository& in, const request& what, const std::string& encounter);
reply search_types(repository& in, const request& what);                    // search_types.cpp
reply last_observations(repository& in, const request& what);               // lastn.cpp
reply metadata(const request& what, const surroundings& around);            // capability.cpp
reply validate_operation(const request& what, const std::string& type);     // read.cpp
reply create(repository& in, const request& what, const std::string& type); // write.cpp
reply update(repository& in, const request& what, const std::string& type, const std::string& id);
reply conditional_update(repository& in, const request& what, const std::string& type);
reply remove(repository& in, const request& what, const std::string& type, const std::string& id);
reply conditional_remove(repository& in, const request& what, const std::string& type);
reply patch(repository& in, const request& what, const std::string& type, const std::string& id); // patch.cpp
reply bundle(repository& in, const request& what); ///< transaction.cpp: POST to the base

/// `Prefer: handling=lenient`, `return=minimal|representation|OperationOutcome`, from the header.
bool lenient(const request& what);
/// The parameters of an operation: of its address, then of the Parameters that a POST may have as its body
/// (FHIR R4 3.2.0.1). Nothing: the body is none, and `refused` says why.
std::optional<std::vector<std::pair<std::string, std::string>>> sent_parameters(const request& what,
                                                                                reply& refused);
/// The members of a Parameters resource, each with its one value; empty where it has a resource or parts.
std::vector<std::pair<std::string, std::string>> members_of(const fhir::node& parameters);
/// A parameter that is not taken, for the OperationOutcome.
void refuse(std::vector<fhir::issue>& faults, std::string_view name, std::string_view code,
            std::string_view text);
std::string prefer_return(const request& what);
/// The body of an answer: `_pretty`, and for reads `_elements` and `_summary` with the SUBSETTED tag.
std::string body_of(const request& what, const fhir::node& resource);
/// Reads the body as a resource: JSON (400), content type (415), type and id fit (400), validation (422 with
/// every fault).
result<fhir::document> read_body(const request& what, std::string_view type, reply& refused);

/// AuditEvent of rows of security_audit: read and search (date, patient, entity, agent, outcome).
/// audit_event.cpp
reply audit_event(repository& in, const request& what, const std::string& id);

} // namespace aorta::rest

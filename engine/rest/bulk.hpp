// Bulk export (FHIR Bulk Data Access 2.0: the asynchronous pattern): a job that writes all resources of some
// types as NDJSON, page after page. `transactionTime` lies before it was asked for by as long as a write may
// take, so that whoever asks `_since` then misses nothing; what is in it may be newer.
#pragma once

#include "engine/http/scopes.hpp"
#include "engine/ports/jobs.hpp"
#include "engine/rest/repository.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::rest {

inline constexpr std::string_view bulk_kind = "export", ndjson = "application/fhir+ndjson";
inline constexpr std::chrono::hours bulk_lives{24}; ///< the files of an export, once it is done
inline constexpr int most_kept_exports = 10;        ///< of one key, with their files

/// What an export is asked for, and kept with its job.
struct bulk_order {
  std::vector<std::string> types;
  std::optional<timestamp> since; ///< only resources that changed then or later
  std::string base;               ///< "https://host/fhir/r4", as the client knows it
  std::string request;            ///< the address that was asked
};
std::string to_json(const bulk_order& of);
std::optional<bulk_order> bulk_order_from(std::string_view json);

/// The types that are exported, or a refusal: those of `wanted` (all when empty) that this caller may read.
struct bulk_choice {
  std::vector<std::string> types;
  reply refused;
};
bulk_choice choose_types(const grant& who, const std::vector<std::string>& wanted, bool of_patients);

/// A job for it, unless one of this clinic runs already (429). Begins and ends a transaction of its own.
struct bulk_begun {
  std::optional<uuid> id;
  reply refused;
};
bulk_begun begin_bulk(ports::record_session& in, const grant& who, const bulk_order& what,
                      const surroundings& around);

/// Whether the caller may see it: who asked for it, as long as they may read what is in it, or a key of scope
/// `admin`.
bool may_see(const grant& who, const ports::job& job);

/// One page: the job as it is then, and what was made. Stands in a transaction that only reads.
struct bulk_page {
  ports::job job;
  std::optional<ports::job_file> made;
  std::string content;
};
result<bulk_page> next_page(ports::record_session& in, model::clinic_id clinic, ports::job job,
                            const surroundings& around, int most);

/// The manifest, and what runs or has failed, as HTTP tells it.
reply bulk_answer(ports::record_session& in, const ports::job& job);

// The interactions (bulk_calls.cpp).
reply export_kick_off(repository& in, const request& what, bool of_patients);
reply export_status(repository& in, const request& what);
reply export_file(repository& in, const request& what);
reply export_end(repository& in, const request& what);

} // namespace aorta::rest

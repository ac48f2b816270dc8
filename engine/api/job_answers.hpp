// What the answers about jobs of every kind share.
#pragma once

#include "engine/api/api.hpp"
#include "engine/api/job_text.hpp"
#include "engine/ports/records.hpp"

namespace aorta::api {

/// The job that the path names, of a kind that begins so. Nothing: it was refused (`none` says that there is
/// none), or `read` has why the store did not answer.
std::optional<ports::job> find_job(call& on, ports::record_session& in, std::string_view kinds,
                                   std::string_view none, status& read);
/// `cursor`: the number of one of a job's files. False, and a refusal, when it is none.
bool read_file_cursor(call& on, int& from);
/// The newest of these kinds; `write` leaves its object open.
void list_jobs_of(call& on, std::string_view kinds, int most, void (*write)(json&, const ports::job&));
/// Why it failed, and its times.
void write_end(json& out, const ports::job& of);

} // namespace aorta::api

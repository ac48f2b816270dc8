// Bundles of requests: entries as requests, and their answers as a bundle (FHIR R4 3.1.0.11).
#pragma once

#include "engine/rest/write.hpp"

namespace aorta::rest {

/// One entry: what it asks, and what became of it.
struct bundle_entry {
  enum class verb : uint8_t {
    remove,
    post,
    put,
    get
  } how = verb::get; ///< in the order in which a transaction does them
  const fhir::node* entry = nullptr;
  size_t number = 0;
  std::string full_url, type, id;
  request asked;             ///< of a GET: path and query
  std::optional<task> wants; ///< of all others
  size_t task_index = 0;
  std::optional<reply> answer; ///< of a GET, or a refusal
};

/// Reads entry `number` of a bundle; a refusal names its place. The task's resource is the entry's own node.
result<bundle_entry> read_entry(fhir::node& entry, size_t number, const request& whole,
                                const surroundings& around, reply& refused);

/// `Bundle.entry[3]`
std::string entry_path(size_t number);

/// Adds an entry's response: `201 Created`, location, etag, lastModified, outcome, and the resource when
/// Prefer asks for it.
void add_response(fhir::document& into, fhir::node& list, const request& whole, const bundle_entry& each,
                  const task* done, const surroundings& around);

} // namespace aorta::rest

// Questions that will be asked soon, merged where one statement can answer several.
#pragma once

#include "engine/ports/records.hpp"

#include <optional>
#include <vector>

namespace aorta::store {

/// One statement's question and those of the expected ones that its answer holds.
template <class Query>
struct merged_query {
  Query asked;
  std::vector<Query> parts;
};
/// Queries of one table and one shape that differ only in their keys, or only in their patients, become one.
std::vector<merged_query<ports::row_query>> merge(const std::vector<ports::row_query>& all);
/// The same for ids.
std::vector<merged_query<ports::entry_query>> merge(const std::vector<ports::entry_query>& all);

/// Where there is one part, `answer` moves there.
std::vector<ports::found> part_of(const merged_query<ports::row_query>& whole,
                                  std::vector<ports::found>& answer, const ports::row_query& part);
std::vector<ports::fhir_entry> part_of(const merged_query<ports::entry_query>& whole,
                                       std::vector<ports::fhir_entry>& answer,
                                       const ports::entry_query& part);

} // namespace aorta::store

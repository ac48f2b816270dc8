// What whoever runs the store should know of it: rights, partitions, settings of the server that no session
// can mend, rows that contradict each other.
#pragma once

#include "engine/store/sql/database.hpp"

#include <string>
#include <vector>

namespace aorta::store {

/// Changes nothing. Throws.
std::vector<ports::finding> examine(database& of);

/// The index on `lab_results` that holds one current version of each result: patient, order, laboratory,
/// test, sub id, specimen time and place among results of one specimen, which is what `match_results` tells
/// them apart by. Rows that the engine did not file have no order key and are not bound. A store that has two
/// current versions already keeps its old index; `examine` tells, and the next migration tries again.
void hold_one_current(database& of, soci::session& session);

} // namespace aorta::store

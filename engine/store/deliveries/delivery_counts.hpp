// How many deliveries of a clinic wait, are in flight, or wait for a person.
#pragma once

#include "engine/ports/deliveries.hpp"
#include "engine/store/sql/record_link.hpp"

#include <span>
#include <vector>

namespace aorta::store {

std::vector<sql_text> delivery_counts_sql(dialect speaks, model::clinic_id clinic);
/// From the answers to these, in their order.
std::vector<ports::queue_state> read_delivery_counts(std::span<const std::vector<text_row>> answers);

} // namespace aorta::store

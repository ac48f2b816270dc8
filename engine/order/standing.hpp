// The clinic's orders as an order message finds them: by their numbers, and with what results say of them.
#pragma once

#include "engine/order/file.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::order {

using records::known_row;

/// Orders of the clinic, of whichever patient, under one of these numbers.
result<std::vector<known_row>> orders_under(ports::record_session& in, const order& what);

bool is_of(const known_row& row, model::patient_id patient);
/// Whether it is the same order by the placer's number: whoever gave it is the same as far as both say so.
bool fits_placer(const known_row& row, const order& what);
/// Or by the laboratory's, where one of both has no placer's number.
bool fits_filler(const known_row& row, const order& what);
/// Whether the panel is the same as far as both say which it is.
bool fits_panel(const known_row& row, const order& what);

/// What the results that belong to an order say of its state.
struct reported {
  bool any = false;              ///< one that stands
  std::string state;             ///< `resulted` or `partially_resulted`; empty without any
  std::optional<timestamp> last; ///< when the last was reported
};
result<reported> results_of(ports::record_session& in, const model::record& row);

} // namespace aorta::order

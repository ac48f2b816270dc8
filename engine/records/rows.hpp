// Rows of the clinic as whoever writes them makes and changes them: bundles, single resources, messages,
// people.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/identity/identity.hpp"
#include "engine/model/record.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::records {

/// Whether rows of this table are made here. Those of users and clinics carry logins and contracts, and an
/// attachment's comes with its result.
bool are_made_here(model::table of) noexcept;

/// What a new row says of itself where nobody said it: its clinic, when it was made, its first state.
void complete(model::record& row, model::clinic_id clinic, timestamp now);

/// The row that stands, with the columns in which `now` differs from `then` (what was said of it before). All
/// others are the clinic's own, and stay.
model::record laid_over(const model::record& standing, const std::optional<model::record>& then,
                        const model::record& now);

/// Columns that only one row of the table has together, beside its key and the numbers of patients; empty:
/// there are none.
std::vector<std::string_view> unique_columns(model::table of);

/// The clinic's own number for a patient who comes without one: `A000123`, and `A000123-2` where somebody
/// chose that one by hand. Short, and of the row's own number, so that it is nobody else's.
std::string newcomers_mrn(std::string_view row_key, int attempt);
identity::lookup_key mrn_key(const std::string& mrn);

/// What a change makes of a critical value that stood in `lab_results`: the event by which whoever was told
/// hears of it (`model::critical_event`). Empty: it stands as it stood, or was none.
std::string_view end_of_critical(const model::record& was, const model::record& is);

} // namespace aorta::records

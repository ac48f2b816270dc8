// Alerts and their steps, as both of their sessions read them.
#pragma once

#include "engine/ports/critical.hpp"
#include "engine/store/protect/cipher.hpp"
#include "engine/store/sql/record_link.hpp"

#include <string>

namespace aorta::store {

/// `SELECT ... FROM critical_alert a ...`, for a condition to follow. As many cells as `alert_width`.
extern const char* const alert_columns;
inline constexpr size_t alert_width = 32;
/// Where the alert stands in the row.
ports::critical_alert read_alert(const text_row& row, cipher& locks, size_t from = 0);
sql_text alert_steps_sql(dialect speaks, model::clinic_id clinic, const uuid& alert);
std::vector<ports::critical_step> read_alert_steps(const std::vector<text_row>& rows, cipher& locks);
/// What a person typed is kept sealed.
bool is_sealed_step(std::string_view kind) noexcept;
/// A row of `critical_step`, for further conditions on the alert `a` to follow.
sql_text step_sql(dialect speaks, model::clinic_id clinic, const uuid& alert,
                  const ports::critical_step& what, const std::string& detail);

} // namespace aorta::store

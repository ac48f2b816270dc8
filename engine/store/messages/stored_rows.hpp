// Rows as texts, read back into the records.
#pragma once

#include "engine/store/messages/ledger.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::store {

/// Of a uuid of version 7 (RFC 9562, 5.7): its first 48 bits are milliseconds since 1970.
std::optional<timestamp> made_at(const uuid& id);
/// A condition on `created_at` that holds for the rows of these ids, unless a clock was set in between: of
/// all partitions but one or two nothing has to be planned. With literals, since a plan for any parameters
/// has all of them. Empty where the ids do not tell.
std::string near(const uuid& first, const uuid& last);
std::optional<timestamp> read_time(std::string_view text); ///< ISO, with `T` or a space; nothing when empty
                                                           ///< or no time
int64_t read_integer(std::string_view text, int64_t otherwise = 0);
/// With as many digits as were told; a database that keeps binary numbers has lost the zeros at the end.
std::optional<decimal> read_number(const std::string& text, const std::string& decimals);
bool read_boolean(std::string_view text); ///< `t`, `true`, `1`
std::optional<error_code> error_code_from(std::string_view word) noexcept;

/// What `read_standing` takes, separated by commas, each with `prefix` before it.
/// `id`: as the table names the result's
std::string standing_columns(std::string_view prefix = "", std::string_view id = "id");
/// `past` of a message: its id, its patient's and the clinic's are the values.
std::string past_of_message(std::string_view message, std::string_view patient, std::string_view clinic);

/// `result_columns()` of a row `r` of the current results, or of the history.
std::string result_names(bool history);
std::string own_history_of(std::string_view message, std::string_view patient, std::string_view clinic);
/// What persons said of orders whose key `fits` ("= ?1"): the cells of `linked_row` in their order.
std::string linked_orders_of(std::string_view fits, std::string_view clinic);
inline constexpr int standing_width = 35;
/// What is known of the asked reports: one row of each for each of its endings, or one without any. To be
/// joined with `lab_reports r`.
inline constexpr const char* ending_columns =
  "r.id, r.results, e.message_id, e.letter, e.ended_at, CASE WHEN e.silent THEN '1' ELSE '0' END,"
  " e.order_id, e.order_status";
inline constexpr const char* ending_join = " LEFT JOIN lab_endings e ON e.report_id = r.id";
inline constexpr int ending_width = 8;
void read_ending(const std::vector<std::string>& row, answers& out);
standing_result read_standing(const place& where, const std::vector<std::string>& row);
/// id, patient_id, processing_status, ack_code, error_code, error_where, error_message, results_created
ports::message_record read_outcome(const std::vector<std::string>& row);

} // namespace aorta::store

// Questions of `ports::record_session` as statements, and their answers as rows and entries.
#pragma once

#include "engine/ports/records.hpp"
#include "engine/store/records/record_columns.hpp"

#include <optional>
#include <vector>

namespace aorta::store {

struct record_context {
  dialect speaks = dialect::sqlite;
  model::clinic_id clinic = 0;
  const catalogue* tables = nullptr;
  cipher* locks = nullptr;
};

/// Nothing: no row can answer it. Throws `failure` for a column that the table does not have.
/// `sizes`: what `measure_rows_sql` found, if it asks (kept_terms.hpp).
std::optional<sql_text> rows_sql(const record_context& in, const ports::row_query& what,
                                 const std::vector<int64_t>& sizes = {});
std::optional<sql_text> orders_sql(const record_context& in, const std::vector<std::string>& numbers);
std::vector<ports::found> read_found(const record_context& in, const ports::row_query& what,
                                     std::vector<text_row> rows);

sql_text result_versions_sql(const record_context& in, const std::string& result_id);
std::vector<model::record> read_result_versions(const record_context& in, std::vector<text_row> rows);

/// `sizes`: what `measure_sql` found, if it asks (kept_terms.hpp).
sql_text entries_sql(const record_context& in, const ports::entry_query& what,
                     const std::vector<int64_t>& sizes);
sql_text unkept_sql(const record_context& in, int limit,
                    bool locked); ///< entries whose terms are not kept yet
sql_text kept_types_sql(const record_context& in, model::patient_id who);
/// Ids of Patients whose entry keeps any of these keys.
sql_text kept_people_sql(const record_context& in, std::span<const identity::lookup_key> keys);
std::vector<ports::fhir_entry> read_entries(const record_context& in, const std::vector<text_row>& rows);

/// Newest first; one more than the limit. Throws `failure` (invalid) for a cursor that is none.
sql_text history_sql(const record_context& in, const ports::history_query& what);
sql_text history_count_sql(const record_context& in, const ports::history_query& what,
                           int64_t most); ///< at most one more than `most`
sql_text version_sql(const record_context& in, const std::string& type, const std::string& id,
                     int64_t number);
sql_text dated_sql(const record_context& in, const ports::dated_query& what);
std::vector<ports::dated_row> read_dated(const std::vector<text_row>& rows);
std::vector<ports::fhir_version> read_versions(const record_context& in, const std::vector<text_row>& rows);
std::string cursor_of(const ports::fhir_version& last);

/// The keyed hash of `system|value`, or of a value under any system.
std::string identifier_hash(const record_context& in, const std::string& identifier);
std::string value_of_identifier(const std::string& identifier); ///< without its system
std::string key_hash(const record_context& in, const identity::lookup_key& key);

} // namespace aorta::store

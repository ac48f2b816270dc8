// Words and spans of what FHIR keeps (`fhir_words`, `fhir_spans`): written with each entry, and how searches
// that nothing else narrows find their candidates by them, in the order of the ids.
#pragma once

#include "engine/store/records/record_write.hpp"

#include <span>
#include <string>
#include <vector>

namespace aorta::store {

/// `anew`: whatever is there of them goes first; else of those alone that are no first version.
void plan_kept_terms(const record_context& in, std::span<const ports::fhir_entry* const> entries, bool anew,
                     std::vector<bulk>& out);

/// Whether words and spans must find the entries, since nothing else does.
bool found_by_terms(const ports::entry_query& what) noexcept;
/// How many candidates each criterion has, but no more than matters: one statement with a number each.
/// Nothing: the plan is clear without.
std::optional<sql_text> measure_sql(const record_context& in, const ports::entry_query& what);
/// The ids of the candidates past `after`, at most `limit`, as a statement's text. `sizes`: what was
/// measured.
void add_kept_ids(sql_text& out, const record_context& in, const ports::entry_query& what,
                  const std::vector<int64_t>& sizes);
/// What each criterion asks of `e`, a row of fhir_resources.
void add_kept_filters(sql_text& out, const record_context& in, const ports::entry_query& what);

/// The same of rows; nothing where no criterion is asked of them.
std::optional<sql_text> measure_rows_sql(const record_context& in, const ports::row_query& what);
bool finds_few(int64_t size) noexcept;
/// Of `r`, by those criteria that find few.
void add_kept_rows(sql_text& out, const record_context& in, const ports::row_query& what,
                   const std::vector<int64_t>& sizes);

/// Conditions and order of the entries whose terms are not kept yet. `locked`: nobody else has them.
std::string unkept_clause(const record_context& in, sql_text& out, int limit, bool locked);

} // namespace aorta::store

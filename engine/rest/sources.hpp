// Where the resources of a type may live, and the questions that find them: the same for answering and for
// `expect`.
#pragma once

#include "engine/rest/repository.hpp"

#include <map>
#include <set>

namespace aorta::rest {

/// One of the places that a search reads, in their order: the tables of a type, then what FHIR keeps alone.
struct source {
  std::optional<model::table> table; ///< nothing: entries without a row
  ports::row_query rows;
  ports::entry_query entries;
  bool skip = false; ///< nothing in it can match
};
std::vector<source> sources_of(std::string_view type, const fhir::narrowing& by, const grant& who);

/// How many rows the first look at each source takes.
int first_rows(const fhir::query& what) noexcept;

/// The rows of these keys, as a read asks for them.
ports::row_query rows_of(model::table of, std::string_view type, std::vector<std::string> keys);
ports::entry_query homeless(std::string_view type, std::vector<std::string> ids);
/// Whether a resource that is not among the rows of its place may still be kept alone under this id.
bool may_be_homeless(std::string_view type, const std::optional<fhir::place>& at) noexcept;

/// What is told beside rows of one table: results of orders, attachments of results and of documents.
class neighbours {
public:
  static result<neighbours> of(ports::record_session& with, std::string_view type,
                               std::span<const ports::found> rows);
  fhir::beside take(const model::record& row);

private:
  status read_contents(ports::record_session& with, std::span<const ports::found> notes);
  status read_reports(ports::record_session& with, std::span<const ports::found> orders);
  std::multimap<std::string, model::record> results_, attachments_;
  std::set<std::string> reported_; ///< keys of orders of which FHIR keeps a report
};

/// Announces the questions of this search, if few rows answer them.
void expect_search(ports::record_session& with, const fhir::query& what, const grant& who,
                   std::string_view base);
bool is_narrow(const fhir::narrowing& by) noexcept;

} // namespace aorta::rest

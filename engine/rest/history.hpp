// What a history is asked, and how its versions are told. Of one resource: history.cpp; of a type:
// history_type.cpp.
#pragma once

#include "engine/rest/versions.hpp"

namespace aorta::rest {

struct history_question {
  std::optional<timestamp> since;
  int count = 50;
  std::string cursor;
  std::vector<std::pair<std::string, std::string>> applied; ///< without the cursor
  std::vector<fhir::issue> faults;
};

/// Versions of one patient's resources only: a version may have been another patient's then.
std::optional<model::patient_id> only_of(const repository& in, const std::string& type);

/// A page of a history, newest first.
struct history_page {
  std::vector<version> all;
  std::string next;             ///< position past it; empty: the end
  std::optional<int64_t> total; ///< on all pages; nothing: not known without reading them all
};

/// Of a whole type: what FHIR stored, and rows of which it stored nothing, by the times that their tables
/// tell or at which they were first seen so. What a page costs depends on its own size. `after`: a page's
/// `next`.
result<history_page> page_of_type(fhir::document& into, repository& in, const std::string& type,
                                  const history_question& how, const std::string& after);

} // namespace aorta::rest

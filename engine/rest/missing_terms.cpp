#include "engine/rest/missing_terms.hpp"

#include "engine/fhir/document.hpp"
#include "engine/fhir/search.hpp"

#include <utility>

namespace aorta::rest {

result<int> keep_missing_terms(ports::record_session& with, model::clinic_id clinic, int most) {
  if (const auto begun = with.begin(clinic, true); !begun) return begun.error();
  auto found = with.unkept(most);
  if (!found) {
    with.rollback();
    return found.error();
  }
  for (auto& each : *found) {
    // Without a content its row tells all of it. What nobody can read, no search finds either.
    const auto read = fhir::document::parse(each.content);
    if (!read) continue;
    auto terms = fhir::kept_terms_of(*read->root);
    each.words = std::move(terms.words);
    each.spans = std::move(terms.spans);
  }
  if (!found->empty())
    if (const auto kept = with.keep_terms(*found); !kept) {
      with.rollback();
      return kept.error();
    }
  if (const auto done = with.commit(); !done) return done.error();
  return int(found->size());
}

} // namespace aorta::rest

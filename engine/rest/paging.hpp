// Cursors that fit one query only, and the links that carry them.
#pragma once

#include "engine/fhir/search.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace aorta::rest {

/// A cursor for `position` in the answers to `of` (any text that tells the question). Opaque; a changed one,
/// or one of another question, is nothing.
std::string seal(std::string_view of, std::string_view position);
std::optional<std::string> unseal(std::string_view of, std::string_view cursor);

/// What a query asks, for `seal`: its type and parameters as understood.
std::string question_of(const fhir::query& what);

/// `url?a=b&c=d`, encoded; with `_cursor` when there is one.
std::string link_of(std::string_view url, std::span<const std::pair<std::string, std::string>> params,
                    std::string_view cursor = {});

/// A Bundle with its type; entries are appended by `add_entry`.
fhir::node* bundle_of(fhir::document& into, std::string_view type);
void add_link(fhir::document& into, fhir::node& bundle, std::string_view relation, const std::string& url);
fhir::node* add_entry(fhir::document& into, fhir::node& bundle, const std::string& full_url,
                      fhir::node* resource, std::string_view mode);

} // namespace aorta::rest

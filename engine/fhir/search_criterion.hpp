// One search parameter of a query: its name with modifiers and chain, and its values.
#pragma once

#include "engine/fhir/search.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::fhir {

struct criterion_reading {
  std::optional<criterion> read;
  bool unknown = false;   ///< no such parameter
  std::string code, text; ///< of the fault; the text names parameters and modifiers, never a value
};
/// `key` as written (`subject:Patient.name:exact`, `_has:Observation:patient:code`), `value` with its
/// escapes.
criterion_reading read_criterion(std::string_view type, std::string_view key, std::string_view value);

/// Whether the table says that a reference may name this type; where it names none, any.
bool may_name(const search_parameter& reference, std::string_view type) noexcept;

/// Parts between separators that no backslash precedes, still escaped. Of an empty text: one empty part.
std::vector<std::string_view> split_escaped(std::string_view text, char separator);

} // namespace aorta::fhir

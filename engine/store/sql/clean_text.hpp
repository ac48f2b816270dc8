// Texts as both databases can hold them, and small pieces of JSON.
#pragma once

#include "engine/base/clock.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::store {

/// Valid UTF-8 without NUL: may be stored as it is. PostgreSQL refuses anything else; SOCI and C interfaces
/// cut at NUL.
bool is_clean(std::string_view text) noexcept;
/// Each byte that may not be stored becomes `\xHH`; nothing is ever dropped.
std::string cleaned(std::string_view text);

/// UTC with six digits of fraction always, so that texts sort as times: `2026-11-23T08:15:00.000000Z`.
std::string sortable(timestamp when);

/// `["a","b"]` and its reading; what is no list of texts reads as empty.
std::string json_list(const std::vector<std::string>& items);
std::vector<std::string> read_json_list(std::string_view json);
/// A text member of a JSON object; empty when there is none.
std::string read_json_member(std::string_view json, std::string_view name);
/// An address with this city; its other members stay. Empty when there is nothing to keep.
std::string with_city(std::string_view address_json, std::string_view city);

} // namespace aorta::store

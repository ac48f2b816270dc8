// What lists take of a query: a page, and what else each has.
#pragma once

#include "engine/api/api.hpp"

#include <functional>

namespace aorta::api {

/// Refuses a parameter that nobody reads.
void no_such_parameter(call& on, const std::string& key);

/// What else a list takes: false, and refused, when it is none of these.
using take_other = std::function<bool(const std::string& key, const std::string& value)>;
using is_cursor = bool (*)(const std::string&);
bool is_id(const std::string& cursor);
bool is_text(const std::string& cursor); ///< any: the store knows its own

/// `cursor`, `limit` (1 to 1000), and by `other` the rest. False when something was refused.
bool read_page(call& on, std::string& cursor, int& limit, const take_other& other, is_cursor fits);
/// For lists that take nothing else.
bool read_page(call& on, std::string& cursor, int& limit, is_cursor fits = is_id);

} // namespace aorta::api

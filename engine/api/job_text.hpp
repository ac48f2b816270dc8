// What jobs keep as JSON, read back; of what is not there: nothing, zero, false.
#pragma once

#include "engine/api/json.hpp"

#include <string>
#include <string_view>

namespace aorta::api {

bool parse_object(rapidjson::Document& into, std::string_view text); ///< false: it is no object
std::string word_in(const rapidjson::Value& of, const char* key);
int64_t number_in(const rapidjson::Value& of, const char* key);
bool flag_in(const rapidjson::Value& of, const char* key);

/// Lines that are objects, into an open list.
void add_lines(json& out, std::string_view lines);

} // namespace aorta::api

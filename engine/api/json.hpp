// What several answers say in the same words.
#pragma once

#include "engine/http/json.hpp"
#include "engine/ports/message_log.hpp"

#include <optional>
#include <string>

namespace aorta::api {

using http::json;

std::optional<std::string> when(const std::optional<timestamp>& at); ///< ISO 8601; nothing is null
std::optional<std::string> id_text(const std::optional<uuid>& id);

void write_result(json& out, const ports::stored_result& row);
void write_message(json& out, const ports::message_record& row); ///< the list's columns, inside an open
                                                                 ///< object
/// Likewise.
void write_delivery(json& out, const ports::delivery_row& row);

} // namespace aorta::api

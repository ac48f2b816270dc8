// A stored message as people read it: its bytes as text in the charset by which it was understood.
#pragma once

#include "engine/hl7/charset.hpp"
#include "engine/hl7/message.hpp"

#include <rapidjson/document.h>

#include <optional>
#include <string>
#include <string_view>

namespace aorta::api {

/// The message's own text in UTF-8; bytes that its charset does not have are shown as they are in ISO 8859-1.
/// `charset` null: nobody knows it.
std::string shown_text(std::string_view bytes, const hl7::decoder* charset);

/// By which the message was read, as its trace tells (a profile may have known better than MSH-18), else as
/// MSH-18 says.
std::optional<hl7::decoder> charset_of(const hl7::message& msg, const rapidjson::Document& trace);

} // namespace aorta::api

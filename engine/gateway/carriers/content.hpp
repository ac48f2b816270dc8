// What receivers that are no MLLP listeners get of a message.
#pragma once

#include "engine/config/destination.hpp"
#include "engine/ports/deliveries.hpp"

#include <optional>
#include <string>

namespace aorta::gateway {

struct content {
  std::string bytes, media_type;
};

/// Nothing: the message cannot be read as HL7, which `json` needs.
std::optional<content> content_of(config::destination::content gives, const ports::parcel& what);

/// `{"segments": [{"name": "PID", "fields": [...]}]}`: a field is a list of repetitions, each a list of
/// components, each a list of subcomponents, which are texts in UTF-8 without escapes; `""` of HL7 is null,
/// and an empty field an empty list. MSH-1 is the first field of MSH. A byte that the charset (MSH-18) does
/// not have is U+FFFD.
std::optional<std::string> message_as_json(const std::string& bytes);

} // namespace aorta::gateway

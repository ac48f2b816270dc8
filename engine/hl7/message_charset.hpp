// In which charset a message's bytes are read: what is named, and what its bytes say of that.
#pragma once

#include "engine/hl7/charset.hpp"
#include "engine/hl7/message.hpp"

namespace aorta::hl7 {

struct message_charset {
  decoder from;
  bool unknown = false; ///< MSH-18 names what nobody knows; every byte is ASCII
  bool wider = false;   ///< bytes that the named charset does not have: the wider one that such senders mean
};

/// `named` overrides MSH-18, whose first value counts otherwise. Errors: `table_value` at `MSH-18` for a
/// charset that nobody knows, unless MSH-18 named it and every byte is ASCII.
result<message_charset> charset_of(const message& msg, std::string_view named);

} // namespace aorta::hl7

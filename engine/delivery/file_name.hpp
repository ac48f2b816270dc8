// How the files of a destination are called.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/result.hpp"

#include <string>
#include <string_view>

namespace aorta::delivery {

/// What may stand in braces; `date` (20261126) and `time` (081500) are UTC.
struct file_words {
  std::string control_id, id; ///< each is no other delivery's
  std::string type, sender;   ///< MSH-9 as `ORU^R01`, MSH-4
  timestamp at{};             ///< the same at each attempt
};

/// Whether it is a name, without a folder, that tells one delivery from another.
status check_file_pattern(std::string_view pattern);
/// At most 200 bytes. Of what senders write only letters, digits, `.`, `-` and `_` stay; all else is `_`.
std::string file_name(std::string_view pattern, const file_words& of);

} // namespace aorta::delivery

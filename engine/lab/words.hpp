// What a person said of single results of a stored message, applied whenever the message is mapped.
#pragma once

#include "engine/lab/map_report.hpp"

#include <span>

namespace aorta::lab {

struct word {
  uint16_t position = 0;                  ///< of the OBX in its message, from 1
  bool rejected = false;                  ///< must not count
  std::optional<std::string> value, unit; ///< OBX-5 and OBX-6 as the laboratory should have written them,
                                          ///< UTF-8; nothing: as sent
  std::string reason;                     ///< stands in the result's comments
};

/// `map_report`, and then the words in their order. A corrected result is mapped as if the laboratory had
/// sent the value so (units, code, flag and limits follow by the same rules), but keeps what was sent, and is
/// marked as corrected. A rejected one retracts what stands. Errors: those of `map_report`; `unknown_key`
/// when the message has no such OBX; `data_type` when its charset does not have the letters.
result<report> map_report(const hl7::message& msg, const map_context& context, std::span<const word> words);

} // namespace aorta::lab

// A clinic's patients as a CSV file tells them.
#pragma once

#include "engine/base/result.hpp"
#include "engine/model/patient.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace aorta::cli {

struct roster {
  std::vector<model::patient> rows;
  std::vector<uint64_t> lines; ///< of each row
  /// By their lines, never with their content. `told`: taken, but somebody should look.
  std::vector<std::pair<uint64_t, std::string>> refused, told;
};

/// `text` is UTF-8 with a header line. `invalid` when the file as a whole cannot be read so; a row that
/// cannot is among `refused`.
result<roster> read_roster(const std::string& text);

} // namespace aorta::cli

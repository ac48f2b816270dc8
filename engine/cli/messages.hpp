// The messages that a command was given: files, folders, standard input.
#pragma once

#include "engine/base/result.hpp"

#include <string>
#include <vector>

namespace aorta::cli {

struct given_message {
  std::string name; ///< the file, with `#2` for its second message; `-` for standard input
  std::string bytes;
};

/// Every message of these paths in order: a folder's files by name, `-` standard input. A file holds MLLP
/// frames, or bare messages that begin with MSH at the start of a line. The error's text names the path and
/// why it could not be read.
result<std::vector<given_message>> read_messages(const std::vector<std::string>& paths);

} // namespace aorta::cli

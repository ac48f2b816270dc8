// The messages that a command was given: files, folders, standard input.
#pragma once

#include "engine/base/result.hpp"

#include <string>
#include <vector>

namespace aorta::cli {

struct given_message {
  std::string name; ///< the file, with `#2` for its second message; `-` for standard input
  std::string bytes;
  std::string note; ///< what the lines of its batch say that does not agree with what came; of its last
                    ///< message
};

enum class reading : uint8_t {
  messages, ///< as a sender sends them: frames as they are, else each message
  parts,    ///< as a listener files them: the groups of several patients too
};

/// All that these paths hold, in order: a folder's files by name, `-` standard input. A file holds MLLP
/// frames, or bare messages and batches, divided as `hl7::read_frame` says. The error's text names the path
/// and why it could not be read.
result<std::vector<given_message>> read_messages(const std::vector<std::string>& paths, reading as);

} // namespace aorta::cli

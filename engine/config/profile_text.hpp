// A laboratory's profile with one line more, as a person would write it: what stands there stays as it is,
// comments too.
#pragma once

#include "engine/base/result.hpp"
#include "engine/lab/profile.hpp"

#include <string>
#include <string_view>

namespace aorta::config {

struct edited_text {
  std::string text; ///< of the whole file
  std::string line; ///< that was added, without its end
  uint32_t at = 0;  ///< its number, from 1
};

/// `code = ...` in [tests]. `note`: a comment behind it, of one line; may be empty. Errors: `conflict` where
/// the code has a line already (`where`: its line), `invalid` where the file is none or is written in a way
/// that no line can be added to (it says what to do).
result<edited_text> with_test(std::string_view text, const std::string& code, const lab::test_mapping& is,
                              const std::string& note);
/// `sent = ucum` in [units].
result<edited_text> with_unit(std::string_view text, const std::string& sent, const std::string& ucum,
                              const std::string& note);

} // namespace aorta::config

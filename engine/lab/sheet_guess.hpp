// What a laboratory's file looks like, for whoever writes its profile. Nothing reads files by a guess.
#pragma once

#include "engine/lab/sheet.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aorta::lab {

struct sheet_guess {
  sheet_layout layout;
  bool decimal_comma = false;
  std::vector<std::string> tests;   ///< codes, or names where there are none, in the order of the file
  std::vector<std::string> unclear; ///< a sentence each, without what the cells say
};

/// Errors (`invalid`): empty, UTF-16, or no rows that any delimiter divides alike.
result<sheet_guess> guess_sheet(std::string_view bytes);

/// As a file of conf/labs, with what is unclear as comments.
std::string profile_text(const sheet_guess& of, std::string_view code);

} // namespace aorta::lab

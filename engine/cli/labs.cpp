// `aorta labs guess`: a profile that a laboratory's file suggests.
#include "engine/cli/commands.hpp"
#include "engine/lab/sheet_guess.hpp"

#include <cstdio>
#include <filesystem>

namespace aorta::cli {

int labs_guess(const std::string& file) {
  const auto text = read_file(file);
  if (!text) return fail(why_unreadable(file));
  const auto guessed = lab::guess_sheet(*text);
  if (!guessed) return fail(file + ": " + guessed.error().text);
  std::fputs(lab::profile_text(*guessed, std::filesystem::path(file).stem().string()).c_str(), stdout);
  for (const auto& each : guessed->unclear) std::fprintf(stderr, "unclear: %s\n", each.c_str());
  return 0;
}

} // namespace aorta::cli

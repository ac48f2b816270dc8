// Which test a code that no profile maps may be: for a person who decides, never for mapping by itself.
#pragma once

#include "engine/lab/profile.hpp"

#include <string>
#include <utility>
#include <vector>

namespace aorta::lab {

/// What a laboratory sent under one code.
struct sent_test {
  std::string code, name;                                  ///< OBX-3.1, OBX-3.2
  std::vector<std::pair<std::string, int64_t>> units;      ///< OBX-6 as sent, and how often
  std::vector<std::pair<std::string, std::string>> values; ///< OBX-5 with its OBX-6
};

struct suggestion {
  std::string loinc; ///< as a profile has it: the mass form where the test has one
  std::string name, unit;
  int weight = 0;                    ///< the highest first; compares suggestions of one code alone
  std::vector<std::string> evidence; ///< what speaks for it, in words
  std::vector<std::string> contradictions;
};

/// The heaviest first, at most `most`. By the name in English or Greek or the code's own letters; units, the
/// specimen that the name tells, and limits of life speak for them and against. What has no name in common
/// with a test is no suggestion.
std::vector<suggestion> suggest_tests(const code_table& codes, const profile& from, const sent_test& what,
                                      size_t most = 5);

} // namespace aorta::lab

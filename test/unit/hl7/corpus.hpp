// The messages that the project is judged by, as bytes.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace corpus {

inline std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline const auto golden_cases = std::filesystem::path(AORTA_SOURCE) / "test/golden/oru";

/// What a golden case sends that sends one message.
inline std::string golden(const std::string& name) { return bytes_of(golden_cases / name / "in.hl7"); }

struct file {
  std::string name, bytes;
};

/// Foreign messages where they are (they stay outside the project and may be missing), and those of the
/// golden cases that are numbered: the others are sent damaged on purpose.
inline std::vector<file> all() {
  std::vector<file> out;
  if (const auto foreign = std::filesystem::path(AORTA_SHARED) / "corpus/hl7";
      std::filesystem::exists(foreign))
    for (const auto& entry : std::filesystem::directory_iterator(foreign))
      if (entry.path().extension() == ".hl7")
        out.push_back({entry.path().filename(), bytes_of(entry.path())});
  for (const auto& entry : std::filesystem::recursive_directory_iterator(golden_cases)) {
    const auto name = entry.path().lexically_relative(golden_cases).string();
    if (name.front() <= '9' && name.ends_with("in.hl7")) out.push_back({name, bytes_of(entry.path())});
  }
  std::sort(out.begin(), out.end(), [](const file& a, const file& b) { return a.name < b.name; });
  return out;
}

} // namespace corpus

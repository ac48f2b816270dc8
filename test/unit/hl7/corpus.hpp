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

inline std::string cyprus(const std::string& name) {
  return bytes_of(std::filesystem::path(AORTA_SOURCE) / "test/golden/cyprus" / name);
}

struct file {
  std::string name, bytes;
};

inline std::vector<file> all() {
  std::vector<file> out;
  for (const auto& folder : {std::filesystem::path(AORTA_SHARED) / "corpus/hl7",
                             std::filesystem::path(AORTA_SOURCE) / "test/golden/cyprus"}) {
    if (!std::filesystem::exists(folder)) continue; // foreign messages stay where they are and may be missing
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".hl7")
        out.push_back({entry.path().filename(), bytes_of(entry.path())});
  }
  std::sort(out.begin(), out.end(), [](const file& a, const file& b) { return a.name < b.name; });
  return out;
}

} // namespace corpus

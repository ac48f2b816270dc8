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

inline std::string cyprus(const std::string& name) { return bytes_of(std::filesystem::path(AORTA_SHARED) / "corpus/cyprus" / name); }

struct file {
  std::string name, bytes;
};

inline std::vector<file> all() {
  std::vector<file> out;
  for (const char* folder : {"corpus/hl7", "corpus/cyprus"})
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(AORTA_SHARED) / folder))
      if (entry.path().extension() == ".hl7") out.push_back({entry.path().filename(), bytes_of(entry.path())});
  std::sort(out.begin(), out.end(), [](const file& a, const file& b) { return a.name < b.name; });
  return out;
}

} // namespace corpus

// What differs between two texts, line by line, as people read it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace aorta::support {

/// Lines that are the same begin with a blank, those that went with `-`, new ones with `+`.
class line_script {
public:
  line_script(const std::string& before, const std::string& now) : a_(lines_of(before)), b_(lines_of(now)) {
    const size_t most = std::min(a_.size(), b_.size());
    size_t front = 0, back = 0;
    while (front < most && a_[front] == b_[front]) ++front;
    while (back < most - front && a_[a_.size() - 1 - back] == b_[b_.size() - 1 - back]) ++back;
    for (size_t i = 0; i < front; ++i) add(' ', a_[i]);
    middle(front, a_.size() - back, b_.size() - back);
    for (size_t i = a_.size() - back; i < a_.size(); ++i) add(' ', a_[i]);
  }

  /// With two neighbours of each line that changed.
  std::string told() const {
    constexpr size_t neighbours = 2;
    std::string out;
    bool left_out = false;
    for (size_t i = 0; i < all_.size(); ++i) {
      const auto from = all_.begin() + std::ptrdiff_t(i < neighbours ? 0 : i - neighbours);
      const auto to = all_.begin() + std::ptrdiff_t(std::min(i + neighbours + 1, all_.size()));
      const bool near = std::any_of(from, to, [](const auto& line) { return line[0] != ' '; });
      if (near) out += (left_out ? "  ...\n" : "") + all_[i] + "\n";
      left_out = !near;
    }
    return out.empty() ? "only the end of the last line differs\n" : out;
  }

private:
  static std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) out.push_back(line);
    return out;
  }
  void add(char how, const std::string& line) { all_.push_back(std::string(1, how) + " " + line); }

  /// By the longest common subsequence, or one behind the other where that would take too much memory.
  void middle(size_t from, size_t end_a, size_t end_b) {
    const size_t rows = end_a - from, columns = end_b - from;
    std::vector<std::vector<uint32_t>> common; ///< of what is left from line i and j on
    if (rows * columns <= 16'000'000) {
      common.assign(rows + 1, std::vector<uint32_t>(columns + 1));
      for (size_t i = rows; i-- > 0;)
        for (size_t j = columns; j-- > 0;)
          common[i][j] = a_[from + i] == b_[from + j] ? common[i + 1][j + 1] + 1
                                                      : std::max(common[i + 1][j], common[i][j + 1]);
    }
    size_t i = 0, j = 0;
    while (i < rows || j < columns) {
      if (i < rows && j < columns && a_[from + i] == b_[from + j]) {
        add(' ', a_[from + i++]);
        ++j;
      } else if (j == columns || (i < rows && (common.empty() || common[i + 1][j] >= common[i][j + 1]))) {
        add('-', a_[from + i++]);
      } else {
        add('+', b_[from + j++]);
      }
    }
  }

  std::vector<std::string> a_, b_, all_;
};

/// Empty when nothing differs.
inline std::string difference(const std::string& before, const std::string& now) {
  return before == now ? std::string() : line_script(before, now).told();
}

} // namespace aorta::support

#include "engine/base/diagnostic.hpp"

#include <algorithm>
#include <numeric>

namespace aorta {

std::string to_text(const diagnostic& what) {
  std::string out = what.file;
  if (what.line > 0) out += ":" + std::to_string(what.line) + ":" + std::to_string(std::max(1u, what.column));
  out += what.level == diagnostic::severity::error ? ": error: " : ": warning: ";
  out += what.text + "\n";
  if (what.line > 0 && !what.source.empty()) {
    const std::string number = std::to_string(what.line);
    out += "    " + number + " | " + what.source + "\n";
    out += "    " + std::string(number.size(), ' ') + " | ";
    for (uint32_t i = 1; i < what.column && i <= what.source.size(); ++i)
      out += what.source[i - 1] == '\t' ? '\t' : ' ';
    out += std::string(std::max(1u, what.length), '^');
    if (!what.hint.empty()) out += " " + what.hint;
    out += "\n";
  } else if (!what.hint.empty()) {
    out += "    " + what.hint + "\n";
  }
  return out;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(1, word.size() / 2) + 1;
  for (const auto& candidate : candidates) {
    std::vector<size_t> row(candidate.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= word.size(); ++i) {
      size_t diagonal = row[0];
      row[0] = i;
      for (size_t j = 1; j <= candidate.size(); ++j) {
        const size_t above = row[j];
        row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (word[i - 1] != candidate[j - 1])});
        diagonal = above;
      }
    }
    size_t distance = row.back();
    // One word inside the other ("matchr" in "match-patient" minus a slip) is nearer than its length says.
    if (word.size() >= 3 && candidate.compare(0, word.size() - 1, word, 0, word.size() - 1) == 0)
      distance = std::min<size_t>(distance, 1);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

} // namespace aorta

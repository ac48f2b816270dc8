#include "engine/pseudonym/invented_names.hpp"

#include "engine/base/compiled_in.hpp"
#include "engine/base/text.hpp"
#include "engine/identity/likeness.hpp"
#include "engine/identity/script.hpp"
#include "engine/pseudonym/pieces.hpp"

#include <algorithm>

namespace aorta::pseudonym {
namespace {

constexpr compiled_in files[] = {
#include "names.inc"
};

constexpr size_t no_line = size_t(-1);
constexpr size_t longest_child_number = 3;

std::vector<std::string> words_of_line(std::string_view line) {
  std::vector<std::string> out;
  for (const auto& each : pieces_of(line))
    if (each.is == piece::kind::word) out.push_back(each.text);
  return out;
}

bool is_given(const identity::folded_name& name) {
  return std::any_of(name.words.begin(), name.words.end(), [](const auto& each) { return each.given; });
}

std::string in_script_of(const std::string& like, const std::string& greek) {
  const auto written = script_of(like) == script::greek ? greek : identity::to_latin(greek);
  return in_case_of(like, written);
}

} // namespace

invented_names::invented_names(uint64_t seed, const known_data& known) : known_(known) {
  each_line(text_of(files, "invented.txt"), [&](std::string_view line) {
    const auto colon = line.find(':');
    (line.starts_with("given") ? given_ : family_).push_back(words_of_line(line.substr(colon + 1)));
  });
  std::mt19937_64 random(seed);
  std::shuffle(given_.begin(), given_.end(), random);
  std::shuffle(family_.begin(), family_.end(), random);
}

std::string invented_names::name(std::string_view utf8) {
  std::string out;
  for (const auto& each : pieces_of(utf8)) {
    if (each.is == piece::kind::word) out += word(each.text);
    else if (each.is == piece::kind::digits && each.text.size() > longest_child_number)
      out += std::string(each.text.size(), '0');
    else out += each.text;
  }
  return out;
}

std::string invented_names::word(const std::string& text) {
  const auto folded = identity::folded(text);
  const bool is_name = std::any_of(folded->words.begin(), folded->words.end(),
                                   [](const auto& each) { return each.is == identity::word_kind::name; });
  const bool is_nobody = !folded->words.empty() && !is_name &&
    folded->words[0].is != identity::word_kind::initial;
  if (is_nobody) return text;
  if (length(text) == 1) return initial(text);
  return in_script_of(text, give(text).invented);
}

/// Which word an initial stands for is told by its letter alone.
std::string invented_names::initial(const std::string& text) const {
  const auto letter = identity::fold_exactly(text);
  for (const auto& each : out_)
    if (!letter.empty() && each.folded->exact.starts_with(letter)) {
      const auto whole = in_script_of(text + text, each.invented); // two capitals: it is written in capitals
      const auto first = pieces_of(whole);
      if (first.empty()) break;
      size_t bytes = 1; // of the first character
      while (bytes < whole.size() && (uint8_t(whole[bytes]) & 0xC0) == 0x80) ++bytes;
      return in_case_of(text, whole.substr(0, bytes));
    }
  return text;
}

invented_names::likeness invented_names::compare(std::string_view one, std::string_view other) {
  const auto a = identity::folded(one), b = identity::folded(other);
  const auto agree = [&](bool given) {
    identity::claims who;
    model::patient known;
    const std::string left(one), right(other);
    who.names.push_back(given ? identity::person_name{"", left} : identity::person_name{left, ""});
    (given ? known.first_name : known.last_name) = right;
    return identity::compare_name(who, known) == identity::agreement::agrees;
  };
  const bool variant = !a->words.empty() && !b->words.empty() && a->variant == b->variant;
  return {a->exact == b->exact, a->plain == b->plain, variant, a->key == b->key, agree(true), agree(false)};
}

size_t invented_names::agreements(const std::string& real, const std::string& invented) const {
  return size_t(std::count_if(out_.begin(), out_.end(), [&](const given_out& each) {
    return compare(real, each.real) == compare(invented, each.invented);
  }));
}

bool invented_names::betrays(const std::string& invented) const {
  const auto latin = identity::to_latin(invented);
  for (const std::string_view like : {"AA", "Aa", "aa"})
    if (!known_.find(in_case_of(like, invented)).empty() || !known_.find(in_case_of(like, latin)).empty())
      return true;
  return false;
}

/// Those that are like what was given for words like this one come first.
std::vector<std::pair<std::string, size_t>> invented_names::candidates(const std::string& real,
                                                                       bool given) const {
  std::vector<std::pair<std::string, size_t>> out;
  const auto& list = given ? given_ : family_;
  for (const auto& each : out_) {
    if (!compare(real, each.real).any()) continue;
    if (each.line != no_line && given)
      for (const auto& variant : list[each.line]) out.emplace_back(variant, each.line);
    for (auto& spelling : altered(each.invented)) out.emplace_back(std::move(spelling), no_line);
  }
  const size_t alike = out.size();
  for (size_t i = 0; i < list.size(); ++i) {
    const bool taken = std::any_of(out_.begin(), out_.end(), [&](const given_out& each) {
      return each.line == i && is_given(*each.folded) == given;
    });
    if (!taken) out.emplace_back(list[i].front(), i);
  }
  // More people than there are names: two of them in one word.
  if (out.size() == alike)
    for (const auto& first : given_)
      for (const auto& last : family_) out.emplace_back(first.front() + last.front(), no_line);
  return out;
}

const invented_names::given_out& invented_names::give(const std::string& real) {
  const auto folded = identity::folded(real);
  for (const auto& each : out_)
    if (each.folded->exact == folded->exact) return each;
  const bool given = is_given(*folded);
  std::string best;
  size_t line = no_line, most = 0;
  for (auto& [invented, from] : candidates(real, given)) {
    if (betrays(invented)) continue;
    const size_t agree = agreements(real, invented);
    if (!best.empty() && agree <= most) continue;
    best = std::move(invented), line = from, most = agree;
    if (most == out_.size()) break;
  }
  if (best.empty()) best = "Κάποιος"; // "somebody": every other one is known of them
  return out_.emplace_back(given_out{real, best, folded, line});
}

std::vector<std::string> altered(const std::string& greek) {
  static constexpr std::pair<std::string_view, std::string_view> sounds[] = {
    {"ι", "η"},  {"η", "ι"},  {"ο", "ω"},  {"ω", "ο"},   {"ε", "αι"},  {"αι", "ε"}, {"ί", "ή"}, {"ή", "ί"},
    {"λ", "λλ"}, {"ν", "νν"}, {"σ", "σσ"}, {"ρ", "ρρ"},  {"κ", "κκ"},  {"τ", "ττ"}, {"υ", "ι"}, {"ό", "ώ"},
    {"γ", "κ"},  {"δ", "τ"},  {"λ", "ρ"},  {"ν", "μ"},   {"τ", "δ"},   {"κ", "γ"},  {"ρ", "λ"}, {"π", "μπ"},
    {"χ", "κ"},  {"μ", "ν"},  {"ς", ""},   {"ης", "ου"}, {"ος", "ου"}, {"ας", "α"}};
  std::vector<std::string> out;
  for (const auto& [from, to] : sounds)
    for (size_t at = greek.find(from, 1); at != std::string::npos; at = greek.find(from, at + 1)) {
      auto changed = greek;
      out.push_back(changed.replace(at, from.size(), to));
    }
  // Its beginning, as who types a name halfway has it.
  for (size_t end = greek.size() - 1; end >= 6; --end)
    if ((uint8_t(greek[end]) & 0xC0) != 0x80) out.push_back(greek.substr(0, end));
  return out;
}

} // namespace aorta::pseudonym

#include "engine/identity/name_list.hpp"

#include "engine/base/compiled_in.hpp"
#include "engine/identity/script.hpp"

namespace aorta::identity {

namespace {

constexpr compiled_in files[] = {
#include "names.inc"
};

const std::string& or_itself(const std::unordered_map<std::string, std::string>& in,
                             const std::string& word) {
  const auto known = in.find(word);
  return known == in.end() ? word : known->second;
}

} // namespace

const name_list& name_list::built_in() {
  static const name_list made;
  return made;
}

name_list::name_list() {
  read_given(text_of(files, "given.txt"));
  read_nobody(text_of(files, "nobody.txt"));
}

void name_list::read_given(std::string_view text) {
  each_line(text, [&](std::string_view line) {
    std::vector<std::string> coarse;
    std::string full;
    for (const auto& latin : words_of(to_latin(line))) {
      const std::string plain = fold_word(latin);
      if (full.empty()) full = or_itself(full_forms_, plain);
      full_forms_.emplace(plain, full);
      auto& letters = letters_[full];
      if (letters.find(latin[0]) == letters.npos) letters += latin[0];
      coarse.push_back(coarsen(plain));
    }
    join_keys(coarse);
  });
}

/// Names whose coarse forms meet share one key, and with them all their variants: a key must be coarser than
/// what `decide` accepts.
void name_list::join_keys(const std::vector<std::string>& coarse) {
  const std::string one = or_itself(keys_, coarse.front());
  for (const auto& each : coarse) {
    const std::string other = or_itself(keys_, each);
    if (other != one)
      for (auto& [word, key] : keys_)
        if (key == other) key = one;
    keys_[each] = one;
  }
}

void name_list::read_nobody(std::string_view text) {
  each_line(text, [&](std::string_view line) {
    const size_t colon = line.find(':');
    const auto what = line.substr(0, colon);
    const auto kind = what == "newborn" ? word_kind::newborn
      : what == "test"                  ? word_kind::test
                                        : word_kind::unknown;
    for (const auto& word : words_of(to_latin(line.substr(colon + 1)))) nobody_.emplace(word, kind);
  });
}

word_kind name_list::kind_of(const std::string& latin) const {
  if (latin.find_first_not_of("0123456789") == latin.npos) return word_kind::number;
  if (latin.size() == 1) return word_kind::initial;
  for (const std::string_view greek : {"ch", "th", "ps", "ph"}) // one letter of Greek
    if (latin == greek) return word_kind::initial;
  const auto known = nobody_.find(latin);
  return known == nobody_.end() ? word_kind::name : known->second;
}

const std::string& name_list::full_form(const std::string& plain) const {
  return or_itself(full_forms_, plain);
}

const std::string& name_list::key(const std::string& coarse) const { return or_itself(keys_, coarse); }

std::string_view name_list::first_letters(const std::string& full_form) const {
  const auto known = letters_.find(full_form);
  return known == letters_.end() ? std::string_view() : std::string_view(known->second);
}

} // namespace aorta::identity

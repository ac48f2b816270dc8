// Which given names there are, and which words are no names: what `schema/names` says, in the folded forms.
#pragma once

#include "engine/identity/folded.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace aorta::identity {

/// Letters and digits in lower case, one word an element. Apostrophes join (O'Neill), anything else
/// separates. `latin` as `to_latin` gives it.
std::vector<std::string> words_of(std::string_view latin);

/// One word as `fold_exactly` and `fold_name` have it.
std::string fold_word_exactly(const std::string& latin);
std::string fold_word(const std::string& latin);

/// `plain` (of `fold_word`) so coarse that the spellings of Cyprus meet: γι and γε before a vowel, η as e or
/// i, th as t, Hadji however written.
std::string coarsen(std::string_view plain);

/// Built once from the tables that are compiled in, and shared read-only.
class name_list {
public:
  static const name_list& built_in();
  word_kind kind_of(const std::string& latin) const; ///< `name` also of what no list has
  bool is_given(const std::string& plain) const { return full_forms_.contains(plain); }
  /// The full form of a given name (giorgos: georgios), folded; the word itself when it is none.
  const std::string& full_form(const std::string& plain) const;
  /// One key for all the names that a word's coarse form may mean.
  const std::string& key(const std::string& coarse) const;
  /// With which letters the variants of a full form begin.
  std::string_view first_letters(const std::string& full_form) const;

private:
  name_list();
  void read_given(std::string_view text);
  void read_nobody(std::string_view text);
  void join_keys(const std::vector<std::string>& coarse);

  std::unordered_map<std::string, std::string> full_forms_, keys_, letters_;
  std::unordered_map<std::string, word_kind> nobody_;
};

} // namespace aorta::identity

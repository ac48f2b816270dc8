// A name taken apart once: its words in the forms in which they are compared.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::identity {

/// What a word tells of a person (`schema/names/nobody.txt`).
enum class word_kind : uint8_t {
  name,
  initial, ///< one letter, in either script
  number,  ///< digits alone: which of a mother's children, which test
  unknown, ///< a person whose name is not told
  newborn, ///< somebody without a name yet
  test,    ///< nobody
};

struct folded_word {
  std::string latin;        ///< lower case, transliterated
  std::string exact, plain; ///< see `fold_exactly`, `fold_name`
  std::string variant;      ///< the full form of a given name, else `plain`
  word_kind is = word_kind::name;
  bool given = false; ///< a given name that exists (`schema/names/given.txt`)
};

struct folded_name {
  std::string exact, plain, variant; ///< the words with single spaces between
  std::string key;                   ///< coarser than all of them: see `fold_to_key`
  std::vector<folded_word> words;
};

/// Shared and immutable; made once and kept for a while, since one decision asks for the same name many
/// times.
std::shared_ptr<const folded_name> folded(std::string_view utf8);

/// Letters that may begin this word or one of its variants, in lower case (k and m for Katerina, Maria's
/// Maroula).
std::string first_letters(const folded_word& word);

} // namespace aorta::identity

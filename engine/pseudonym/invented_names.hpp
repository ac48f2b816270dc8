// Names for the people of one case: the same word always gets the same one, in whichever script it is
// written, and words that are alike get names that are alike in the same way.
#pragma once

#include "engine/identity/folded.hpp"
#include "engine/pseudonym/known_data.hpp"

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::pseudonym {

class invented_names {
public:
  /// `known` outlives it: no name is given that it would find.
  invented_names(uint64_t seed, const known_data& known);

  /// Each word replaced, in its script and case. What is no name stays (BABY GIRL, UNKNOWN), and so do digits
  /// of a name up to three, which tell the children of one mother apart. An initial is that of the word for
  /// which it may stand, if that was heard before.
  std::string name(std::string_view utf8);

private:
  /// How two words are to each other, as the matcher compares names.
  struct likeness {
    bool exact, sound, variant, key, as_given, as_family;
    friend bool operator==(const likeness&, const likeness&) = default;
    bool any() const noexcept { return exact || sound || variant || key || as_given || as_family; }
  };
  struct given_out {
    std::string real, invented; ///< `invented` in Greek
    std::shared_ptr<const identity::folded_name> folded;
    size_t line; ///< of the list; past its end: of none
  };
  static likeness compare(std::string_view one, std::string_view other);
  std::string word(const std::string& text);
  std::string initial(const std::string& text) const;
  const given_out& give(const std::string& real);
  std::vector<std::pair<std::string, size_t>> candidates(const std::string& real, bool given) const;
  size_t agreements(const std::string& real, const std::string& invented) const;
  bool betrays(const std::string& invented) const;

  const known_data& known_;
  std::vector<std::vector<std::string>> given_, family_; ///< shuffled
  std::vector<given_out> out_;
};

/// Spellings that differ a little from a Greek word: other vowels of the same sound, a doubled or another
/// letter, another ending, its beginning alone.
std::vector<std::string> altered(const std::string& greek);

} // namespace aorta::pseudonym

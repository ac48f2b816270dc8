// Words that tell who somebody is, and texts without them: what erasure takes out of free text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aorta::identity {

class known_words {
public:
  /// A name: as it is, its Latin transliteration, and each of its parts of three letters or more, however it
  /// is inflected (Παπαδόπουλος, Παπαδόπουλου).
  void add_name(std::string_view utf8);
  /// A number, telephone, address: as it is. Fewer than five letters and digits say nothing of anybody.
  void add(std::string_view utf8);
  bool empty() const noexcept { return words_.empty(); }

  /// Whole words alone, whatever their case and accents.
  bool in(std::string_view utf8) const { return !places(utf8).empty(); }
  /// With `replacement` in the place of each of them. Of a text that is a JSON object or array only strings
  /// that people read change: neither names of members, nor numbers, codes, units, identifiers of things,
  /// references and addresses of systems; base64 (`data`, FHIR's Attachment) goes whole, since nobody can
  /// look into it. A text without a letter is a value, and stays.
  std::string without(std::string_view utf8) const;

  static constexpr std::string_view replacement = "[erased]";

private:
  struct place {
    size_t begin, end; ///< of the bytes
  };
  struct known {
    std::u32string word; ///< folded
    bool inflects;       ///< `word` is what stays of it; an ending may follow
  };
  void add_word(std::string_view utf8, bool inflects);
  std::vector<place> places(std::string_view utf8) const;
  std::string plain_without(std::string_view utf8) const;
  std::string literal_without(std::string_view member, std::string_view literal) const;
  std::vector<known> words_;
};

} // namespace aorta::identity

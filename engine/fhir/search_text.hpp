// Strings as searches compare them: without case, accents and script, by identity's folding.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace aorta::fhir {

/// A text once as plain Latin letters and once with one spelling a sound; words parted by single spaces. Both
/// empty when nothing of it is a letter or digit: then only its bytes compare.
struct folded_text {
  std::string latin, folded;
};
/// Kept for the next call in this thread; valid until then.
const folded_text& fold_text(std::string_view text);

/// What was asked for.
class text_query {
public:
  explicit text_query(std::string_view asked);
  /// The value begins so; or, `by_words`, one of its words does.
  bool begins(std::string_view value, bool by_words) const;
  bool within(std::string_view value) const;
  /// What begins so begins with one of these, as plain Latin or in the one spelling; none: only bytes
  /// compare.
  std::vector<std::string> beginnings() const;

private:
  std::string asked_, latin_;
  /// Beginnings in the one spelling. Its last letter may be the half of a spelling (`hristodo` of
  /// `hristodoulou`): each letter that would change it when it came next gives one more.
  std::vector<std::string> folded_;
};
/// Built once while a thread asks for few texts; valid until the next call.
const text_query& query_for(std::string_view asked);

} // namespace aorta::fhir

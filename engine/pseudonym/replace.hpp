// What becomes of one leaf of a field, by what the field holds.
#pragma once

#include "engine/pseudonym/fields.hpp"
#include "engine/pseudonym/leaves.hpp"
#include "engine/pseudonym/pseudonyms.hpp"

#include <string>
#include <string_view>

namespace aorta::pseudonym {

struct leaf_setting {
  content is = content::text;
  leaf_place at;
  bool with_code = true; ///< of CE and CWE: the repetition tells a code
};

/// `text`: UTF-8, escapes resolved.
std::string replaced(std::string_view text, const leaf_setting& where, pseudonyms& by);

/// A value that is one (a number, a few words), and no sentence about a person.
bool is_plain_value(std::string_view text, const known_data& known);

} // namespace aorta::pseudonym

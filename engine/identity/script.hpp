// From any script to plain Latin letters, the way names are written on Cypriot documents (ELOT 743).
#pragma once

#include <string>
#include <string_view>

namespace aorta::identity {

/// Latin letters as ELOT 743 writes Greek ones; other scripts as ICU's Any-Latin does; accents stripped; case
/// kept. Words that mix Greek letters with Latin ones of the same shape are read in the script that their
/// other letters tell. Empty when `utf8` is not UTF-8. Plain ASCII comes back as it is. Threads share nothing
/// here: each has its own transliterator.
std::string to_latin(std::string_view utf8);

/// The Latin capital that looks like this Greek letter (either case), or 0: `Α` is `A`, `Ρ` is `P`; `Γ` is
/// none.
char latin_look_alike(char32_t greek) noexcept;

} // namespace aorta::identity

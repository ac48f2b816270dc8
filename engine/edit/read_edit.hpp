// From the texts of a route file to edits; and what can be said of them before any message comes.
#pragma once

#include "engine/edit/edit.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::edit {

/// `[[edit]]` as it stands in the file. What is absent was not given.
struct edit_text {
  using word = std::optional<std::string>;
  word when, in, set, to, copy, remove, map, table, replace, match, with, date, from, number, decimal,
    or_else;
  bool force = false;
  std::string rule; ///< file and line
};

/// What is wrong with one key of it, and where in that key's text; without a key with the edit as a whole.
struct complaint {
  std::string key;
  fault what;
};

/// The edit, or nothing after complaints.
std::optional<edit> read_edit(const edit_text& from, const tables& known, std::vector<complaint>& wrong);

/// Conditions that are always or never true, and edits that can never run. `of`: the edit's place in the
/// list, or none for the route's own condition.
struct idle {
  std::optional<size_t> of;
  std::string key; ///< `when`, or empty
  fault what;
};
std::vector<idle> find_idle(const condition* route, const std::vector<edit>& edits,
                            const std::vector<fixed_place>& fixed);

} // namespace aorta::edit

// A chain as its route file shows it: `parse() | map_lab() | optional(edit()) | match_patient() | persist() |
// ack()`.
#pragma once

#include "engine/pipeline/stage.hpp"

#include <string>
#include <vector>

namespace aorta::pipeline {

struct slot {
  middle what;
  bool required = true;
};
/// A slot that a route file may leave out.
inline slot optional(middle what) { return {what, false}; }

/// The entry with the slots behind it; `| exit` makes it a chain.
struct open_chain {
  entry first;
  std::vector<slot> slots;
};

/// What one kind of message may go through, in this order.
struct chain {
  entry first;
  std::vector<slot> slots;
  exit last;

  /// The stages that a route file names, entry and exit too; empty when a required one is missing, a strange
  /// one there, or the order another.
  std::vector<stage> stages(const std::vector<std::string>& names) const;
  std::vector<stage> stages() const; ///< all of them, optional ones too
  std::vector<std::string> names() const;
  std::vector<std::string> required_names() const;
};

open_chain operator|(entry a, middle b);
open_chain operator|(entry a, slot b);
open_chain operator|(open_chain a, middle b);
open_chain operator|(open_chain a, slot b);
chain operator|(open_chain a, exit b);

} // namespace aorta::pipeline

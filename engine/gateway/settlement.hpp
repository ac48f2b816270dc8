// The end of each call: nothing is shown to anybody of whom no audit row tells.
#pragma once

#include "engine/gateway/front_parts.hpp"
#include "engine/ports/access.hpp"

#include <functional>
#include <optional>
#include <vector>

namespace aorta::gateway {

struct settled_call {
  std::optional<ports::audit_entry> row; ///< none: it needs none
  /// What `strangers` says of who came without a valid key: one row a minute and peer tells of all, and who
  /// comes very often is answered a moment later.
  reception as = reception::told;
  std::function<void(bool kept)> answer; ///< called once; false: its row could not be kept
};

/// One write for all of them, then their answers.
void settle(const front_parts& with, ports::access& in, std::vector<settled_call> calls);

} // namespace aorta::gateway

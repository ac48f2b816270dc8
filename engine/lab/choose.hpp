// Whose message it is: the profile of the laboratory that sends.
#pragma once

#include "engine/lab/profile.hpp"

#include <string_view>
#include <vector>

namespace aorta::lab {

/// Which profile speaks for this sender: MSH-4, then MSH-3, against code, name and senders (case ignored).
/// Null when none.
const profile* choose(const std::vector<const profile*>& profiles, std::string_view sending_application,
                      std::string_view sending_facility);

} // namespace aorta::lab

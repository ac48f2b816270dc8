// Which of a listener's routes a message is meant for: by its type, its receiver, its processing id, its
// sender and the route's own condition.
#pragma once

#include "engine/base/result.hpp"
#include "engine/config/route.hpp"
#include "engine/hl7/message.hpp"
#include "engine/lab/profile.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::routes {

/// `ORU^R01`, as routes name it: MSH-9 without padding and in capitals, and a lone ORU as what it meant when
/// events were not told (HL7 v2.1, 5.2).
std::string type_of(const hl7::header& header);

/// A route as far as choosing goes. Both must outlive the call.
struct offer {
  const config::route* how;
  std::span<const lab::profile* const> profiles;
};

/// Places among those that were offered.
struct chosen {
  size_t route;
  std::vector<size_t> shadowed; ///< they would take it too, and come later
};

/// The route that takes a message of this listener: of those whose type, receiver, processing id and `when`
/// fit, the first in the order of file names, and one whose laboratories name the sender before one whose
/// laboratories do not. Otherwise why none does, as the sender is told: `unsupported_type` or
/// `unsupported_event` (MSH-9), `unknown_key` at MSH-6 (nobody here has that name),
/// `unsupported_processing_id` at MSH-11 (a test is no patient's result), `rejected` (no `when` holds).
result<chosen> choose(std::span<const offer> among, const std::string& listener, const hl7::header& of,
                      std::string_view bytes);

bool brings(const std::string& listener, const config::route& to);
/// Whether all that a header tells fits, so that only the route's `when` decides.
bool fits_header(const config::route& how, const hl7::header& of);

/// Why the route's own condition holds of these bytes, for people; empty: it has none, or they are no
/// message.
std::string why_taken(const config::route& by, std::string_view bytes);

} // namespace aorta::routes

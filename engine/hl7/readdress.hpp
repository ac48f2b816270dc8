// A message that goes out under another id.
#pragma once

#include <string>
#include <string_view>

namespace aorta::hl7 {

/// The bytes with this MSH-10 (HL7 v2.5.1 2.14.9.10), and nothing else changed; as they are where there is no
/// MSH segment. A message that ends before MSH-10 gets the fields that it lacks.
std::string with_control_id(std::string_view bytes, std::string_view control_id);

} // namespace aorta::hl7

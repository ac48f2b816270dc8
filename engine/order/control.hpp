// Order control (HL7 v2.5.1 chapter 4.5.1.1, table 0119): what a sender asks or tells of an order, and how it
// is answered.
#pragma once

#include <cstdint>
#include <string_view>

namespace aorta::order {

enum class act : uint8_t {
  place,       ///< NW; RO, which takes the place of another one
  change,      ///< XO; XX, which the filler tells of by itself
  cancel,      ///< CA, DC, RP; of the filler OC, OD, RU
  tell_status, ///< SC
  skip,        ///< PR: results of before, which come with an order; not answered
  none,        ///< not done here
};

struct control {
  std::string_view code;
  act does = act::none;
  std::string_view done, refused; ///< ORC-1 of the answer
};

inline constexpr std::string_view received = "RR"; ///< it waits for a person: nothing can be told yet

/// What is not known is refused as an order that cannot be taken (UA).
const control& control_of(std::string_view code) noexcept;

} // namespace aorta::order

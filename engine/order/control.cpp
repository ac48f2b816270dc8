#include "engine/order/control.hpp"

#include <algorithm>
#include <array>

namespace aorta::order {
namespace {

constexpr std::array controls{
  control{"NW", act::place, "OK", "UA"},       control{"RO", act::place, "OK", "UA"},
  control{"XO", act::change, "XR", "UX"},      control{"XX", act::change, "OK", "UX"},
  control{"CA", act::cancel, "CR", "UC"},      control{"OC", act::cancel, "OK", "UC"},
  control{"DC", act::cancel, "DR", "UD"},      control{"OD", act::cancel, "OK", "UD"},
  control{"RP", act::cancel, "RQ", "UM"},      control{"RU", act::cancel, "OK", "UM"},
  control{"SC", act::tell_status, "OK", "UX"}, control{"PR", act::skip, "", ""},
  control{"HD", act::none, "", "UH"},          control{"RL", act::none, "", "UR"},
  control{"RF", act::none, "", "UF"},
};
constexpr control unknown{"", act::none, "", "UA"};

} // namespace

const control& control_of(std::string_view code) noexcept {
  const auto found = std::find_if(controls.begin(), controls.end(),
                                  [&](const auto& each) { return each.code == code; });
  return found == controls.end() ? unknown : *found;
}

} // namespace aorta::order

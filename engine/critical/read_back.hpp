// Whether what a person typed is the value of which they were told.
#pragma once

#include <string>
#include <string_view>

namespace aorta::critical {

/// A value as people see it: as it was filed, and as the laboratory sent it.
struct shown {
  std::string loinc, value, unit, comparator;
  std::string sent_value, sent_unit;
};

/// A number is the same if it is in the same unit, or after conversion into the filed unit with as many
/// decimals as that has: 7 and 7.00, `7,2`, 0.4 mmol/L for 7.2 mg/dL of glucose. Comparators belong to it. A
/// number without a unit is in the filed one. Text is compared without regard to case and blanks. Never a
/// guess: an unknown unit is another one.
bool reads_same(const shown& what, std::string_view typed_value, std::string_view typed_unit);

} // namespace aorta::critical

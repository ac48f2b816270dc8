// Reference ranges as laboratories write them (OBX-7).
#pragma once

#include "engine/base/decimal.hpp"
#include "engine/lab/unit.hpp"
#include "engine/model/patient.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

struct reference_range {
  std::optional<decimal> low, high;
  bool low_inclusive = true, high_inclusive = true;
  char chosen_sex = 0; ///< `M` or `F` when the text had a range for each
};

/// Reads `3.5-5.1`, `3,5 - 5,1` (with `decimal_comma`), `3.5 to 5.1`, `70_105`, `<200`, `<=200`, `>40`, `Up
/// to 200`, `έως 200`, `4,4 11,3` with nothing but a blank (not `1 200`), brackets around it and the result's
/// own unit (`unit`, as sent) after it. `1.0-1.2 (M) 0.8-1.0 (F)` only when `sex` is one of the two. Nothing
/// for all else (`Neg`, `<1:80`, a range whose ends are in the wrong order, `0-0`): the text stays.
std::optional<reference_range> read_range(std::string_view text, bool decimal_comma,
                                          std::string_view unit = {},
                                          model::gender sex = model::gender::unknown);

/// `0.70-1.20`, `<193.3`, `>=40`.
std::string to_text(const reference_range& range);

/// Both ends through `change`; nothing when one cannot be.
std::optional<reference_range> convert(const affine& change, const reference_range& range, uint8_t decimals);

} // namespace aorta::lab

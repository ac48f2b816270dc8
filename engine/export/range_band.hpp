// Small drawings beside values: where one stands in its reference range, and how it went.
#pragma once

#include "engine/export/chart.hpp"
#include "engine/export/flow.hpp"

#include <vector>

namespace aorta::exports {

/// The range as a band with the value on it, or an arrow where it lies beyond; empty when the value or both
/// bounds are no numbers.
picture band_of(const reading& one);

/// Comparable values from the oldest to the newest, by their times; `newest_first` has two or more.
picture trend_of(const std::vector<const reading*>& newest_first);

} // namespace aorta::exports

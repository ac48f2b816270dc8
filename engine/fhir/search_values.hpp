// Times, numbers and references as searches compare them (R4 3.1.1.5).
#pragma once

#include "engine/fhir/search.hpp"

#include <optional>
#include <string_view>

namespace aorta::fhir {

/// [from, to); an open end is the clock's first or last moment.
struct search_span {
  timestamp from = timestamp::min(), to = timestamp::max();
};
/// What a date, dateTime or instant means by its precision: `2026-03` is all of March. Without an offset:
/// UTC. Nothing when it is none.
std::optional<search_span> search_span_of(std::string_view text) noexcept;
/// Of a date, dateTime, instant, Period, or the outer limits of a Timing.
std::optional<search_span> search_span_of(const node& value) noexcept;
bool compare(comparison how, const search_span& asked, const search_span& value, timestamp now) noexcept;

/// `units` x 10^-`scale`.
struct magnitude {
  int64_t units = 0;
  int scale = 0;
  double number() const noexcept;
};
/// A decimal as FHIR writes it, also with an exponent; at most 18 digits.
std::optional<magnitude> magnitude_of(std::string_view text) noexcept;
int order(const magnitude& a, const magnitude& b) noexcept; ///< negative, 0, positive

/// What a number, a quantity with its comparator, or a Range may be.
struct measure {
  std::optional<magnitude> low, high; ///< nothing: without end
  bool low_open = false, high_open = false;
};
std::optional<measure> measure_of(const node& value) noexcept;
/// `eq`, `ne` and `ap` by the precision of `asked`, the others exactly.
bool compare(comparison how, const magnitude& asked, const measure& value) noexcept;

/// `Patient/7`, `Patient/7/_history/2`, or the same under `base`: type and id. Else `id` is empty and `whole`
/// must be compared.
struct reference_parts {
  std::string_view type, id, whole;
};
reference_parts split_reference(std::string_view reference, std::string_view base) noexcept;

} // namespace aorta::fhir

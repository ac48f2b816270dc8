// Thousands or thousandths: what a separator before exactly three digits means.
#include "engine/lab/map_result.hpp"
#include "engine/lab/unit.hpp"

#include <initializer_list>

namespace aorta::lab {
namespace {

/// Units in which thousands are usual: counts, what is given in whole numbers, and what heart markers come
/// in.
bool thousands_are_usual(const result_draft& d) {
  const auto is_count = [&](std::string_view unit) {
    return d.all.codes.same_kind_factor(unit, "10*9/L", {}).has_value();
  };
  if (is_count(d.ucum) || d.ucum == "pg/mL" || d.ucum == "ng/L") return true;
  if (!d.test) return false;
  if (d.ucum == d.test->mass_unit) return d.test->mass_decimals == 0;
  if (d.ucum == d.test->molar_unit) return d.test->molar_decimals == 0;
  return d.ucum.empty() && is_count(d.test->mass_unit);
}

/// A point may be either wherever decimals have a comma. A comma only where thousands are usual, since there
/// it is the decimal sign. Where decimals have a point, only single cells in thousand parts are none.
bool may_be_either(const result_draft& d, std::string_view text) {
  if (!d.all.from.decimal_comma) return d.ucum == "/uL" && maybe_thousands(text);
  return maybe_thousands(text, ".") || (maybe_thousands(text, ",") && thousands_are_usual(d));
}

/// The other text of the result, its range or its value, is written in the same way: there the sign is a
/// decimal one.
bool same_form(const result_draft& d, std::string_view text, std::string_view beside) {
  if (d.ucum == "/uL" || !maybe_thousands(text, ".")) return false; // no cell comes in thousand parts
  if (shows_thousands(text) || shows_thousands(beside)) return false;
  return shows_decimal_point(text) || shows_decimal_point(beside) ||
    (maybe_thousands(beside, ".") && !thousands_are_usual(d));
}

/// Read as decimals all of them are what a living person can have, and as thousands not all of them.
bool only_decimals_live(const result_draft& d, std::initializer_list<std::optional<decimal>> numbers) {
  if (!d.test) return false;
  const auto change = into_own_unit(*d.test, d.placed);
  if (!change) return false;
  const double low = d.test->life_low.number(), high = d.test->life_high.number();
  bool thousands_live = true;
  for (const auto& number : numbers) {
    if (!number) continue;
    const double as_decimal = (*change)(number->number()), as_thousand = (*change)(1000 * number->number());
    if (as_decimal > high || (as_decimal < low && number->units != 0)) return false;
    thousands_live = thousands_live && as_thousand <= high;
  }
  return !thousands_live;
}

/// Which of the two the number is by a range with two ends that itself leaves no doubt.
point_reading by_range(const result_draft& d, std::string_view range_text) {
  if (may_be_either(d, range_text)) return point_reading::unclear;
  const auto range = range_as_written(d, range_text);
  if (!range || !range->low || !range->high || range->low->units <= 0) return point_reading::unclear;
  const double number = d.val.number->number(), low = range->low->number(), high = range->high->number();
  if (number >= low / 10 && number > high)
    return point_reading::decimal; // as a thousand it would be more than a thousand times the upper end
  if (number < low / 10 && number * 1000 >= low && number * 1000 <= high && d.val.number->scale >= 3)
    return point_reading::thousands;
  return point_reading::unclear;
}

} // namespace

point_reading reading_of_value(const result_draft& d) {
  const std::string_view sent = d.out.sent.value;
  if (!may_be_either(d, sent)) return point_reading::decimal;
  const auto range = d.all.read.whole(d.obx, 7);
  if (same_form(d, sent, range) || only_decimals_live(d, {d.val.number, d.val.upper}))
    return point_reading::decimal;
  return d.val.upper ? point_reading::unclear : by_range(d, range);
}

bool range_is_unclear(const result_draft& d, const reference_range& range) {
  const std::string_view sent = d.out.sent.range;
  return may_be_either(d, sent) && !same_form(d, sent, d.out.sent.value) &&
    !only_decimals_live(d, {range.low, range.high});
}

} // namespace aorta::lab

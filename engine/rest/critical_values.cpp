// Which values of an Observation are critical: by the clinic's limits, else by what their laboratory says.
#include "engine/lab/critical.hpp"
#include "engine/rest/codings.hpp"
#include "engine/rest/critical.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace aorta::rest {
namespace {

using model::abnormal_flag;

constexpr std::string_view ucum = "http://unitsofmeasure.org";

/// The other categories of HL7's value set observation-category. Senders leave the category out, say it in
/// words, or take it from table 0074 (LAB, CH): a value past a limit is one all the same.
constexpr std::array<std::string_view, 8> other_categories{
  "vital-signs", "social-history", "imaging", "procedure", "survey", "exam", "therapy", "activity"};

bool may_be_laboratory(const fhir::node& observation) {
  const auto* categories = observation.get("category");
  const auto says = [&](auto wanted) {
    return any_coding(categories, [&](const fhir::node& each) { return wanted(each.str("code")); });
  };
  const auto is_other = [](std::string_view code) {
    return std::find(other_categories.begin(), other_categories.end(), code) != other_categories.end();
  };
  return says([](std::string_view code) { return code == "laboratory"; }) || !says(is_other);
}

bool counts(const fhir::node& observation) {
  if (observation.str("resourceType") != "Observation" || !may_be_laboratory(observation)) return false;
  const auto status = observation.str("status");
  return status != "entered-in-error" && status != "cancelled";
}

/// A word of `interpretation`: a code of HL7's table, or the words by which that table shows a critical one.
struct word {
  bool known = false, alarming = false; ///< alarming: AA, which is no side of a range
  std::optional<abnormal_flag> flag;
};
word read_word(std::string_view text) {
  const auto upper = lab::upper_code(text);
  if (upper == "CRITICAL HIGH") return {true, false, abnormal_flag::critical_high};
  if (upper == "CRITICAL LOW") return {true, false, abnormal_flag::critical_low};
  if (upper == "CRITICAL ABNORMAL" || upper == "AA") return {true, true, abnormal_flag::abnormal};
  return {lab::known_flag(upper), false, lab::flag_of(upper)};
}

/// Of one CodeableConcept: its codes; where none is known the words that stand in their place.
void read_concept(const fhir::node& one, word& into) {
  const auto take = [&](std::string_view text) {
    const auto read = read_word(text);
    if (!read.known) return;
    into.known = true;
    into.alarming = into.alarming || read.alarming;
    if (read.flag) into.flag = into.flag ? lab::graver(*into.flag, *read.flag) : *read.flag;
  };
  const auto each_coding = [&](const char* member) {
    any_coding(&one, [&](const fhir::node& each) {
      take(each.str(member));
      return false;
    });
  };
  const bool before = std::exchange(into.known, false);
  each_coding("code");
  if (!into.known) each_coding("display");
  if (!into.known) take(one.str("text"));
  into.known = into.known || before;
}

std::optional<abnormal_flag> interpreted(const fhir::node& value) {
  const auto* all = value.get("interpretation");
  word said;
  for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next)
    read_concept(*each, said);
  if (said.flag && lab::is_critical(*said.flag)) return said.flag;
  return said.alarming ? std::optional(abnormal_flag::abnormal) : std::nullopt;
}

std::optional<decimal> number_of(const fhir::node* quantity) {
  const auto* value = quantity != nullptr ? quantity->get("value") : nullptr;
  return value != nullptr ? decimal::from_json(value->text) : std::nullopt;
}

/// The upper end of the first reference range, which FHIR has in the value's own unit.
std::optional<double> upper_reference(const fhir::node& value) {
  const auto* ranges = value.get("referenceRange");
  const auto high = ranges != nullptr && ranges->first != nullptr ? number_of(ranges->first->get("high"))
                                                                  : std::nullopt;
  return high ? std::optional(high->number()) : std::nullopt;
}

/// A value as limits are held against it.
struct reading {
  std::optional<lab::interval> where;
  std::string_view unit;
  bool digits = false; ///< a text in which a number stands
};

lab::value as_value(const fhir::node& quantity) {
  lab::value out;
  out.comparator = quantity.str("comparator");
  out.kind = out.comparator.empty() ? model::value_kind::number : model::value_kind::comparator;
  out.number = number_of(&quantity);
  return out;
}

lab::value as_value(const fhir::node& low, const fhir::node& high) {
  lab::value out;
  out.kind = model::value_kind::range;
  out.number = number_of(&low);
  out.upper = number_of(&high);
  return out;
}

/// Of a text only what is a number and nothing else counts as one, as in HL7's ST.
reading read_words(std::string_view text) {
  reading out;
  out.where = lab::interval_of(lab::read_text(text, text.find(',') != text.npos, true));
  out.digits = std::any_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return out;
}

reading read_value(const fhir::node& value) {
  reading out;
  if (const auto* quantity = value.get("valueQuantity")) {
    out.where = lab::interval_of(as_value(*quantity));
    out.unit = unit_of(*quantity);
  } else if (const auto* range = value.get("valueRange")) {
    const auto *low = range->get("low"), *high = range->get("high");
    if (low != nullptr && high != nullptr && unit_of(*low) == unit_of(*high)) {
      out.where = lab::interval_of(as_value(*low, *high));
      out.unit = unit_of(*low);
    }
  } else if (const auto* whole = value.get("valueInteger")) {
    lab::value number;
    number.kind = model::value_kind::number;
    number.number = decimal::from_json(whole->text);
    out.where = lab::interval_of(number);
  } else if (const auto text = value.str("valueString"); !text.empty()) {
    out = read_words(text);
  }
  return out;
}

/// What a limit could not be held against, though the value may be past it.
void watch(observed_value& out, const reading& read, const lab::measured& what,
           std::span<const lab::holding_limit> limits) {
  const auto& codes = lab::code_table::built_in();
  const auto say = [&](std::string_view rule, std::string_view why) { out.rule = rule, out.why = why; };
  for (const auto& held : limits) {
    if (!read.where) {
      if (read.digits) say("not-compared", "no number that the critical limits could be held against");
    } else if (lab::past_in_some_unit(codes, held, *read.where, what)) {
      return say("maybe-critical", "past a critical limit, if the unit is what is meant");
    } else if (held.limit->times_upper_reference && !what.upper_reference) {
      say("not-compared",
          "the critical limit is a multiple of the upper reference, which did not come with the result");
    } else if (lab::may_be_past(codes, held, *read.where, what)) {
      return say("maybe-critical", "not told exactly enough to say on which side of the critical limit");
    }
  }
}

/// One code of the value against the limits that are for it.
void hold_against(observed_value& out, const reading& read, std::string_view code,
                  std::span<const lab::critical_limit> limits) {
  const auto& codes = lab::code_table::built_in();
  auto what = lab::measure(codes, code);
  what.unit = read.unit;
  what.upper_reference = upper_reference(*out.of);
  const auto mine = lab::limits_for(codes, lab::look_up(codes, limits), what);
  for (const auto& held : mine)
    if (read.where && !out.flag) out.flag = lab::past(codes, held, *read.where, what);
  if (!out.flag && out.rule.empty()) watch(out, read, what, mine);
}

void judge(observed_value& out, std::span<const lab::critical_limit> limits) {
  const auto read = read_value(*out.of);
  any_coding(out.of->get("code"), [&](const fhir::node& each) {
    if (each.str("system") == loinc_system) hold_against(out, read, each.str("code"), limits);
    return out.flag.has_value();
  });
  if (!out.flag) out.flag = interpreted(*out.of);
  if (out.flag) out.rule = out.why = {};
}

std::string first_code(const fhir::node& value) {
  std::string out;
  any_coding(value.get("code"), [&](const fhir::node& each) {
    out = each.str("code");
    return !out.empty();
  });
  return out;
}

template <class Judge>
std::vector<observed_value> judged(fhir::node& observation, Judge judge) {
  std::vector<observed_value> out;
  if (!counts(observation)) return out;
  for (auto& each : values_of(observation)) {
    judge(each);
    if (each.flag || !each.rule.empty()) out.push_back(std::move(each));
  }
  return out;
}

} // namespace

std::string_view unit_of(const fhir::node& quantity) {
  if (quantity.str("system") == ucum && !quantity.str("code").empty()) return quantity.str("code");
  const auto told = quantity.str("unit").empty() ? quantity.str("code") : quantity.str("unit");
  const auto known = lab::code_table::built_in().ucum(told);
  return known.empty() ? told : known;
}

std::vector<observed_value> values_of(fhir::node& observation) {
  std::vector<observed_value> out;
  if (observation.str("resourceType") != "Observation") return out;
  out.push_back({{}, {}, &observation, {}, {}, {}});
  auto* components = observation.get("component");
  size_t number = 0;
  for (auto* each = components != nullptr ? components->first : nullptr; each != nullptr; each = each->next) {
    const auto code = first_code(*each);
    std::string place = "component[" + code + "]";
    const auto same = [&](const observed_value& other) { return other.place == place; };
    for (int n = 2; std::any_of(out.begin(), out.end(), same); ++n)
      place = "component[" + code + "#" + std::to_string(n) + "]";
    out.push_back({place, "component[" + std::to_string(number++) + "]", each, {}, {}, {}});
  }
  return out;
}

std::vector<observed_value> alarming_values(fhir::node& observation,
                                            std::span<const lab::critical_limit> limits) {
  return judged(observation, [&](observed_value& each) { judge(each, limits); });
}

std::vector<observed_value> interpreted_values(fhir::node& observation) {
  return judged(observation, [](observed_value& each) { each.flag = interpreted(*each.of); });
}

} // namespace aorta::rest

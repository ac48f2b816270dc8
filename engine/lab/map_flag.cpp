#include "engine/lab/flag.hpp"
#include "engine/lab/map_result.hpp"
#include "engine/lab/unit.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

using model::abnormal_flag;

/// Without blanks and in upper case, as HL70078 has its codes: `hh ` is HH.
std::string bare_code(std::string_view sent) {
  std::string out(trimmed(sent));
  for (char& c : out)
    if (c >= 'a' && c <= 'z') c = char(c - 32);
  return out;
}

/// What OBX-8 says, all its repetitions together.
std::optional<abnormal_flag> sent_flag(result_draft& d) {
  std::optional<abnormal_flag> out;
  for (size_t n = 1; n <= d.obx.repetitions(8); ++n) {
    const auto code = d.all.read.get(d.obx, 8, n, 1);
    if (code.empty()) continue;
    const auto own = d.all.from.flags.find(code);
    const auto common = known_flag(code) ? code : bare_code(code);
    const auto flag = own != d.all.from.flags.end() ? std::optional(own->second) : flag_of(common);
    if (own == d.all.from.flags.end() && !known_flag(common)) d.review(8, "unknown-flag", "not in HL70078: what the laboratory means by it is for a person");
    if (flag) out = out ? graver(*out, *flag) : *flag;
  }
  return out;
}

/// Below, inside, above or no statement.
int side(abnormal_flag f) noexcept {
  switch (f) {
    case abnormal_flag::low:
    case abnormal_flag::critical_low: return -1;
    case abnormal_flag::high:
    case abnormal_flag::critical_high: return 1;
    default: return 0;
  }
}

bool contradicts(abnormal_flag sent, abnormal_flag computed) noexcept {
  if (sent == abnormal_flag::abnormal || sent == abnormal_flag::indeterminate) return false;
  return side(sent) != side(computed);
}

/// A flag that denies its own range, and not only by the edge.
bool clearly(const interval& where, const reference_range& range) noexcept {
  for (const auto& bound : {range.low, range.high})
    if (bound && where.low == where.high && where.low == bound->number()) return false;
  return true;
}

bool applies(const critical_limit& limit, const result_draft& d) noexcept {
  if (limit.loinc == d.loinc) return true;
  return d.test && !limit.loinc.empty() && (limit.loinc == d.test->mass_loinc || limit.loinc == d.test->molar_loinc);
}

/// The unit in which the limit's numbers are.
std::string_view unit_of(const critical_limit& limit, const result_draft& d, std::string_view own) {
  if (!limit.unit.empty()) {
    const auto known = d.all.codes.ucum(limit.unit);
    return known.empty() ? std::string_view(limit.unit) : known;
  }
  if (!d.test) return own;
  return limit.loinc == d.test->mass_loinc ? d.test->mass_unit : d.test->molar_unit;
}

/// The unit as sent; a test that is counted without one has its own.
std::string_view effective_unit(const result_draft& d) noexcept {
  if (d.ucum.empty() && d.out.sent.unit.empty() && d.test && d.test->mass_unit == "{INR}") return d.test->mass_unit;
  return d.ucum;
}

/// Everything in the units as sent: the limit is met before any rounding.
std::optional<abnormal_flag> past(const critical_limit& limit, const interval& where, result_draft& d) {
  if (limit.times_upper_reference && d.range && d.range->high && wholly_above(where, *limit.times_upper_reference * d.range->high->number()))
    return abnormal_flag::critical_high;
  if (!limit.low && !limit.high) return std::nullopt;
  const auto own = effective_unit(d);
  const auto theirs = unit_of(limit, d, own);
  const auto change = own.empty() && !theirs.empty() ? std::nullopt : between(d.all.codes, d.test, d.loinc, own, theirs);
  if (!change) {
    d.note(6, "critical", "limits in " + std::string(theirs) + " could not be compared with the unit sent");
    return std::nullopt;
  }
  const auto there = convert(*change, where);
  if (limit.low && wholly_below(there, *limit.low)) return abnormal_flag::critical_low;
  if (limit.high && wholly_above(there, *limit.high)) return abnormal_flag::critical_high;
  return std::nullopt;
}

/// Part of the interval is past the limit.
bool may_be_past(const critical_limit& limit, const interval& where, const result_draft& d) {
  if (where.low == where.high) return false;
  if (limit.times_upper_reference && d.range && d.range->high && where.high > *limit.times_upper_reference * d.range->high->number()) return true;
  if (!limit.low && !limit.high) return false;
  const auto own = effective_unit(d);
  const auto theirs = unit_of(limit, d, own);
  const auto change = own.empty() && !theirs.empty() ? std::nullopt : between(d.all.codes, d.test, d.loinc, own, theirs);
  if (!change) return false; // the unit is for a person already
  const auto there = convert(*change, where);
  return (limit.low && there.low < *limit.low) || (limit.high && there.high > *limit.high);
}

std::optional<abnormal_flag> critical_flag(const interval& where, result_draft& d) {
  const std::vector<critical_limit>* const lists[] = {d.all.context.clinic_limits, &d.all.from.critical};
  for (size_t i = 0; i < 2; ++i) {
    if (!lists[i]) continue;
    for (const auto& limit : *lists[i]) {
      if (!applies(limit, d)) continue;
      const auto flag = past(limit, where, d);
      if (!flag) continue;
      d.note(8, "critical", std::string(i == 0 ? "the clinic's" : "the laboratory's") + " limit for " + limit.loinc + " is passed");
      return flag;
    }
  }
  return std::nullopt;
}

/// Without a unit that can be compared: past the limit as the number stands, or as a count of single cells.
bool past_in_some_unit(const critical_limit& limit, const interval& where, const result_draft& d) {
  const auto own = effective_unit(d);
  const auto theirs = unit_of(limit, d, own);
  if ((!own.empty() || theirs.empty()) && between(d.all.codes, d.test, d.loinc, own, theirs)) return false;
  const auto past = [&](const interval& there) { return (limit.low && there.low < *limit.low) || (limit.high && there.high > *limit.high); };
  if (past(where)) return true;
  const auto cells = d.all.codes.same_kind_factor("/uL", theirs, d.loinc);
  return cells && past(convert(affine{*cells}, where));
}

/// What a limit could not be held against, though it may be past it: a person must look, and at what may be critical first.
void watch_limits(const std::optional<interval>& where, result_draft& d) {
  if (d.loinc.empty()) return;
  const bool seen = d.out.needs_review; // a person looks at it already
  const std::vector<critical_limit>* const lists[] = {d.all.context.clinic_limits, &d.all.from.critical};
  for (const auto* list : lists) {
    if (!list) continue;
    for (const auto& limit : *list) {
      if (!applies(limit, d)) continue;
      if (d.val.trouble == "unclear-number") return d.review(5, "maybe-critical", "thousands or thousandths: not told on which side of the critical limit");
      if (!where) {
        if (!seen && d.out.value_text && std::any_of(d.out.value_text->begin(), d.out.value_text->end(), [](char c) { return c >= '0' && c <= '9'; }))
          return d.review(5, "not-compared", "no number that the critical limits could be held against");
        continue;
      }
      if (past_in_some_unit(limit, *where, d)) return d.review(6, "maybe-critical", "past a critical limit, if the unit is what is meant");
      if (!seen && limit.times_upper_reference && !(d.range && d.range->high))
        return d.review(7, "not-compared", "the critical limit is a multiple of the upper reference, which did not come with the result");
      if (may_be_past(limit, *where, d)) return d.review(5, "maybe-critical", "not told exactly enough to say on which side of the critical limit");
    }
  }
}

} // namespace

void take_flag(result_draft& d) {
  d.out.sent.flag = d.all.read.whole(d.obx, 8);
  if (d.out.status == model::result_status::cancelled) return; // nothing to be alarmed about in what does not count
  const auto sent = sent_flag(d);
  const auto where = interval_of(d.val);
  const auto computed = where && d.range ? flag_from_range(*where, *d.range) : std::nullopt;
  d.out.flag = sent ? sent : computed;
  if (!sent && computed) d.note(8, "flag", "from value and range: " + std::string(model::name(*computed)));
  if (sent && computed && contradicts(*sent, *computed)) {
    d.note(8, "flag-contradiction", "the laboratory's " + d.out.sent.flag + " stands against its own range");
    if (clearly(*where, *d.range)) d.review(8, "flag-contradiction", "the laboratory's " + d.out.sent.flag + " stands against its own range");
  }
  if (where && !d.loinc.empty())
    if (const auto critical = critical_flag(*where, d)) d.out.flag = critical;
  d.out.critical = d.out.flag && is_critical(*d.out.flag);
  if (!d.out.critical) watch_limits(where, d);
}

} // namespace aorta::lab

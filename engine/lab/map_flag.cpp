#include "engine/lab/flag.hpp"
#include "engine/lab/map_result.hpp"
#include "engine/lab/unit.hpp"

namespace aorta::lab {
namespace {

using model::abnormal_flag;

/// What OBX-8 says, all its repetitions together.
std::optional<abnormal_flag> sent_flag(result_draft& d) {
  std::optional<abnormal_flag> out;
  for (size_t n = 1; n <= d.obx.repetitions(8); ++n) {
    const auto code = d.all.read.get(d.obx, 8, n, 1);
    if (code.empty()) continue;
    const auto own = d.all.from.flags.find(code);
    const auto flag = own != d.all.from.flags.end() ? std::optional(own->second) : flag_of(code);
    if (own == d.all.from.flags.end() && !known_flag(code)) d.note(8, "flag", code + " is not in HL70078: it counts for nothing");
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

} // namespace

void take_flag(result_draft& d) {
  d.out.sent.flag = d.all.read.whole(d.obx, 8);
  if (d.out.status == model::result_status::cancelled) return; // nothing to be alarmed about in what does not count
  const auto sent = sent_flag(d);
  const auto where = interval_of(d.val);
  const auto computed = where && d.range ? flag_from_range(*where, *d.range) : std::nullopt;
  d.out.flag = sent ? sent : computed;
  if (!sent && computed) d.note(8, "flag", "from value and range: " + std::string(model::name(*computed)));
  if (sent && computed && contradicts(*sent, *computed)) d.note(8, "flag-contradiction", "the laboratory's " + d.out.sent.flag + " stands against its own range");
  if (where && !d.loinc.empty())
    if (const auto critical = critical_flag(*where, d)) d.out.flag = critical;
  d.out.critical = d.out.flag && is_critical(*d.out.flag);
}

} // namespace aorta::lab

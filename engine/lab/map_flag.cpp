#include "engine/lab/flag.hpp"
#include "engine/lab/map_result.hpp"
#include "engine/lab/unit.hpp"

#include <algorithm>
#include <array>

namespace aorta::lab {
namespace {

using model::abnormal_flag;

/// What one text of OBX-8 means: by the profile, else by HL70078.
struct flag_reading {
  bool told = false, known = false;
  std::optional<abnormal_flag> flag;
  bool alarming = false;
};

flag_reading read_flag(const result_draft& d, std::string_view sent) {
  const auto code = trimmed(sent);
  if (code.empty()) return {};
  if (const auto own = d.all.from.flags.find(code); own != d.all.from.flags.end())
    return {true, true, own->second, false};
  std::string room;
  const auto common = known_flag(code) ? code : std::string_view(room = upper_code(code));
  // For what is no number AA is what LL and HH are for numbers.
  return {true, known_flag(common), flag_of(common), common == "AA"};
}

/// One repetition (CWE from v2.7 on): its code and its alternate's, the graver of them; where neither is
/// known what stands in place of its text, which systems write that leave the code out. What is told and not
/// known is for a person.
flag_reading read_repetition(result_draft& d, size_t n) {
  std::array<hl7::field_view, 9> sent;
  d.obx.components(8, n, sent);
  const auto part = [&](size_t component) {
    return read_flag(d, d.all.read.text(sent[component - 1], d.obx, 8, component));
  };
  auto out = part(1);
  const auto other = part(4);
  const bool doubtful = out.told && !out.known && !other.known;
  if (other.known) {
    const bool both = out.flag && other.flag;
    out = {true, true,
           both         ? graver(*out.flag, *other.flag)
             : out.flag ? out.flag
                        : other.flag,
           out.alarming || other.alarming};
  }
  bool told = out.told || other.told;
  for (const size_t text : {2, 5, 9}) {
    if (out.known) break;
    out = part(text);
    told = told || out.told;
  }
  if (doubtful || (told && !out.known))
    d.review(8, "unknown-flag", "not in HL70078: what the laboratory means by it is for a person");
  return out;
}

/// What OBX-8 says, all its repetitions together.
std::optional<abnormal_flag> sent_flag(result_draft& d, bool& alarming) {
  std::optional<abnormal_flag> out;
  for (size_t n = 1; n <= d.obx.repetitions(8); ++n) {
    const auto [told, known, flag, alarm] = read_repetition(d, n);
    if (flag) out = out ? graver(*out, *flag) : *flag;
    alarming = alarming || alarm;
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

const critical_limits& known_limits(mapping& all) {
  if (all.limits) return *all.limits;
  auto& out = all.limits.emplace();
  if (all.context.clinic_limits) out.clinic = look_up(all.codes, *all.context.clinic_limits);
  out.laboratory = look_up(all.codes, all.from.critical);
  return out;
}

/// The clinic's limits, then the laboratory's.
std::vector<holding_limit> holding(const result_draft& d, const measured& what) {
  if (what.loinc.empty() && what.analyte.empty()) return {};
  const auto& known = known_limits(d.all);
  auto out = limits_for(d.all.codes, known.clinic, what);
  const auto more = limits_for(d.all.codes, known.laboratory, what);
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

bool is_clinics(const result_draft& d, const critical_limit* limit) noexcept {
  const auto* all = d.all.context.clinic_limits;
  return all != nullptr && !all->empty() && limit >= all->data() && limit < all->data() + all->size();
}

std::optional<abnormal_flag> critical_flag(const interval& where, result_draft& d, const measured& what,
                                           const std::vector<holding_limit>& limits) {
  for (const auto& held : limits) {
    if (const auto flag = past(d.all.codes, held, where, what)) {
      d.note(8, "critical",
             std::string(is_clinics(d, held.limit) ? "the clinic's" : "the laboratory's") + " limit for " +
               std::string(name_of(*held.limit)) + " is passed");
      return flag;
    }
    if (held.numbers && (held.limit->low || held.limit->high) &&
        !into_unit_of(d.all.codes, *held.limit, what))
      d.note(6, "critical",
             "limits in " + std::string(unit_of(d.all.codes, *held.limit, what)) +
               " could not be compared with the unit sent");
  }
  return std::nullopt;
}

bool has_digit(const std::optional<std::string>& text) {
  return text && std::any_of(text->begin(), text->end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// What a limit could not be held against, though it may be past it: a person must look, and at what may be
/// critical first.
void watch_limits(const std::optional<interval>& where, result_draft& d, const measured& what,
                  const std::vector<holding_limit>& limits) {
  const bool seen = d.out.needs_review; // a person looks at it already
  for (const auto& held : limits) {
    if (d.val.trouble == "unclear-number")
      return d.review(5, "maybe-critical",
                      "thousands or thousandths: not told on which side of the critical limit");
    if (!where) {
      if (!seen && has_digit(d.out.value_text))
        return d.review(5, "not-compared", "no number that the critical limits could be held against");
      continue;
    }
    if (past_in_some_unit(d.all.codes, held, *where, what))
      return d.review(6, "maybe-critical", "past a critical limit, if the unit is what is meant");
    if (!seen && held.limit->times_upper_reference && !what.upper_reference)
      return d.review(
        7, "not-compared",
        "the critical limit is a multiple of the upper reference, which did not come with the result");
    if (may_be_past(d.all.codes, held, *where, what))
      return d.review(5, "maybe-critical",
                      "not told exactly enough to say on which side of the critical limit");
  }
}

/// A test that nobody mapped, but whose code says what it may be: what would be critical then is shown.
void watch_suspicion(const interval& where, result_draft& d) {
  auto what = d.suspected;
  what.unit = d.ucum, what.upper_reference = d.against_limits().upper_reference;
  for (const auto& held : holding(d, what))
    if (past(d.all.codes, held, where, what) || past_in_some_unit(d.all.codes, held, where, what))
      return d.review(3, "maybe-critical",
                      "past the critical limit for " + std::string(name_of(*held.limit)) +
                        ", if that is what was measured");
}

} // namespace

void take_flag(result_draft& d) {
  d.out.sent.flag = d.all.read.whole(d.obx, 8);
  if (d.out.status == model::result_status::cancelled)
    return; // nothing to be alarmed about in what does not count
  bool alarming = false;
  const auto sent = sent_flag(d, alarming);
  const auto where = interval_of(d.val);
  const auto computed = where && d.range ? flag_from_range(*where, *d.range) : std::nullopt;
  d.out.flag = sent ? sent : computed;
  if (!sent && computed) d.note(8, "flag", "from value and range: " + std::string(model::name(*computed)));
  if (sent && computed && contradicts(*sent, *computed)) {
    d.note(8, "flag-contradiction", "the laboratory's " + d.out.sent.flag + " stands against its own range");
    if (clearly(*where, *d.range))
      d.review(8, "flag-contradiction",
               "the laboratory's " + d.out.sent.flag + " stands against its own range");
  }
  const auto what = d.against_limits();
  const auto limits = holding(d, what);
  const auto critical = where ? critical_flag(*where, d, what, limits) : std::nullopt;
  if (critical) d.out.flag = critical;
  d.out.critical = alarming || (d.out.flag && is_critical(*d.out.flag));
  if (d.out.critical) return;
  watch_limits(where, d, what, limits);
  if (where && d.suspected.test) watch_suspicion(*where, d);
}

measured result_draft::against_limits() const noexcept {
  return {loinc, test, analyte, effective_unit(),
          range && range->high ? std::optional(range->high->number()) : std::nullopt};
}

} // namespace aorta::lab

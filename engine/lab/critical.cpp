#include "engine/lab/critical.hpp"

#include "engine/lab/unit.hpp"

namespace aorta::lab {
namespace {

enum class reach : uint8_t { none, analyte, code };

reach reach_of(const known_limit& known, const measured& what) noexcept {
  const auto& [limit, of] = known;
  if (of != nullptr && of == what.test) return reach::code;
  if (!limit->loinc.empty() && limit->loinc == what.loinc) return reach::code;
  const std::string_view analyte = of != nullptr ? std::string_view(of->analyte)
                                                 : std::string_view(limit->analyte);
  return !analyte.empty() && analyte == what.analyte ? reach::analyte : reach::none;
}

bool outside(const critical_limit& limit, const interval& where) noexcept {
  return (limit.low && where.low < *limit.low) || (limit.high && where.high > *limit.high);
}

} // namespace

measured measure(const code_table& codes, std::string_view loinc) noexcept {
  const auto* test = codes.by_loinc(loinc);
  return {loinc, test, test != nullptr ? std::string_view(test->analyte) : std::string_view{}};
}

std::vector<known_limit> look_up(const code_table& codes, std::span<const critical_limit> all) {
  std::vector<known_limit> out;
  out.reserve(all.size());
  for (const auto& limit : all)
    out.push_back({&limit, limit.loinc.empty() ? nullptr : codes.by_loinc(limit.loinc)});
  return out;
}

std::vector<holding_limit> limits_for(const code_table& codes, std::span<const known_limit> all,
                                      const measured& what) {
  std::vector<holding_limit> own, shared;
  for (const auto& known : all) switch (reach_of(known, what)) {
      case reach::none: break;
      case reach::code: own.push_back({known.limit, true}); break;
      case reach::analyte:
        shared.push_back(
          {known.limit,
           what.test == nullptr || !what.test->same_number || into_unit_of(codes, *known.limit, what)});
        break;
    }
  return own.empty() ? shared : own;
}

std::string_view unit_of(const code_table& codes, const critical_limit& limit, const measured& what) {
  if (!limit.unit.empty()) {
    const auto known = codes.ucum(limit.unit);
    return known.empty() ? std::string_view(limit.unit) : known;
  }
  const auto* of = limit.loinc.empty() ? what.test : codes.by_loinc(limit.loinc);
  if (of == nullptr) return what.unit;
  return limit.loinc == of->molar_loinc ? of->molar_unit : of->own_unit();
}

std::optional<affine> into_unit_of(const code_table& codes, const critical_limit& limit,
                                   const measured& what) {
  const auto own = what.unit, theirs = unit_of(codes, limit, what);
  if (own.empty() && !theirs.empty()) return std::nullopt;
  return between(codes, what.test, what.loinc, own, theirs);
}

std::optional<model::abnormal_flag> past(const code_table& codes, const holding_limit& held,
                                         const interval& where, const measured& what) {
  const auto& limit = *held.limit;
  if (limit.times_upper_reference && what.upper_reference &&
      wholly_above(where, *limit.times_upper_reference * *what.upper_reference))
    return model::abnormal_flag::critical_high;
  if (!held.numbers || (!limit.low && !limit.high)) return std::nullopt;
  const auto change = into_unit_of(codes, limit, what);
  if (!change) return std::nullopt;
  const auto there = convert(*change, where);
  if (limit.low && wholly_below(there, *limit.low)) return model::abnormal_flag::critical_low;
  if (limit.high && wholly_above(there, *limit.high)) return model::abnormal_flag::critical_high;
  return std::nullopt;
}

bool past_in_some_unit(const code_table& codes, const holding_limit& held, const interval& where,
                       const measured& what) {
  if (!held.numbers || into_unit_of(codes, *held.limit, what)) return false;
  if (outside(*held.limit, where)) return true;
  const auto cells = codes.same_kind_factor("/uL", unit_of(codes, *held.limit, what), what.loinc);
  return cells && outside(*held.limit, convert(affine{*cells}, where));
}

bool may_be_past(const code_table& codes, const holding_limit& held, const interval& where,
                 const measured& what) {
  if (where.low == where.high) return false;
  const auto& limit = *held.limit;
  if (limit.times_upper_reference && what.upper_reference &&
      where.high > *limit.times_upper_reference * *what.upper_reference)
    return true;
  const auto change = held.numbers ? into_unit_of(codes, limit, what) : std::nullopt;
  return change && outside(limit, convert(*change, where)); // without a change the unit is the doubt
}

std::string_view name_of(const critical_limit& limit) noexcept {
  return limit.loinc.empty() ? limit.analyte : limit.loinc;
}

} // namespace aorta::lab

// Codes inside profiles and limits: LOINC, UCUM, critical limits.
#include "engine/config/readers.hpp"

#include "engine/lab/critical.hpp"

#include <algorithm>

namespace aorta::config {

namespace {

/// LOINC's check digit: Luhn's mod 10 over the digits before the dash.
char check_digit(std::string_view body) {
  int sum = 0;
  bool twice = true;
  for (auto at = body.rbegin(); at != body.rend(); ++at, twice = !twice) {
    const int digit = (*at - '0') * (twice ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  return static_cast<char>('0' + (10 - sum % 10) % 10);
}

void check_limit(const section& of, const lab::critical_limit& limit) {
  if (!limit.low && !limit.high && !limit.times_upper_reference)
    of.complain("a critical limit needs low, high or times_upper_reference");
  if (limit.low && limit.high && *limit.low >= *limit.high)
    of.complain(*of.of().get("low"), "low must be below high");
  if (limit.times_upper_reference && *limit.times_upper_reference <= 0)
    of.complain(*of.of().get("times_upper_reference"), "times_upper_reference must be above 0");
}

} // namespace

bool check_loinc(const section& of, const toml::node& at, const std::string& code) {
  const size_t dash = code.find('-');
  const std::string body = code.substr(0, dash);
  const bool shaped = dash != std::string::npos && dash > 0 && dash <= 7 && code.size() == dash + 2 &&
    body.find_first_not_of("0123456789") == std::string::npos && code.back() >= '0' && code.back() <= '9';
  if (!shaped) {
    of.complain(at, "'" + code + "' is no LOINC code", "digits, a dash and a check digit, as in 2160-0");
    return false;
  }
  if (check_digit(body) == code.back()) return true;
  const std::string right = body + "-" + check_digit(body);
  const auto* known = lab::code_table::built_in().by_loinc(right);
  of.complain(at, "'" + code + "' is no LOINC code: its check digit is wrong",
              known != nullptr ? "did you mean '" + right + "' (" + known->name + ")?" : "");
  return false;
}

bool check_unit(const section& of, const toml::node& at, const std::string& unit) {
  const auto ucum = lab::code_table::built_in().ucum(unit);
  if (!unit.empty() && ucum == unit) return true;
  of.complain(at, "'" + unit + "' is no unit that the engine knows in UCUM",
              ucum.empty() ? "" : "did you mean '" + std::string(ucum) + "'?");
  return false;
}

bool check_unit_of_test(const section& of, const toml::node& at, const std::string& unit,
                        const std::string& loinc) {
  if (!check_unit(of, at, unit)) return false;
  const auto& codes = lab::code_table::built_in();
  const auto* test = codes.by_loinc(loinc);
  if (test == nullptr) return true;
  std::vector<std::string> units;
  for (const auto& form : {test->mass_unit, test->molar_unit}) {
    if (form.empty()) continue;
    if (codes.same_kind_factor(unit, form, loinc)) return true;
    units.push_back(form);
  }
  if (units.empty()) return true;
  of.complain(at, loinc + " (" + test->name + ") is not measured in '" + unit + "'",
              "in " + listed(units, "or") + ", or what converts into " + (units.size() > 1 ? "them" : "it"));
  return false;
}

namespace {

/// `loinc`, any code of the analyte, or `analyte` by the code table's name.
void read_what(section& one, lab::critical_limit& limit) {
  const auto* loinc = one.text("loinc", limit.loinc);
  const auto* analyte = one.text("analyte", limit.analyte);
  if (loinc != nullptr) check_loinc(one, *loinc, limit.loinc);
  const auto& codes = lab::code_table::built_in();
  if (analyte != nullptr && !codes.has_analyte(limit.analyte))
    one.complain(*analyte, "the code table has no analyte '" + limit.analyte + "'",
                 suggest(limit.analyte, codes.analytes()));
  if (loinc != nullptr && analyte != nullptr)
    one.complain(*analyte, "a critical limit is for a code or for an analyte, not for both");
  if (loinc == nullptr && analyte == nullptr) one.required("loinc", limit.loinc);
}

/// Numbers of an analyte need their unit: its tests have several.
void check_unit_of_limit(const section& one, const toml::node* unit, const lab::critical_limit& limit) {
  if (unit != nullptr && limit.analyte.empty()) check_unit_of_test(one, *unit, limit.unit, limit.loinc);
  else if (unit != nullptr) check_unit(one, *unit, limit.unit);
  else if (!limit.analyte.empty() && (limit.low || limit.high))
    one.complain("low and high of an analyte need their unit", "as in unit = \"mmol/L\"");
}

} // namespace

std::vector<lab::critical_limit> read_critical_limits(section& of) {
  std::vector<lab::critical_limit> all;
  for (const auto* table : of.tables("critical")) {
    section one(of.in(), *table, keys::critical(), of.full("critical"));
    lab::critical_limit limit;
    read_what(one, limit);
    const auto same = [&](const auto& other) {
      return other.loinc == limit.loinc && other.analyte == limit.analyte;
    };
    if (!(limit.loinc.empty() && limit.analyte.empty()) && std::any_of(all.begin(), all.end(), same))
      one.complain(*one.of().get(limit.loinc.empty() ? "analyte" : "loinc"),
                   "limits for " + std::string(lab::name_of(limit)) + " are given twice");
    one.number("low", limit.low);
    one.number("high", limit.high);
    one.number("times_upper_reference", limit.times_upper_reference);
    check_unit_of_limit(one, one.text("unit", limit.unit), limit);
    check_limit(one, limit);
    one.close();
    all.push_back(std::move(limit));
  }
  return all;
}

} // namespace aorta::config

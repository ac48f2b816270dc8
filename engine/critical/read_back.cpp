#include "engine/critical/read_back.hpp"

#include "engine/lab/unit.hpp"
#include "engine/lab/value.hpp"

#include <optional>

namespace aorta::critical {
namespace {

struct reading {
  std::string comparator;
  std::optional<decimal> number;
  std::string text; ///< in lower case, blanks as one
};

std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\r' || c == '\n';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

reading read(std::string_view text, std::string_view comparator) {
  reading out;
  out.text = folded(text);
  text = lab::trimmed(text);
  const auto own = lab::take_comparator(text);
  out.comparator = own.empty() ? std::string(comparator) : std::string(own);
  out.number = lab::read_number(text, text.find(',') != text.npos);
  return out;
}

/// One spelling for each unit that the table knows; another stays as it is.
std::string unit_of(std::string_view spelled) {
  const auto known = lab::code_table::built_in().ucum(spelled);
  return known.empty() ? lab::plain_unit(spelled) : std::string(known);
}

/// Whether the one, converted, reads as the other with its decimals.
bool becomes(const decimal& number, const std::string& from, const decimal& other, const std::string& to,
             const std::string& loinc) {
  const auto& codes = lab::code_table::built_in();
  const auto change = lab::between(codes, codes.by_loinc(loinc), loinc, from, to);
  const auto there = change ? decimal::round((*change)(number.number()), other.scale) : std::nullopt;
  return there && *there == other;
}

bool same(const reading& typed, const reading& told, const std::string& typed_unit,
          const std::string& told_unit, const std::string& loinc) {
  if (!typed.number || !told.number) return !told.text.empty() && typed.text == told.text;
  if (typed.comparator != told.comparator) return false;
  const auto unit = unit_of(told_unit);
  if (typed_unit.empty() || typed_unit == unit) return *typed.number == *told.number;
  // There and back: a coarse unit must not make one of two values.
  return becomes(*typed.number, typed_unit, *told.number, unit, loinc) &&
    becomes(*told.number, unit, *typed.number, typed_unit, loinc);
}

} // namespace

bool reads_same(const shown& what, std::string_view typed_value, std::string_view typed_unit) {
  const auto typed = read(typed_value, "");
  const auto unit = typed_unit.empty() ? std::string() : unit_of(typed_unit);
  const bool as_sent = !what.sent_value.empty() && !unit.empty() && unit == unit_of(what.sent_unit);
  if (as_sent && unit != unit_of(what.unit))
    return same(typed, read(what.sent_value, ""), unit, what.sent_unit, what.loinc);
  return same(typed, read(what.value, what.comparator), unit, what.unit, what.loinc);
}

} // namespace aorta::critical

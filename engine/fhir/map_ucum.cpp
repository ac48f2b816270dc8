// Units that are UCUM (The Unified Code for Units of Measure 2.1, case sensitive), as far as laboratories use
// it. Units that only look like it are left out: G (gauss), K (kelvin), T (tesla), H (henry) and t (tonne)
// are what people write for other things.
#include "engine/fhir/map_parts.hpp"

#include <array>

namespace aorta::fhir {
namespace {

constexpr std::array metric{sv("g"),   sv("L"),   sv("l"),     sv("mol"),    sv("m"),  sv("s"),
                            sv("Pa"),  sv("U"),   sv("[IU]"),  sv("[iU]"),   sv("eq"), sv("osm"),
                            sv("kat"), sv("Hz"),  sv("V"),     sv("W"),      sv("J"),  sv("N"),
                            sv("Bq"),  sv("cal"), sv("m[Hg]"), sv("m[H2O]"), sv("Cel")};
constexpr std::array plain{
  sv("%"),      sv("min"),      sv("h"),       sv("d"),     sv("wk"),     sv("mo"),      sv("a"),
  sv("[pH]"),   sv("[ppm]"),    sv("[arb'U]"), sv("[CFU]"), sv("[degF]"), sv("deg"),     sv("[lb_av]"),
  sv("[in_i]"), sv("[hnsf'U]"), sv("[drp]"),   sv("[HPF]"), sv("[LPF]"),  sv("[GPL'U]"), sv("[MPL'U]")};
constexpr std::array prefixes{sv("da"), sv("d"), sv("c"), sv("m"), sv("u"), sv("n"),
                              sv("p"),  sv("f"), sv("k"), sv("h"), sv("M"), sv("G")};

bool digits(sv text) noexcept { return !text.empty() && text.find_first_not_of("0123456789") == sv::npos; }

bool is_atom(sv text) noexcept {
  for (const auto each : plain)
    if (text == each) return true;
  for (const auto each : metric) {
    if (text == each) return true;
    if (!text.ends_with(each)) continue;
    const auto before = text.substr(0, text.size() - each.size());
    for (const auto prefix : prefixes)
      if (before == prefix) return true;
  }
  return false;
}

/// A power (`10*9`, `10^-3`), a number, or an atom with an exponent and an annotation.
bool is_component(sv text) noexcept {
  if (text.ends_with('}')) {
    const auto open = text.find('{');
    if (open == sv::npos || text.find_first_of("{} ", open + 1) != text.size() - 1) return false;
    text = text.substr(0, open);
    if (text.empty()) return true;
  }
  if (text.starts_with("10*") || text.starts_with("10^")) {
    auto power = text.substr(3);
    if (power.starts_with('-') || power.starts_with('+')) power.remove_prefix(1);
    return digits(power);
  }
  if (digits(text)) return true;
  if (is_atom(text)) return true;
  const auto end = text.find_last_not_of("0123456789");
  if (end == sv::npos || end + 1 == text.size()) return false;
  auto stem = text.substr(0, end + 1);
  if (stem.ends_with('-') || stem.ends_with('+')) stem.remove_suffix(1);
  return is_atom(stem);
}

} // namespace

bool is_ucum(sv unit) noexcept {
  if (unit.starts_with('/')) unit.remove_prefix(1);
  if (unit.empty()) return false;
  int bracket = 0;
  size_t begin = 0;
  for (size_t at = 0; at <= unit.size(); ++at) {
    if (at < unit.size() && (unit[at] == '[' || unit[at] == '{')) ++bracket;
    if (at < unit.size() && (unit[at] == ']' || unit[at] == '}')) --bracket;
    if (at < unit.size() && (bracket != 0 || (unit[at] != '.' && unit[at] != '/'))) continue;
    if (!is_component(unit.substr(begin, at - begin))) return false;
    begin = at + 1;
  }
  return bracket == 0;
}

} // namespace aorta::fhir

#include "engine/lab/suggest.hpp"

#include "engine/identity/identity.hpp"
#include "engine/lab/unit.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace aorta::lab {
namespace {

constexpr int whole_name = 60, whole_code = 45, name_within = 30, unit_fits = 25, unit_differs = -40,
              specimen_fits = 15, specimen_differs = -35, life_differs = -50, least = 10;

using words = std::vector<std::string>;

words words_of(std::string_view text) {
  const auto folded = identity::fold_exactly(text);
  words out;
  for (size_t at = 0; at < folded.size();) {
    const auto end = std::min(folded.find(' ', at), folded.size());
    if (end > at) out.push_back(folded.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// One after the other somewhere in `all`.
bool stands_in(const words& wanted, const words& all) {
  return !wanted.empty() && std::search(all.begin(), all.end(), wanted.begin(), wanted.end()) != all.end();
}

bool tells_urine(const words& said) {
  static const std::array<std::string_view, 4> names{"urine", "urinary", "ουρων", "ουρα"};
  static const std::set<std::string> folded = [] {
    std::set<std::string> out;
    for (const auto name : names) out.insert(identity::fold_exactly(name));
    return out;
  }();
  return std::any_of(said.begin(), said.end(), [](const auto& word) { return folded.contains(word); });
}

struct known_name {
  std::string text;
  words folded;
};

/// Of each test of the table, in its order; made once.
const std::vector<std::vector<known_name>>& known_names(const code_table& codes) {
  static const auto all = [&] {
    std::vector<std::vector<known_name>> out;
    out.reserve(codes.tests().size());
    for (const auto& test : codes.tests()) {
      auto& names = out.emplace_back();
      const auto add = [&](const std::string& text) {
        if (auto folded = words_of(text); !folded.empty()) names.push_back({text, std::move(folded)});
      };
      add(test.name);
      for (const auto& known : codes.names_of(test.analyte)) add(known);
    }
    return out;
  }();
  return all;
}

/// How a test's names agree with what was sent; 0: in nothing.
int agreement_of(const std::vector<known_name>& names, const words& code, const words& name,
                 std::string& told) {
  int out = 0;
  const auto take = [&](int weight, std::string text) {
    if (weight <= out) return;
    out = weight;
    told = std::move(text);
  };
  for (const auto& known : names) {
    if (known.folded == name) take(whole_name, "it is called '" + known.text + "'");
    else if (known.folded == code) take(whole_code, "its code is '" + known.text + "'");
    else if (known.text.size() > 2 && stands_in(known.folded, name))
      take(name_within + int(known.folded.size()), "its name holds '" + known.text + "'");
  }
  return out;
}

void weigh_units(suggestion& to, const test_definition& test, const code_table& codes, const profile& from,
                 const sent_test& what) {
  for (const auto& [sent, count] : what.units) {
    const auto alias = from.unit_aliases.find(sent);
    const auto ucum = alias != from.unit_aliases.end() ? std::string_view(alias->second) : codes.ucum(sent);
    if (ucum.empty()) continue;
    if (place_unit(codes, test, to.loinc, ucum).is != placed_unit::form::none) {
      to.weight += unit_fits;
      to.evidence.push_back("'" + sent + "' is a unit of it");
    } else {
      to.weight += unit_differs;
      to.contradictions.push_back("'" + sent + "' is no unit of it");
    }
    return; // the one that came most often
  }
}

void weigh_specimen(suggestion& to, const test_definition& test, bool urine) {
  if (urine == (test.specimen == "urine")) {
    if (!urine) return;
    to.weight += specimen_fits;
    to.evidence.push_back("it is of urine");
  } else {
    to.weight += specimen_differs;
    to.contradictions.push_back(urine ? "its name tells of urine" : "nothing tells that it is of urine");
  }
}

void weigh_values(suggestion& to, const test_definition& test, const code_table& codes, const profile& from,
                  const sent_test& what) {
  for (const auto& [value, sent] : what.values) {
    const auto alias = from.unit_aliases.find(sent);
    const auto ucum = alias != from.unit_aliases.end() ? std::string_view(alias->second) : codes.ucum(sent);
    const auto number = read_number(value, from.decimal_comma);
    if (!number || ucum.empty()) continue;
    const auto at = place_unit(codes, test, to.loinc, ucum);
    const auto change = at.is == placed_unit::form::none ? std::nullopt : into_own_unit(test, at);
    if (!change) continue;
    const auto own = (*change)(number->number());
    if (own >= test.life_low.number() && own <= test.life_high.number()) continue;
    to.weight += life_differs;
    to.contradictions.push_back("'" + value + " " + sent + "' is outside of what was ever measured of it");
    return;
  }
}

} // namespace

std::vector<suggestion> suggest_tests(const code_table& codes, const profile& from, const sent_test& what,
                                      size_t most) {
  const auto code = words_of(what.code), name = words_of(what.name);
  auto all = name;
  all.insert(all.end(), code.begin(), code.end());
  const bool urine = tells_urine(all);
  std::vector<suggestion> out;
  const auto& names = known_names(codes);
  for (size_t i = 0; i < codes.tests().size(); ++i) {
    const auto& test = codes.tests()[i];
    std::string told;
    const int by_name = agreement_of(names[i], code, name, told);
    if (by_name == 0) continue;
    suggestion each;
    each.loinc = test.mass_loinc.empty() ? test.molar_loinc : test.mass_loinc;
    each.name = test.name;
    each.unit = test.own_unit();
    each.weight = by_name;
    each.evidence.push_back(std::move(told));
    weigh_specimen(each, test, urine);
    weigh_units(each, test, codes, from, what);
    weigh_values(each, test, codes, from, what);
    if (each.weight >= least) out.push_back(std::move(each));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
  if (out.size() > most) out.resize(most);
  return out;
}

} // namespace aorta::lab

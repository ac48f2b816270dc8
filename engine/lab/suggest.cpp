#include "engine/lab/suggest.hpp"

#include "engine/identity/identity.hpp"
#include "engine/lab/unit.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace aorta::lab {
namespace {

constexpr int whole_name = 60, whole_code = 45, name_within = 25, each_word = 5, unit_fits = 25,
              unit_differs = -40, no_unit = -10, says_more = -45, says_less = -20, life_differs = -50,
              least = 5;
constexpr size_t shortest_within = 3; ///< letters of what may stand within a name: no `k`, no `ca`

using words = std::set<std::string>;

/// `%` is a word: a share is not a count.
words words_of(std::string_view text) {
  const auto folded = identity::fold_exactly(text);
  words out;
  for (size_t at = 0; at < folded.size();) {
    const auto end = std::min(folded.find(' ', at), folded.size());
    if (end > at) out.insert(folded.substr(at, end - at));
    at = end + 1;
  }
  if (text.find('%') != text.npos) out.insert("percent");
  return out;
}

/// Words that tell one test from another of nearly the same name, in both languages; the first is what people
/// are told.
constexpr std::string_view distinctions[] = {
  "free|ελεύθερη|ελεύθερο|ft4|ft3",
  "ionised|ionized|ιονισμένο|ionica|ica",
  "direct|conjugated|άμεση|άμεσος",
  "indirect|unconjugated|έμμεση",
  "antibodies|antibody|anti|receptor|ab|abs|αντισώματα|αντίσωμα|tpo",
  "unsaturated|uibc",
  "clearance|κάθαρση",
  "percent|ποσοστό",
  "ratio|λόγος|index|δείκτης|acr|uacr|pcr|upcr",
  "fluid|csf|ascites|ascitic|pleural|synovial|υγρό|ασκιτικό|πλευριτικό|ενυ|saliva|stool|faeces|κόπρανα",
  "urine|urinary|ούρων|ούρα|24h|u24h|24hr|24ωρου|acr|uacr|upcr|microalbumin|microalbuminuria|μικρολευκωματίνη",
  "mb|ckmb",
  "mass|μάζα",
  "activity|δραστικότητα",
  "feu",
  "ddu",
  "hdl",
  "ldl",
  "vldl",
  "non",
  "fasting|νηστείας",
  "high-sensitivity|sensitivity|hs|hscrp|hstnt|hstni|ευαισθησίας",
  "arterial|αρτηριακό",
  "capillary|meter|τριχοειδικό|τριχοειδικού",
  "blood|αίματος",
  "calculated|υπολογισμένη",
  "a1|ai|apoa1",
  "b|apob",
};

/// Each distinction that the words make, by what people are told of it.
std::set<std::string> distinguished(const words& said) {
  static const auto known = [] {
    std::map<std::string, std::set<std::string>> out; // a word -> what it says
    for (const auto each : distinctions) {
      const std::string told(each.substr(0, each.find('|')));
      for (size_t at = 0; at <= each.size();) {
        const auto end = std::min(each.find('|', at), each.size());
        for (const auto& word : words_of(each.substr(at, end - at))) out[word].insert(told);
        at = end + 1;
      }
    }
    out.erase(identity::fold_exactly("high")); // of high-sensitivity; alone it says nothing
    return out;
  }();
  std::set<std::string> out;
  for (const auto& word : said)
    if (const auto found = known.find(word); found != known.end())
      out.insert(found->second.begin(), found->second.end());
  return out;
}

bool is_within(const words& some, const words& all) {
  return !some.empty() && std::includes(all.begin(), all.end(), some.begin(), some.end());
}

size_t letters_of(const words& of) {
  size_t out = 0;
  for (const auto& each : of) out += each.size();
  return out;
}

struct known_name {
  std::string text;
  words folded;
};
struct known_test {
  std::vector<known_name> names; ///< the first is the table's own
  std::set<std::string> is;      ///< what distinguishes it
};

/// Of each test of the table, in its order; made once.
const std::vector<known_test>& known_tests(const code_table& codes) {
  static const auto all = [&] {
    std::vector<known_test> out;
    out.reserve(codes.tests().size());
    for (const auto& test : codes.tests()) {
      auto& known = out.emplace_back();
      const auto add = [&](const std::string& text) {
        if (auto folded = words_of(text); !folded.empty()) known.names.push_back({text, std::move(folded)});
      };
      add(test.name);
      for (const auto& each : codes.names_of(test.analyte)) add(each);
      known.is = distinguished(words_of(test.name));
      if (test.specimen == "urine") known.is.insert("urine");
    }
    return out;
  }();
  return all;
}

/// How a test's names agree with what was sent; 0: in nothing.
int agreement_of(const known_test& test, const words& code, const words& name, std::string& told) {
  int out = 0;
  const auto take = [&](int weight, std::string text) {
    if (weight <= out) return;
    out = weight;
    told = std::move(text);
  };
  for (const auto& known : test.names) {
    const auto weight = [&](const words& common) { return name_within + each_word * int(common.size()); };
    if (known.folded == name) take(whole_name, "it is called '" + known.text + "'");
    else if (known.folded == code) take(whole_code, "its code is '" + known.text + "'");
    else if (letters_of(known.folded) >= shortest_within && is_within(known.folded, name))
      take(weight(known.folded), "its name holds '" + known.text + "'");
    else if (&known == &test.names.front() && letters_of(name) > shortest_within &&
             is_within(name, known.folded))
      take(weight(name), "'" + known.text + "' holds its name");
  }
  return out;
}

void weigh_distinctions(suggestion& to, const known_test& test, const std::set<std::string>& said) {
  for (const auto& each : said) {
    if (test.is.contains(each) || each == "blood") continue; // as people call serum too
    to.weight += says_more;
    to.contradictions.push_back("what was sent says '" + each + "'");
  }
  for (const auto& each : test.is) {
    if (said.contains(each) && each == "blood") continue;
    if (said.contains(each)) {
      to.evidence.push_back("what was sent says '" + each + "'");
      to.weight += each_word;
      continue;
    }
    to.weight += says_less;
    to.contradictions.push_back("nothing says '" + each + "'");
  }
}

std::string_view ucum_of(const std::string& sent, const code_table& codes, const profile& from) {
  const auto alias = from.unit_aliases.find(sent);
  return alias != from.unit_aliases.end() ? std::string_view(alias->second) : codes.ucum(sent);
}

/// Whether its number is read with a unit: a ratio's is not.
bool has_real_unit(const test_definition& test) {
  const auto& unit = test.own_unit();
  return !unit.empty() && unit.front() != '{' && unit.front() != '[';
}

void weigh_units(suggestion& to, const test_definition& test, const code_table& codes, const profile& from,
                 const sent_test& what) {
  bool fits = false;
  for (const auto& [sent, count] : what.units) {
    const auto ucum = ucum_of(sent, codes, from);
    if (ucum.empty()) continue;
    if (place_unit(codes, test, to.loinc, ucum).is == placed_unit::form::none) {
      to.weight += unit_differs;
      to.contradictions.push_back("'" + sent + "' is no unit of it");
      continue;
    }
    to.weight += fits ? 0 : unit_fits;
    fits = true;
    to.evidence.push_back("'" + sent + "' is a unit of it");
  }
  if (!what.units.empty() || !has_real_unit(test)) return;
  to.weight += no_unit;
  to.contradictions.push_back("no unit was sent");
}

/// A number without a unit is read in the test's own.
void weigh_values(suggestion& to, const test_definition& test, const code_table& codes, const profile& from,
                  const sent_test& what) {
  for (const auto& [value, sent] : what.values) {
    const auto number = read_number(value, from.decimal_comma);
    const auto ucum = sent.empty() ? std::string_view(test.own_unit()) : ucum_of(sent, codes, from);
    if (!number || ucum.empty()) continue;
    const auto at = place_unit(codes, test, to.loinc, ucum);
    const auto change = at.is == placed_unit::form::none ? std::nullopt : into_own_unit(test, at);
    if (!change) continue;
    const auto own = (*change)(number->number());
    if (own >= test.life_low.number() && own <= test.life_high.number()) continue;
    to.weight += life_differs;
    to.contradictions.push_back("'" + value + (sent.empty() ? "" : " " + sent) +
                                "' is outside of what was ever measured of it");
    return;
  }
}

} // namespace

std::vector<suggestion> suggest_tests(const code_table& codes, const profile& from, const sent_test& what,
                                      size_t most) {
  const auto code = words_of(what.code), name = words_of(what.name);
  auto all = name;
  all.insert(code.begin(), code.end());
  const auto said = distinguished(all);
  std::vector<suggestion> out;
  const auto& known = known_tests(codes);
  for (size_t i = 0; i < codes.tests().size(); ++i) {
    const auto& test = codes.tests()[i];
    std::string told;
    const int by_name = agreement_of(known[i], code, name, told);
    if (by_name == 0) continue;
    suggestion each;
    each.loinc = test.mass_loinc.empty() ? test.molar_loinc : test.mass_loinc;
    each.name = test.name;
    each.unit = test.own_unit();
    each.weight = by_name;
    each.evidence.push_back(std::move(told));
    weigh_distinctions(each, known[i], said);
    weigh_units(each, test, codes, from, what);
    weigh_values(each, test, codes, from, what);
    if (each.weight >= least) out.push_back(std::move(each));
  }
  std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.weight > b.weight; });
  if (out.size() > most) out.resize(most);
  return out;
}

} // namespace aorta::lab

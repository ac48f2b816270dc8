#include "engine/base/compiled_in.hpp"
#include "engine/lab/profile.hpp"
#include "engine/lab/unit.hpp"

#include <set>
#include <stdexcept>
#include <unordered_map>

namespace aorta::lab {
namespace {

constexpr compiled_in files[] = {
#include "codes.inc"
};

std::vector<std::string_view> split(std::string_view line, char by) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(by, at), line.size());
    out.push_back(line.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

/// Calls `row(cells)` for each line that is neither a comment nor the header. Our own files: no quotes
/// inside.
template <class Row>
void each_row(std::string_view text, size_t columns, Row row) {
  bool header = true;
  each_line(text, [&](std::string_view line) {
    auto cells = split(line, ',');
    if (cells.size() != columns) throw std::logic_error("a code table has a broken line");
    if (!header) row(cells);
    header = false;
  });
}

decimal number_in(std::string_view text) {
  const auto out = decimal::from_text(text);
  if (!out) throw std::logic_error("a code table has a broken number");
  return *out;
}
uint8_t small(std::string_view text) { return uint8_t(number_in(text).units); }

struct text_hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
template <class T>
using dictionary = std::unordered_map<std::string, T, text_hash, std::equal_to<>>;

/// The unit without its annotation: `ng/mL{FEU}` is ng/mL of something.
struct annotated {
  std::string_view unit, annotation;
};
annotated split_annotation(std::string_view ucum) {
  const size_t at = ucum.find('{');
  if (at == 0 || at == std::string_view::npos || ucum.back() != '}') return {ucum, {}};
  return {ucum.substr(0, at), ucum.substr(at)};
}

struct unit_kind {
  std::string kind;
  ratio factor;
};

} // namespace

struct code_table::data {
  std::vector<test_definition> tests;
  dictionary<size_t> by_loinc;
  std::set<std::string, std::less<>> analytes;
  dictionary<std::string> exact, folded; ///< spelling -> UCUM
  dictionary<std::vector<unit_kind>> measures;
  dictionary<std::string> rules;              ///< LOINC -> monovalent, same-number
  dictionary<std::vector<std::string>> names; ///< analyte -> what it is called

  void read_tests(std::string_view text);
  void read_units(std::string_view text);
  void read_names(std::string_view text);
};

void code_table::data::read_tests(std::string_view text) {
  each_row(text, 17, [&](const auto& c) {
    test_definition t;
    t.name = c[0], t.mass_loinc = c[1], t.mass_unit = c[2], t.molar_loinc = c[4], t.molar_unit = c[5],
    t.si_mass_unit = c[10], t.note = c[16];
    t.mass_decimals = small(c[3]), t.molar_decimals = small(c[6]);
    t.factor = number_in(c[7]), t.offset = number_in(c[8]), t.same_number = c[9] == "same-number";
    t.analyte = c[11], t.specimen = c[12], t.life_low = number_in(c[13]), t.life_high = number_in(c[14]);
    if (t.analyte.empty() || t.specimen.empty()) throw std::logic_error("a test without analyte or specimen");
    analytes.insert(t.analyte);
    for (const auto& loinc : {t.mass_loinc, t.molar_loinc}) {
      if (loinc.empty()) continue;
      if (!by_loinc.emplace(loinc, tests.size()).second)
        throw std::logic_error("a LOINC code stands twice in the table");
      if (!c[9].empty()) rules.emplace(loinc, c[9]);
    }
    tests.push_back(std::move(t));
  });
}

void code_table::data::read_units(std::string_view text) {
  each_row(text, 4, [&](const auto& c) {
    const std::string ucum(c[0]);
    exact.emplace(ucum, ucum);
    folded.emplace(fold_unit(ucum), ucum);
    auto& kinds = measures[ucum];
    if (!c[1].empty()) kinds.push_back({std::string(c[1]), ratio::of(number_in(c[2]))});
    for (const auto spelling : split(c[3], ' ')) {
      if (spelling.empty()) continue;
      auto& map = spelling[0] == '=' ? exact : folded;
      const auto key = spelling[0] == '=' ? std::string(spelling.substr(1)) : fold_unit(spelling);
      if (map.emplace(key, ucum).first->second != ucum)
        throw std::logic_error("a spelling stands for two units");
    }
  });
}

void code_table::data::read_names(std::string_view text) {
  each_row(text, 2, [&](const auto& c) {
    if (!analytes.contains(c[0])) throw std::logic_error("names of an analyte that no test has");
    for (const auto name : split(c[1], '|')) names[std::string(c[0])].emplace_back(name);
  });
}

code_table::code_table() {
  auto read = std::make_shared<data>();
  read->read_tests(text_of(files, "loinc_ucum.csv"));
  read->read_units(text_of(files, "units.csv"));
  read->read_names(text_of(files, "test_names.csv"));
  data_ = std::move(read);
}

const code_table& code_table::built_in() {
  static const code_table table;
  return table;
}

const test_definition* code_table::by_loinc(std::string_view loinc) const noexcept {
  const auto found = data_->by_loinc.find(loinc);
  return found == data_->by_loinc.end() ? nullptr : &data_->tests[found->second];
}

bool code_table::has_analyte(std::string_view name) const noexcept { return data_->analytes.contains(name); }

std::vector<std::string> code_table::analytes() const {
  return {data_->analytes.begin(), data_->analytes.end()};
}

const std::vector<test_definition>& code_table::tests() const noexcept { return data_->tests; }

const std::vector<std::string>& code_table::names_of(std::string_view analyte) const noexcept {
  static const std::vector<std::string> none;
  const auto found = data_->names.find(analyte);
  return found == data_->names.end() ? none : found->second;
}

std::string_view code_table::ucum(std::string_view sent) const noexcept {
  std::string room;
  const auto plain = is_plain_unit(sent) ? sent : std::string_view(room = plain_unit(sent));
  if (const auto found = data_->exact.find(plain); found != data_->exact.end()) return found->second;
  const auto folded = fold_unit(plain);
  if (const auto found = data_->folded.find(folded); found != data_->folded.end()) return found->second;
  // What the grammar makes of it is only believed where the table has that unit.
  const auto read = data_->exact.find(read_unit(plain));
  return read == data_->exact.end() ? std::string_view{} : std::string_view(read->second);
}

std::optional<ratio> code_table::same_kind_factor(std::string_view from, std::string_view to,
                                                  std::string_view loinc) const noexcept {
  if (from == to) return ratio{};
  const auto has_rule = [&](std::string_view wanted) {
    const auto rule = data_->rules.find(loinc);
    return rule != data_->rules.end() && rule->second == wanted;
  };
  const bool equivalents = (from == "meq/L" && to == "mmol/L") || (from == "mmol/L" && to == "meq/L");
  if (equivalents && has_rule("monovalent")) return ratio{};
  // A plain unit says nothing against the annotation that the test's code implies; another annotation does.
  const auto a = split_annotation(from), b = split_annotation(to);
  if (!a.annotation.empty() && a.annotation != b.annotation) return std::nullopt;
  const auto x = data_->measures.find(from), y = data_->measures.find(to);
  if (x == data_->measures.end() || y == data_->measures.end()) return std::nullopt;
  for (const unit_kind& m : x->second)
    for (const unit_kind& n : y->second)
      if (m.kind == n.kind) {
        const auto factor = times(m.factor, inverse(n.factor));
        // Troponins: ng/L against ng/mL is rather another assay than another unit.
        if (factor && !factor->is_one() && has_rule("same-number")) return std::nullopt;
        return factor;
      }
  return std::nullopt;
}

} // namespace aorta::lab

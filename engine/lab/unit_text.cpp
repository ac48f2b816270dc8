// How people write units. A unit is read by its parts, so that no list has to hold every spelling of every
// unit.
#include "engine/base/text.hpp"
#include "engine/lab/unit.hpp"

#include <algorithm>
#include <array>

namespace aorta::lab {
namespace {

struct replacement {
  std::string_view from, to;
};
constexpr std::array<replacement, 51> look_alikes{
  {{"\u00b5", "u"}, {"\u03bc", "u"}, {"\u00d7", "x"},        {"\u03c7", "x"}, {"\u03a7", "X"},
   {"\u00b7", "."}, {"\u22c5", "."}, {"\u2219", "."},        {"\u2022", "."}, {"\u2070", "0"},
   {"\u00b9", "1"}, {"\u00b2", "2"}, {"\u00b3", "3"},        {"\u2074", "4"}, {"\u2075", "5"},
   {"\u2076", "6"}, {"\u2077", "7"}, {"\u2078", "8"},        {"\u2079", "9"}, {"\u207b", "-"},
   {"\u207a", "+"}, {"\u2212", "-"}, {"\u2013", "-"},        {"\u2044", "/"}, {"\u2215", "/"},
   {"\u02c6", "^"}, {"\u2113", "l"}, {"\u00a0", ""},         {"\u202f", ""},  {"\u2009", ""},
   {"\u200b", ""},  {"\u00b0", ""},  {"\u0391", "A"},        {"\u0392", "B"}, {"\u0395", "E"},
   {"\u0396", "Z"}, {"\u0397", "H"}, {"\u0399", "I"},        {"\u039a", "K"}, {"\u039d", "N"},
   {"\u039f", "O"}, {"\u03a1", "P"}, {"\u03a4", "T"},        {"\u03a5", "Y"}, {"\u03ba", "k"},
   {"\u03bf", "o"}, {"\u03b9", "i"}, {"\u03b3\u03c1", "gr"}, {"\u039b", "L"}, {"\u03bb", "l"},
   {"\u03c4", "t"}}};
constexpr std::string_view greek_mu = "\u039c";

bool drop_end(std::string_view& text, std::string_view end) noexcept {
  if (!text.ends_with(end) || text.size() == end.size()) return false;
  text.remove_suffix(end.size());
  return true;
}

/// `word` at the end of `text`, bare or in brackets of any kind.
bool drop_word(std::string_view& text, std::string_view word) {
  for (const auto& [open, close] : {std::pair{"(", ")"}, {"{", "}"}, {"[", "]"}, {"", ""}})
    if (drop_end(text, open + std::string(word) + close)) return true;
  return false;
}

/// What stands behind a unit and changes nothing of it.
constexpr std::string_view remarks[] = {"calculated", "calc.", "calc", "ngsp", "dcct",
                                        "ifcc",       "at37c", "@37c", "37c",  "."};
constexpr std::string_view haemoglobin[] = {"haemoglobin", "hemoglobin", "hgb", "hba1c", "hb"};

/// `% of total Hgb`, `mmol/mol Hb`: of what HbA1c is a part.
void drop_haemoglobin(std::string_view& text) {
  const auto whole = text;
  for (const auto word : haemoglobin)
    if (drop_word(text, word)) break;
  for (const auto word : {"total", "tot.", "tot", "of"}) drop_end(text, word);
  if (text != "%" && text != "mmol/mol") text = whole;
}

/// The annotation that is part of the measurand; taken off `text`.
std::string_view take_annotation(std::string_view& text) {
  for (const auto& [word, annotation] : {std::pair{"feu", "{FEU}"},
                                         {"ddu", "{DDU}"},
                                         {"creatinine", "{creat}"},
                                         {"creat.", "{creat}"},
                                         {"creat", "{creat}"},
                                         {"crea", "{creat}"},
                                         {"cr", "{creat}"}})
    if (drop_word(text, word)) return annotation;
  return {};
}

constexpr std::array<replacement, 12> prefixes{{{"milli", "m"},
                                                {"micro", "u"},
                                                {"nano", "n"},
                                                {"pico", "p"},
                                                {"mc", "u"},
                                                {"mu", "u"},
                                                {"", ""},
                                                {"m", "m"},
                                                {"u", "u"},
                                                {"n", "n"},
                                                {"p", "p"},
                                                {"k", "k"}}};
constexpr std::array<replacement, 25> bases{
  {{"grams", "g"},   {"gram", "g"},    {"gr", "g"},      {"gm", "g"},     {"g", "g"},
   {"moles", "mol"}, {"mole", "mol"},  {"mols", "mol"},  {"mol", "mol"},  {"equiv", "eq"},
   {"eq", "eq"},     {"val", "eq"},    {"units", "U"},   {"unit", "U"},   {"[iu]", "[IU]"},
   {"i.u.", "[IU]"}, {"u.i.", "[IU]"}, {"i.u", "[IU]"},  {"u.i", "[IU]"}, {"iu", "[IU]"},
   {"ui", "[IU]"},   {"ie", "[IU]"},   {"katal", "kat"}, {"kat", "kat"},  {"u", "U"}}};

/// `mcg` -> ug, `mUI` -> m[IU]. Empty for what is no such thing.
std::string read_amount(std::string_view text) {
  for (const auto& [written, base] : bases) {
    if (!text.ends_with(written)) continue;
    const auto front = text.substr(0, text.size() - written.size());
    for (const auto& [word, prefix] : prefixes)
      if (front == word) return std::string(prefix).append(base);
  }
  return {};
}

std::string_view read_volume(std::string_view text) noexcept {
  static constexpr replacement volumes[] = {
    {"l", "L"},      {"lt", "L"},      {"ltr", "L"},         {"lit", "L"},    {"liter", "L"}, {"litre", "L"},
    {"dl", "dL"},    {"dlt", "dL"},    {"100ml", "dL"},      {"100cc", "dL"}, {"ml", "mL"},   {"mlt", "mL"},
    {"cc", "mL"},    {"cm3", "mL"},    {"cm^3", "mL"},       {"ul", "uL"},    {"ult", "uL"},  {"mcl", "uL"},
    {"mm3", "uL"},   {"mm^3", "uL"},   {"mm*3", "uL"},       {"mmc", "uL"},   {"cmm", "uL"},  {"cumm", "uL"},
    {"cu.mm", "uL"}, {"microl", "uL"}, {"microliter", "uL"}, {"mol", "mol"},  {"g", "g"},     {"gr", "g"},
    {"gm", "g"},     {"mg", "mg"},     {"mmol", "mmol"}};
  const auto at = std::find_if(std::begin(volumes), std::end(volumes),
                               [&](const replacement& each) { return each.from == text; });
  return at == std::end(volumes) ? std::string_view{} : at->to;
}

/// `3` of `10^3`, `x10E03`, `10(3)`, `x10exp3`, `E+3`; -1 for what is no power of ten.
int read_power(std::string_view text) noexcept {
  if (text.starts_with("1x")) text.remove_prefix(2);
  else if (text.starts_with('x') || text.starts_with('*')) text.remove_prefix(1);
  const bool ten = text.starts_with("10");
  if (ten) text.remove_prefix(2);
  bool marked = false;
  for (const std::string_view mark : {"exp", "**", "^", "*", "e", "x", "+", "(", "{"})
    if (text.starts_with(mark)) marked = true, text.remove_prefix(mark.size());
  if (!marked) return -1; // `103` is a hundred and three as well
  if (text.ends_with(')') || text.ends_with('}')) text.remove_suffix(1);
  while (text.starts_with('0')) text.remove_prefix(1);
  return text == "3" ? 3 : text == "6" ? 6 : text == "9" ? 9 : text == "12" ? 12 : -1;
}

/// How many zeros a count has; -1 when it is none.
int read_count(std::string_view text) noexcept {
  struct word {
    std::string_view written;
    int zeros;
  };
  static constexpr word words[] = {
    {"", 0},    {"k", 3},         {"thousand", 3}, {"thousands", 3}, {"thous", 3},    {"thou", 3},
    {"tsd", 3}, {"1000", 3},      {"x1000", 3},    {"million", 6},   {"millions", 6}, {"mill", 6},
    {"mil", 6}, {"mio", 6},       {"mln", 6},      {"1000000", 6},   {"billion", 9},  {"giga", 9},
    {"gpt", 9}, {"trillion", 12}, {"tera", 12},    {"tpt", 12}};
  bool cells = false;
  for (const std::string_view end : {"{cells}", "(cells)", "cells", "cell", "plt", "wbc", "rbc"})
    if (text == end || text.ends_with(end)) {
      cells = true;
      text.remove_suffix(end.size());
      break;
    }
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() && !cells) return -1;
  for (const auto& each : words)
    if (each.written == text) return each.zeros;
  return read_power(text);
}

std::string count_per(int zeros, std::string_view volume) {
  const std::string per = "/" + std::string(volume);
  return zeros == 0 ? per : "10*" + std::to_string(zeros) + per;
}

/// `mmol/l`, `mmol.l-1`, `mmol l^-1`: what is measured, and in how much.
struct quotient {
  std::string_view top, below;
};
quotient divided(std::string_view text) noexcept {
  if (const auto slash = text.find('/'); slash != std::string_view::npos)
    return {text.substr(0, slash), text.substr(slash + 1)};
  if (const auto per = text.find("per"); per != std::string_view::npos && per > 0)
    return {text.substr(0, per), text.substr(per + 3)};
  for (const std::string_view minus : {"^-1", "**-1", "*-1", "-1"}) {
    if (!text.ends_with(minus)) continue;
    text.remove_suffix(minus.size());
    if (const auto dot = text.find_last_of(".*"); dot != std::string_view::npos && dot > 0)
      return {text.substr(0, dot), text.substr(dot + 1)};
    quotient only;
    for (const std::string_view volume : {"ul", "dl", "ml", "l"})
      if (text.ends_with(volume) && !read_amount(text.substr(0, text.size() - volume.size())).empty()) {
        if (!only.top.empty()) return {text, {}}; // mgml-1 may be mg in mL and mgm in L
        only = {text.substr(0, text.size() - volume.size()), volume};
      }
    if (!only.top.empty()) return only;
  }
  return {text, {}};
}

/// `mL/min/1,73 m²`, however the surface is written.
bool is_filtration(std::string_view text) {
  if (!text.starts_with("ml/min")) return false;
  std::string rest;
  for (const char c : text.substr(6))
    if (c == ',' || c == '.') rest += '.';
    else if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z')) rest += c;
  if (rest.starts_with("per")) rest.erase(0, 3);
  if (rest.ends_with('.')) rest.pop_back();
  return rest == "1.73m2" || rest == "1.73" || rest == "1.73m" || rest == "1.73sqm" || rest == "1.73qm" ||
    rest == "1.73bsa" || rest == "1.73m2bsa" || rest == "bsa";
}

/// The blank of `mgm L-1` is a product: without it that would be mg in mL.
bool multiplies(std::string_view before, std::string_view rest) noexcept {
  if (before.empty() || before.back() == '.' || before.back() == '/') return false;
  if (rest.find("-1") == std::string_view::npos && rest.find("\u207b") == std::string_view::npos)
    return false;
  return !rest.empty() && ((rest[0] >= 'a' && rest[0] <= 'z') || (rest[0] >= 'A' && rest[0] <= 'Z'));
}

} // namespace

bool is_plain_unit(std::string_view sent) noexcept {
  return std::none_of(sent.begin(), sent.end(),
                      [](char c) { return static_cast<unsigned char>(c) >= 0x80 || c == ' ' || c == '\t'; });
}

std::string plain_unit(std::string_view sent) {
  std::string out;
  for (size_t i = 0; i < sent.size();) {
    const auto rest = sent.substr(i);
    if (static_cast<unsigned char>(rest[0]) < 0x80) {
      if (rest[0] != ' ' && rest[0] != '\t') out += rest[0];
      else if (multiplies(out, rest.substr(1))) out += '.';
      ++i;
      continue;
    }
    const bool last = rest.size() <= 2 || rest[2] == '/';
    // Capital mu before a letter may be micro in capitals or milli on a Greek keyboard; alone it is million.
    if (rest.starts_with(greek_mu) && last) {
      out += 'M';
      i += greek_mu.size();
      continue;
    }
    const auto at = std::find_if(look_alikes.begin(), look_alikes.end(),
                                 [&](const replacement& each) { return rest.starts_with(each.from); });
    // A micro sign alone is no unit letter: `µ/L` is not U/L.
    if (at == look_alikes.end() || (at->to == "u" && last)) {
      out += rest[0];
      ++i;
    } else {
      out += at->to;
      i += at->from.size();
    }
  }
  return out;
}

std::string fold_unit(std::string_view sent) { return lower(plain_unit(sent)); }

std::string read_unit(std::string_view plain) {
  const std::string folded = lower(plain);
  if (folded.size() > 60) return {};
  if (is_filtration(folded)) return "mL/min/{1.73_m2}";
  std::string_view text = folded;
  for (bool again = true; again;) {
    again = false;
    for (const auto remark : remarks) again = drop_word(text, remark) || again;
  }
  drop_haemoglobin(text);
  if (text == "%") return "%";
  const auto annotation = take_annotation(text);
  auto [top, below] = divided(text);
  std::string_view volume = read_volume(below);
  if (below.empty() && top.size() > 1 && top.ends_with('%')) { // mg% is mg in 100 mL
    top.remove_suffix(1);
    volume = "dL";
    if (const auto amount = read_amount(top); !amount.ends_with('g')) return {};
  }
  if (volume.empty()) return {};
  if (const int zeros = read_count(top); zeros >= 0 && annotation.empty()) return count_per(zeros, volume);
  // FEU may stand before the stroke as well: ng FEU/mL.
  const auto inner = annotation.empty() ? take_annotation(top) : std::string_view{};
  const auto amount = read_amount(top);
  if (amount.empty()) return {};
  return amount + "/" + std::string(volume) + std::string(annotation.empty() ? inner : annotation);
}

} // namespace aorta::lab

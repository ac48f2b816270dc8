#include "engine/lab/specimen.hpp"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <utility>

namespace aorta::lab {
namespace {

using namespace specimen;

struct specimen_word {
  std::string_view text;
  uint8_t kind;
};

/// HL70487, HL70070, SNOMED CT, and what hospitals write beside them: the whole text must be one of them.
constexpr specimen_word known_codes[] = {
  {"bld", blood},       {"blda", blood},      {"bldc", blood},      {"bldv", blood},
  {"bldco", blood},     {"bldcap", blood},    {"cbld", blood},      {"ser", blood},
  {"serpl", blood},     {"plas", blood},      {"plb", blood},       {"ppp", blood},
  {"prp", blood},       {"wb", blood},        {"rbc", blood},       {"wbc", blood},
  {"bpu", blood},       {"dbs", blood},       {"ur", urine},        {"urc", urine},
  {"urt", urine},       {"urin", urine},      {"urinb", urine},     {"urinc", urine},
  {"urinm", urine},     {"urinn", urine},     {"urinp", urine},     {"urns", urine},
  {"randu", urine},     {"u", urine},         {"csf", csf},         {"csfr", csf},
  {"stl", other},       {"spt", other},       {"sal", other},       {"swt", other},
  {"snv", other},       {"syn", other},       {"flu", other},       {"prt", other},
  {"plr", other},       {"pcfl", other},      {"pafl", other},      {"diaf", other},
  {"amn", other},       {"smn", other},       {"tiss", other},      {"mar", other},
  {"bon", other},       {"har", other},       {"nail", other},      {"gas", other},
  {"gast", other},      {"bil", other},       {"wnd", other},       {"thrt", other},
  {"nos", other},       {"asp", other},       {"bro", other},       {"bal", other},
  {"cvx", other},       {"vag", other},       {"gen", other},       {"skn", other},
  {"milk", other},      {"mbld", other},      {"119297000", blood}, {"119364003", blood},
  {"119361006", blood}, {"122555007", blood}, {"122552005", blood}, {"122554006", blood},
  {"258580003", blood}, {"122556008", blood}, {"119298005", blood}, {"440500007", blood},
  {"122575003", urine}, {"276833005", urine}, {"278020009", urine}, {"258574006", urine},
  {"122565001", urine}, {"258450006", csf},   {"119339001", other}, {"119334006", other},
  {"119342007", other}, {"168139001", other}, {"418564007", other}, {"119332005", other},
  {"257261003", other}, {"258441009", other}, {"119359002", other}, {"119373006", other},
  {"119376003", other}, {"119347001", other}, {"309051001", other}, {"wbld", blood},
  {"whbld", blood},     {"whb", blood},       {"cap", blood},       {"ven", blood},
  {"art", blood},       {"umb", blood},       {"bbl", blood},       {"fblood", blood},
  {"hblud", blood},     {"csvr", blood},      {"aseru", blood},     {"cseru", blood},
  {"plevs", blood},     {"uri", urine},       {"urn", urine},       {"ua", urine},
  {"msu", urine},       {"mssu", urine},      {"csu", urine},       {"emu", urine},
  {"fvu", urine},       {"sem", other},       {"sprm", other},      {"fld", other},
  {"fluid", other},     {"dial", other},      {"dia", other},       {"bifl", other},
  {"dufl", other},      {"vitf", other},      {"jntfld", other},    {"kidfld", other},
  {"fga", other},       {"frs", other},       {"cst", other},       {"cyst", other},
  {"csmy", other},      {"hydc", other},      {"renc", other},      {"shunf", other},
  {"pus", other},       {"pust", other},      {"vom", other},       {"tear", other},
  {"effus", other},     {"exudte", other},    {"eta", other},       {"tasp", other},
  {"gasa", other},      {"ngasp", other},     {"gasd", other},      {"lavg", other},
  {"lavgg", other},     {"lavgp", other},     {"drn", other},       {"drng", other},
  {"sptc", other},      {"sptt", other},      {"sput", other},      {"sputin", other},
  {"sputsp", other},    {"dcs", other},       {"calc", other},      {"stone", other},
  {"mec", other},       {"mlk", other},       {"col", other},       {"bx", other},
  {"brth", other},      {"exg", other}};

/// Codes that also mean the same beside other words: `UR random`, `SER/PLAS`.
constexpr specimen_word codes_in_words[] = {{"ur", urine},    {"msu", urine},  {"csu", urine}, {"ser", blood},
                                            {"serpl", blood}, {"plas", blood}, {"bld", blood}, {"wb", blood},
                                            {"wbld", blood},  {"csf", csf}};

/// Beginnings of words, without accents.
constexpr specimen_word beginnings[] = {
  {"serum", blood},     {"sera", blood},       {"plasma", blood},   {"blood", blood},
  {"edta", blood},      {"heparin", blood},    {"citrat", blood},   {"capillar", blood},
  {"arteri", blood},    {"venous", blood},     {"blut", blood},     {"ορος", blood},
  {"ορου", blood},      {"ορο", blood},        {"πλασμα", blood},   {"αιμα", blood},
  {"urin", urine},      {"harn", urine},       {"ουρα", urine},     {"ουρων", urine},
  {"ουροσυλλ", urine},  {"csf", csf},          {"liquor", csf},     {"cerebrospinal", csf},
  {"spinal", csf},      {"εγκεφαλονωτ", csf},  {"ενυ", csf},        {"stool", other},
  {"feces", other},     {"faeces", other},     {"fecal", other},    {"faecal", other},
  {"sputum", other},    {"saliva", other},     {"sweat", other},    {"synovial", other},
  {"pleural", other},   {"peritoneal", other}, {"ascit", other},    {"pericardial", other},
  {"dialys", other},    {"amniotic", other},   {"semen", other},    {"seminal", other},
  {"tissue", other},    {"biopsy", other},     {"marrow", other},   {"swab", other},
  {"wound", other},     {"gastric", other},    {"vitreous", other}, {"nail", other},
  {"hair", other},      {"κοπραν", other},     {"πτυελ", other},    {"σιελ", other},
  {"ιδρωτ", other},     {"σπερμα", other},     {"αρθρικ", other},   {"πλευριτικ", other},
  {"ασκιτικ", other},   {"περιτοναι", other},  {"μυελ", other},     {"επιχρισμα", other},
  {"βιοψια", other},    {"τραυμα", other},     {"φλεβικ", blood},   {"τριχοειδ", blood},
  {"αρτηριακ", blood},  {"αιμοκαλλ", blood},   {"ουροκαλλ", urine}, {"oura", urine},
  {"ouron", urine},     {"ourwn", urine},      {"oyra", urine},     {"oyron", urine},
  {"oyrwn", urine},     {"aima", blood},       {"oros", blood},     {"orou", blood},
  {"egkefalonot", csf}, {"enkefalonot", csf},  {"kopran", other},   {"ptyel", other},
  {"sperma", other},    {"effusion", other},   {"exudat", other},   {"transudat", other},
  {"lavage", other},    {"aspirat", other},    {"abscess", other},  {"drain", other},
  {"meconium", other},  {"vomit", other},      {"breath", other},   {"colostrum", other},
  {"calculus", other}};

/// Which fluid is told by another word, if by any: `spinal fluid` is no other one.
constexpr specimen_word unspecified_words[] = {{"fluid", other}, {"flud", other}, {"υγρο", other}};

/// The same letter without its accent.
UChar32 plain(UChar32 c) noexcept {
  switch (c) {
    case 0x3ac: return 0x3b1;
    case 0x3ad: return 0x3b5;
    case 0x3ae: return 0x3b7;
    case 0x3af:
    case 0x3ca:
    case 0x390: return 0x3b9;
    case 0x3cc: return 0x3bf;
    case 0x3cd:
    case 0x3cb:
    case 0x3b0: return 0x3c5;
    case 0x3ce: return 0x3c9;
    default: return c;
  }
}

/// In small letters without accents; what is neither letter nor digit is one blank.
std::string folded(std::string_view text) {
  std::string out;
  const auto* const bytes = reinterpret_cast<const uint8_t*>(text.data());
  for (int32_t at = 0, size = int32_t(std::min<size_t>(text.size(), 400)); at < size;) {
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);
    if (c < 0 || !u_isalnum(c)) {
      if (!out.empty() && out.back() != ' ') out += ' ';
      continue;
    }
    char buffer[4];
    int32_t length = 0;
    U8_APPEND_UNSAFE(buffer, length, plain(u_foldCase(c, U_FOLD_CASE_DEFAULT)));
    out.append(buffer, size_t(length));
  }
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

template <size_t count>
uint8_t kind_of(const specimen_word (&known)[count], std::string_view text) noexcept {
  const auto at = std::find_if(std::begin(known), std::end(known),
                               [&](const specimen_word& each) { return each.text == text; });
  return at == std::end(known) ? uint8_t{0} : at->kind;
}

template <size_t count>
uint8_t kinds_of_beginnings(const specimen_word (&known)[count], std::string_view word) noexcept {
  uint8_t out = 0;
  for (const auto& each : known)
    if (word.starts_with(each.text)) out |= each.kind;
  return out;
}

/// Greek that was typed with the Latin capitals that look like it.
std::string as_greek(std::string_view word) {
  static constexpr std::pair<char, std::string_view> alike[] = {
    {'a', "α"}, {'b', "β"}, {'e', "ε"}, {'h', "η"}, {'i', "ι"}, {'k', "κ"}, {'m', "μ"},
    {'n', "ν"}, {'o', "ο"}, {'p', "ρ"}, {'t', "τ"}, {'x', "χ"}, {'y', "υ"}, {'z', "ζ"}};
  std::string out;
  for (const char c : word) {
    const auto at = std::find_if(std::begin(alike), std::end(alike),
                                 [&](const auto& each) { return each.first == c; });
    if (at == std::end(alike)) out += c;
    else out += at->second;
  }
  return out;
}

uint8_t kinds_of_word(std::string_view word) {
  const auto kinds = kinds_of_beginnings(beginnings, word);
  return kinds != 0 ? kinds : kinds_of_beginnings(beginnings, as_greek(word));
}

/// Collected over hours, written in one with its code: `24U`, `U24H`, `24 hr UR`. Tubes are numbered too: a
/// number alone is 12 or 24.
uint8_t kind_of_collection(std::string_view whole) {
  constexpr std::string_view digits = "0123456789";
  std::string text(whole);
  std::erase(text, ' ');
  const size_t begin = std::min(text.find_first_of(digits), text.size()),
               end = std::min(text.find_first_not_of(digits, begin), text.size());
  const auto number = std::string_view(text).substr(begin, end - begin);
  const auto before = std::string_view(text).substr(0, begin);
  auto behind = std::string_view(text).substr(end);
  bool hours = number == "12" || number == "24";
  for (const std::string_view unit : {"hours", "hour", "hrs", "hr", "h"})
    if (!number.empty() && behind.starts_with(unit)) {
      behind.remove_prefix(unit.size()), hours = true;
      break;
    }
  if (!hours || before.empty() == behind.empty()) return 0;
  return uint8_t(kind_of(known_codes, before.empty() ? behind : before) & urine);
}

template <class Read>
uint8_t kinds_of_words(std::string_view whole, Read read) {
  uint8_t out = 0;
  for (size_t at = 0; at < whole.size();) {
    const size_t end = std::min(whole.find(' ', at), whole.size());
    out |= read(whole.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

uint8_t kinds_of(const std::vector<std::string>& texts) {
  for (const auto& text : texts) // the code first, then its words: the first that is known counts
    if (const auto kinds = specimens_in(text)) return kinds;
  return 0;
}

constexpr size_t most_specimens = 10; ///< in one OBR-15, which should not repeat at all

/// OBR-15 is SPS: the source is its first component, a coding in subcomponents. Senders who write a coding in
/// components are read too.
uint8_t of_order(text_reader& read, const hl7::segment_view& obr) {
  uint8_t out = 0;
  for (size_t n = 1; n <= std::min(obr.repetitions(15), most_specimens); ++n) {
    std::vector<std::string> texts;
    for (const size_t sub : {1, 2, 4, 5}) texts.push_back(read.get(obr, 15, n, 1, sub));
    for (const size_t component : {2, 4, 5}) texts.push_back(read.get(obr, 15, n, component));
    out |= kinds_of(texts); // of several the results may be of either
  }
  return out;
}

uint8_t of_specimen(text_reader& read, const hl7::segment_view& spm) {
  std::vector<std::string> texts;
  for (const size_t component : {1, 2, 4, 5, 9}) texts.push_back(read.get(spm, 4, 1, component));
  return kinds_of(texts);
}

} // namespace

uint8_t specimens_in(std::string_view text) {
  const auto whole = folded(text);
  if (whole.empty()) return 0;
  if (const auto kind = kind_of(known_codes, whole)) return kind;
  if (const auto kinds = kinds_of_words(whole, kinds_of_word)) return kinds;
  if (const auto kinds = kinds_of_words(whole,
                                        [](std::string_view word) { return kind_of(codes_in_words, word); }))
    return kinds;
  if (const auto kind = kind_of_collection(whole)) return kind;
  return kinds_of_words(whole,
                        [](std::string_view word) { return kinds_of_beginnings(unspecified_words, word); });
}

uint8_t specimen_named(std::string_view name) noexcept {
  return name == "blood" ? blood : name == "urine" ? urine : name == "csf" ? csf : other;
}

specimen_book::specimen_book(const hl7::message& msg, text_reader& read) {
  const auto header = msg.segment(0);
  const bool specimen_first = header.get(9, 1, 1).raw == "OUL" && header.get(9, 1, 2).raw != "R24";
  size_t orders = 0, specimens = 0;
  specimen_statement standing; // OUL^R22, R23: of the orders up to the next specimen
  orders_.emplace_back();      // results in front of any order
  const auto add = [](std::vector<specimen_statement>& to, const specimen_statement& what) {
    if (what.kinds == 0) return;
    // Several specimens of one order are one statement: its results may be of either.
    for (auto& each : to)
      if (each.where.starts_with("SPM") && what.where.starts_with("SPM")) {
        each.kinds |= what.kinds;
        return;
      }
    to.push_back(what);
  };
  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto segment = msg.segment(i);
    const auto name = segment.name();
    if (name == "OBR") {
      orders_.emplace_back();
      add(orders_.back(), {"OBR[" + std::to_string(++orders) + "]-15", of_order(read, segment)});
      add(orders_.back(), standing);
    } else if (name == "SPM") {
      const specimen_statement told{"SPM[" + std::to_string(++specimens) + "]-4", of_specimen(read, segment)};
      if (specimen_first) standing = told;
      else add(orders_.back(), told);
    } else if (name == "OBX") {
      order_of_.push_back(orders_.size() - 1);
    }
  }
}

const std::vector<specimen_statement>& specimen_book::of(size_t position) const noexcept {
  static const std::vector<specimen_statement> nothing;
  return position == 0 || position > order_of_.size() ? nothing : orders_[order_of_[position - 1]];
}

} // namespace aorta::lab

#include "engine/lab/sheet_guess.hpp"

#include "engine/base/text.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/sheet_rows.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <map>

namespace aorta::lab {
namespace {

using column = sheet_field;

constexpr size_t most_guessed_rows = 5'000, rows_looked_at_for_headings = 50;

/// Headings as laboratories and their programs write them.
constexpr std::pair<std::string_view, column> known_headings[] = {{"patient id", column::mrn},
                                                                  {"patient no", column::mrn},
                                                                  {"patient code", column::mrn},
                                                                  {"mrn", column::mrn},
                                                                  {"κωδικός ασθενή", column::mrn},
                                                                  {"id card", column::cyprus_id},
                                                                  {"identity card", column::cyprus_id},
                                                                  {"national id", column::cyprus_id},
                                                                  {"ταυτότητα", column::cyprus_id},
                                                                  {"αρ. ταυτότητας", column::cyprus_id},
                                                                  {"α.δ.τ.", column::cyprus_id},
                                                                  {"arc", column::arc},
                                                                  {"surname", column::family},
                                                                  {"last name", column::family},
                                                                  {"family name", column::family},
                                                                  {"επώνυμο", column::family},
                                                                  {"name", column::given},
                                                                  {"first name", column::given},
                                                                  {"given name", column::given},
                                                                  {"όνομα", column::given},
                                                                  {"patient", column::family},
                                                                  {"patient name", column::family},
                                                                  {"ονοματεπώνυμο", column::family},
                                                                  {"birth date", column::birth_date},
                                                                  {"date of birth", column::birth_date},
                                                                  {"dob", column::birth_date},
                                                                  {"ημ. γέννησης", column::birth_date},
                                                                  {"ημερομηνία γέννησης", column::birth_date},
                                                                  {"sex", column::sex},
                                                                  {"gender", column::sex},
                                                                  {"φύλο", column::sex},
                                                                  {"sample", column::order_number},
                                                                  {"sample id", column::order_number},
                                                                  {"sample no", column::order_number},
                                                                  {"order", column::order_number},
                                                                  {"order no", column::order_number},
                                                                  {"accession", column::order_number},
                                                                  {"barcode", column::order_number},
                                                                  {"αρ. δείγματος", column::order_number},
                                                                  {"collected", column::collected_at},
                                                                  {"collection date", column::collected_at},
                                                                  {"sample date", column::collected_at},
                                                                  {"date", column::collected_at},
                                                                  {"ημερομηνία", column::collected_at},
                                                                  {"time", column::collected_time},
                                                                  {"ώρα", column::collected_time},
                                                                  {"reported", column::reported_at},
                                                                  {"specimen", column::specimen},
                                                                  {"sample type", column::specimen},
                                                                  {"δείγμα", column::specimen},
                                                                  {"test", column::code},
                                                                  {"test code", column::code},
                                                                  {"code", column::code},
                                                                  {"κωδικός", column::code},
                                                                  {"test name", column::name},
                                                                  {"description", column::name},
                                                                  {"εξέταση", column::name},
                                                                  {"περιγραφή", column::name},
                                                                  {"result", column::value},
                                                                  {"value", column::value},
                                                                  {"αποτέλεσμα", column::value},
                                                                  {"τιμή", column::value},
                                                                  {"unit", column::unit},
                                                                  {"units", column::unit},
                                                                  {"μονάδα", column::unit},
                                                                  {"μονάδες", column::unit},
                                                                  {"range", column::range},
                                                                  {"reference range", column::range},
                                                                  {"normal range", column::range},
                                                                  {"τιμές αναφοράς", column::range},
                                                                  {"φυσιολογικές τιμές", column::range},
                                                                  {"low", column::low},
                                                                  {"high", column::high},
                                                                  {"flag", column::flag},
                                                                  {"status", column::status},
                                                                  {"comment", column::comment},
                                                                  {"comments", column::comment},
                                                                  {"remarks", column::comment},
                                                                  {"παρατηρήσεις", column::comment}};

std::optional<column> known_heading(std::string_view text) {
  const auto wanted = identity::fold_name(text); // in capitals, without accents
  for (const auto& [heading, of] : known_headings)
    if (!wanted.empty() && wanted == identity::fold_name(heading)) return of;
  return std::nullopt;
}

bool is_numeral(const std::string& cell) { return !cell.empty() && read_number(cell, true).has_value(); }

class guesser {
public:
  explicit guesser(std::string_view bytes) : bytes_(bytes) {}

  result<sheet_guess> guess() {
    if (bytes_.empty()) return unreadable_sheet("the file is empty");
    if (bytes_.starts_with("\xff\xfe") || bytes_.starts_with("\xfe\xff") || bytes_.find('\0') != bytes_.npos)
      return unreadable_sheet("the file is UTF-16 or no text: save it as CSV in UTF-8");
    guess_charset();
    if (!guess_delimiter()) return unreadable_sheet("no delimiter divides its rows alike");
    if (!find_headings()) return unreadable_sheet("no row looks like headings");
    guess_columns();
    guess_times();
    guess_numbers();
    guess_repeats();
    guess_tests();
    return std::move(out_);
  }

private:
  static error unreadable_sheet(std::string text) { return {error_code::invalid, "", std::move(text)}; }
  void tell(std::string text) { out_.unclear.push_back(std::move(text)); }

  void guess_charset() {
    if (bytes_.starts_with(byte_order_mark)) return;
    if (hl7::is_ascii(bytes_)) return tell("charset: only ASCII is in it, so any would do");
    if (hl7::is_utf8(bytes_)) return;
    // Where the two Greek charsets differ: the capital alpha with its accent, and marks that one lacks.
    const auto at = [&](char c) { return std::count(bytes_.begin(), bytes_.end(), c); };
    const auto windows = at('\xa2'), iso = at('\xb6');
    out_.layout.charset = windows == 0 && iso > 0 && !hl7::has_upper_controls(bytes_) ? "8859/7"
                                                                                      : "windows-1253";
    if ((windows > 0) == (iso > 0) && !hl7::has_upper_controls(bytes_))
      tell("charset: windows-1253 or ISO 8859-7; no letter in it tells which");
  }

  bool guess_delimiter() {
    size_t best = 0;
    std::vector<std::string> alike;
    for (const char each : {';', ',', '\t', '|'}) {
      sheet_layout how;
      how.delimiter = each;
      const auto rows = csv::read_all(bytes_, dialect_of(how));
      if (!rows || rows->empty()) continue;
      std::map<size_t, size_t> widths;
      for (const auto& row : *rows) ++widths[row.fields.size()];
      const auto common = std::max_element(widths.begin(), widths.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
      if (common->first < 3 || common->second * 2 < rows->size()) continue;
      alike.push_back(each == '\t' ? "tab" : std::string(1, each));
      if (common->second * common->first <= best) continue;
      best = common->second * common->first;
      out_.layout.delimiter = each;
      width_ = common->first;
    }
    if (alike.size() > 1) {
      std::string all;
      for (const auto& each : alike) all += (all.empty() ? "'" : ", '") + each + "'";
      tell("delimiter: " + all + " divide it alike");
    }
    return best > 0 && read_rows();
  }

  bool read_rows() {
    const auto charset = hl7::decoder::make(out_.layout.charset);
    const auto rows = csv::read_all(bytes_, dialect_of(out_.layout));
    if (!charset || !rows) return false;
    for (const auto& row : *rows) {
      if (rows_.size() == most_guessed_rows) break;
      sheet_cells cells;
      for (const auto& each : row.fields) cells.emplace_back(trimmed(charset->decode_with_holes(each)));
      rows_.push_back(std::move(cells));
    }
    return !rows_.empty();
  }

  bool find_headings() {
    size_t most = 0, found = rows_.size();
    for (size_t i = 0; i < std::min(rows_.size(), rows_looked_at_for_headings); ++i) {
      if (rows_[i].size() != width_) continue;
      const auto known = size_t(std::count_if(
        rows_[i].begin(), rows_[i].end(), [](const auto& cell) { return known_heading(cell).has_value(); }));
      if (known > most) {
        most = known;
        found = i;
      }
    }
    if (found == rows_.size()) return false;
    headings_ = rows_[found];
    rows_.erase(rows_.begin(), rows_.begin() + std::ptrdiff_t(found) + 1);
    return true;
  }

  void guess_columns() {
    auto& columns = out_.layout.columns;
    std::vector<size_t> unknown;
    for (size_t i = 0; i < headings_.size(); ++i) {
      const auto of = known_heading(headings_[i]);
      if (of && !columns[size_t(*of)].given()) {
        columns[size_t(*of)].heading = headings_[i];
        places_[*of] = i;
      } else if (of) {
        tell("columns: '" + headings_[i] + "' and '" + columns[size_t(*of)].heading + "' both look like " +
             std::string(name(*of)));
      } else if (!headings_[i].empty()) {
        unknown.push_back(i);
      }
    }
    const bool has_result = columns[size_t(column::value)].given();
    out_.layout.test_a_column = !has_result && unknown.size() >= 2;
    if (out_.layout.test_a_column) return take_test_columns(unknown);
    for (const auto i : unknown) tell("columns: '" + headings_[i] + "' is like no heading that is known");
    for (const auto each : {column::code, column::value})
      if (!columns[size_t(each)].given()) tell("columns: none looks like " + std::string(name(each)));
    check_person();
  }

  /// A column of numbers is a test; another one may be anything.
  void take_test_columns(const std::vector<size_t>& unknown) {
    for (const auto i : unknown) {
      const bool numbers = std::any_of(rows_.begin(), rows_.end(),
                                       [&](const auto& row) { return i < row.size() && is_numeral(row[i]); });
      const auto& heading = headings_[i];
      const bool unit = heading.ends_with(")") || heading.ends_with("]");
      if (unit) out_.layout.units = sheet_layout::units_in::heading;
      if (numbers || unit) continue;
      tell("columns: '" + heading + "' has no numbers; it is a test unless `ignore` names it");
    }
    for (const auto each :
         {column::code, column::name, column::unit, column::range, column::low, column::high, column::flag})
      if (out_.layout.columns[size_t(each)].given()) {
        tell("columns: '" + out_.layout.columns[size_t(each)].heading +
             "' is left out, since a row has many tests");
        out_.layout.ignore.push_back(std::exchange(out_.layout.columns[size_t(each)].heading, {}));
      }
    check_person();
  }

  void check_person() {
    const auto given = [&](column of) { return out_.layout.at(of).given(); };
    if (!given(column::mrn) && !given(column::cyprus_id) && !given(column::arc) && !given(column::family))
      tell("columns: none says whose the results are");
    if (given(column::mrn))
      tell("columns: whether '" + out_.layout.at(column::mrn).heading +
           "' is the clinic's own number, or the laboratory's, which finds nobody");
    if (!given(column::order_number) && !given(column::collected_at))
      tell("columns: nothing tells orders apart: neither a number nor a time");
  }

  std::vector<std::string> cells_of(column of) const {
    std::vector<std::string> out;
    const auto place = places_.find(of);
    if (place == places_.end()) return out;
    for (const auto& row : rows_)
      if (place->second < row.size() && !row[place->second].empty()) out.push_back(row[place->second]);
    return out;
  }

  /// The first of these by which all cells can be read; `other`: a second one too.
  static std::string pattern_of(const std::vector<std::string>& cells, const std::vector<std::string>& among,
                                std::string& other) {
    std::string out;
    for (const auto& pattern : among) {
      const bool all = std::all_of(cells.begin(), cells.end(),
                                   [&](const auto& cell) { return sheet_time(cell, pattern).has_value(); });
      if (!all) continue;
      if (out.empty()) out = pattern;
      else if (other.empty()) other = pattern;
    }
    return out;
  }

  void guess_times() {
    std::vector<std::string> days;
    for (const std::string mark : {"/", "-", "."})
      for (const auto& order :
           {"dd%MM%yyyy", "MM%dd%yyyy", "yyyy%MM%dd", "d%M%yyyy", "M%d%yyyy", "dd%MM%yy"}) {
        std::string made;
        for (const char c : std::string_view(order)) c == '%' ? made += mark : made += c;
        days.push_back(made);
      }
    days.emplace_back("yyyyMMdd");
    days.emplace_back("excel");
    take_pattern("date", cells_of(column::birth_date), days, out_.layout.date);
    auto times = cells_of(column::collected_at);
    const auto reported = cells_of(column::reported_at);
    times.insert(times.end(), reported.begin(), reported.end());
    std::vector<std::string> both;
    for (const auto& day : days)
      for (const auto* behind : {" HH:mm", " HH:mm:ss", "THH:mm:ss", " H:mm"})
        if (day != "excel") both.push_back(day + behind);
    both.emplace_back("excel");
    take_pattern("time", times, both, out_.layout.time);
  }

  void take_pattern(const char* key, const std::vector<std::string>& cells,
                    const std::vector<std::string>& among, std::string& into) {
    if (cells.empty()) return;
    std::string other;
    const auto found = pattern_of(cells, among, other);
    if (found.empty()) return tell(std::string(key) + ": no pattern fits all cells");
    into = found;
    const auto turned = [](std::string text) { // a day and a month that might be each other
      for (char& c : text) c = c == 'd' ? 'M' : c == 'M' ? 'd' : c;
      return text;
    };
    if (!other.empty() && std::any_of(among.begin(), among.end(), [&](const auto& each) {
          return each == turned(found) &&
            std::all_of(cells.begin(), cells.end(), [&](const auto& c) { return sheet_time(c, each); });
        }))
      tell(std::string(key) + ": " + found + " or " + turned(found) + ": no day in it is above 12");
  }

  void guess_numbers() {
    size_t commas = 0, points = 0, thousands = 0;
    const auto look = [&](const std::string& cell) {
      if (!is_numeral(cell)) return;
      const auto mark = cell.find_first_of(",.");
      if (mark == cell.npos) return;
      if (maybe_thousands(cell)) ++thousands;
      else ++(cell[mark] == ',' ? commas : points);
    };
    for (const auto& row : rows_)
      for (size_t i = 0; i < row.size() && i < headings_.size(); ++i)
        if (const auto of = known_heading(headings_[i]);
            out_.layout.test_a_column ? !of : of == column::value)
          look(row[i]);
    out_.decimal_comma = commas > points;
    if (commas > 0 && points > 0) tell("numbers: decimal commas and decimal points");
    if (commas + points == 0) tell("numbers: none shows whether the decimal sign is a comma or a point");
    if (thousands > 0)
      tell("numbers: " + std::to_string(thousands) +
           " have three digits behind the sign, which may be thousands");
  }

  void guess_repeats() {
    std::optional<size_t> who;
    for (const auto of : {column::mrn, column::cyprus_id, column::arc, column::family})
      if (const auto found = places_.find(of); found != places_.end() && !who) who = found->second;
    if (!who) return;
    const auto value = places_.find(column::value);
    const auto blank = std::count_if(rows_.begin(), rows_.end(), [&](const auto& row) {
      return *who < row.size() && row[*who].empty() &&
        (value == places_.end() || (value->second < row.size() && !row[value->second].empty()));
    });
    if (blank == 0) return;
    out_.layout.repeats = sheet_layout::repeated::order;
    tell("repeats: " + std::to_string(blank) +
         " rows have a result and no patient; that the one above is meant is a guess");
  }

  void guess_tests() {
    const auto add = [&](const std::string& code) {
      if (!code.empty() && std::find(out_.tests.begin(), out_.tests.end(), code) == out_.tests.end())
        out_.tests.push_back(code);
    };
    if (out_.layout.test_a_column) {
      if (const auto head = read_head(out_.layout, headings_, {}))
        for (const auto& each : head->tests) add(each.code);
      return;
    }
    const bool has_code = out_.layout.at(column::code).given();
    for (const auto& each : cells_of(has_code ? column::code : column::name)) add(each);
  }

  std::string_view bytes_;
  sheet_guess out_;
  size_t width_ = 0;
  sheet_cells headings_;
  std::vector<sheet_cells> rows_; ///< below the headings
  std::map<column, size_t> places_;
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' || c == '\r' || c == '\t' ? ' ' : c;
  }
  return out + "\"";
}

} // namespace

result<sheet_guess> guess_sheet(std::string_view bytes) { return guesser(bytes).guess(); }

std::string profile_text(const sheet_guess& of, std::string_view code) {
  std::string out = "# Guessed from a file: look at each line before it is used.\n";
  for (const auto& each : of.unclear) out += "# unclear: " + each + "\n";
  const auto line = [&](const std::string& key, const std::string& value) {
    out += key + " = " + value + "\n";
  };
  out += "[lab]\n";
  line("name", quoted(code));
  line("code", quoted(code));
  if (of.decimal_comma) line("decimal_comma", "true");
  out += "\n[csv]\n";
  line("delimiter", of.layout.delimiter == '\t' ? "\"tab\"" : quoted({&of.layout.delimiter, 1}));
  if (!of.layout.charset.empty()) line("charset", quoted(of.layout.charset));
  if (of.layout.test_a_column) line("rows", "\"order\"");
  if (of.layout.units == sheet_layout::units_in::heading) line("units", "\"heading\"");
  if (of.layout.repeats != sheet_layout::repeated::nothing) line("repeats", "\"order\"");
  line("date", quoted(of.layout.date));
  line("time", quoted(of.layout.time));
  if (!of.layout.ignore.empty()) {
    std::string all;
    for (const auto& each : of.layout.ignore) all += (all.empty() ? "" : ", ") + quoted(each);
    line("ignore", "[" + all + "]");
  }
  out += "\n[csv.columns]\n";
  for (size_t i = 0; i < sheet_fields; ++i)
    if (of.layout.columns[i].given())
      line(std::string(name(sheet_field(i))), quoted(of.layout.columns[i].heading));
  out += "\n# Each needs its LOINC code; without one its results wait under /api/review.\n[tests]\n";
  for (const auto& each : of.tests) out += "# " + quoted(each) + " = \"\"\n";
  return out;
}

} // namespace aorta::lab

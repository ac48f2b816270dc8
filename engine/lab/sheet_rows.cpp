#include "engine/lab/sheet_rows.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/text.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

using column = sheet_field; ///< what one says

constexpr std::string_view field_names[sheet_fields] = {"mrn",
                                                        "cyprus_id",
                                                        "arc",
                                                        "family",
                                                        "given",
                                                        "birth_date",
                                                        "sex",
                                                        "order_number",
                                                        "placer_number",
                                                        "panel_code",
                                                        "panel_name",
                                                        "collected_at",
                                                        "collected_time",
                                                        "reported_at",
                                                        "specimen",
                                                        "code",
                                                        "name",
                                                        "value",
                                                        "unit",
                                                        "range",
                                                        "low",
                                                        "high",
                                                        "flag",
                                                        "status",
                                                        "comment"};

constexpr auto person_fields = {column::mrn,   column::cyprus_id,  column::arc, column::family,
                                column::given, column::birth_date, column::sex};
constexpr auto order_fields = {column::order_number, column::placer_number, column::panel_code,
                               column::panel_name,   column::collected_at,  column::collected_time,
                               column::reported_at,  column::specimen};

bool same_heading(std::string_view one, std::string_view other) {
  return lower(trimmed(one)) == lower(trimmed(other));
}

/// `Creatinine (mg/dL)`, `Creatinine [mg/dL]`: the unit is what stands in the last brackets.
void take_unit(sheet_head::test& of) {
  if (of.code.empty()) return;
  const char closing = of.code.back(), opening = closing == ')' ? '(' : '[';
  const auto open = of.code.rfind(opening);
  if ((closing != ')' && closing != ']') || open == of.code.npos || open == 0) return;
  of.unit = trimmed(std::string_view(of.code).substr(open + 1, of.code.size() - open - 2));
  of.code = std::string(trimmed(std::string_view(of.code).substr(0, open)));
}

error unreadable(sheet_field at, std::string text) {
  return {error_code::data_type, std::string(name(at)), std::move(text)};
}
error missing(std::string where, std::string text) {
  return {error_code::field_missing, std::move(where), std::move(text)};
}

/// By the pattern of times, else by that of days.
std::optional<std::string> time_of_cell(const sheet_layout& how, const std::string& cell) {
  auto out = sheet_time(cell, how.time);
  return out ? out : sheet_time(cell, how.date);
}

class row_reader {
public:
  row_reader(const sheet_layout& how, std::string_view lab, const sheet_row& row)
      : how_(how),
        lab_(lab),
        row_(row) {}

  result<plain_report> report() {
    if (!row_.trouble.empty()) return error{error_code::data_type, "", std::string(row_.trouble)};
    read_person();
    read_order();
    if (how_.test_a_column) read_tests();
    else read_result();
    if (why_) return *why_;
    return std::move(out_);
  }

private:
  void fail(error why) {
    if (!why_) why_ = std::move(why);
  }

  std::string read_time(sheet_field of, bool day_only) {
    const auto& cell = row_.at(of);
    if (cell.empty()) return {};
    const auto read = day_only ? sheet_time(cell, how_.date) : time_of_cell(how_, cell);
    if (!read)
      fail(unreadable(of, "no time that `date` or `time` of [csv] describes, or no day of a calendar"));
    return read.value_or("");
  }

  /// A column of its own for the time of the day; the midnight that databases write beside a day is none.
  void add_time_of_day(std::string& to) {
    const auto& cell = row_.at(column::collected_time);
    if (cell.empty() || to.size() < 8) return;
    const auto read = sheet_time("2000-01-01 " + cell, "yyyy-MM-dd H:mm:ss");
    if (!read || read->size() <= 8)
      return fail(unreadable(column::collected_time, "no time of a day such as 09:30"));
    const auto time = read->substr(8), beside = to.substr(8);
    const bool midnight = beside.find_first_not_of('0') == beside.npos;
    if (!midnight && beside.substr(0, 4) != time.substr(0, 4))
      return fail(unreadable(column::collected_time, "another time than collected_at has"));
    to = to.substr(0, 8) + time;
  }

  void read_person() {
    out_.mrn = row_.at(column::mrn);
    out_.cyprus_id = row_.at(column::cyprus_id);
    out_.arc = row_.at(column::arc);
    out_.family = row_.at(column::family);
    out_.given = row_.at(column::given);
    out_.birth_date = read_time(column::birth_date, true);
    out_.sex = row_.at(column::sex);
    if (out_.mrn.empty() && out_.cyprus_id.empty() && out_.arc.empty() && out_.family.empty())
      fail(missing("", "the row does not say whose it is"));
  }

  void read_order() {
    out_.placer_number = row_.at(column::placer_number);
    out_.panel_code = row_.at(column::panel_code);
    out_.panel_name = row_.at(column::panel_name);
    out_.specimen = row_.at(column::specimen);
    out_.collected_at = read_time(column::collected_at, false);
    add_time_of_day(out_.collected_at);
    out_.reported_at = read_time(column::reported_at, false);
    out_.order_number = row_.at(column::order_number);
    if (out_.order_number.empty()) out_.order_number = own_number();
  }

  /// A row without an order's number is known by laboratory, patient as sent, and time (domain/labs.md).
  std::string own_number() {
    const auto& time = out_.collected_at.empty() ? out_.reported_at : out_.collected_at;
    if (!out_.placer_number.empty()) return {};
    if (time.empty()) {
      fail(missing("order_number", "neither an order's number nor a time tells this row from others"));
      return {};
    }
    std::string known(lab_);
    for (const auto* each : {&out_.mrn, &out_.cyprus_id, &out_.arc}) known.append("\x1f").append(*each);
    if (out_.mrn.empty() && out_.cyprus_id.empty() && out_.arc.empty())
      known.append("\x1f")
        .append(out_.family)
        .append("\x1f")
        .append(out_.given)
        .append("\x1f" + out_.birth_date);
    known.append("\x1f").append(time).append("\x1f").append(out_.specimen);
    return "CSV" + fnv1a_of(known);
  }

  void read_result() {
    auto& made = out_.results.emplace_back();
    made.code = row_.at(column::code).empty() ? row_.at(column::name) : row_.at(column::code);
    if (made.code.empty()) fail(missing("code", "the row does not say which test it is of"));
    made.name = row_.at(column::name);
    made.value = says_nothing(how_, row_.at(column::value)) ? std::string() : row_.at(column::value);
    made.unit = row_.at(column::unit);
    made.range = row_.at(column::range).empty() ? bounds() : row_.at(column::range);
    made.flag = row_.at(column::flag);
    made.status = how_.at(column::status).given() ? status_letter(row_.at(column::status)) : "F";
    made.comment = row_.at(column::comment);
  }

  std::string bounds() const {
    const auto &from = row_.at(column::low), &to = row_.at(column::high);
    if (from.empty() && to.empty()) return {};
    return from.empty() ? "<=" + to : to.empty() ? ">=" + from : from + "-" + to;
  }

  void read_tests() {
    for (const auto& [test, cell] : row_.tests) {
      if (says_nothing(how_, cell)) continue;
      auto& made = out_.results.emplace_back();
      made.code = test->code;
      made.value = cell;
      made.unit = test->unit;
      made.status = how_.at(column::status).given() ? status_letter(row_.at(column::status)) : "F";
    }
  }

  const sheet_layout& how_;
  std::string_view lab_;
  const sheet_row& row_;
  plain_report out_;
  std::optional<error> why_;
};

} // namespace

std::string_view name(sheet_field of) noexcept { return field_names[size_t(of)]; }

csv::dialect dialect_of(const sheet_layout& how) {
  csv::dialect out;
  out.delimiter = how.delimiter;
  out.bare_quotes = true;
  return out;
}

result<sheet_cells> decoded_cells(const hl7::decoder& charset, const std::vector<std::string_view>& raw) {
  sheet_cells out;
  out.reserve(raw.size());
  for (const auto each : raw) {
    const auto text = charset.decode(each);
    if (!text) return text.error();
    out.emplace_back(trimmed(std::string_view(*text)));
  }
  return out;
}

size_t missing_headings(const sheet_layout& how, const sheet_cells& row) {
  return size_t(std::count_if(how.columns.begin(), how.columns.end(), [&](const auto& each) {
    return !each.heading.empty() && std::none_of(row.begin(), row.end(), [&](const auto& cell) {
      return same_heading(cell, each.heading);
    });
  }));
}

result<sheet_head> read_head(const sheet_layout& how, const sheet_cells& headings, const sheet_cells& below) {
  sheet_head out;
  out.width = headings.size();
  std::vector<bool> named(headings.size(), false);
  std::string missing_ones;
  for (size_t i = 0; i < sheet_fields; ++i) {
    const auto& wanted = how.columns[i];
    out.places[i] = wanted.place != 0 ? wanted.place - 1 : sheet_head::none;
    for (size_t at = 0; !wanted.heading.empty() && at < headings.size(); ++at) {
      if (!same_heading(headings[at], wanted.heading)) continue;
      if (out.places[i] != sheet_head::none)
        return error{error_code::invalid, "", "the heading '" + wanted.heading + "' stands there twice"};
      out.places[i] = at;
    }
    if (out.places[i] != sheet_head::none && out.places[i] < named.size()) named[out.places[i]] = true;
    if (!wanted.heading.empty() && out.places[i] == sheet_head::none)
      missing_ones += (missing_ones.empty() ? "'" : ", '") + wanted.heading + "'";
  }
  if (!missing_ones.empty())
    return error{error_code::invalid, "", "no row has all headings; missing in the nearest: " + missing_ones};
  const auto ignored = [&](const std::string& heading) {
    return std::any_of(how.ignore.begin(), how.ignore.end(),
                       [&](const auto& each) { return same_heading(each, heading); });
  };
  for (size_t at = 0; how.test_a_column && at < headings.size(); ++at) {
    if (named[at] || headings[at].empty() || ignored(headings[at])) continue;
    sheet_head::test made{at, headings[at], {}};
    if (how.units == sheet_layout::units_in::heading) take_unit(made);
    if (how.units == sheet_layout::units_in::below && at < below.size()) made.unit = below[at];
    for (const auto& other : out.tests)
      if (other.code == made.code)
        return error{error_code::invalid, "",
                     "columns " + std::to_string(other.place + 1) + " and " + std::to_string(at + 1) +
                       " are of one test"};
    out.tests.push_back(std::move(made));
  }
  return out;
}

bool sheet_row::says_person() const noexcept {
  return std::any_of(person_fields.begin(), person_fields.end(),
                     [&](auto each) { return !at(each).empty(); });
}

bool sheet_row::says_order() const noexcept {
  return std::any_of(order_fields.begin(), order_fields.end(), [&](auto each) { return !at(each).empty(); });
}

std::string sheet_row::group() const {
  std::string out;
  for (const auto fields : {person_fields, order_fields})
    for (const auto each : fields) out.append(at(each)).append("\x1f");
  return out;
}

sheet_row read_cells(const sheet_layout& how, const sheet_head& head, const sheet_cells& cells) {
  sheet_row out;
  for (size_t i = 0; i < sheet_fields; ++i)
    if (how.columns[i].given() && head.places[i] < cells.size()) out.said[i] = cells[head.places[i]];
  for (const auto& each : head.tests)
    if (each.place < cells.size() && !cells[each.place].empty())
      out.tests.emplace_back(&each, cells[each.place]);
  const bool surplus = head.width != 0 && cells.size() > head.width &&
    std::any_of(cells.begin() + std::ptrdiff_t(head.width), cells.end(),
                [](const auto& each) { return !each.empty(); });
  if (surplus) out.trouble = "more cells than headings: a delimiter stands in a cell without quotes";
  for (const auto& each : cells)
    if (each.find_first_of("\r\n") != each.npos && each.find(how.delimiter) != each.npos)
      out.trouble = "a cell with a line's end and a delimiter in it: a quote is missing";
  return out;
}

bool says_nothing(const sheet_layout& how, std::string_view value) {
  return value.empty() || std::any_of(how.not_done.begin(), how.not_done.end(), [&](const auto& each) {
           return lower(each) == lower(value);
         });
}

std::string sheet_row::measured() const {
  std::string out;
  const auto add = [&](column each) { out.append(at(each)).append("\x1f"); };
  for (const auto each : person_fields) add(each);
  for (const auto each : {column::order_number, column::placer_number, column::collected_at,
                          column::collected_time, column::specimen})
    add(each);
  if (at(column::order_number).empty() && at(column::placer_number).empty() &&
      at(column::collected_at).empty())
    add(column::reported_at); // which tells its orders apart
  return out;
}

bool has_no_value(const sheet_layout& how, const sheet_row& row) {
  if (how.test_a_column)
    return std::all_of(row.tests.begin(), row.tests.end(),
                       [&](const auto& each) { return says_nothing(how, each.second); });
  const auto state = status_letter(row.at(column::status));
  return says_nothing(how, row.at(column::value)) && row.at(column::comment).empty() &&
    (state.empty() || state == "F" || state == "P");
}

std::vector<sheet_code> codes_of(const sheet_layout& how, const sheet_head& head, const sheet_row& row) {
  std::vector<sheet_code> out;
  if (!how.test_a_column) {
    const auto& code = row.at(column::code).empty() ? row.at(column::name) : row.at(column::code);
    if (!code.empty()) out.push_back({code, !has_no_value(how, row)});
    return out;
  }
  for (const auto& test : head.tests)
    out.push_back({test.code, std::any_of(row.tests.begin(), row.tests.end(), [&](const auto& each) {
                     return each.first == &test && !says_nothing(how, each.second);
                   })});
  return out;
}

std::string sheet_layout::fingerprint() const {
  fnv1a out;
  const auto add = [&](std::string_view text) {
    out.add(text);
    out.add("\x1f");
  };
  add({&delimiter, 1});
  add(charset);
  for (const int each : {int(headings), int(test_a_column), int(units), int(repeats)})
    add(std::to_string(each));
  add(date);
  add(time);
  for (const auto* list : {&ignore, &skip, &not_done}) {
    add(std::to_string(list->size()));
    for (const auto& each : *list) add(each);
  }
  for (const auto& each : columns) {
    add(each.heading);
    add(std::to_string(each.place));
  }
  return out.hex();
}

void sheet_filler::fill(sheet_row& row) {
  if (how_.repeats == sheet_layout::repeated::nothing) return;
  const auto copy = [](sheet_row& to, const sheet_row& from, std::initializer_list<sheet_field> fields) {
    for (const auto each : fields) to.said[size_t(each)] = from.at(each);
  };
  const bool own_person = row.says_person(), own_order = row.says_order();
  if (!own_person && (!own_order || how_.repeats == sheet_layout::repeated::patient))
    copy(row, above_, person_fields);
  if (!own_person && !own_order) copy(row, above_, order_fields);
  copy(above_, row, person_fields);
  copy(above_, row, order_fields);
}

result<plain_report> report_of_row(const sheet_layout& how, std::string_view lab, const sheet_row& row) {
  return row_reader(how, lab, row).report();
}

} // namespace aorta::lab

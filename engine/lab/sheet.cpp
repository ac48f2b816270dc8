// Divides a file into parts.
#include "engine/lab/sheet.hpp"

#include "engine/base/hash.hpp"
#include "engine/base/text.hpp"
#include "engine/lab/sheet_rows.hpp"

#include <algorithm>
#include <deque>
#include <unordered_map>

namespace aorta::lab {
namespace {

constexpr uint64_t rows_for_headings = 50; ///< among so many rows they must be
constexpr size_t most_results_of_part = 500, piece = 64u << 10;

error refuse_file(const std::string& where, std::string text) {
  return {error_code::invalid, where, std::move(text)};
}
std::string line_of(uint64_t line) { return "line " + std::to_string(line); }

bool names_other_charset(const sheet_layout& how) {
  const auto named = hl7::decoder::make(how.charset), utf8 = hl7::decoder::make("");
  return named && utf8 && named->name() != utf8->name();
}

/// What is found out before anything is given out.
struct survey {
  hl7::decoder charset;
  sheet_head head;
  std::vector<csv::record> head_rows; ///< the headings, and the units below them
  sheet_cells headings, units;
  uint64_t data_from = 1; ///< the first line below
  uint64_t rows = 0;
};

class surveyor {
public:
  surveyor(const sheet_layout& how, survey& out) : how_(how), out_(out) {
    found_ = !how.headings;
    if (found_)
      if (auto head = read_head(how, {}, {})) out_.head = std::move(*head);
  }

  status look(std::string_view bytes) {
    csv::reader rows(dialect_of(how_), [this](const csv::row& row) { take(row); });
    if (!rows.feed(bytes) || !rows.finish()) {
      if (!why_) why_ = rows.failed();
    }
    if (!why_ && !found_) why_ = best_ ? *best_ : refuse_file("", "the file has no rows");
    if (!why_ && out_.rows == 0) why_ = refuse_file("", "there are no rows under the headings");
    if (!why_ && cut_) why_ = refuse_file(line_of(last_line_), "the file ends in the middle of a row");
    if (why_) return *why_;
    return done{};
  }

private:
  void take(const csv::row& row) {
    if (why_) return;
    auto cells = decoded_cells(out_.charset, row.fields);
    if (!cells) {
      why_ = refuse_file(line_of(row.line),
                         "bytes that the charset '" + out_.charset.name() +
                           "' does not have: give `charset` in [csv]");
      return;
    }
    if (!found_) return look_for_headings(row, std::move(*cells));
    if (wants_units_) {
      wants_units_ = false;
      keep_head_row(row);
      if (auto head = read_head(how_, out_.headings, *cells)) out_.head = std::move(*head);
      out_.units = std::move(*cells);
      return;
    }
    ++out_.rows;
    last_line_ = row.line;
    cut_ = !row.ended && row.fields.size() < out_.head.width;
  }

  void keep_head_row(const csv::row& row) {
    out_.head_rows.push_back(
      {row.line, {row.fields.begin(), row.fields.end()}, row.begin, row.end, row.ended});
    out_.data_from = row.line + 1;
  }

  void look_for_headings(const csv::row& row, sheet_cells cells) {
    const auto lacking = missing_headings(how_, cells);
    auto head = read_head(how_, cells, {});
    if (!head) {
      if (!best_ || lacking < best_lacking_) {
        best_ = head.error();
        best_->where = line_of(row.line);
        best_lacking_ = lacking;
      }
      if (lacking == 0) why_ = best_; // a heading that stands there twice
      if (++seen_ >= rows_for_headings) why_ = best_;
      return;
    }
    found_ = true;
    out_.head = std::move(*head);
    out_.headings = std::move(cells);
    keep_head_row(row);
    wants_units_ = how_.units == sheet_layout::units_in::below;
  }

  const sheet_layout& how_;
  survey& out_;
  bool found_ = false, wants_units_ = false, cut_ = false;
  std::optional<error> why_, best_;
  size_t best_lacking_ = 0, seen_ = 0;
  uint64_t last_line_ = 0;
};

} // namespace

struct sheet::state {
  state(const sheet_layout& layout, std::string_view code, std::string text, survey&& found)
      : how(layout),
        lab(code),
        bytes(std::move(text)),
        seen(std::move(found)),
        filler(how),
        rows(dialect_of(how), [this](const csv::row& row) { take(row); }) {}

  struct kept_row {
    std::string_view bytes; ///< in the file
    uint64_t line = 0;
  };
  /// Rows of one message, until another begins.
  struct growing {
    std::string group;
    std::vector<kept_row> above, own;
    std::vector<uint32_t> places;
    bool unreadable = false;
    std::vector<sheet_part> beside; ///< what came between and is no result
  };

  void take(const csv::row& row) {
    look_between(row);
    if (row.line < seen.data_from) return;
    const auto cells = decoded_cells(seen.charset, row.fields);
    if (!cells) return; // the survey has seen that there are none
    if (std::all_of(cells->begin(), cells->end(), [](const auto& each) { return each.empty(); }))
      return forget_above();
    auto said = read_cells(how, seen.head, *cells);
    if (*cells == seen.headings || (!seen.units.empty() && *cells == seen.units))
      return leave(row, "heading");
    if (is_total(*cells, said)) return leave(row, "total");
    take_result({std::string_view(bytes).substr(row.begin, row.end - row.begin), row.line}, std::move(said));
  }

  void take_result(kept_row mine, sheet_row said) {
    const bool own_person = said.says_person(), own_order = said.says_order();
    if (!said.trouble.empty()) forget_above(); // its cells may be anybody's
    else filler.fill(said);
    const auto above = own_person ? std::vector<kept_row>() : above_of(own_order);
    if (own_person && said.trouble.empty()) person_row = order_row = mine;
    else if (own_order && said.trouble.empty()) order_row = mine;
    auto places = places_of(said); // what was not done has its place among those that were
    if (said.trouble.empty() && has_no_value(how, said)) return give(mine.line, "no-value");
    const auto report = report_of_row(how, lab, said);
    if (!report) { // by itself, so that it stops no other
      flush();
      now.unreadable = true;
      now.above = above;
      now.own = {mine};
      now.places = std::move(places);
      return flush();
    }
    const auto group = said.group();
    if (!now.own.empty() && (now.group != group || now.places.size() + places.size() > most_results_of_part))
      flush();
    if (now.own.empty()) {
      now.group = group;
      now.above = above;
    }
    now.own.push_back(mine);
    now.places.insert(now.places.end(), places.begin(), places.end());
  }

  /// Of each of its results, how often the file had it so far.
  std::vector<uint32_t> places_of(const sheet_row& said) {
    std::vector<uint32_t> out;
    for (const auto& [code, has_value] : codes_of(how, seen.head, said)) {
      fnv1a key;
      key.add(said.measured());
      key.add(code);
      const auto place = ++times[key.value()];
      if (has_value) out.push_back(place);
    }
    return out;
  }

  void forget_above() {
    filler.forget();
    person_row = order_row = {};
  }

  std::vector<kept_row> above_of(bool own_order) const {
    if (how.repeats == sheet_layout::repeated::nothing || person_row.line == 0) return {};
    if (own_order || order_row.line == person_row.line) return {person_row};
    return {person_row, order_row};
  }

  /// In the first column, or before anything else of a row that is no result.
  bool is_total(const sheet_cells& cells, const sheet_row& said) const {
    const auto first = std::find_if(cells.begin(), cells.end(),
                                    [](const auto& each) { return !each.empty(); });
    if (first != cells.begin() && says_result(said)) return false;
    const auto begins = lower(*first);
    return std::any_of(how.skip.begin(), how.skip.end(),
                       [&](const auto& each) { return begins.starts_with(lower(each)); });
  }

  bool says_result(const sheet_row& said) const {
    const auto all = codes_of(how, seen.head, said);
    return std::any_of(all.begin(), all.end(), [](const auto& each) { return each.has_value; });
  }

  /// Rows that stand apart in the file: an empty line is between them.
  void look_between(const csv::row& row) {
    const auto between = std::string_view(bytes).substr(last_end, row.begin - last_end);
    const auto ends = std::max(std::count(between.begin(), between.end(), '\n'),
                               std::count(between.begin(), between.end(), '\r'));
    if (last_end != 0 && ends > 1) forget_above();
    last_end = row.end;
  }

  void leave(const csv::row& row, std::string_view verdict) {
    forget_above();
    give(row.line, verdict);
  }

  void give(uint64_t line, std::string_view verdict) {
    sheet_part out;
    out.first_line = out.last_line = line;
    out.verdict = verdict;
    if (now.own.empty()) ready.push_back(std::move(out));
    else now.beside.push_back(std::move(out));
  }

  void flush() {
    if (now.own.empty()) return;
    sheet_part out;
    out.first_line = now.own.front().line;
    out.last_line = now.own.back().line;
    out.rows = uint32_t(now.own.size());
    out.unreadable = now.unreadable;
    auto& to = out.bytes;
    if (byte_order_mark_there) to.append(charset_line).append("UTF-8").append(line_end);
    to.append(head_line).append(std::to_string(seen.head_rows.size())).append(line_end);
    if (!now.above.empty()) to.append(above_line).append(std::to_string(now.above.size())).append(line_end);
    if (std::any_of(now.places.begin(), now.places.end(), [](auto place) { return place > 1; })) {
      to.append(places_line);
      for (size_t i = 0; i < now.places.size(); ++i)
        to.append(i == 0 ? "" : " ").append(std::to_string(now.places[i]));
      to.append(line_end);
    }
    to.append(line_end);
    const auto add = [&](std::string_view row) { to.append(row).append(line_end); };
    for (const auto& each : seen.head_rows)
      add(std::string_view(bytes).substr(each.begin, each.end - each.begin));
    for (const auto& each : now.above) add(each.bytes);
    for (const auto& each : now.own) add(each.bytes);
    ready.push_back(std::move(out));
    for (auto& each : now.beside) ready.push_back(std::move(each));
    now = {};
  }

  sheet_layout how;
  std::string lab, bytes;
  survey seen;
  bool byte_order_mark_there = false;
  sheet_filler filler;
  csv::reader rows;
  size_t fed = 0;
  uint64_t last_end = 0; ///< where the row before ended
  bool ended = false;
  kept_row person_row, order_row;
  growing now;
  std::unordered_map<uint64_t, uint32_t> times; ///< how often a test stood in an order so far
  std::deque<sheet_part> ready;
};

sheet::sheet(std::unique_ptr<state> made) : state_(std::move(made)) {}
sheet::sheet(sheet&&) noexcept = default;
sheet& sheet::operator=(sheet&&) noexcept = default;
sheet::~sheet() = default;

result<sheet> sheet::open(const sheet_layout& how, std::string_view lab, std::string bytes) {
  if (bytes.empty()) return refuse_file("", "the file is empty");
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff") || bytes.find('\0') != bytes.npos)
    return refuse_file("", "the file is UTF-16 or no text: save it as CSV in UTF-8");
  const bool marked = bytes.starts_with(byte_order_mark);
  if (!marked && names_other_charset(how) && !hl7::is_ascii(bytes) && hl7::is_utf8(bytes))
    return refuse_file("", "the file is UTF-8, and the profile's charset is '" + how.charset + "'");
  auto charset = hl7::decoder::make(marked ? std::string_view() : std::string_view(how.charset));
  if (!charset) return charset.error();
  survey found{std::move(*charset), {}, {}, {}, {}, 1, 0};
  if (const auto good = surveyor(how, found).look(bytes); !good) return good.error();
  auto made = std::make_unique<state>(how, lab, std::move(bytes), std::move(found));
  made->byte_order_mark_there = marked;
  return sheet(std::move(made));
}

std::optional<sheet_part> sheet::next() {
  auto& in = *state_;
  while (in.ready.empty() && !in.ended) {
    if (in.fed < in.bytes.size()) {
      const auto size = std::min(piece, in.bytes.size() - in.fed);
      (void)in.rows.feed(std::string_view(in.bytes).substr(in.fed, size));
      in.fed += size;
    } else {
      in.ended = true;
      (void)in.rows.finish();
      in.flush();
    }
  }
  if (in.ready.empty()) return std::nullopt;
  auto out = std::move(in.ready.front());
  in.ready.pop_front();
  return out;
}

uint64_t sheet::rows() const noexcept { return state_->seen.rows; }

} // namespace aorta::lab

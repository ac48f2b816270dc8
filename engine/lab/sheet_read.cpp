// A part's rows as a report.
#include "engine/lab/sheet_rows.hpp"

#include <charconv>

namespace aorta::lab {
namespace {

/// The lines in front of the rows.
struct part_lines {
  size_t head = 0, above = 0;
  std::string charset;
  std::vector<uint32_t> places; ///< of the results in their order; empty: each is the first of its test
  std::string_view rows;
};

std::optional<part_lines> read_lines(std::string_view bytes) {
  part_lines out;
  const auto number = [](std::string_view text, auto& into) {
    const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), into);
    return fault == std::errc{} && end == text.data() + text.size();
  };
  for (;;) {
    const auto end = bytes.find(line_end);
    if (end == bytes.npos) return std::nullopt;
    auto line = bytes.substr(0, end);
    bytes.remove_prefix(end + line_end.size());
    if (line.empty()) {
      out.rows = bytes;
      return out;
    }
    bool good = true;
    if (line.starts_with(head_line)) good = number(line.substr(head_line.size()), out.head);
    else if (line.starts_with(above_line)) good = number(line.substr(above_line.size()), out.above);
    else if (line.starts_with(part_line) || line.starts_with(again_line)) continue;
    else if (line.starts_with(charset_line)) out.charset = line.substr(charset_line.size());
    else if (line.starts_with(places_line))
      for (line.remove_prefix(places_line.size()); good && !line.empty();) {
        const auto blank = std::min(line.find(' '), line.size());
        good = number(line.substr(0, blank), out.places.emplace_back());
        line.remove_prefix(std::min(blank + 1, line.size()));
      }
    else good = false;
    if (!good) return std::nullopt;
  }
}

error in_row(size_t row, error why) {
  why.where = "row " + std::to_string(row) + (why.where.empty() ? "" : ", " + why.where);
  return why;
}

/// The rows of one message differ in their results alone.
void join(plain_report& to, plain_report&& row) {
  if (to.results.empty()) {
    to = std::move(row);
    return;
  }
  for (auto& each : row.results) to.results.push_back(std::move(each));
}

} // namespace

result<plain_report> report_of_part(const sheet_layout& how, std::string_view lab, std::string_view bytes) {
  const auto lines = read_lines(bytes);
  if (!lines) return error{error_code::data_type, "", "no part of a laboratory's file"};
  const auto charset = hl7::decoder::make(lines->charset.empty() ? how.charset : lines->charset);
  if (!charset) return charset.error();
  const auto rows = csv::read_all(lines->rows, dialect_of(how));
  if (!rows) return rows.error();
  if (rows->size() <= lines->head + lines->above)
    return error{error_code::data_type, "", "a part without rows"};
  std::vector<sheet_cells> cells;
  for (size_t i = 0; i < rows->size(); ++i) {
    auto read = decoded_cells(*charset, {(*rows)[i].fields.begin(), (*rows)[i].fields.end()});
    if (!read) return in_row(i + 1, read.error());
    cells.push_back(std::move(*read));
  }
  const auto head = read_head(how, lines->head > 0 ? cells[0] : sheet_cells(),
                              lines->head > 1 ? cells[1] : sheet_cells());
  if (!head) return head.error();
  sheet_filler filler(how);
  plain_report out;
  std::optional<std::string> group;
  for (size_t i = lines->head; i < cells.size(); ++i) {
    auto row = read_cells(how, *head, cells[i]);
    filler.fill(row);
    if (i < lines->head + lines->above) continue;
    if (group && *group != row.group()) // it was divided by another profile
      return error{error_code::data_type, "",
                   "these rows are of several orders as the profile reads them now: take the file in again"};
    group = row.group();
    auto read = report_of_row(how, lab, row);
    if (!read) return in_row(i + 1 - lines->head - lines->above, read.error());
    join(out, std::move(*read));
  }
  for (size_t i = 0; i < out.results.size() && i < lines->places.size(); ++i)
    if (lines->places[i] > 1) out.results[i].sub_id = std::to_string(lines->places[i]);
  return out;
}

} // namespace aorta::lab

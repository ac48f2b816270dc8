#include "engine/export/flow.hpp"

#include <algorithm>

namespace aorta::exports {
namespace {

constexpr double cell_space = 3; ///< around a cell's text

} // namespace

void flow::heading(const char* tag, face how, const std::string& text) {
  block one;
  one.tag = tag;
  one.pieces.push_back({on_.lay(how, text, text_width), left_edge, text_width, {}, 0});
  one.height = one.pieces[0].text.height + 2;
  one.before = blocks_.empty() ? 0 : 10;
  one.with_next = true;
  blocks_.push_back(std::move(one));
}

void flow::paragraph(const std::string& text, face how) {
  block one;
  one.pieces.push_back({on_.lay(how, text, text_width), left_edge, text_width, {}, 0});
  one.height = one.pieces[0].text.height;
  one.before = 2;
  blocks_.push_back(std::move(one));
}

void flow::begin_table(std::vector<double> shares, const std::vector<std::string>& header) {
  table made;
  double at = left_edge;
  made.edges.push_back(at);
  for (const auto share : shares) made.edges.push_back(at += share * text_width);
  std::vector<cell> cells;
  for (const auto& each : header) cells.push_back({each, face::strong});
  made.header = row_of(cells, made);
  made.header.with_next = true;
  made.header.table = tables_.size();
  made.header.before = 2;
  tables_.push_back(std::move(made));
  if (!header.empty()) blocks_.push_back(tables_.back().header);
}

flow::block flow::row_of(const std::vector<cell>& cells, const table& in) {
  block one;
  one.tag = "TR";
  for (size_t i = 0; i < cells.size() && i + 1 < in.edges.size(); ++i) {
    const double x = in.edges[i] + cell_space, width = in.edges[i + 1] - in.edges[i] - 2 * cell_space;
    one.pieces.push_back(
      {on_.lay(cells[i].how, cells[i].text, width), x, width, cells[i].beside, cells[i].picture_height});
    const double lines = cells[i].text.empty() ? 0 : one.pieces.back().text.height;
    one.height = std::max(one.height, lines + cells[i].picture_height + 2 * cell_space);
  }
  return one;
}

void flow::row(const std::vector<cell>& cells) {
  auto one = row_of(cells, tables_.back());
  one.table = tables_.size() - 1;
  blocks_.push_back(std::move(one));
}

void flow::figure(double height, picture draw, const std::string& caption) {
  block one;
  one.tag = "Figure";
  one.figure = std::move(draw);
  one.pieces.push_back({on_.lay(face::small, caption, text_width), left_edge, text_width, {}, 0});
  one.height = height + one.pieces[0].text.height;
  one.before = 4;
  blocks_.push_back(std::move(one));
}

/// Gives each block its sheet and place; how many sheets there are.
size_t flow::place(double top, double bottom) {
  size_t sheet = 0;
  double y = top;
  for (size_t i = 0; i < blocks_.size(); ++i) {
    auto& one = blocks_[i];
    double needed = one.before + one.height;
    for (size_t next = i; blocks_[next].with_next && next + 1 < blocks_.size(); ++next)
      needed += blocks_[next + 1].before + blocks_[next + 1].height;
    const bool full = y > top && y + needed > bottom;
    if (full) {
      ++sheet;
      y = top;
      one.header_above = one.table && !one.with_next;
      one.header_above = one.header_above && !tables_[*one.table].header.pieces.empty();
      if (one.header_above) y += tables_[*one.table].header.height;
    }
    one.sheet = sheet;
    one.y = y + (y > top && !one.header_above ? one.before : 0);
    y = one.y + one.height;
  }
  return sheet + 1;
}

void flow::draw_block(const block& one, double y, const char* cell_tag) {
  on_.begin(one.tag);
  double below = y;
  if (one.figure) {
    const double height = one.height - one.pieces[0].text.height;
    one.figure(on_, left_edge, y, text_width, height);
    below += height;
  }
  for (const auto& each : one.pieces) {
    if (cell_tag != nullptr) on_.begin(cell_tag);
    const double at = below + (cell_tag != nullptr ? cell_space : 0);
    if (each.beside) each.beside(on_, each.x, at, each.width, each.picture_height);
    on_.draw(each.text, each.x, at + each.picture_height);
    if (cell_tag != nullptr) on_.end(cell_tag);
  }
  on_.end(one.tag);
}

void flow::draw(const margin& head, const margin& foot, double top, double bottom) {
  const auto sheets_in_all = place(top, bottom);
  size_t sheet = 0;
  std::optional<size_t> open; ///< table
  const auto close = [&] {
    if (open) on_.end("Table");
    open.reset();
  };
  on_.begin("Document");
  head(1, sheets_in_all);
  for (const auto& one : blocks_) {
    if (open && (one.table != open || one.sheet != sheet)) close();
    if (one.sheet != sheet) {
      foot(sheet + 1, sheets_in_all);
      on_.next_sheet();
      sheet = one.sheet;
      head(sheet + 1, sheets_in_all);
    }
    if (one.table && !open) {
      on_.begin("Table");
      open = one.table;
      if (one.header_above) draw_block(tables_[*one.table].header, top, "TH");
    }
    const bool header = one.table && one.with_next;
    if (one.table)
      on_.rule(left_edge, one.y + one.height, right_edge, one.y + one.height, header ? 0.8 : 0.3,
               header ? 0.3 : 0.75);
    draw_block(one, one.y, !one.table ? nullptr : header ? "TH" : "TD");
  }
  close();
  on_.end("Document");
  foot(sheet + 1, sheets_in_all);
}

} // namespace aorta::exports

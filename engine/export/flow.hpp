// Blocks that stand one below the other, over as many sheets as they need, with a head and a foot on each.
#pragma once

#include "engine/export/sheets.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace aorta::exports {

inline constexpr double left_edge = 42, right_edge = sheet_width - 42, text_width = right_edge - left_edge;

/// Draws something of its own into a place of this size.
using picture = std::function<void(sheets& on, double x, double y, double width, double height)>;

struct cell {
  std::string text;
  face how = face::body;
  picture beside = {}; ///< above the text
  double picture_height = 0;
};

class flow {
public:
  explicit flow(sheets& on) : on_(on) {}

  void heading(const char* tag, face how, const std::string& text); ///< stays with what follows
  void paragraph(const std::string& text, face how = face::body);
  /// Shares of the width; a header that is repeated on each sheet, or none. Rows are not divided, unless one
  /// is higher than a sheet.
  void begin_table(std::vector<double> shares, const std::vector<std::string>& header);
  void row(const std::vector<cell>& cells);
  void figure(double height, picture draw, const std::string& caption);

  /// Draws all of it. `head` and `foot` draw on each sheet, with its number and how many there are.
  using margin = std::function<void(size_t number, size_t of)>;
  void draw(const margin& head, const margin& foot, double top, double bottom);

private:
  struct piece {
    laid text;
    double x = 0, width = 0;
    picture beside;
    double picture_height = 0;
  };
  struct block {
    const char* tag = "P";
    std::vector<piece> pieces;
    double height = 0, before = 0;
    bool with_next = false;
    std::optional<size_t> table; ///< whose row it is
    picture figure;
    size_t sheet = 0;
    double y = 0;
    bool header_above = false; ///< the table's header is repeated above it
  };
  struct table {
    std::vector<double> edges;
    block header;
  };

  block row_of(const std::vector<cell>& cells, const table& in);
  size_t place(double top, double bottom);
  void draw_block(const block& one, double y, const char* cell_tag);

  sheets& on_;
  std::vector<block> blocks_;
  std::vector<table> tables_;
};

} // namespace aorta::exports

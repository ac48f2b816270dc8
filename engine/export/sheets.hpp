// A tagged PDF of A4 sheets with embedded fonts (Cairo 1.16, Pango). Nobody else here knows these libraries.
// The same calls give the same bytes. It claims neither PDF/A nor PDF/UA: Cairo 1.16 writes no language and
// no alternate text.
#pragma once

#include "engine/base/result.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::exports {

/// Points.
inline constexpr double sheet_width = 595.28, sheet_height = 841.89;

enum class face : uint8_t { title, heading, strong, body, small };
enum class side : uint8_t { left, right };

/// What the document says of itself. `made` as ISO 8601 in UTC.
struct sheet_facts {
  std::string title, author, subject, creator, made;
};

/// A text in its lines, ready to be drawn; it belongs to the sheets that laid it.
struct laid {
  std::shared_ptr<void> lines;
  double width = 0, height = 0;
};

/// One document; one thread.
class sheets {
public:
  explicit sheets(const sheet_facts& about);
  ~sheets();
  sheets(const sheets&) = delete;
  sheets& operator=(const sheets&) = delete;

  /// In NFC, wrapped at words into this width. What is no UTF-8 is shown as U+FFFD.
  laid lay(face how, std::string_view text, double width, side at = side::left);

  void draw(const laid& what, double x, double y, double gray = 0); ///< gray: 0 black to 1 white
  void rule(double x1, double y1, double x2, double y2, double thickness, double gray);
  void box(double x, double y, double width, double height, double gray); ///< filled
  void path(const std::vector<std::pair<double, double>>& points, double thickness, double gray);
  void dot(double x, double y, double radius, double gray);

  /// Structure types of PDF 1.7 (14.8.4): "Document", "H1", "P", "Table", "TR", "TH", "TD", "Figure". Nested
  /// ones are closed in their order; what has content is closed on its sheet.
  void begin(const char* tag);
  void end(const char* tag);
  void next_sheet();

  /// The bytes; nothing can be drawn any more. `internal` when Cairo refused something.
  result<std::string> finish();

private:
  struct pen;
  std::unique_ptr<pen> pen_;
};

} // namespace aorta::exports

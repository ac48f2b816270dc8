#include "engine/base/text.hpp"
#include "engine/hl7/lines.hpp"
#include "engine/hl7/message.hpp"
#include "engine/hl7/scan.hpp"

#include <limits>

namespace aorta::hl7 {
namespace {

/// Delimiters are visible ASCII characters that no code or number is written with.
bool may_delimit(char c) noexcept {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return c > ' ' && c < 0x7f && !letter && !(c >= '0' && c <= '9');
}

/// MSH-1 and MSH-2. False when either is missing or cannot be what it should.
bool read_marks(std::string_view header, delimiters& marks) noexcept {
  if (header.substr(0, 3) != "MSH" || header.size() < 5 || !may_delimit(header[3])) return false;
  marks = {header[3], 0, 0, 0, 0, 0};
  char* const roles[] = {&marks.component, &marks.repetition, &marks.escape, &marks.subcomponent,
                         &marks.truncation};
  const std::string_view encoding = header.substr(4, header.substr(4).find(marks.field));
  for (size_t i = 0; i < encoding.size(); ++i) {
    if (!may_delimit(encoding[i])) return false;
    // One character cannot mean two things: the first meaning holds.
    if (i < std::size(roles) && encoding.find(encoding[i]) == i) *roles[i] = encoding[i];
  }
  return !encoding.empty();
}

size_t header_start(std::string_view bytes) noexcept {
  size_t at = bytes.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
  while (at < bytes.size() && (bytes[at] == '\r' || bytes[at] == '\n')) ++at;
  return at;
}

} // namespace

bool begins_message(std::string_view line) noexcept {
  delimiters marks;
  return read_marks(line, marks) && line.find(marks.field, 4) != std::string_view::npos;
}

status parse_into(message& into, std::string_view bytes) {
  into.bytes_ = {};
  into.segments_.clear();
  into.odd_.clear();
  if (bytes.size() > std::numeric_limits<uint32_t>::max() - 64)
    return error{error_code::frame_too_large, "", "the message is longer than 4 GiB"};
  const size_t start = header_start(bytes);
  const size_t first_cr = std::min(bytes.find('\r', start), bytes.size());
  const size_t first_lf = std::min(bytes.substr(0, first_cr).find('\n', start), bytes.size());
  const size_t header_end = std::min(first_cr, first_lf);
  if (!read_marks(bytes.substr(start, header_end - start), into.marks_))
    return error{error_code::no_header, "", "the bytes do not begin with MSH and its delimiters"};

  into.bytes_ = bytes;
  const char line_feed = first_lf < first_cr ? '\n' : '\r';
  index_builder index(bytes, uint32_t(start), into.segments_, into.separators_);
  scan(bytes, uint32_t(start), {into.marks_.field, line_feed}, index);
  index.finish();
  settle_lines(bytes, into.marks_, line_feed != '\n', into.segments_, into.separators_, into.odd_);
  return done{};
}

result<message> parse(std::string_view bytes) {
  message out;
  if (auto parsed = parse_into(out, bytes); !parsed) return parsed.error();
  return out;
}

} // namespace aorta::hl7

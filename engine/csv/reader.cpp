#include "engine/csv/reader.hpp"

#include "engine/base/text.hpp"

#include <utility>

namespace aorta::csv {

namespace {
constexpr char quote = '"';
} // namespace

reader::reader(dialect how, row_handler on_row) : how_(how), on_row_(std::move(on_row)) {}

bool reader::refuse(uint64_t line, const char* text) {
  failed_ = error{error_code::invalid, "line " + std::to_string(line), text};
  return false;
}

/// The mark may come in pieces; what only began like one belongs to the first field.
size_t reader::skip_mark(std::string_view bytes) {
  size_t i = 0;
  while (mark_ < 3 && i < bytes.size() && bytes[i] == byte_order_mark[mark_]) {
    ++mark_;
    ++i;
  }
  if (mark_ < 3 && i < bytes.size()) {
    const auto seen = byte_order_mark.substr(0, mark_);
    mark_ = 3;
    for (const char c : seen) take_one(c);
  }
  return i;
}

bool reader::feed(std::string_view bytes) {
  size_t i = mark_ < 3 ? skip_mark(bytes) : 0;
  while (i < bytes.size() && !failed_) {
    byte_ = fed_ + i;
    if (at_ == state::plain) i = take_plain(bytes, i);
    else if (at_ == state::quoted) i = take_quoted(bytes, i);
    else take_one(bytes[i++]);
    if (text_.size() > how_.max_row_bytes) refuse(row_.line, "the row is too long");
  }
  fed_ += bytes.size();
  byte_ = fed_;
  return !failed_;
}

/// Up to the character that ends the field.
size_t reader::take_plain(std::string_view bytes, size_t i) {
  const size_t start = i;
  const char delimiter = how_.delimiter;
  while (i < bytes.size() && bytes[i] != delimiter && bytes[i] != '\n' && bytes[i] != '\r' &&
         (bytes[i] != quote || how_.bare_quotes))
    ++i;
  text_.append(bytes, start, i - start);
  if (i == bytes.size()) return i;
  byte_ = fed_ + i;
  const char c = bytes[i++];
  if (c == delimiter) end_field();
  else if (c == quote) refuse(line_, "a quote inside a field that does not begin with one");
  else line_end(c);
  return i;
}

/// Up to the next quote; counts the lines on its way.
size_t reader::take_quoted(std::string_view bytes, size_t i) {
  const size_t start = i;
  for (; i < bytes.size() && bytes[i] != quote; ++i) {
    if (bytes[i] == '\r' || (bytes[i] == '\n' && !after_cr_)) ++line_;
    after_cr_ = bytes[i] == '\r';
  }
  text_.append(bytes, start, i - start);
  if (i == bytes.size()) return i;
  after_cr_ = false;
  at_ = state::quote_in_quoted;
  return i + 1;
}

/// A character where a field or row begins, or right after a quote.
void reader::take_one(char c) {
  if (at_ == state::quote_in_quoted) {
    if (c == quote) {
      text_ += quote;
      at_ = state::quoted;
    } else if (c == how_.delimiter) {
      end_field();
    } else if (c == '\n' || c == '\r') {
      line_end(c);
    } else {
      refuse(line_, "characters after a closing quote");
    }
    return;
  }
  if (at_ == state::row_start) {
    const bool second_half = c == '\n' && after_cr_;
    after_cr_ = false;
    if (second_half) return;
    if (c == '\n' || c == '\r') { // a line without any character
      ++line_;
      after_cr_ = c == '\r';
      return;
    }
    row_.line = line_;
    row_.begin = byte_;
  }
  if (c == quote) {
    quote_line_ = line_;
    at_ = state::quoted;
  } else if (c == how_.delimiter) {
    end_field();
  } else if (c == '\n' || c == '\r') {
    line_end(c);
  } else {
    text_ += c;
    at_ = state::plain;
  }
}

void reader::end_field() {
  ends_.push_back(text_.size());
  at_ = state::field_start;
  if (ends_.size() > how_.max_fields) refuse(row_.line, "the row has too many fields");
}

void reader::line_end(char c) {
  end_row();
  ++line_;
  after_cr_ = c == '\r';
}

void reader::end_row() {
  end_field();
  if (failed_) return;
  row_.fields.clear();
  size_t start = 0;
  for (const size_t end : ends_) {
    row_.fields.emplace_back(text_.data() + start, end - start);
    start = end;
  }
  row_.end = byte_;
  on_row_(row_);
  text_.clear();
  ends_.clear();
  at_ = state::row_start;
}

bool reader::finish() {
  if (failed_) return false;
  if (mark_ > 0 && mark_ < 3)
    for (const char c : byte_order_mark.substr(0, std::exchange(mark_, uint8_t{3}))) take_one(c);
  if (at_ == state::quoted) return refuse(quote_line_, "a quote is opened and never closed");
  row_.ended = false;
  if (at_ != state::row_start) end_row();
  return !failed_;
}

result<std::vector<record>> read_all(std::string_view text, dialect how) {
  std::vector<record> all;
  reader rows(how, [&](const row& one) {
    all.push_back({one.line, {one.fields.begin(), one.fields.end()}, one.begin, one.end, one.ended});
  });
  if (!rows.feed(text) || !rows.finish()) return *rows.failed();
  return all;
}

} // namespace aorta::csv

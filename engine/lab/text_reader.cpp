#include "engine/lab/text_reader.hpp"

#include "engine/hl7/lines.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace aorta::lab {
text_reader::text_reader(const hl7::message& msg, hl7::message_charset from)
    : message_(&msg),
      decoder_(std::move(from.from)),
      unknown_(from.unknown),
      wider_(from.wider) {
  const auto bytes = msg.bytes();
  broken_ = !msg.odd_lines().empty();
  nul_ = std::memchr(bytes.data(), 0, bytes.size()) != nullptr;
  plain_ = decoder_.name() == "UTF-8" && hl7::is_utf8(bytes);
}

result<text_reader> text_reader::make(const hl7::message& msg, std::string_view charset) {
  auto from = hl7::charset_of(msg, charset);
  if (!from) return from.error();
  text_reader out(msg, std::move(*from));
  out.several_ = charset.empty() && msg.segment(0).repetitions(18) > 1;
  return out;
}

/// Names, values and comments may have a hole; with a hole in it a number of a patient or an order would be
/// another one.
text_reader::use text_reader::use_of(std::string_view segment, size_t field, size_t component) noexcept {
  const bool name_in_coding = component == 2 || component == 5 || component == 9;
  if (segment == "NTE" || (segment == "OBX" && field >= 5)) return use::shown;
  if ((segment == "OBX" && field == 3) || (segment == "OBR" && field == 4) ||
      (segment == "SPM" && field == 4))
    return name_in_coding ? use::shown : use::identifies;
  if (segment == "OBR")
    return field == 13 || field == 15 || field == 16 || field >= 31 ? use::shown : use::identifies;
  return use::identifies;
}

std::string text_reader::decode(std::string_view raw, const hl7::segment_view& segment, size_t field,
                                size_t component) {
  const auto is_shown = [&] { return use_of(segment.name(), field, component) == use::shown; };
  std::string whole;
  if (broken_ && raw.find_first_of("\r\n") != std::string_view::npos)
    raw = whole = hl7::in_one_piece(raw, message_->marks());
  const char escape = message_->marks().escape;
  if (nul_ && raw.find('\0') != std::string_view::npos) {
    if (!fault_) fault_ = fault{field, "a NUL byte is no text"};
    return {};
  }
  if (wider_ && is_shown() &&
      (decoder_.name() == "UTF-8" ? !hl7::is_ascii(raw) : hl7::has_upper_controls(raw)))
    doubts_.push_back({field, false});
  if (escape != 0 && raw.find(escape) != std::string_view::npos) {
    // An escape may stand for bytes that are no text in this charset; then it is kept as it was written.
    auto resolved = hl7::unescape(raw, message_->marks());
    if (resolved.find('\0') == std::string::npos)
      if (auto text = decoder_.decode(resolved)) return std::move(*text);
  }
  if (plain_) return std::string(raw);
  auto text = decoder_.decode(raw);
  if (text) return std::move(*text);
  if (is_shown()) {
    doubts_.push_back({field, true});
    return decoder_.decode_with_holes(escape == 0 ? std::string(raw) : hl7::unescape(raw, message_->marks()));
  }
  if (!fault_) fault_ = fault{field, text.error().text};
  return {};
}

std::string text_reader::get(const hl7::segment_view& segment, size_t field, size_t repetition,
                             size_t component, size_t subcomponent) {
  const auto view = segment.get(field, repetition, component, subcomponent);
  return view ? decode(view.raw, segment, field, component) : std::string();
}

std::string text_reader::text(const hl7::field_view& of, const hl7::segment_view& segment, size_t field,
                              size_t component) {
  return of ? decode(of.raw, segment, field, component) : std::string();
}

std::vector<std::string> text_reader::repetitions(const hl7::segment_view& segment, size_t field,
                                                  size_t component) {
  std::vector<std::string> out;
  const auto& marks = message_->marks();
  std::string_view rest = segment.field(field).raw;
  if (rest.empty()) return out;
  for (bool more = true; more;) {
    const size_t end = marks.repetition == 0 ? std::string_view::npos : rest.find(marks.repetition);
    std::string_view one = rest.substr(0, end);
    for (size_t n = component; n > 1 && !one.empty(); --n) { // to the component
      const size_t at = marks.component == 0 ? std::string_view::npos : one.find(marks.component);
      one = at == std::string_view::npos ? std::string_view{} : one.substr(at + 1);
    }
    if (component > 0 && marks.component != 0) one = one.substr(0, one.find(marks.component));
    out.push_back(one.empty() || one == "\"\"" ? std::string() : decode(one, segment, field, component));
    more = end != std::string_view::npos;
    if (more) rest.remove_prefix(end + 1);
  }
  return out;
}

std::string text_reader::first(const hl7::segment_view& segment, size_t field) {
  auto text = get(segment, field, 1, 1);
  const auto bare = trimmed(text);
  if (bare.size() != text.size()) return std::string(bare);
  return text;
}

std::string text_reader::code(const hl7::segment_view& segment, size_t field) {
  constexpr size_t most_components = 9; // CWE up to its original text
  std::array<hl7::field_view, most_components> sent;
  segment.components(field, 1, sent);
  for (size_t component = 1; component <= most_components; ++component) {
    auto said = text(sent[component - 1], segment, field, component);
    const auto bare = trimmed(said);
    if (bare.empty()) continue;
    if (bare.size() != said.size()) return std::string(bare);
    return said;
  }
  return {};
}

std::string text_reader::whole(const hl7::segment_view& segment, size_t field) {
  const auto view = segment.field(field);
  return view.raw.empty() ? std::string() : decode(view.raw, segment, field, 0);
}

std::string text_reader::bytes(const hl7::field_view& view) const {
  const char escape = message_->marks().escape;
  std::string whole = broken_ ? hl7::in_one_piece(view.raw, message_->marks()) : std::string(view.raw);
  if (escape == 0 || whole.find(escape) == std::string::npos) return whole;
  return hl7::unescape(whole, message_->marks());
}

std::string text_reader::with_escapes(const hl7::field_view& view) const {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const char escape = message_->marks().escape == 0 ? '\\' : message_->marks().escape;
  const auto sent = bytes(view);
  const bool utf8 = decoder_.name() == "UTF-8";
  std::string out;
  for (size_t at = 0, taken = 0; at < sent.size(); at += taken) {
    const auto rest = std::string_view(sent).substr(at);
    taken = 1;
    if (utf8) { // whose characters have up to four bytes; in the others each byte is one
      while (taken < std::min<size_t>(4, rest.size()) && !hl7::is_utf8(rest.substr(0, taken))) ++taken;
      if (hl7::is_utf8(rest.substr(0, taken))) {
        out += rest.substr(0, taken);
        continue;
      }
    } else if (const auto text = decoder_.decode(rest.substr(0, 1))) {
      out += *text;
      continue;
    }
    const auto byte = static_cast<unsigned char>(sent[at]);
    out += std::string{escape, 'X', digits[byte >> 4], digits[byte & 15], escape};
    taken = 1;
  }
  return out;
}

bool text_reader::withhold(size_t field) noexcept {
  bool out = false;
  for (auto& each : doubts_)
    if (each.field == field && each.holes) out = each.withheld = true;
  return out;
}

std::string text_reader::unresolved(const hl7::field_view& view) const {
  return decoder_.decode_with_holes(view.raw);
}

} // namespace aorta::lab

#include "engine/edit/draft.hpp"

#include "engine/edit/segment_text.hpp"
#include "engine/hl7/lines.hpp"

#include <algorithm>

namespace aorta::edit {
namespace {

constexpr uint32_t packed(std::string_view name) noexcept {
  if (name.size() < 3) return 0;
  return uint32_t(uint8_t(name[0])) << 16 | uint32_t(uint8_t(name[1])) << 8 | uint8_t(name[2]);
}

hl7::path path_of(const spot& at, size_t occurrence) noexcept {
  hl7::path out;
  out.occurrence = uint16_t(occurrence);
  out.field = at.field;
  out.repetition = std::max<uint16_t>(at.repetition, 1);
  out.component = at.component;
  out.subcomponent = at.subcomponent;
  return out;
}

/// Line ends of a field that was broken over lines, as the command that stands for one.
std::string with_line_breaks(std::string_view raw, const hl7::delimiters& marks) {
  std::string out;
  for (const char c : hl7::in_one_piece(raw, marks)) // its line ends are line feeds
    if (c != '\n') out += c;
    else if (marks.escape == 0) out += ' ';
    else out += {marks.escape, '.', 'b', 'r', marks.escape};
  return out;
}

} // namespace

draft::draft(const hl7::message& of, std::string_view charset)
    : source_(of),
      named_charset_(charset),
      broken_(!of.odd_lines().empty()) {
  const auto& m = of.marks();
  standard_marks_ = m.component == '^' && m.repetition == '~' && m.subcomponent == '&';
  lines_.resize(of.segments());
  for (size_t i = 0; i < lines_.size(); ++i) lines_[i].name = packed(of.segment(i).name());
}

bool draft::named(size_t segment, std::string_view name) const noexcept {
  return !lines_[segment].removed && lines_[segment].name == packed(name);
}

spot draft::find(const hl7::places& what, const here& at) const noexcept {
  using kind = hl7::which::kind;
  const uint32_t name = packed(what.name());
  const auto is = [&](size_t i) { return lines_[i].name == name && !lines_[i].removed; };
  spot out{no_segment, what.field, what.repetition.number, what.component, what.subcomponent};
  if (what.repetition.is == kind::unsaid) out.repetition = what.component == 0 ? 0 : 1;
  else if (what.repetition.is == kind::every) out.repetition = at.bound_repetition;
  if (what.occurrence.is == kind::every) {
    out.segment = at.bound_segment;
  } else if (what.occurrence.is == kind::unsaid && at.segment != no_segment) {
    for (size_t i = at.segment + 1; i-- > 0 && out.segment == no_segment;)
      if (is(i)) out.segment = i;
  } else {
    size_t left = what.occurrence.number;
    for (size_t i = 0; i < lines_.size() && out.segment == no_segment; ++i)
      if (is(i) && --left == 0) out.segment = i;
  }
  return out;
}

std::string draft::text_of(const spot& at) const {
  size_t occurrence = 0;
  for (size_t i = 0; i <= at.segment && i < lines_.size(); ++i)
    if (lines_[i].name == lines_[at.segment].name && (!lines_[i].removed || i == at.segment)) ++occurrence;
  auto out = path_of(at, std::max<size_t>(occurrence, 1));
  const auto name = source_.segment(at.segment).name();
  std::copy_n(name.begin(), std::min<size_t>(name.size(), 3), out.segment);
  return hl7::to_text(out);
}

std::string_view draft::text(size_t segment) const noexcept {
  return lines_[segment].changed ? std::string_view(lines_[segment].own) : source_.segment(segment).raw();
}

hl7::field_view draft::get(const spot& at) const noexcept {
  if (at.segment == no_segment || removed(at.segment)) return {};
  if (lines_[at.segment].changed) return part_of(lines_[at.segment].own, marks(), at);
  const auto segment = source_.segment(at.segment);
  if (at.field == 0) return {hl7::presence::value, segment.raw()};
  if (at.repetition == 0 && at.component == 0 && at.subcomponent == 0) return segment.field(at.field);
  return segment.get(at.field, std::max<uint16_t>(at.repetition, 1), at.component, at.subcomponent);
}

size_t draft::repetitions(const spot& at) const noexcept {
  if (at.segment == no_segment || removed(at.segment)) return 0;
  if (lines_[at.segment].changed) return repetitions_of(lines_[at.segment].own, marks(), at);
  return source_.segment(at.segment).repetitions(at.field);
}

const result<hl7::message_charset>& draft::charset() const {
  if (charset_) return *charset_;
  const auto now = charset_told_anew_ && named_charset_.empty() ? get({0, 18, 1, 1, 0}).raw
                                                                : std::string_view(named_charset_);
  return charset_.emplace(hl7::charset_of(source_, now));
}

std::string_view draft::read(std::string_view raw, std::string& room, bool& sure) const {
  sure = true;
  const auto& m = marks();
  const auto plain = [&](char c) {
    return uint8_t(c) >= 0x20 && uint8_t(c) < 0x7f && c != m.escape &&
      (standard_marks_ || (c != m.component && c != m.repetition && c != m.subcomponent));
  };
  if (std::all_of(raw.begin(), raw.end(), plain)) return raw;
  const bool lines = broken_ && raw.find_first_of("\r\n") != std::string_view::npos;
  std::string sent = lines ? hl7::in_one_piece(raw, m) : std::string(raw);
  const auto standard = [&](char c) {
    return c == 0 ? c : c == m.component ? '^' : c == m.repetition ? '~' : c == m.subcomponent ? '&' : c;
  };
  if (!standard_marks_) std::transform(sent.begin(), sent.end(), sent.begin(), standard);
  const auto& from = charset();
  const auto decode = [&](const std::string& bytes) {
    return from              ? from->from.decode(bytes)
      : hl7::is_ascii(bytes) ? result<std::string>(bytes)
                             : result<std::string>(from.error());
  };
  // An escape may stand for bytes that are no text in this charset; then it is kept as it was written.
  for (const auto& bytes : {hl7::unescape(sent, m), sent})
    if (auto text = decode(bytes)) return room = std::move(*text);
  sure = false;
  static const auto no_charset = hl7::decoder::make("ASCII");
  return room = (from ? from->from : *no_charset).decode_with_holes(sent);
}

result<std::string> draft::written(std::string_view text) const {
  if (text.empty() || text == "\"\"") return std::string(text);
  std::string bytes(text);
  if (!hl7::is_ascii(text)) {
    const auto& to = charset();
    if (!to) return to.error();
    auto encoded = to->from.encode(text);
    if (!encoded) return encoded.error();
    bytes = std::move(*encoded);
  }
  auto out = hl7::escape(bytes, marks());
  if (marks().escape == 0 && out != bytes)
    return error{error_code::data_type, "",
                 "the message declares no escape character, and the text has a delimiter"};
  return out;
}

std::string draft::fitted(std::string_view raw, const spot& into) const {
  const auto& m = marks();
  std::string out;
  for (const char c : raw) {
    const bool fits = (c != m.repetition || (into.repetition == 0 && into.component == 0)) &&
      (c != m.component || (into.component == 0 && into.subcomponent == 0)) &&
      (c != m.subcomponent || into.subcomponent == 0);
    if (fits || c == 0) out += c;
    else out += hl7::escape(std::string_view(&c, 1), m);
  }
  return out;
}

std::string& draft::own(size_t segment) {
  auto& now = lines_[segment];
  if (now.changed) return now.own;
  const auto raw = source_.segment(segment).raw();
  const auto& odd = source_.odd_lines();
  const bool broken = std::any_of(odd.begin(), odd.end(), [&](const auto& each) {
    return each.segment == segment &&
      (each.as == hl7::odd_line::reading::joined || each.as == hl7::odd_line::reading::added);
  });
  now.own = broken ? with_line_breaks(raw, marks()) : std::string(raw);
  now.changed = changed_ = true;
  return now.own;
}

status draft::write(const spot& at, std::string_view raw) {
  if (at.segment == no_segment || get(at).raw == raw) return done{};
  // A line end would begin a segment.
  const bool breaks = raw.find_first_of("\r\n") != std::string_view::npos;
  const auto lines = breaks ? with_line_breaks(raw, marks()) : std::string();
  auto written = put(own(at.segment), marks(), at, breaks ? lines : raw);
  if (at.segment == 0 && at.field == 18) {
    charset_.reset();
    charset_told_anew_ = true;
  }
  return written;
}

void draft::remove_segment(size_t segment) { lines_[segment].removed = changed_ = true; }

void draft::remove_repetition(const spot& at) {
  if (at.segment != no_segment && at.repetition <= repetitions(at)) take_out(own(at.segment), marks(), at);
}

std::string draft::bytes() const {
  const auto all = source_.bytes();
  std::string out;
  out.reserve(all.size() + 64);
  size_t from = 0;
  for (size_t i = 0; i < lines_.size(); ++i) {
    const auto raw = source_.segment(i).raw();
    const auto begin = size_t(raw.data() - all.data());
    // A line end belongs to the segment before it and goes with it.
    if (i == 0 || !lines_[i - 1].removed) out += all.substr(from, begin - from);
    if (!lines_[i].removed) out += text(i);
    from = begin + raw.size();
  }
  if (lines_.empty() || !lines_.back().removed) out += all.substr(from);
  return out;
}

} // namespace aorta::edit

#include "engine/hl7/message.hpp"

#include "engine/hl7/lines.hpp"

#include <algorithm>

namespace aorta::hl7 {
namespace {

field_view view_of(std::string_view raw) noexcept {
  if (raw.empty()) return {presence::empty, raw};
  const bool quotes = raw.size() == 2 && raw[0] == '"' && raw[1] == '"';
  return {quotes ? presence::null : presence::value, raw};
}

/// The n-th part (from 1) of `whole` between `mark`s. A mark that the message does not have divides nothing.
field_view part(const field_view& whole, char mark, size_t n) noexcept {
  if (whole.is == presence::absent || n == 0) return {};
  std::string_view rest = whole.raw;
  for (; n > 1; --n) {
    const size_t at = mark == 0 ? std::string_view::npos : rest.find(mark);
    if (at == std::string_view::npos) return {};
    rest.remove_prefix(at + 1);
  }
  return view_of(mark == 0 ? rest : rest.substr(0, rest.find(mark)));
}

std::string_view text_of(const field_view& field) noexcept { return field ? field.raw : std::string_view{}; }

bool blank(std::string_view text) noexcept { return text.find_first_not_of(' ') == std::string_view::npos; }

/// Between segments lie only line ends (and before the first a byte-order mark): each becomes one CR.
void append_line_ends(std::string& out, std::string_view gap) {
  for (size_t i = 0; i < gap.size(); ++i) {
    if (gap[i] == '\n' && i > 0 && gap[i - 1] == '\r') continue;
    out += gap[i] == '\n' ? '\r' : gap[i];
  }
}

} // namespace

std::string_view segment_view::raw() const noexcept {
  const auto& span = message_->segments_[index_];
  return message_->bytes_.substr(span.begin, span.end - span.begin);
}

std::string_view segment_view::name() const noexcept {
  const auto& span = message_->segments_[index_];
  const uint32_t stop = span.count > 0 ? message_->separators_[span.first] : span.end;
  const std::string_view name(message_->bytes_.data() + span.begin, std::min(stop - span.begin, 3u));
  for (const char c : name)
    if (c >= 'a' && c <= 'z') {
      const auto standard = standard_name(name);
      return standard.empty() ? name : standard;
    }
  return name;
}

/// Asked for every field: its last letter alone tells that a segment is none of them.
bool segment_view::declares_delimiters() const noexcept {
  const auto& span = message_->segments_[index_];
  if (span.end - span.begin < 3) return false;
  const char last = message_->bytes_[span.begin + 2];
  if (last != 'H' && last != 'S' && last != 'h' && last != 's') return false;
  const auto own = name();
  return own == "MSH" || own == "BHS" || own == "FHS";
}

size_t segment_view::field_at(uint32_t position) const noexcept {
  const auto& span = message_->segments_[index_];
  const auto first = message_->separators_.begin() + span.first;
  const auto before = size_t(std::lower_bound(first, first + span.count, position) - first);
  return before + (before > 0 && declares_delimiters() ? 1 : 0);
}

size_t segment_view::fields() const noexcept {
  const size_t separators = message_->segments_[index_].count;
  return separators > 0 && declares_delimiters() ? separators + 1 : separators;
}

field_view segment_view::field(size_t n) const noexcept {
  const auto& span = message_->segments_[index_];
  if (n == 0 || span.count == 0) return {};
  const uint32_t* const separators = message_->separators_.data() + span.first;
  const char* const bytes = message_->bytes_.data();
  if (declares_delimiters()) {
    if (n == 1) return view_of({bytes + separators[0], 1});
    --n;
  }
  if (n > span.count) return {};
  const uint32_t begin = separators[n - 1] + 1;
  const uint32_t end = n < span.count ? separators[n] : span.end;
  return view_of({bytes + begin, end - begin});
}

field_view segment_view::get(size_t field_number, size_t repetition, size_t component,
                             size_t subcomponent) const noexcept {
  const auto whole = field(field_number);
  if (whole.is == presence::absent) return whole;
  if (field_number <= 2 && declares_delimiters())
    return repetition == 1 && component <= 1 && subcomponent <= 1 ? whole : field_view{};
  const auto& marks = message_->marks();
  auto out = part(whole, marks.repetition, repetition);
  if (component == 0 && subcomponent == 0) return out;
  out = part(out, marks.component, std::max<size_t>(component, 1));
  return subcomponent == 0 ? out : part(out, marks.subcomponent, subcomponent);
}

void segment_view::components(size_t field_number, size_t repetition,
                              std::span<field_view> out) const noexcept {
  std::fill(out.begin(), out.end(), field_view{});
  const auto whole = get(field_number, repetition);
  if (whole.is == presence::absent || out.empty()) return;
  const char mark = field_number <= 2 && declares_delimiters() ? '\0' : message_->marks().component;
  std::string_view rest = whole.raw;
  for (auto& each : out) {
    const size_t end = mark == 0 ? std::string_view::npos : rest.find(mark);
    each = view_of(rest.substr(0, end));
    if (end == std::string_view::npos) return;
    rest.remove_prefix(end + 1);
  }
}

size_t segment_view::repetitions(size_t field_number) const noexcept {
  const auto whole = field(field_number);
  if (whole.raw.empty()) return 0;
  const char mark = message_->marks().repetition;
  if (mark == 0 || (field_number <= 2 && declares_delimiters())) return 1;
  return size_t(std::count(whole.raw.begin(), whole.raw.end(), mark)) + 1;
}

bool message::find(std::string_view name, size_t occurrence, size_t& position) const noexcept {
  if (occurrence == 0) return false;
  for (size_t i = 0; i < segments_.size(); ++i) {
    if (segment(i).name() != name || --occurrence > 0) continue;
    position = i;
    return true;
  }
  return false;
}

field_view get(const message& msg, const path& where) noexcept {
  size_t at = 0;
  if (!msg.find({where.segment, sizeof where.segment}, where.occurrence, at)) return {};
  const auto segment = msg.segment(at);
  if (where.field == 0) return view_of(segment.raw());
  return segment.get(where.field, where.repetition, where.component, where.subcomponent);
}

header peek(const message& msg) noexcept {
  if (msg.segments() == 0) return {};
  const auto msh = msg.segment(0);
  const auto first = [&](size_t field, size_t component = 1) {
    return text_of(msh.get(field, 1, component));
  };
  return {first(3),    first(4),  first(5),  first(6),  first(7), first(9),
          first(9, 2), first(10), first(11), first(12), first(18)};
}

status check_header(const message& msg) {
  const auto head = peek(msg);
  if (blank(head.type))
    return error{error_code::header_field_missing, "MSH-9", "the message type is missing"};
  const bool code = head.type.size() <= 16 && std::all_of(head.type.begin(), head.type.end(), [](char c) {
                      return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                        c == '_';
                    });
  if (!code) return error{error_code::data_type, "MSH-9", "the message type is not a code"};
  if (blank(head.control_id))
    return error{error_code::header_field_missing, "MSH-10", "the message control id is missing"};
  return done{};
}

std::string write(const message& msg) {
  const std::string_view bytes = msg.bytes();
  std::string out;
  out.reserve(bytes.size() + 1);
  size_t written = 0;
  for (size_t i = 0; i < msg.segments(); ++i) {
    const std::string_view raw = msg.segment(i).raw();
    const auto begin = size_t(raw.data() - bytes.data());
    append_line_ends(out, bytes.substr(written, begin - written));
    out += raw;
    written = begin + raw.size();
  }
  if (written == bytes.size() && written > 0) out += '\r';
  append_line_ends(out, bytes.substr(written));
  return out;
}

} // namespace aorta::hl7

// Lines of the message that were no segments, and messages that are not complete: nothing of it passes
// without a word.
#include "engine/hl7/lines.hpp"
#include "engine/lab/mapping.hpp"

#include <algorithm>

namespace aorta::lab {
namespace {

constexpr size_t most_told = 50; ///< lines of a message; what comes after is as broken as they are

/// Where a text may be broken: the field holds it whole again.
bool holds_text(std::string_view segment, size_t field) noexcept {
  return (segment == "OBX" && field == 5) || (segment == "NTE" && field == 3);
}

void doubt(mapping& all, std::string_view segment, std::string where, const char* rule, const char* why) {
  if (std::exchange(all.lines_told, all.lines_told + 1) >= most_told) return;
  if (segment == "OBX" && !all.out.results.empty()) all.out.results.back().needs_review = true;
  all.review(std::move(where), rule, why);
}

void tell_respelled(mapping& all, const hl7::segment_view& segment, size_t occurrence) {
  auto where = place(segment.name(), occurrence, 0);
  where.resize(where.rfind('-'));
  doubt(all, segment.name(), std::move(where), "odd-line",
        "blanks before the segment's name, or small letters: read as that segment");
}

void tell_joined(mapping& all, const hl7::segment_view& segment, size_t occurrence, size_t field) {
  const auto name = segment.name();
  auto where = place(name, occurrence, field);
  if (holds_text(name, field))
    all.note(std::move(where), "broken-line",
             "the lines after a line end that was not escaped belong to this text");
  else doubt(all, name, std::move(where), "broken-line", "a line that is no segment stands here");
}

/// A line of three capitals alone, or a segment that no version has behind one that breaks off: perhaps the
/// rest of a text.
bool may_be_text(const hl7::message& msg, size_t i, const hl7::segment_view& segment, std::string_view name) {
  if (name.starts_with('Z') || !hl7::standard_name(name).empty() || i == 0) return false;
  if (segment.fields() == 0) return true;
  const auto before = msg.segment(i - 1);
  return before.name() == "NTE" || (before.name() == "OBX" && before.fields() < 11);
}

} // namespace

void tell_lines(mapping& all, const hl7::message& msg, size_t i, size_t occurrence) {
  const auto segment = msg.segment(i);
  const auto name = segment.name();
  const auto& odd = msg.odd_lines();
  size_t told = size_t(-1); // once a field: a text may be broken many times
  for (; all.next_odd_line < odd.size() && odd[all.next_odd_line].segment <= i; ++all.next_odd_line) {
    const auto& line = odd[all.next_odd_line];
    if (line.as == hl7::odd_line::reading::respelled) tell_respelled(all, segment, occurrence);
    if (line.as == hl7::odd_line::reading::stray)
      doubt(all, "MSH", "MSH", "broken-line", "a line that is no segment stands behind the header");
    if (line.as != hl7::odd_line::reading::joined) continue;
    const auto field = segment.field_at(line.at - 1); // the line end before it is still the field's
    if (std::exchange(told, field) != field) tell_joined(all, segment, occurrence, field);
  }
  const bool stray = name.empty() || !hl7::begins_as_segment(segment.raw(), msg.marks().field); // told above
  if (!stray && may_be_text(msg, i, segment, name))
    doubt(all, name, std::string(name), "odd-line", "no segment of HL7: perhaps the rest of a text");
  const bool goes_on = name == "DSC" && segment.get(1, 1);
  const bool continues = i == 0 && segment.get(14, 1);
  if (goes_on || continues)
    all.review(goes_on ? "DSC-1" : "MSH-14", "incomplete-message",
               goes_on ? "the message goes on in another one" : "the message continues another one");
}

} // namespace aorta::lab

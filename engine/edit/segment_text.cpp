#include "engine/edit/segment_text.hpp"

#include <algorithm>
#include <array>

namespace aorta::edit {
namespace {

struct range {
  size_t begin = 0, end = 0;
};

hl7::field_view view_of(std::string_view raw) noexcept {
  if (raw.empty()) return {hl7::presence::empty, raw};
  return {raw == "\"\"" ? hl7::presence::null : hl7::presence::value, raw};
}

bool declares_delimiters(std::string_view segment) noexcept {
  return segment.starts_with("MSH") || segment.starts_with("BHS") || segment.starts_with("FHS");
}

/// The n-th part (from 1) of `in` between marks; `missing`: how many marks it lacks.
bool narrow(std::string_view segment, char mark, size_t n, range& in, size_t& missing) noexcept {
  missing = 0;
  for (size_t left = n; left > 1; --left) {
    const size_t at = mark == 0 ? std::string_view::npos : segment.substr(0, in.end).find(mark, in.begin);
    if (at == std::string_view::npos) {
      missing = left - 1;
      in.begin = in.end;
      return false;
    }
    in.begin = at + 1;
  }
  if (mark != 0) in.end = std::min(segment.substr(0, in.end).find(mark, in.begin), in.end);
  return true;
}

/// Which mark divides, and which part of it is meant: outermost first.
struct division {
  char mark;
  size_t part; ///< 0: all of it
};

/// MSH-1 is the separator itself: its fields are counted one lower.
std::array<division, 4> divisions(std::string_view segment, const hl7::delimiters& marks,
                                  const spot& at) noexcept {
  const size_t field = at.field + (declares_delimiters(segment) ? 0u : 1u);
  const bool deeper = at.component != 0 || at.subcomponent != 0;
  const size_t repetition = at.repetition == 0 && deeper ? 1 : at.repetition;
  const size_t component = at.component == 0 && at.subcomponent != 0 ? 1 : at.component;
  return {{{marks.field, field},
           {marks.repetition, repetition},
           {marks.component, component},
           {marks.subcomponent, at.subcomponent}}};
}

} // namespace

hl7::field_view part_of(std::string_view segment, const hl7::delimiters& marks, const spot& at) noexcept {
  if (at.field == 0) return view_of(segment);
  range in{0, segment.size()};
  size_t missing = 0;
  for (const auto& each : divisions(segment, marks, at))
    if (each.part != 0 && !narrow(segment, each.mark, each.part, in, missing)) return {};
  return view_of(segment.substr(in.begin, in.end - in.begin));
}

size_t repetitions_of(std::string_view segment, const hl7::delimiters& marks, const spot& at) noexcept {
  const auto whole = part_of(segment, marks, {at.segment, at.field, 0, 0, 0});
  if (whole.raw.empty()) return 0;
  return marks.repetition == 0 ? 1
                               : size_t(std::count(whole.raw.begin(), whole.raw.end(), marks.repetition)) + 1;
}

status put(std::string& segment, const hl7::delimiters& marks, const spot& at, std::string_view raw) {
  range in{0, segment.size()};
  size_t missing = 0;
  const auto all = divisions(segment, marks, at);
  if (std::any_of(all.begin(), all.end(), [](const auto& each) { return each.mark == 0 && each.part > 1; }))
    return error{error_code::data_type, "", "the message declares no delimiter for this place"};
  for (const auto& each : all) {
    if (each.part == 0 || narrow(segment, each.mark, each.part, in, missing)) continue;
    if (raw.empty()) return done{}; // absent is empty already
    segment.insert(in.end, missing, each.mark);
    in.begin = in.end = in.end + missing;
  }
  segment.replace(in.begin, in.end - in.begin, raw);
  return done{};
}

void take_out(std::string& segment, const hl7::delimiters& marks, const spot& at) {
  range in{0, segment.size()}, field{};
  size_t missing = 0;
  const auto all = divisions(segment, marks, at);
  if (!narrow(segment, all[0].mark, all[0].part, in, missing)) return;
  field = in;
  if (!narrow(segment, all[1].mark, at.repetition, in, missing)) return;
  if (in.end < field.end) ++in.end; // its own mark behind it, or that before the last one
  else if (in.begin > field.begin) --in.begin;
  segment.erase(in.begin, in.end - in.begin);
}

} // namespace aorta::edit

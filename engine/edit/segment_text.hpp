// One segment as text: where its parts lie, and how a part that is missing comes to be.
#pragma once

#include "engine/base/result.hpp"
#include "engine/edit/draft.hpp"

namespace aorta::edit {

/// The part as `hl7::segment_view::get` gives it, of a segment that stands by itself.
hl7::field_view part_of(std::string_view segment, const hl7::delimiters& marks, const spot& at) noexcept;
size_t repetitions_of(std::string_view segment, const hl7::delimiters& marks, const spot& at) noexcept;

/// Replaces the part; fields, repetitions and components before it are made where they are missing. Errors:
/// `data_type` when the message declares no delimiter for it.
status put(std::string& segment, const hl7::delimiters& marks, const spot& at, std::string_view raw);
/// Takes one repetition out; those behind it move up.
void take_out(std::string& segment, const hl7::delimiters& marks, const spot& at);

} // namespace aorta::edit

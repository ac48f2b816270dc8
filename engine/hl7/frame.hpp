// What stands in one frame: a message, several, or batches of them (HL7 v2.5.1 2.10.3); and of a report that
// tells of several patients (7.3.1: PATIENT_RESULT repeats) the group of each.
#pragma once

#include "engine/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::hl7 {

/// What is filed by itself: a message, or one patient's group of it.
struct frame_part {
  std::string_view common; ///< of a group: what all of its message's groups begin with, MSH up to the first
                           ///< PID
  std::string_view own;    ///< the message, or the group from its PID on, as received
  uint32_t message = 0;    ///< of the frame, from 0
  uint32_t group = 0;      ///< of the message, from 0
  uint32_t groups = 1;     ///< of the message

  std::string bytes() const { return std::string(common).append(own); }
};

/// Messages with the lines that hold them together; a line that did not come is empty.
struct frame_batch {
  std::string_view header, trailer; ///< BHS, BTS
  uint32_t messages = 0;
};

/// Views into the frame's bytes.
struct frame_content {
  std::vector<frame_part> parts; ///< in the order received; none: a batch without messages
  uint32_t messages = 0;
  std::vector<frame_batch> batches; ///< none: the frame has no line of a batch. Each message is in one of
                                    ///< them
  std::string_view file_header;     ///< FHS
  std::string around;               ///< the lines that belong to no message, a CR behind each
  std::optional<error> fault;       ///< what those lines say that does not agree with what came
  bool last_may_be_cut = false; ///< a batch was begun, and the frame ends within a line, without BTS and FTS

  /// One message of one patient, or bytes that are no message: nothing is to be divided.
  bool is_whole() const noexcept { return around.empty() && parts.size() == 1; }
};

/// More than these are no frame of any sender.
inline constexpr size_t most_frame_parts = 20'000;

/// Divides a frame at each line that begins a message, MSH with delimiters as `parse` wants them; at lines of
/// batches (FHS, BHS, BTS, FTS) behind which no other line of a message follows; and an ORU at each PID that
/// names somebody else than the one before. What does not begin with one of these lines, and a report whose
/// orders stand in front of its patients, stays in one piece. BTS-1 and FTS-1 are compared with what came.
/// Error: `frame_too_large`, more than `most_frame_parts`.
result<frame_content> read_frame(std::string_view frame);

/// Whether a line MRG stands in it: it says that two people are one, or that one's number changes (chapter
/// 3.4.10).
bool joins_people(std::string_view message) noexcept;

/// Where a place of a group's bytes lies in its message: `OBX-5` of the second group may be `OBX[4]-5`.
class group_places {
public:
  /// What is no path stays as it is.
  std::string in_message(const frame_part& group, std::string_view where) const;
  void pass(const frame_part& group); ///< it stands in front of those that are asked for next

private:
  std::map<std::string, size_t, std::less<>> before_; ///< segments of each name
};

/// A field (from 1, as BHS counts them) of a line that declares its delimiters: FHS, BHS, MSH.
std::string_view header_line_field(std::string_view line, size_t n) noexcept;

/// MSH of a message that would come from the batch's sender under the batch's own id (BHS-11): what an
/// acknowledgement of the batch answers.
std::string batch_as_message(std::string_view header);

} // namespace aorta::hl7

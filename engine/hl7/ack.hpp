// The reply (HL7 v2.5.1 chapter 2.9, original mode) and the one table from error to acknowledgement code.
#pragma once

#include "engine/base/error.hpp"
#include "engine/hl7/message.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::hl7 {

struct ack_rule {
  std::string_view ack;       ///< MSA-1: AE or AR
  std::string_view condition; ///< ERR-3, HL70357: "100" ... "207"
  std::string_view meaning;   ///< the table's own wording
};

/// AR: the same bytes will never pass. AE: a retry may pass.
ack_rule rule_for(error_code code) noexcept;

/// A segment that a reply has behind MSA and ERR.
struct reply_segment {
  /// As it was sent, or else words of ours: components of a field, UTF-8.
  struct field {
    std::string_view sent;
    std::vector<std::string> ours;
  };
  std::string_view name;
  std::vector<field> fields = {}; ///< from the first

  void put(size_t number, field what) {
    if (fields.size() < number) fields.resize(number);
    fields[number - 1] = std::move(what);
  }
};

/// MSH-9 of a reply that says more than ACK: `ORR`, `O02`, `ORR_O02`.
struct reply_type {
  std::string_view code, event, structure;
};

/// What became of one of several things that an acknowledgement is about: a patient's group of a message, a
/// message of a frame.
struct ack_part {
  std::string where, what;    ///< its place, `PID[2]`; how people call it
  std::optional<error> fault; ///< none: it was taken
};

struct ack_request {
  const message* to = nullptr; ///< null when the bytes could not be read as a message: standard delimiters,
                               ///< empty MSA-2
  std::optional<error> fault;  ///< none: AA
  std::string_view control_id; ///< the reply's own MSH-10
  std::string_view datetime;   ///< the reply's MSH-7, already HL7-formatted
  std::string_view application = "AORTA"; ///< MSH-3 when the message names no receiver
  std::string_view charset;               ///< MSH-18 where the message names none
  std::optional<reply_type> type;         ///< none: ACK
  std::vector<reply_segment> more;        ///< what is sent of it must outlive the call
  std::string_view answers;               ///< MSA-2 as received, where it is not the MSH-10 of `to`
  bool of_receipt = false;                ///< an accept acknowledgement: CA, CE, CR
  bool asks_receipt = false;              ///< goes out by itself: its MSH-15 and 16 ask for a CA and no more
  std::span<const ack_part> parts; ///< told one by one when `fault` says that not all of them were taken
};

/// Complete reply without framing, CR after each segment, in the sender's delimiters, charset bytes echoed as
/// they came. Sender and receiver swapped; MSH-9 `ACK^R01^ACK` (from v2.3.1; `ACK` before or when the event
/// is unknown); MSH-11, 12 and 18 echoed. ERR: from v2.5 (or without a version) ERR-2 location, ERR-3 code,
/// ERR-4 `E`, ERR-8 text; before v2.5 ERR-1 alone, as segment^sequence^field^code&meaning&HL70357, and the
/// text for people in MSA-3. Of `parts` those with a fault have such an ERR each, and from v2.5 those that
/// were taken one of severity `I`; past 100 of a kind they are counted. Echoed fields lose CR, LF, VT and FS;
/// everything else is escaped. Without a message there is no AA: the reply is AR 100. `type` is written as
/// far as the sender's version has it.
std::string make_ack(const ack_request& request);

/// Acknowledgements as the batch that answers the batch of this header (2.10.3.3): BHS with sender and
/// receiver swapped, its own id in BHS-11 and that of the other in BHS-12, the acknowledgements, and their
/// count in BTS-1.
std::string make_ack_batch(std::string_view header, std::span<const std::string> acks,
                           std::string_view control_id, std::string_view datetime);

/// What a reply says, for the sending side: MSA-1, MSA-2 and the first ERR's text.
struct ack_view {
  std::string code, control_id, text;
};
std::optional<ack_view> read_ack(std::string_view bytes);

/// `YYYYMMDDHHMMSS+ZZZZ` of an instant, `offset` minutes from UTC (MSH-7).
std::string to_hl7(int64_t unix_seconds, int offset_minutes);

} // namespace aorta::hl7

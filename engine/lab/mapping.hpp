// What the parts of `map_report` share while one message is mapped.
#pragma once

#include "engine/lab/critical.hpp"
#include "engine/lab/map_report.hpp"
#include "engine/lab/specimen.hpp"
#include "engine/lab/text_reader.hpp"
#include "engine/lab/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

namespace aorta::lab {

/// A time and the field that told it.
struct placed_time {
  time_reading reading;
  std::string where;
};

/// The OBR that the following OBX belong to.
struct order_frame {
  static constexpr size_t no_note = size_t(-1);
  uint32_t index = model::no_order;
  std::string where;                              ///< `OBR[2]`
  size_t note = no_note;                          ///< of every result of the order, in `mapping::notes`
  std::string status;                             ///< OBR-25, without padding and in capitals
  std::optional<placed_time> collected, reported; ///< OBR-7 or SPM-17, OBR-22
  bool time_in_doubt = false;                     ///< one of them could not be read
  size_t first_result = 0;                        ///< its first one's place among the results
};

/// A comment on several results of the message, kept once while it is mapped.
struct shared_note {
  std::string text;
  size_t first = 0, past = size_t(-1); ///< of which results
};

/// A document whose end has not come yet: further OBX of the same test may bring it.
struct open_document {
  size_t result; ///< its place among the results
  std::string type, test_code;
  std::string rest; ///< of its base64: what stands behind the last whole group of four
  uint32_t order;
  size_t pieces = 1;
  std::string where;
};

/// The clinic's, then the laboratory's.
struct critical_limits {
  std::vector<known_limit> clinic, laboratory;
};

struct mapping {
  const profile& from;
  const map_context& context;
  const code_table& codes;
  const local_zone& zone;
  text_reader read;
  std::optional<placed_time> message_time = std::nullopt; ///< MSH-7
  bool message_time_unreadable = false;
  std::optional<std::chrono::minutes> offset = std::nullopt; ///< of times that tell none, where the zone does
                                                             ///< not say
  order_frame order = {};
  std::vector<shared_note> notes = {};
  size_t next_odd_line = 0, lines_told = 0;               ///< of `hl7::message::odd_lines`
  std::unordered_map<std::string, uint16_t> repeats = {}; ///< order, test code and sub id -> how often so far
  std::unordered_set<std::string> unmapped = {};          ///< what `report::unmapped_codes` holds
  /// The profile's codes by what they are in capitals; null where several are. Made for the first code that
  /// the profile does not have.
  std::optional<std::unordered_map<std::string, const std::string*>> spellings = std::nullopt;
  std::optional<specimen_book> specimens = std::nullopt; ///< made for the first OBX
  std::optional<critical_limits> limits = std::nullopt;  ///< looked up for the first result that needs them
  std::optional<open_document> document = std::nullopt;
  std::string unreadable = {}; ///< where the first value stands that was withheld, since its letters cannot
                               ///< be read
  report out = {};

  /// Before anything of the first OBX is read: doubts of what it reads are those of other segments, which
  /// tell them themselves.
  void know_specimens() {
    if (specimens) return;
    specimens.emplace(read.source(), read);
    read.take_doubts();
  }
  void note(std::string where, std::string rule, std::string detail) {
    out.rules.push_back({std::move(where), std::move(rule), std::move(detail)});
  }

  void review(std::string where, std::string rule, std::string detail) {
    out.reviews.push_back({std::move(where), std::move(rule), std::move(detail)});
  }

  /// The time in a field. One that cannot be read counts as not told and is shown to a person; zeros tell
  /// none.
  std::optional<placed_time> time_at(const hl7::segment_view& segment, size_t field,
                                     const std::string& segment_place);
};

void add_line(std::string& text, std::string_view line);

/// `OBX[3]-5`.
std::string place(std::string_view segment, size_t occurrence, size_t field);

/// PID to claims: identifiers (PID-3, and PID-2 and PID-4 where they say of what type they are), names, birth
/// date, sex.
void map_patient(mapping& all, const hl7::segment_view& pid);

/// The clinical time of a result that has none yet, with what a person must know of it.
void set_clinical_time(mapping& all, model::lab_result& of, const placed_time& at);
/// OBR-22, else MSH-7: which version is the later one.
void set_report_time(mapping& all, model::lab_result& of);
/// HL70085; false when the code is not in it. Then the result counts as preliminary.
bool set_state(model::lab_result& of, std::string_view code);
/// What OBR-25 (HL70123) says of a result that has no state of its own, or whatever its own is: W and D hold
/// for all results of the order. False when it says nothing. `code`: as `order_frame` has it.
bool set_state_of_order(model::lab_result& of, std::string_view code);
/// `n`-th of its order with this test code and sub id.
void count_repeat(mapping& all, model::lab_result& of);

/// The order that stood ends. If it brought notes and no results, its notes are its result.
void end_order(mapping& all);
/// Every comment to the results that it belongs to. A short one stands with each of them; a long one with the
/// first, where the others point.
void hand_out_notes(mapping& all);

/// How the message's lines are told: what was joined in a field that holds no text, what was read as a
/// segment though it was none, what is missing (DSC, MSH-14). `segment` is the one that was mapped last.
void tell_lines(mapping& all, const hl7::message& msg, size_t segment, size_t occurrence);

/// Susceptibilities get the name of their organism: the one coded result under the same OBX-4 of the order,
/// else the one that OBR-26 names.
void name_organisms(report& of);

/// One OBX, the `position`-th of the message, to one result; one that names no test is kept for a person.
/// False when it makes no result of its own: it is empty, or the next piece of a document.
bool map_result(mapping& all, const hl7::segment_view& obx, uint16_t position);

/// A document that never ended is shown to a person. To be called when another begins and at the end of the
/// message.
void finish_document(mapping& all);

/// Texts of the last segment that could not be read for certain are shown to a person; `where` names the
/// segment.
void note_doubts(mapping& all, std::string_view segment, size_t occurrence);

} // namespace aorta::lab

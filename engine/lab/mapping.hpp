// What the parts of `map_report` share while one message is mapped.
#pragma once

#include "engine/lab/report.hpp"
#include "engine/lab/specimen.hpp"
#include "engine/lab/text_reader.hpp"
#include "engine/lab/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace aorta::lab {

/// A time and the field that told it.
struct placed_time {
  time_reading reading;
  std::string where;
};

/// The OBR that the following OBX belong to.
struct order_frame {
  uint32_t index = model::no_order;
  std::string comments; ///< NTE between OBR and its first OBX: of every result of the order
  std::string status;   ///< OBR-25
  std::optional<placed_time> collected, reported;
};

/// A document whose end has not come yet: further OBX of the same test may bring it.
struct open_document {
  size_t result;                      ///< its place among the results
  std::string type, test_code, data;  ///< data: base64 so far
  uint32_t order;
  size_t pieces = 1;
  std::string where;
};

struct mapping {
  const profile& from;
  const map_context& context;
  const code_table& codes;
  const local_zone& zone;
  text_reader read;
  std::optional<placed_time> message_time = std::nullopt; ///< MSH-7
  order_frame order = {};
  std::unordered_map<std::string, uint16_t> repeats = {}; ///< order, test code and sub id -> how often so far
  std::optional<specimen_book> specimens = std::nullopt; ///< made for the first OBX
  std::optional<open_document> document = std::nullopt;
  report out = {};

  /// Before anything of the first OBX is read: doubts of what it reads are those of other segments, which tell them themselves.
  void know_specimens() {
    if (specimens) return;
    specimens.emplace(read.source(), read);
    read.take_doubts();
  }
  void note(std::string where, std::string rule, std::string detail) { out.rules.push_back({std::move(where), std::move(rule), std::move(detail)}); }

  /// The time in a field; one that cannot be read is noted and counts as not told.
  std::optional<placed_time> time_at(const hl7::segment_view& segment, size_t field, const std::string& segment_place);
};

/// `OBX[3]-5`.
std::string place(std::string_view segment, size_t occurrence, size_t field);

/// PID to claims: identifiers (PID-3, and PID-2 and PID-4 where they say of what type they are), names, birth date, sex.
void map_patient(mapping& all, const hl7::segment_view& pid);

/// One OBX, the `position`-th of the message, to one result; one that names no test is kept for a person. False when it makes no result of its
/// own: it is empty, or the next piece of a document.
bool map_result(mapping& all, const hl7::segment_view& obx, uint16_t position);

/// A document that never ended is shown to a person. To be called when another begins and at the end of the message.
void finish_document(mapping& all);

/// Texts of the last segment that could not be read for certain are shown to a person; `where` names the segment.
void note_doubts(mapping& all, std::string_view segment, size_t occurrence);

} // namespace aorta::lab

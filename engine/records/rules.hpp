// What may become of a row of the clinic, whoever asks.
#pragma once

#include "engine/model/record.hpp"

#include <cstdint>
#include <string_view>

namespace aorta::records {

/// Sent by a laboratory, which alone can withdraw it.
bool is_of_laboratory(const model::record& row);

/// Notes of documents that messages told of: they alone change them, or a person who unlinks the message.
inline bool is_of_messages(const model::record& row) {
  return row.of == model::table::clinical_notes && !row.text("document_number").empty();
}
inline constexpr std::string_view why_messages_alone =
  "this document came by messages: its sender changes or cancels it (MDM), or a person unlinks its message";

enum class kept_by : uint8_t { fhir, clinic_system };
/// Why the row may not be taken away; empty: it may go. `whom`: who wrote it as it is.
std::string_view why_it_stays(const model::record& row, kept_by whom);

} // namespace aorta::records

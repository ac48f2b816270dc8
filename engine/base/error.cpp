#include "engine/base/error.hpp"

namespace aorta {

std::string_view name(error_code code) noexcept {
  switch (code) {
    case error_code::no_header: return "no-header";
    case error_code::header_field_missing: return "header-field-missing";
    case error_code::frame_too_large: return "frame-too-large";
    case error_code::unsupported_type: return "unsupported-type";
    case error_code::unsupported_event: return "unsupported-event";
    case error_code::unsupported_version: return "unsupported-version";
    case error_code::unsupported_processing_id: return "unsupported-processing-id";
    case error_code::segment_missing: return "segment-missing";
    case error_code::segment_sequence: return "segment-sequence";
    case error_code::field_missing: return "field-missing";
    case error_code::data_type: return "data-type";
    case error_code::table_value: return "table-value";
    case error_code::unknown_key: return "unknown-key";
    case error_code::rejected: return "rejected";
    case error_code::conflict: return "conflict";
    case error_code::store_unavailable: return "store-unavailable";
    case error_code::undone: return "undone";
    case error_code::deadline: return "deadline";
    case error_code::paused: return "paused";
    case error_code::invalid: return "invalid";
    case error_code::internal: return "internal";
  }
  return "internal";
}

} // namespace aorta

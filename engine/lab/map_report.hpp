// From an HL7 message to a report, by the sending laboratory's profile.
#pragma once

#include "engine/base/result.hpp"
#include "engine/hl7/message.hpp"
#include "engine/lab/profile.hpp"
#include "engine/lab/report.hpp"

#include <string_view>
#include <vector>

namespace aorta::lab {

struct map_context {
  const profile* from = nullptr;
  const std::vector<critical_limit>* clinic_limits = nullptr; ///< may be null
  std::string_view clinic_code;                               ///< whose MRNs count as ours
};

/// ORU^R01, R30, R32 and OUL^R22-R24 to a report. Pure. Errors: `segment_missing` at `PID` or `OBR`/`OBX`,
/// `segment_sequence` at `PID[2]` (two patients in one message are never mixed), `field_missing`, `data_type`
/// (bytes outside the charset), `table_value` (MSH-18). `frame_too_large`: more results, or more bytes in
/// them, than a message may map to.
result<report> map_report(const hl7::message& msg, const map_context& context);

} // namespace aorta::lab

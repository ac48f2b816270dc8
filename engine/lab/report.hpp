// What a laboratory message says, mapped: claims, orders, results, each value with the rule that made it.
#pragma once

#include "engine/base/result.hpp"
#include "engine/hl7/charset.hpp"
#include "engine/hl7/message.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/profile.hpp"
#include "engine/model/lab.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aorta::lab {

/// Why a value became what it is: `{"OBX[1]-6", "unit", "umol/L -> mg/dL x 0.0113118 (2160-0)"}`. Never a
/// patient's name or number; `detail` holds codes, units and factors, not measured values.
struct rule_note {
  std::string where, rule, detail;
};

struct report {
  identity::claims who;
  std::string laboratory; ///< the profile's code: `performing_lab_code` of every result
  std::string laboratory_name;
  std::string charset; ///< by which the message was read, as IANA names it
  std::vector<model::lab_order_ref> orders;
  std::vector<model::lab_result> results;
  std::vector<rule_note> rules;
  std::vector<std::string> unmapped_codes; ///< OBX-3 codes without LOINC, each once
  std::vector<rule_note> reviews; ///< what a person must look at (unknown unit, non-number in NM, ...)
};

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

/// Which profile speaks for this sender: MSH-4, then MSH-3, against code, name and senders (case ignored).
/// Null when none.
const profile* choose(const std::vector<const profile*>& profiles, std::string_view sending_application,
                      std::string_view sending_facility);

/// Reads an HL7 time (`20261123`, `202611231015`, `20261123101500.123+0200`); local to `time_zone` (IANA
/// name) without an offset.
std::optional<model::moment> read_time(std::string_view text, const std::string& time_zone);
bool known_time_zone(const std::string& name);

/// What a result that arrives does to the one that stands under the same key.
enum class version_action : uint8_t {
  replace, ///< it becomes current; the standing one becomes history
  history, ///< it is kept as history; the standing one stays
};
/// A late preliminary never replaces a final; otherwise the later report wins, and on a tie the stronger
/// status (corrected, final, preliminary), then the later arrival. But for the case named below, the same one
/// is current in whatever order the versions arrive. Corrected, cancelled and withdrawn count as settled like
/// final; on a tie a withdrawal (D, W) beats all. A version without a time of report is the oldest; what
/// carries no value (a change of status, a test in process) never replaces a value. A preliminary reported
/// after a cancellation (X) replaces it; together with an older final these form a circle, the one case in
/// which the order of arrival decides.
version_action compare_versions(const model::lab_result& standing, const model::lab_result& incoming);

} // namespace aorta::lab

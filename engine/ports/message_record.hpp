// One message in the log.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/error.hpp"
#include "engine/base/ids.hpp"
#include "engine/model/patient.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::ports {

enum class message_status : uint8_t { received, processed, failed, unmatched, duplicate };
std::string_view name(message_status) noexcept;
std::optional<message_status> message_status_from(std::string_view) noexcept;

/// One row of `hl7_message_log`.
struct message_record {
  uuid id;
  model::clinic_id clinic = 0;
  std::string control_id, message_type; ///< MSH-10; "ORU^R01"
  std::string sending_application, sending_facility, receiving_facility;
  std::optional<timestamp> message_datetime; ///< MSH-7
  std::optional<model::patient_id> patient;
  message_status status = message_status::received;
  std::optional<error> fault;
  std::string ack_code; ///< AA, AE, AR
  int results_created = 0;
  std::string listener, route, config_version, peer;
  std::string trace; ///< JSON; kept compressed and encrypted
  timestamp received_at{};
};

} // namespace aorta::ports

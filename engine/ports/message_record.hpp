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

/// Which piece it was of a frame that held several messages, or the groups of several patients.
struct frame_share {
  uuid frame;          ///< the same for all of its pieces: of the lines around them, else of the first one
  uint32_t number = 0; ///< from 1; 0: those lines (FHS, BHS, BTS, FTS)
  uint32_t count = 0;  ///< of the pieces, those lines aside
  uint32_t group = 0;  ///< of the message's patients, from 1; 0: a whole message. Not stored
};

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
  std::optional<frame_share> share; ///< nothing: a frame of its own
};

} // namespace aorta::ports

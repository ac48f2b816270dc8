// What a message filed, for another FHIR server: a transaction (FHIR R4, http.html 3.1.0.11).
#pragma once

#include "engine/export/rules.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/records.hpp"

#include <string>

namespace aorta::exports {

/// A message that is passed on.
struct passed_message {
  model::clinic_id clinic = 0;
  model::patient_id patient = 0; ///< under whom it stands
  uuid id;
};

/// A Bundle of type transaction (JSON) that may be sent any number of times; empty where nothing stands of
/// the message. Each resource is put under an identifier of ours (`urn:ietf:rfc:3986`: its address under
/// `base_url`, which is not empty), by which the other server knows it again. The Patient is created where
/// the other server does not know that, and changed only by messages that tell of the patient. What is named
/// and not among the entries is a reference by that identifier. Reads in a transaction of `records`.
result<std::string> transaction_of(ports::message_log& log, ports::record_session& records,
                                   const passed_message& what, const rules& by);

} // namespace aorta::exports

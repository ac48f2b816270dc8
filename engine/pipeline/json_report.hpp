// A report in JSON as a message that the chain of laboratories understands.
#pragma once

#include "engine/base/result.hpp"
#include "engine/config/webhook.hpp"
#include "engine/fhir/document.hpp"

#include <string>
#include <string_view>

namespace aorta::pipeline {

/// What the JSON does not say of itself.
struct json_sender {
  std::string_view lab;        ///< the code of the laboratory's profile
  std::string_view clinic;     ///< whose number `mrn` is
  std::string_view control_id; ///< the request's
  std::string received_at;     ///< as MSH-7 has it
};

/// ORU^R01 (HL7 v2.5.1), of what the map finds. A pointer that leads nowhere, or to null, says nothing.
/// Errors name the pointer: `data_type`, what stands there is neither text nor number (a list, for
/// `results`), or no time where one must be; `field_missing`, no result, or one without a code.
result<std::string> report_of_json(const fhir::document& said, const config::webhook_map& map,
                                   const json_sender& from);

/// RFC 6901; null when there is nothing at that place.
const fhir::node* at_pointer(const fhir::node& root, std::string_view pointer);

} // namespace aorta::pipeline

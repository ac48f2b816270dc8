// A report in JSON as a message that the chain of laboratories understands.
#pragma once

#include "engine/base/result.hpp"
#include "engine/config/webhook.hpp"
#include "engine/fhir/document.hpp"
#include "engine/lab/plain_report.hpp"

#include <string_view>

namespace aorta::pipeline {

/// What the map finds. A pointer that leads nowhere, or to null, says nothing.
/// Errors name the pointer: `data_type`, what stands there is neither text nor number (a list, for
/// `results`), or no time where one must be; `field_missing`, no result, or one without a code.
result<lab::plain_report> report_of_json(const fhir::document& said, const config::webhook_map& map);

/// RFC 6901; null when there is nothing at that place.
const fhir::node* at_pointer(const fhir::node& root, std::string_view pointer);

} // namespace aorta::pipeline

// All that a clinic holds of one patient, read in one transaction: what every export is made of.
#pragma once

#include "engine/export/rules.hpp"
#include "engine/http/scopes.hpp"
#include "engine/ports/records.hpp"
#include "engine/rest/whole_record.hpp"

#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace aorta::exports {

struct question {
  model::clinic_id clinic = 0;
  model::patient_id patient = 0;
  http::scopes scopes; ///< what they do not open is not in it
  std::string actor;
};

struct gathered {
  fhir::document in; ///< the resources live here
  rest::whole_record whole;
  std::optional<rest::standing> clinic;                      ///< whose record it is, as an Organization
  std::map<std::string, std::vector<model::record>> earlier; ///< versions of corrected results, oldest first,
                                                             ///< by the result's id
};

/// There is no such patient in the clinic; or was, and is one with another since.
struct nobody {
  std::optional<model::patient_id> joined_with;
};

/// Under which resources that leave the house are read.
rest::surroundings surroundings_of(const rules& by);

/// Begins and ends a transaction of its own.
result<std::variant<gathered, nobody>> gather(ports::record_session& from, const question& what,
                                              const rules& by);

} // namespace aorta::exports

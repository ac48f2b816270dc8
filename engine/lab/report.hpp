// What a laboratory message says, mapped: claims, orders, results, each value with the rule that made it.
#pragma once

#include "engine/identity/identity.hpp"
#include "engine/model/lab.hpp"

#include <string>
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

} // namespace aorta::lab

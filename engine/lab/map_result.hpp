// One OBX while it is mapped. The steps run in the order in which they stand here.
#pragma once

#include "engine/lab/mapping.hpp"
#include "engine/lab/range.hpp"
#include "engine/lab/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

struct result_draft {
  mapping& all;
  const hl7::segment_view obx;
  const uint16_t position;
  model::lab_result out = {};
  std::string type = {};                       ///< OBX-2
  const test_mapping* mapped = nullptr;        ///< the profile's entry
  std::string loinc = {};                      ///< empty: unmapped
  bool loinc_as_sent = false;                  ///< the sender's own LOINC, not the profile's
  const test_definition* test = nullptr;
  std::string ucum = {};                       ///< of the unit as sent; empty when there is none or nobody knows it
  value val = {};                              ///< before conversion
  std::optional<reference_range> range = {};   ///< before conversion

  /// What can be brought to another unit.
  bool numeric() const noexcept {
    return val.kind == model::value_kind::number || val.kind == model::value_kind::comparator || val.kind == model::value_kind::range;
  }
  void note(size_t field, std::string rule, std::string detail);
  /// Filed as sent and shown to a person.
  void review(size_t field, std::string rule, std::string detail);
  void review(std::string where, std::string rule, std::string detail);
};

/// OBX-6 to UCUM: the profile's aliases, the common table, a unit declared as UCUM.
void take_unit(result_draft& d);
/// OBX-5 by OBX-2. A result that is cancelled without being a withdrawal has no value.
void take_value(result_draft& d);
/// OBX-7; `M` and `F` ranges by the patient's sex.
void take_range(result_draft& d);
/// Value, range, unit and code to the clinic's normal form together, or none of them.
void harmonise(result_draft& d);
/// OBX-8, else the flag that follows from value and range; critical limits in either case. Compared before rounding.
void take_flag(result_draft& d);

} // namespace aorta::lab

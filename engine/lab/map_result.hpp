// One OBX while it is mapped. The steps run in the order in which they stand here.
#pragma once

#include "engine/lab/critical.hpp"
#include "engine/lab/mapping.hpp"
#include "engine/lab/range.hpp"
#include "engine/lab/unit.hpp"
#include "engine/lab/value.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::lab {

struct result_draft {
  mapping& all;
  const hl7::segment_view obx;
  const uint16_t position;
  model::lab_result& out;               ///< the last one of the report
  std::string type = {};                ///< OBX-2
  const test_mapping* mapped = nullptr; ///< the profile's entry
  std::string loinc = {};               ///< empty: unmapped
  bool loinc_as_sent = false;           ///< the sender's own LOINC, not the profile's
  const test_definition* test = nullptr;
  std::string_view analyte = {}; ///< of the test; also where its code is in doubt, but not what it measures
  measured suspected = {};       ///< what an unmapped code may mean: held against the limits, never filed
  std::string ucum = {};         ///< of the unit as sent; empty when there is none or nobody knows it
  placed_unit placed = {};       ///< the unit as the test sees it
  value val = {};                ///< before conversion
  std::optional<reference_range> range = {}; ///< before conversion
  bool document = false;                     ///< `take_document` has read OBX-5

  /// What can be brought to another unit.
  bool numeric() const noexcept {
    return val.kind == model::value_kind::number || val.kind == model::value_kind::comparator ||
      val.kind == model::value_kind::range;
  }
  /// The unit as sent; of a test that is counted without one (INR, pH, a ratio) its own, where none was sent.
  std::string_view effective_unit() const noexcept;
  /// As critical limits see it.
  measured against_limits() const noexcept;
  void note(size_t field, std::string rule, std::string detail);
  /// Filed as sent and shown to a person.
  void review(size_t field, std::string rule, std::string detail);
  void review(std::string where, std::string rule, std::string detail);
};

/// `LN`, `LOINC`, `LNC`, the object identifier or the address of LOINC; of UCUM likewise.
bool names_loinc(std::string_view system) noexcept;
bool names_ucum(std::string_view system) noexcept;

/// OBX-3 to LOINC by the profile's table, then by a LOINC that the message names. Two statements that
/// contradict each other leave it unmapped.
void take_code(result_draft& d);
/// OBX-6 to UCUM: the profile's aliases, the common table, a unit declared as UCUM.
void take_unit(result_draft& d);
/// ED, and a document in base64 that somebody put into a text. What it is goes into `val`, `out.attachments`
/// and `out.sent`.
enum class document_part : uint8_t {
  none,  ///< no document: `take_value` reads it
  whole, ///< or the first piece
  piece  ///< it went to the result before: this OBX makes none of its own
};
document_part take_document(result_draft& d);
/// OBX-5 by OBX-2, unless it was a document. A result that is cancelled without being a withdrawal has no
/// value.
void take_value(result_draft& d);
/// What a point or comma before exactly three digits means: `1.250` is a thousand and more where decimals
/// have a comma, and one and a quarter where somebody types them with a point. Only what the result's own
/// range or life itself admits is taken without a person.
enum class point_reading : uint8_t { decimal, thousands, unclear };
point_reading reading_of_value(const result_draft& d);
bool range_is_unclear(const result_draft& d, const reference_range& range);
/// OBX-7 as a range in the result's unit, before anybody asked what its points mean. `sent`: the field's
/// text.
std::optional<reference_range> range_as_written(const result_draft& d, std::string_view sent);
/// OBX-7; `M` and `F` ranges by the patient's sex.
void take_range(result_draft& d);
/// Value, range, unit and code to the clinic's normal form together, or none of them.
void harmonise(result_draft& d);
/// OBX-8, else the flag that follows from value and range; critical limits in either case. Compared before
/// rounding.
void take_flag(result_draft& d);

} // namespace aorta::lab

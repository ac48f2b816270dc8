// The clinic's laboratory records as plain structs, with OpenHeart's names and meanings (domain: lab_orders,
// lab_results).
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/decimal.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::model {

enum class result_status : uint8_t { preliminary, final, corrected, cancelled };
enum class abnormal_flag : uint8_t {
  normal,
  low,
  high,
  critical_low,
  critical_high,
  abnormal,
  indeterminate
};
enum class value_kind : uint8_t {
  none,
  number,
  comparator,
  range,
  ratio,
  titre,
  code,
  text,
  datetime,
  attachment
};

std::string_view name(result_status) noexcept; ///< the column's word
std::string_view name(abnormal_flag) noexcept;
std::string_view name(value_kind) noexcept;
std::optional<result_status> result_status_from(std::string_view) noexcept;
std::optional<abnormal_flag> abnormal_flag_from(std::string_view) noexcept;
std::optional<value_kind> value_kind_from(std::string_view) noexcept;

/// An instant with the offset it was told in and how much of it was told.
struct moment {
  timestamp at{};
  int16_t offset_minutes = 0;
  enum class precision : uint8_t {
    year,
    month,
    day,
    hour,
    minute,
    second,
    fraction
  } told = precision::second;
  bool ambiguous = false; ///< local time inside the hour that the end of summer time repeats (the earlier one
                          ///< was taken)
};

/// As the laboratory sent it, decoded to UTF-8 and unescaped.
struct sent_as {
  std::string code, code_system, name, value, value_type, unit, range, flag, status;
  std::string other_code, other_system, other_name; ///< the alternate coding: OBX-3.4 to OBX-3.6
  std::string observer, method, device;             ///< OBX-16, OBX-17, OBX-18, all their repetitions
};

/// Of which specimen a result is, as sent: SPM-2 (numbers), SPM-4 (what it is), SPM-8 (where it was taken).
struct specimen {
  std::string id, type, site;
};

struct attachment {
  std::string content_type; ///< `application/pdf`
  std::string content;      ///< decoded bytes
};

/// One OBX, as `lab_results` holds it.
struct lab_result {
  std::string test_code, test_name;
  std::optional<std::string> loinc_code;
  value_kind kind = value_kind::none;
  std::optional<std::string> value_text; ///< as sent, or the converted number's text
  std::optional<decimal> value_numeric;  ///< a plain number or a comparator's number, nothing else
  std::string comparator;                ///< "<", "<=", ">", ">=" or empty
  std::string value_code;                ///< CE/CWE identifier
  std::optional<std::string> unit;       ///< UCUM, or as sent when unknown
  std::optional<decimal> range_low, range_high;
  bool range_low_inclusive = true, range_high_inclusive = true;
  std::optional<std::string> range_text;
  std::optional<abnormal_flag> flag;
  bool critical = false;
  result_status status = result_status::final;
  char observation_status = 'F';     ///< OBX-11 as sent (HL70085)
  bool retracts = false;             ///< D or W: what stands under the same key is withdrawn
  std::optional<moment> observed_at; ///< result_datetime: OBX-14, else OBR-7, else SPM-17
  std::optional<moment> issued_at;   ///< OBR-22
  std::optional<moment> reported_at; ///< decides between versions: OBR-22, else MSH-7
  std::string performing_lab, performing_lab_code, comments; ///< performing_lab: whose profile read the
                                                             ///< message
  std::string performer, performer_code; ///< who measured, where the message tells: OBX-23, else OBX-15
  std::string organism, organism_code; ///< of a susceptibility: the organism under the same OBX-4, or OBR-26
  std::string sub_id;                  ///< OBX-4
  uint16_t ordinal = 1;                ///< n-th OBX of its order with the same test code and sub id
  uint16_t set_id = 0;                 ///< position of the OBX in the message, from 1
  uint32_t order = 0;                  ///< index into `report::orders`; `no_order` when there is no OBR
  bool needs_review = false; ///< unknown unit, non-number in NM, ambiguous time: filed as sent, shown to a
                             ///< person
  std::vector<attachment> attachments;
  sent_as sent;
  std::string_view entry_method = "hl7"; ///< how it came, in OpenHeart's words: `hl7`, `csv_import`
};
inline constexpr std::string_view from_file = "csv_import";
inline constexpr uint32_t no_order = 0xffffffff;

/// The result of another order that an order goes on from, as a susceptibility does from its culture. OBR-26:
/// test, OBX-4 and text of that result; OBR-29: its order's numbers.
struct parent_result {
  std::string code, sub_id, text, placer_number, filler_number;
  friend bool operator==(const parent_result&, const parent_result&) = default;
};

/// One OBR/ORC as far as results need it.
struct lab_order_ref {
  std::string placer_number, filler_number, panel_code, panel_name, status; ///< status: OBR-25
  std::optional<moment> collected_at, reported_at;                          ///< OBR-7, OBR-22
  parent_result parent = {};
  std::string panel_system = {}; ///< OBR-4.3
  model::specimen specimen = {}; ///< of its results; empty when several are told
};

/// Types of events of critical values (labs.md, Decisions): whoever was told hears what became of it.
namespace critical_event {
inline constexpr std::string_view told = "lab_result_critical", changed = "lab_result_critical_changed",
                                  withdrawn = "lab_result_critical_withdrawn";
} // namespace critical_event

} // namespace aorta::model

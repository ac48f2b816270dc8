// What an ADT message says (HL7 v2.5.1 chapter 3): of whom, what of the person, what of a visit, and when it
// was so.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/result.hpp"
#include "engine/hl7/message.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/notice_reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::admission {

enum class event : uint8_t {
  admit,            ///< A01
  transfer,         ///< A02
  discharge,        ///< A03
  register_visit,   ///< A04
  preadmit,         ///< A05
  to_inpatient,     ///< A06
  to_outpatient,    ///< A07
  update,           ///< A08
  cancel_admit,     ///< A11
  cancel_transfer,  ///< A12
  cancel_discharge, ///< A13
  add_person,       ///< A28
  update_person,    ///< A31
  merge,            ///< A34, A40: MRG is joined to PID
  change_number,    ///< A47: MRG's number is PID's now
};
std::string_view code(event) noexcept; ///< `A01`; of merge `A40`
std::optional<event> event_from(std::string_view code) noexcept;
constexpr bool names_two(event what) noexcept { return what == event::merge || what == event::change_number; }

/// A column of the clinic's row and what is said of it; nothing: `""`, erase it. What the message is silent
/// about is not there.
using said = std::pair<std::string_view, std::optional<std::string>>;

constexpr bool is_number(std::string_view column) noexcept {
  return column == "cyprus_id" || column == "arc_number" || column == "gesy_beneficiary_id";
}

/// PV1 and PV2, as far as rows of `encounters` can say it.
struct visit {
  std::string number, authority;                ///< PV1-19; may be empty
  std::vector<said> says;                       ///< encounter_type, location, chief_complaint, diagnoses
  std::optional<timestamp> start, end, planned; ///< PV1-44, PV1-45, PV2-8
  std::string attending;                        ///< PV1-7.1, a licence number
};

/// `who`: of a changed number with the old one, by which the patient is known here; `at`: EVN-2, else MSH-7.
struct notice : lab::notice {
  event what = event::update;
  std::vector<identity::typed_id> prior;   ///< MRG-1: of whom is joined, or the number that was changed
  std::vector<identity::typed_id> changed; ///< of a changed number: PID-3, what it is now
  std::vector<identity::person_name> prior_names; ///< MRG-7
  std::string mrn;                                ///< PID-3's number of this clinic, as it was sent
  std::vector<said> person;                       ///< columns of `patients`
  bool deceased_denied = false;                   ///< PID-30 is N
  std::optional<visit> stay;         ///< none: the message is about a person alone, or has no PV1
  std::optional<timestamp> happened; ///< EVN-6
};

/// Errors: `segment_missing` (PID, MRG), `field_missing` (PID-3 and PID-5 both empty), `segment_sequence`
/// (two persons), `data_type` with the place of bytes that are not of the charset, `unsupported_event`.
result<notice> read(const hl7::message& msg, const lab::notice_reading& how);

} // namespace aorta::admission

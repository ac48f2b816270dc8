// What the fields of HL7's segments hold, as far as it decides what becomes of them in a case.
#pragma once

#include <cstdint>
#include <string_view>

namespace aorta::pseudonym {

enum class content : uint8_t {
  kept,         ///< codes, values, units, ranges, flags, states, versions: nothing of a person
  coded,        ///< CE, CWE: kept with a code, free text without one
  text,         ///< free text; also all that is not known
  time,         ///< TS, DTM, DT
  birth,        ///< a person's date of birth
  number,       ///< CX: of persons and visits
  order,        ///< EI: of orders, appointments, documents
  pair,         ///< EIP: the placer's and the filler's
  name,         ///< XPN
  staff,        ///< XCN, PPN: a number and a name
  person,       ///< NDL: the same in subcomponents
  phone,        ///< XTN
  address,      ///< XAD
  timing,       ///< TQ, DR: times among codes
  organisation, ///< XON: a laboratory's or a clinic's name, which is no code
  value,        ///< OBX-5, as OBX-2 says
};

/// By the largest number that any version of HL7 v2 gives the field (v2.1 to v2.9). Of segments that are not
/// known, Z-segments too, and of fields that no version has: text.
content content_of(std::string_view segment, size_t field) noexcept;

/// Whether what the segment says is said of the patient or of those who belong to them.
bool tells_of_people(std::string_view segment) noexcept;

} // namespace aorta::pseudonym

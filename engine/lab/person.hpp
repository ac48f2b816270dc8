// PID (HL7 v2.5.1 chapter 3.4.2) as claims of whose a message is: laboratories' reports, admissions, orders.
#pragma once

#include "engine/base/result.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/report.hpp"
#include "engine/lab/text_reader.hpp"

#include <initializer_list>
#include <string_view>
#include <vector>

namespace aorta::lab {

struct person {
  identity::claims& who;
  std::vector<rule_note>& rules; ///< doubts of what was sent
};

/// Identifiers (PID-3, and PID-2 and PID-4 where they say of what type they are), names, birth date, sex.
/// `clinic`: the code under which it issues its numbers.
void read_person(text_reader& read, const hl7::segment_view& pid, std::string_view clinic, person& into);

/// Who issued a number (CX): CX.4's name, else its universal id, else the jurisdiction (CX.9). Empty only
/// when nothing of it is said.
std::string issuer(text_reader& read, const hl7::segment_view& pid, size_t field, size_t repetition);

/// The numbers of a field of CX, each once; `typed_only`: those that say of what type they are.
void read_numbers(text_reader& read, const hl7::segment_view& from, size_t field, bool typed_only,
                  std::string_view clinic, std::vector<identity::typed_id>& into);
/// The names of a field of XPN: family (its surname proper), given; legal names (type L, or none) first.
void read_names(text_reader& read, const hl7::segment_view& from, size_t field,
                std::vector<identity::person_name>& into);

/// `data_type` at the first of these fields that has more repetitions, or is longer, than one person's or
/// visit's is.
status check_bounds(const hl7::segment_view& of, std::initializer_list<size_t> fields);

} // namespace aorta::lab

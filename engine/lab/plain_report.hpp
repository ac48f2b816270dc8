// A report that came as no HL7 (JSON, a row of a file), and the message that says the same.
#pragma once

#include "engine/base/clock.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aorta::lab {

/// All texts are UTF-8 and as they were said; times are as HL7 writes them. Empty: it is not said.
struct plain_result {
  std::string code, name, value;
  bool is_number = false; ///< it was said as one, not as a text
  std::string unit, range, flag;
  std::string status; ///< a letter of HL70085
  std::string observed_at;
  std::string sub_id; ///< tells results of one test in one order apart (OBX-4)
  std::string comment;
};

struct plain_report {
  std::string mrn, cyprus_id, arc, family, given, birth_date, sex;
  std::string order_number, placer_number, panel_code, panel_name, collected_at, reported_at;
  std::string specimen; ///< its name
  std::vector<plain_result> results;
};

/// What such a report does not say of itself.
struct plain_sender {
  std::string_view lab;    ///< the code of the laboratory's profile
  std::string_view clinic; ///< whose number `mrn` is
  std::string_view control_id;
  std::string received_at; ///< as MSH-7 has it
};

/// OBX-11 of a word such as `final`; a letter stands as it is.
std::string_view status_letter(std::string_view said) noexcept;

/// As MSH-7 has it, with the offset that the zone has then: what the message's other times are without one
/// is left to the zone (`default_offset`).
std::string message_time(timestamp at, const std::string& time_zone);

/// ORU^R01 (HL7 v2.5.1).
std::string oru_text(const plain_report& of, const plain_sender& from);

} // namespace aorta::lab

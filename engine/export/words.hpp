// What documents for people say, in Greek and English. Names of tests, medicines and problems stay as they
// are.
#pragma once

#include "engine/export/chart.hpp"
#include "engine/export/language.hpp"

#include <string>
#include <string_view>

namespace aorta::exports {

enum class word : uint8_t {
  summary,
  no_information,
  person,
  name,
  birth_date,
  sex,
  phone,
  email,
  address,
  deceased,
  problems,
  problem,
  code,
  status,
  since,
  until,
  allergies,
  no_list,
  medicines,
  medicine_name,
  dose,
  how_often,
  do_not_give,
  as_needed,
  long_term,
  vitals,
  measurement,
  latest,
  when,
  before,
  trend,
  results,
  test,
  result,
  reference,
  flag_column,
  notes,
  was,
  sent_as,
  awaits_review,
  earlier_value_was,
  no_value,
  not_settled,
  corrected,
  risks,
  not_computed,
  points,
  at_least,
  basis,
  visits,
  kind,
  reason,
  diagnoses,
  doctor,
  place,
  imaging,
  modality,
  description,
  left_out,
  older_results,
  older_visits,
  other_measurements,
  withdrawn,
  cancelled_results,
  documents,
  appointments,
  orders,
  reports,
  other_entries,
  nothing_left_out,
  language_of_names,
  page,
  of,
  made,
  made_for,
  document,
  software,
  count_
};
std::string_view say(word what, language in) noexcept;

/// Words of FHIR's codes; of a code that has none the code itself.
std::string say_gender(std::string_view code, language in);
std::string say_status(std::string_view code, language in);   ///< of results, medicines, visits, problems
std::string say_kind(std::string_view act_code, language in); ///< of visits
std::string say_number(std::string_view type, language in);   ///< of a person's numbers (HL7 table 0203)
std::string say_vital(const reading& of, language in);        ///< by its LOINC code, else its name
/// In a word and a sign, so that it needs no colour: `▲▲ κρίσιμα υψηλό`. Empty: none.
std::string say_flag(const reading& of, language in);
/// `20/11/2026 08:20` of a time as FHIR has it; instants in UTC as the clocks of Cyprus showed them.
std::string say_time(std::string_view time);
std::string say_day(std::string_view time); ///< without the time of day

} // namespace aorta::exports

// Scores of risk, computed only where the record has all that they need: else what is missing. None of them
// is advice; a person judges.
#pragma once

#include "engine/export/chart.hpp"
#include "engine/export/language.hpp"

#include <optional>
#include <string>
#include <vector>

namespace aorta::exports {

struct score {
  std::string name;    ///< "SCORE2", "CHA2DS2-VASc"
  std::string formula; ///< its source
  std::string value;   ///< "5.9 %"; empty: it was not computed
  std::string why;     ///< then why not; else what it was made of
};

/// 10-year risk of cardiovascular disease (SCORE2 working group, Eur Heart J 2021;42:2439, supplementary
/// tables 2 and 4), region of moderate risk, to which Cyprus belongs. A share from 0 to 1.
struct score2_inputs {
  double age = 0; ///< whole years, 40 to 69
  bool male = false, smoker = false;
  double systolic = 0;             ///< mmHg
  double cholesterol = 0, hdl = 0; ///< mmol/L
};
double score2_before_calibration(const score2_inputs& of) noexcept;
enum class risk_region : uint8_t { low, moderate, high, very_high };
double score2(const score2_inputs& of, risk_region where) noexcept;

/// Both scores for this person on this day, in words of this language.
std::vector<score> scores_of(const chart& what, timestamp today, language in);

} // namespace aorta::exports

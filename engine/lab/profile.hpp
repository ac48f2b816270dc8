// One laboratory's codes, units, formats and tolerances.
#pragma once

#include "engine/base/decimal.hpp"
#include "engine/base/ratio.hpp"
#include "engine/lab/sheet.hpp"
#include "engine/model/lab.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::lab {

/// One row of the code and unit table (`schema/codes/loinc_ucum.csv`).
struct test_definition {
  std::string name;
  std::string mass_loinc, mass_unit, molar_loinc, molar_unit; ///< empty where there is no such form
  decimal factor;                                ///< mass = molar * factor + offset; 0: not convertible
  decimal offset;                                ///< HbA1c only
  uint8_t mass_decimals = 2, molar_decimals = 2; ///< to how many digits a converted value is rounded
  std::string si_mass_unit; ///< where SI clinics read mass too (haemoglobin in g/L); empty: they read the
                            ///< molar form if there is one
  bool same_number = false; ///< another scale of its unit means another assay
  std::string analyte;      ///< what is measured, by whatever method, in that kind of specimen: `potassium`,
                            ///< `urine-potassium`
  std::string specimen;     ///< `blood` (serum, plasma, whole blood), `urine`
  decimal life_low, life_high; ///< in the mass unit, else in the molar one: no living person was ever
                               ///< measured outside of them
  std::string note;

  const std::string& own_unit() const noexcept { return mass_unit.empty() ? molar_unit : mass_unit; }
};

/// LOINC and UCUM knowledge, built once and shared read-only.
class code_table {
public:
  /// The table that is compiled in (from schema/codes).
  static const code_table& built_in();
  const test_definition* by_loinc(std::string_view loinc) const noexcept; ///< mass or molar code
  bool has_analyte(std::string_view name) const noexcept;
  std::vector<std::string> analytes() const; ///< each once, sorted
  const std::vector<test_definition>& tests() const noexcept;
  /// By which laboratories call it, in English and Greek, and short codes.
  const std::vector<std::string>& names_of(std::string_view analyte) const noexcept;
  /// UCUM form of a unit as people write it (`mg/dl`, `gm/dL`, `µmol/l`, `x10^9/L`, `K/uL`); empty when
  /// unknown. Never a guess.
  std::string_view ucum(std::string_view sent) const noexcept;
  /// `value_in(to) = value_in(from) * factor` for two UCUM units of the same kind of quantity (mg/dL and g/L,
  /// 10*9/L and 10*3/uL, mEq/L and mmol/L for monovalent ions only); nothing when they are not such. `loinc`
  /// decides what only holds for one test.
  std::optional<ratio> same_kind_factor(std::string_view from, std::string_view to,
                                        std::string_view loinc) const noexcept;

private:
  code_table();
  struct data;
  std::shared_ptr<const data> data_;
};

/// Limits past which a person must hear of it; in `unit`, compared after conversion into it. `limits_for`
/// says for which tests one is.
struct critical_limit {
  std::string loinc;                           ///< any code of the analyte; empty where `analyte` names it
  std::optional<double> low, high;             ///< strictly below, strictly above
  std::string unit;                            ///< UCUM; empty: the test's own normal unit
  std::optional<double> times_upper_reference; ///< critical above this many times the upper reference limit
  std::string analyte;                         ///< as the code table names it: `potassium`
};

struct test_mapping {
  std::string loinc;
  std::string unit_if_missing; ///< UCUM, used when OBX-6 is empty; empty: none
  std::string name;            ///< overrides OBX-3.2; may be empty
  uint32_t line = 0;           ///< of the profile's file, from 1
};

enum class unit_system : uint8_t { conventional, si };

struct profile {
  std::string file_code; ///< how routes name it: `bioanalytica`
  std::string code;      ///< `BIO`: performing_lab_code, and what MSH-4 (or MSH-3) is compared with
  std::string name;      ///< performing_lab
  std::vector<std::string> senders; ///< further MSH-4 or MSH-3 values that mean this laboratory
  std::map<std::string, test_mapping, std::less<>> tests;       ///< OBX-3.1 -> LOINC
  std::map<std::string, std::string, std::less<>> unit_aliases; ///< as sent -> UCUM, before the common table
  std::map<std::string, model::abnormal_flag, std::less<>> flags; ///< OBX-8 overrides
  std::vector<critical_limit> critical;                           ///< in addition to the clinic's own
  bool decimal_comma = false;
  bool loinc_direct = true; ///< an OBX-3 with coding system LN is taken as LOINC without a mapping
  std::string time_zone = "Asia/Nicosia";
  std::string charset;                           ///< overrides MSH-18; empty: MSH-18 counts
  unit_system units = unit_system::conventional; ///< the clinic's normal form
  std::optional<sheet_layout> csv;               ///< how its files are; nothing: it has none
};

} // namespace aorta::lab

#include "engine/export/risk.hpp"

#include "engine/base/decimal.hpp"

#include <array>
#include <cmath>

namespace aorta::exports {
namespace {

using sv = std::string_view;
using std::chrono::year_month_day;

// Supplementary table 2: log sub-hazard ratios, for women and men.
struct coefficients {
  double age, smoker, systolic, cholesterol, hdl, age_smoker, age_systolic, age_cholesterol, age_hdl,
    survival;
};
constexpr coefficients women{0.4648,  0.7744,  0.3131,  0.1002, -0.2606,
                             -0.1088, -0.0277, -0.0226, 0.0613, 0.9776};
constexpr coefficients men{0.3742,  0.6012,  0.2777,  0.1458, -0.2698,
                           -0.0755, -0.0255, -0.0281, 0.0426, 0.9605};

struct region_scale {
  double first, second;
};
/// By region; women, men.
constexpr std::array<std::array<region_scale, 2>, 4> scales{{{{{-0.7380, 0.7019}, {-0.5699, 0.7476}}},
                                                             {{{-0.3143, 0.7701}, {-0.1565, 0.8009}}},
                                                             {{{0.5710, 0.9369}, {0.3207, 0.9360}}},
                                                             {{{0.9412, 0.8329}, {0.5836, 0.8294}}}}};

sv pick(language in, sv el, sv en) noexcept { return in == language::el ? el : en; }

void list(std::string& to, sv what) { to.append(to.empty() ? "" : ", ").append(what); }

std::optional<int> age_of(const person& who, timestamp today) {
  timestamp born;
  if (who.birth_date.size() != 10 || !from_iso(who.birth_date, born)) return std::nullopt;
  const year_month_day then(std::chrono::floor<std::chrono::days>(born)),
    now(std::chrono::floor<std::chrono::days>(today));
  int years = int(now.year()) - int(then.year());
  if (std::pair(now.month(), now.day()) < std::pair(then.month(), then.day())) --years;
  return years;
}

/// Confirmed and not ended, or `ever` so. Codes without their point.
bool has_problem(const chart& what, std::initializer_list<sv> icd10, bool ever) {
  for (const auto& each : what.problems) {
    const bool over = each.status == "inactive" || each.status == "remission" || each.status == "resolved";
    if ((over && !ever) || (!each.certainty.empty() && each.certainty != "confirmed")) continue;
    auto bare = each.code; // with its point or without
    std::erase(bare, '.');
    for (const auto code : icd10)
      if (bare.starts_with(code)) return true;
  }
  return false;
}

/// The newest settled number of one of these codes, not older than a year.
const reading* newest(const chart& what, std::initializer_list<sv> loinc, timestamp today) {
  for (const auto& each : what.readings) {
    timestamp at;
    if (!each.is_number || !each.comparator.empty() || each.needs_review) continue;
    if (each.status != "final" && each.status != "corrected" && each.status != "amended") continue;
    for (const auto code : loinc)
      if (each.loinc == code && from_iso(each.taken, at) && today - at <= std::chrono::days(366))
        return &each;
  }
  return nullptr;
}

std::optional<double> number_of(const reading* one) {
  const auto value = one != nullptr ? decimal::from_text(one->value) : std::nullopt;
  return value ? std::optional(value->number()) : std::nullopt;
}

/// In mmol/L, of mg/dL by the molar mass of cholesterol.
std::optional<double> cholesterol_of(const reading* one) {
  const auto value = number_of(one);
  if (!value) return std::nullopt;
  if (one->unit == "mmol/L") return value;
  return one->unit == "mg/dL" ? std::optional(*value / 38.67) : std::nullopt;
}

/// LOINC 72166-2 by its answers, or SNOMED's words for them as texts; nothing: it is not told.
std::optional<bool> smokes(const chart& what) {
  for (const auto& each : what.readings) {
    if (each.loinc != "72166-2") continue;
    for (const sv yes :
         {"Current every day smoker", "Current some day smoker", "Smoker, current status unknown",
          "Heavy tobacco smoker", "Light tobacco smoker", "Smokes tobacco daily", "Current smoker"})
      if (each.value == yes) return true;
    for (const sv no : {"Never smoker", "Former smoker", "Never smoked tobacco", "Ex-smoker"})
      if (each.value == no) return false;
    return std::nullopt;
  }
  return std::nullopt;
}

score score2_of(const chart& what, timestamp today, language in) {
  score out{"SCORE2", "Eur Heart J 2021;42:2439", {}, {}};
  const auto age = age_of(what.who, today);
  const bool sex = what.who.gender == "male" || what.who.gender == "female";
  const auto systolic = number_of(newest(what, {"8480-6"}, today));
  const auto total = cholesterol_of(newest(what, {"2093-3", "14647-2"}, today)),
             hdl = cholesterol_of(newest(what, {"2085-9", "14646-4"}, today));
  const auto smoker = smokes(what);
  std::string missing;
  if (!age) list(missing, pick(in, "ηλικία", "age"));
  if (!sex) list(missing, pick(in, "φύλο", "sex"));
  if (!smoker) list(missing, pick(in, "κάπνισμα", "smoking"));
  if (!systolic)
    list(missing, pick(in, "συστολική πίεση του τελευταίου έτους", "systolic pressure within a year"));
  if (!total)
    list(missing, pick(in, "ολική χοληστερόλη του τελευταίου έτους", "total cholesterol within a year"));
  if (!hdl) list(missing, pick(in, "HDL του τελευταίου έτους", "HDL cholesterol within a year"));
  if (has_problem(what,
                  {"E10", "E11", "E12", "E13", "E14", "I20", "I21", "I22", "I23", "I24", "I25", "I63", "I64",
                   "I70", "G45"},
                  true))
    out.why = pick(in, "δεν είναι για όσους έχουν διαβήτη ή καρδιαγγειακή νόσο",
                   "it is not for people with diabetes or cardiovascular disease");
  else if (age && (*age < 40 || *age > 69))
    out.why = pick(in, "είναι για ηλικίες 40 έως 69", "it is for ages 40 to 69");
  else if (!missing.empty()) out.why = std::string(pick(in, "λείπουν: ", "missing: ")) + missing;
  if (!out.why.empty()) return out;
  const auto share = score2({double(*age), what.who.gender == "male", *smoker, *systolic, *total, *hdl},
                            risk_region::moderate);
  const auto percent = decimal::round(share * 100, 1);
  out.value = (percent ? percent->text() : "?") + " %";
  out.why = pick(
    in,
    "κίνδυνος δέκα ετών, περιοχή μέτριου κινδύνου (Κύπρος)· ο κατάλογος προβλημάτων δεν αναφέρει διαβήτη ή "
    "καρδιαγγειακή νόσο",
    "risk of ten years, region of moderate risk (Cyprus); the problem list names neither diabetes nor "
    "cardiovascular disease");
  return out;
}

/// One of the conditions that CHA2DS2-VASc counts.
struct condition {
  sv el, en;
  std::initializer_list<sv> icd10;
  bool ever;
  int points;
};

score cha2ds2_vasc_of(const chart& what, timestamp today, language in) {
  score out{"CHA₂DS₂-VASc", "Chest 2010;137:263", {}, {}};
  if (!has_problem(what, {"I48"}, true)) {
    out.why = pick(in, "είναι για κολπική μαρμαρυγή (I48), που δεν είναι στα προβλήματα",
                   "it is for atrial fibrillation (I48), which is not among the problems");
    return out;
  }
  static const std::initializer_list<condition> all{
    {"καρδιακή ανεπάρκεια", "heart failure", {"I50", "I110"}, true, 1},
    {"υπέρταση", "hypertension", {"I10", "I11", "I12", "I13", "I15"}, true, 1},
    {"διαβήτης", "diabetes", {"E10", "E11", "E12", "E13", "E14"}, true, 1},
    {"εγκεφαλικό, ΠΙΕ ή θρομβοεμβολή",
     "stroke, TIA or thromboembolism",
     {"I63", "I64", "G45", "I74", "I693", "I694"},
     true,
     2},
    {"αγγειακή νόσος", "vascular disease", {"I21", "I22", "I252", "I70", "I739"}, true, 1}};
  int points = 0;
  std::string counted, unknown;
  for (const auto& each : all) {
    const bool has = has_problem(what, each.icd10, each.ever);
    if (has) points += each.points;
    list(has ? counted : unknown, pick(in, each.el, each.en));
  }
  const auto age = age_of(what.who, today);
  if (!age) list(unknown, pick(in, "ηλικία", "age"));
  if (age && *age >= 65) {
    points += *age >= 75 ? 2 : 1;
    list(counted, std::string(pick(in, "ηλικία ", "age ")) + std::to_string(*age));
  }
  if (what.who.gender == "female") {
    points += 1;
    list(counted, pick(in, "γυναίκα", "female"));
  } else if (what.who.gender != "male") {
    list(unknown, pick(in, "φύλο", "sex"));
  }
  if (unknown.empty()) {
    out.value = std::to_string(points);
    out.why = counted;
    return out;
  }
  // A problem list does not say what somebody has not: what it does say is the least.
  out.why = std::string(pick(in, "δεν υπάρχουν πληροφορίες για: ", "no information on: ")) + unknown + ". " +
    std::string(pick(in, "Όσα αναφέρονται δίνουν τουλάχιστον ", "What is told gives at least ")) +
    std::to_string(points) + (counted.empty() ? "" : " (" + counted + ")");
  return out;
}

} // namespace

double score2_before_calibration(const score2_inputs& of) noexcept {
  const auto& b = of.male ? men : women;
  const double age = (of.age - 60) / 5, smoker = of.smoker ? 1 : 0, systolic = (of.systolic - 120) / 20,
               total = of.cholesterol - 6, hdl = (of.hdl - 1.3) / 0.5;
  const double sum = b.age * age + b.smoker * smoker + b.systolic * systolic + b.cholesterol * total +
    b.hdl * hdl +
    age * (b.age_smoker * smoker + b.age_systolic * systolic + b.age_cholesterol * total + b.age_hdl * hdl);
  return 1 - std::pow(b.survival, std::exp(sum));
}

double score2(const score2_inputs& of, risk_region where) noexcept {
  const auto& by = scales[size_t(where)][of.male ? 1 : 0];
  const double before = score2_before_calibration(of);
  return 1 - std::exp(-std::exp(by.first + by.second * std::log(-std::log(1 - before))));
}

std::vector<score> scores_of(const chart& what, timestamp today, language in) {
  return {score2_of(what, today, in), cha2ds2_vasc_of(what, today, in)};
}

} // namespace aorta::exports

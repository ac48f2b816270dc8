// PV1, PV2 and DG1 as columns of `encounters`.
#include "engine/admission/reading.hpp"
#include "engine/fhir/document.hpp"
#include "engine/lab/value.hpp"

#include <array>

namespace aorta::admission {
namespace {

using lab::trimmed, lab::upper_code;

/// HL70004, and HL7's codes of later versions; P (preadmission), N and U say nothing of the kind of visit.
struct visit_class {
  std::string_view code, type;
};
constexpr std::array classes{
  visit_class{"I", "inpatient"},   visit_class{"B", "inpatient"},    visit_class{"O", "outpatient"},
  visit_class{"R", "outpatient"},  visit_class{"C", "outpatient"},   visit_class{"E", "emergency"},
  visit_class{"V", "telehealth"},  visit_class{"VR", "telehealth"},  visit_class{"HH", "home_visit"},
  visit_class{"IMP", "inpatient"}, visit_class{"AMB", "outpatient"}, visit_class{"EMER", "emergency"}};

bool is_icd10(std::string_view system) {
  const auto word = upper_code(system);
  return word == "I10" || word == "I10C" || word == "ICD10" || word == "ICD-10" || word == "ICD10CM" ||
    word == "ICD10GM" || word == "2.16.840.1.113883.6.3" || word == "2.16.840.1.113883.6.90";
}

} // namespace

void read_visit(reader& all, const hl7::segment_view& pv1) {
  auto& stay = all.out.stay.emplace();
  auto [number, authority] = all.from.visit_number(pv1);
  stay.number = std::move(number), stay.authority = std::move(authority);
  const auto kind = upper_code(all.from.text.first(pv1, 2));
  for (const auto& each : classes)
    if (each.code == kind) stay.says.emplace_back("encounter_type", std::string(each.type));
  if (pv1.field(3).is == hl7::presence::null) stay.says.emplace_back("location", std::nullopt);
  else if (auto place = all.from.place_at(pv1, 3); !place.empty())
    stay.says.emplace_back("location", std::move(place));
  stay.start = all.from.time(pv1, 44);
  stay.end = all.from.time(pv1, 45);
  stay.attending = all.from.text.first(pv1, 7);
  if (pv1.field(7).is == hl7::presence::null) stay.says.emplace_back("attending_physician_id", std::nullopt);
}

void read_visit_more(reader& all, const hl7::segment_view& pv2) {
  auto& stay = *all.out.stay;
  stay.planned = all.from.time(pv2, 8);
  auto reason = all.from.text.get(pv2, 3, 1, 2);
  if (reason.empty()) reason = all.from.text.get(pv2, 3, 1, 1);
  if (pv2.field(3).is == hl7::presence::null) stay.says.emplace_back("chief_complaint", std::nullopt);
  else if (!reason.empty()) stay.says.emplace_back("chief_complaint", std::move(reason));
}

/// A code of another table than ICD-10 stands in the words alone: the column's codes are read as ICD-10.
void diagnosis_list::add(reader& all, const hl7::segment_view& dg1) {
  if (all_.size() == most) {
    if (all.out.rules.empty() || all.out.rules.back().rule != "diagnoses")
      all.from.note("DG1", "diagnoses",
                    "more than a visit has: those past the hundredth stand in the message alone");
    return;
  }
  if (upper_code(all.from.text.first(dg1, 21)) == "D") { // HL70206
    all.from.note("DG1-21", "diagnoses", "the diagnosis is to be deleted: it is not listed");
    return;
  }
  const auto code = all.from.text.get(dg1, 3, 1, 1), system = all.from.text.get(dg1, 3, 1, 3),
             method = all.from.text.first(dg1, 2);
  auto words = all.from.text.get(dg1, 3, 1, 2);
  if (words.empty()) words = all.from.text.first(dg1, 4);
  const bool known = is_icd10(system.empty() ? method : system) && !code.empty();
  if (!known && !code.empty()) words = words.empty() ? code : words + " (" + code + ")";
  if (known || !words.empty()) all_.emplace_back(known ? code : std::string(), std::move(words));
}

void diagnosis_list::tell(notice& into) const {
  if (all_.empty()) return;
  fhir::document json;
  auto& list = *json.array();
  for (const auto& [code, words] : all_) {
    auto& one = *json.object();
    if (!code.empty()) json.add(one, "code", code);
    if (!words.empty()) json.add(one, "description", words);
    json.push(list, &one);
  }
  into.stay->says.emplace_back("diagnoses", fhir::write(list));
}

} // namespace aorta::admission

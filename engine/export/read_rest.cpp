// People, problems, medicines, visits and studies as a chart has them.
#include "engine/export/chart.hpp"
#include "engine/fhir/map_parts.hpp"

namespace aorta::exports {
namespace {

using fhir::node;
using sv = std::string_view;
namespace system_of = fhir::system_of;

const node* first_of(const node* list) { return list ? list->first : nullptr; }

sv code_of(const node* codeable) {
  const auto* coding = first_of(codeable ? codeable->get("coding") : nullptr);
  return coding ? coding->str("code") : sv();
}

std::string words_of(const node* codeable) {
  const auto text = fhir::text_in(codeable);
  return std::string(text.empty() ? code_of(codeable) : text);
}

/// The official name, else the first that still counts.
const node* name_of(const node& patient) {
  const node* out = nullptr;
  for (const auto* each = first_of(patient.get("name")); each; each = each->next) {
    if (each->str("use") == "official") return each;
    if (!out && each->str("use") != "old" && each->str("use") != "maiden") out = each;
  }
  return out;
}

std::string joined(const node* list, sv between) {
  std::string out;
  for (const auto* each = first_of(list); each; each = each->next)
    if (each->is_string()) out.append(out.empty() ? "" : between).append(each->text);
  return out;
}

void read_name(const node& patient, person& into) {
  const auto* name = name_of(patient);
  if (!name) return;
  into.family = name->str("family");
  into.given = joined(name->get("given"), " ");
  if (into.family.empty() && into.given.empty()) into.family = name->str("text");
}

std::string point(const node& patient, sv system) {
  for (const auto* each = first_of(patient.get("telecom")); each; each = each->next)
    if (each->str("system") == system && each->str("use") != "old") return std::string(each->str("value"));
  return {};
}

std::string address_of(const node& patient) {
  const node* address = first_of(patient.get("address"));
  while (address && address->str("use") == "old") address = address->next;
  if (!address) return {};
  if (const auto text = address->str("text"); !text.empty()) return std::string(text);
  auto out = joined(address->get("line"), ", ");
  for (const auto member : {sv("postalCode"), sv("city"), sv("district"), sv("country")})
    if (const auto part = address->str(member); !part.empty())
      out.append(out.empty() ? "" : ", ").append(part);
  return out;
}

void read_dosage(const node& dosage, medicine& into) {
  into.dosage = dosage.str("text");
  const auto* rate = first_of(dosage.get("doseAndRate"));
  if (const auto* dose = rate ? rate->get("doseQuantity") : nullptr; dose && into.dosage.empty()) {
    const auto* value = dose->get("value");
    into.dosage = (value ? std::string(value->text) + " " : "") + std::string(dose->str("unit"));
  }
  into.route = words_of(dosage.get("route"));
  const auto* timing = dosage.get("timing");
  if (timing) into.timing = words_of(timing->get("code"));
  const auto* repeat = timing ? timing->get("repeat") : nullptr;
  if (const auto* bounds = repeat ? repeat->get("boundsPeriod") : nullptr) {
    into.start = bounds->str("start");
    into.end = bounds->str("end");
  }
  const auto* needed = dosage.get("asNeededBoolean");
  into.as_needed = needed && needed->truth;
}

} // namespace

person read_person(const node& patient) {
  person out;
  read_name(patient, out);
  out.birth_date = patient.str("birthDate");
  out.gender = patient.str("gender");
  out.phone = point(patient, "phone");
  out.email = point(patient, "email");
  out.address = address_of(patient);
  const auto* dead = patient.get("deceasedBoolean");
  out.deceased = (dead && dead->truth) || patient.get("deceasedDateTime");
  for (const auto* each = first_of(patient.get("identifier")); each; each = each->next) {
    if (each->str("use") == "old" || each->str("value").empty()) continue;
    out.numbers.emplace_back(code_of(each->get("type")), each->str("value"));
  }
  return out;
}

problem read_problem(const node& condition) {
  problem out;
  const auto* code = condition.get("code");
  const auto* icd = fhir::coding_in(code, system_of::icd10);
  out.code = icd ? std::string(icd->str("code")) : std::string(code_of(code));
  out.name = fhir::text_in(code);
  out.status = code_of(condition.get("clinicalStatus"));
  out.certainty = code_of(condition.get("verificationStatus"));
  out.onset = condition.str("onsetDateTime");
  out.ended = condition.str("abatementDateTime");
  return out;
}

medicine read_medicine(const node& request) {
  medicine out;
  const auto* drug = request.get("medicationCodeableConcept");
  const auto* reference = request.get("medicationReference");
  const node* contained = nullptr; // what came with a drug of its own
  for (const auto* each = first_of(request.get("contained")); each && reference; each = each->next)
    if (reference->str("reference") == "#" + std::string(each->str("id"))) contained = each;
  if (!drug && contained) drug = contained->get("code");
  out.name = words_of(drug);
  if (out.name.empty() && reference) out.name = reference->str("display");
  if (const auto* atc = fhir::coding_in(drug, system_of::atc)) out.atc = atc->str("code");
  out.status = request.str("status");
  out.written = request.str("authoredOn");
  if (const auto* dosage = first_of(request.get("dosageInstruction"))) read_dosage(*dosage, out);
  const auto* not_to = request.get("doNotPerform");
  out.forbidden = not_to && not_to->truth;
  out.continuous = code_of(request.get("courseOfTherapyType")) == "continuous";
  return out;
}

visit read_visit(const node& encounter) {
  visit out;
  const auto* period = encounter.get("period");
  out.start = period ? period->str("start") : sv();
  out.end = period ? period->str("end") : sv();
  if (const auto* planned = fhir::extension_of(encounter, "scheduled-start"); planned && out.start.empty())
    out.start = planned->str("valueDateTime");
  if (const auto* kind = encounter.get("class")) out.kind = kind->str("code");
  out.status = encounter.str("status");
  out.reason = words_of(first_of(encounter.get("reasonCode")));
  const auto* place = first_of(encounter.get("location"));
  if (place && place->get("location")) out.place = place->get("location")->str("display");
  const auto* who = first_of(encounter.get("participant"));
  if (who && who->get("individual")) out.doctor = who->get("individual")->str("reference");
  for (const auto* each = first_of(encounter.get("contained")); each; each = each->next) {
    if (each->str("resourceType") != "Condition") continue;
    const auto code = code_of(each->get("code")), text = fhir::text_in(each->get("code"));
    out.diagnoses.push_back(code.empty() || text.empty() || code == text
                              ? std::string(text.empty() ? code : text)
                              : std::string(code) + " " + std::string(text));
  }
  return out;
}

study read_study(const node& from) {
  study out;
  out.date = from.str("started");
  out.name = from.str("description");
  for (const auto* each = first_of(from.get("modality")); each; each = each->next)
    out.modality.append(out.modality.empty() ? "" : ", ").append(each->str("code"));
  return out;
}

} // namespace aorta::exports

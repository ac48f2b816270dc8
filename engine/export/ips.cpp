// The International Patient Summary.
#include "engine/export/csv.hpp"
#include "engine/export/document.hpp"
#include "engine/fhir/map_parts.hpp"

namespace aorta::exports {
namespace {

using fhir::node;
using sv = std::string_view;
using rows = std::vector<std::vector<std::string>>;
namespace system_of = fhir::system_of;

constexpr sv summary_profile = "http://hl7.org/fhir/uv/ips/StructureDefinition/Bundle-uv-ips",
             no_information = "No information.";

class patient_summary_maker {
public:
  patient_summary_maker(gathered& from, const rules& by, const parcel_label& label)
      : from_(from),
        make_(from, by, label),
        chart_(read_chart(from)) {
    make_.compose("final", make_.coded(system_of::loinc, "60591-5", "Patient summary Document"),
                  "Patient Summary as of " + to_iso(label.made).substr(0, 10));
    if (from.clinic)
      make_.into.add(*make_.composition, "custodian", make_.reference("Organization", from.clinic->id));
    identify(label);
  }

  std::string write() {
    complete_patient(*from_.whole.own.front().resource);
    problems("Problems", "11450-4", "Problem list - Reported", false, true);
    nothing_of_allergies();
    medicines();
    problems("History of Past Problems", "11348-0", "History of Past illness note", true, false);
    readings("Results", "30954-2", "Relevant diagnostic tests/laboratory data note",
             reading::kind::laboratory);
    readings("Vital Signs", "8716-3", "Vital signs note", reading::kind::vital_sign);
    return make_.bundle(summary_profile);
  }

private:
  void identify(const parcel_label& label) {
    node* identifier = make_.into.object();
    make_.into.add(*identifier, "system", "urn:ietf:rfc:3986");
    make_.into.add(*identifier, "value", "urn:uuid:" + to_text(label.id));
    make_.into.set(*make_.composition, "identifier", identifier);
  }

  node* code_of(sv code, sv display) { return make_.coded(system_of::loinc, code, display); }

  /// A name and a birth date, or why there is none.
  void complete_patient(node& patient) {
    auto& into = make_.into;
    if (patient.get("birthDate") == nullptr) into.add(patient, "_birthDate", make_.absent());
    if (patient.get("name") != nullptr) return;
    node* name = into.push(*into.add(patient, "name", into.array()), into.object());
    into.add(*name, "_text", make_.absent());
  }

  /// What stands under a section: resources of the patient that still count.
  template <class Wanted>
  std::vector<node*> wanted(sv type, const Wanted& fits) {
    std::vector<node*> out;
    for (const auto& each : from_.whole.own)
      if (each.type == type && !is_withdrawn(*each.resource) && fits(*each.resource))
        out.push_back(each.resource);
    return out;
  }

  void problems(sv title, sv code, sv display, bool past, bool required) {
    const auto all = wanted("Condition", [&](const node& one) {
      const auto status = read_problem(one).status;
      return (status == "inactive" || status == "remission" || status == "resolved") == past;
    });
    if (all.empty() && !required) return;
    rows text;
    for (auto* each : all) {
      const auto one = read_problem(*each);
      text.push_back({one.name, one.code, one.status, one.certainty, one.onset, one.ended});
      if (each->get("code") == nullptr) make_.into.add(*each, "code", make_.absent());
    }
    auto& section = *make_.section(title, code_of(code, display),
                                   {"Problem", "Code", "Status", "Certainty", "Since", "Until"}, text,
                                   no_information);
    for (const auto* each : all) make_.enter(section, "Condition", each->str("id"));
    if (all.empty()) make_.leave_empty(section);
  }

  /// The clinic's tables have no allergies: that nothing is told does not mean that there are none.
  void nothing_of_allergies() {
    make_.leave_empty(*make_.section(
      "Allergies and Intolerances", code_of("48765-2", "Allergies and adverse reactions Document"), {}, {},
      "No information on allergies: the clinic's system keeps no list of them."));
  }

  void medicines() {
    const auto all = wanted("MedicationRequest", [](const node& one) {
      return one.str("status") != "cancelled" && one.str("status") != "draft";
    });
    rows text;
    for (const auto* each : all) {
      const auto one = read_medicine(*each);
      text.push_back({(one.forbidden ? "DO NOT GIVE: " : "") + one.name, one.atc, one.dosage, one.timing,
                      one.route, one.status, one.start.empty() ? one.written : one.start, one.end});
    }
    auto& section = *make_.section(
      "Medication", code_of("10160-0", "History of Medication use Narrative"),
      {"Medicine", "ATC", "Dose", "How often", "Route", "Status", "Since", "Until"}, text, no_information);
    for (const auto* each : all) make_.enter(section, "MedicationRequest", each->str("id"));
    if (all.empty()) make_.leave_empty(section);
  }

  /// The latest of each test or sign.
  void readings(sv title, sv code, sv display, reading::kind kind) {
    rows text;
    std::vector<std::string> ids;
    for (const auto& test : by_test(chart_, kind)) {
      const auto& one = shown_of(test);
      text.push_back({one.name, one.comparator + one.value, one.unit, range_text(one.within),
                      std::string(name(one.marked)), one.status, one.taken});
      ids.push_back(one.id);
    }
    if (ids.empty()) return;
    auto& section = *make_.section(
      title, code_of(code, display),
      {"Name", "Value", "Unit", "Reference range", "Interpretation", "Status", "When"}, text, no_information);
    for (const auto& id : ids) {
      auto* one = make_.find("Observation", id);
      if (one != nullptr && kind == reading::kind::laboratory) complete_result(make_, *one);
      make_.enter(section, "Observation", id);
    }
  }

  gathered& from_;
  document_maker make_;
  chart chart_;
};

} // namespace

std::string patient_summary(gathered& what, const rules& by, const parcel_label& label) {
  return patient_summary_maker(what, by, label).write();
}

} // namespace aorta::exports

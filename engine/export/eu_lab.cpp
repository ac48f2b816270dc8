// The laboratory report of HL7 Europe.
#include "engine/export/csv.hpp"
#include "engine/export/document.hpp"
#include "engine/fhir/map_parts.hpp"

#include <algorithm>

namespace aorta::exports {
namespace {

using fhir::node;
using sv = std::string_view;
namespace system_of = fhir::system_of;

constexpr sv report_profile = "http://hl7.eu/fhir/laboratory/StructureDefinition/Bundle-eu-lab",
             of_report =
               "http://hl7.eu/fhir/extensions/StructureDefinition/composition-diagnosticReportReference",
             of_composition =
               "http://hl7.org/fhir/5.0/StructureDefinition/extension-DiagnosticReport.composition";
constexpr sv report_code = "11502-2", report_name = "Laboratory report";

bool counts(const rest::standing& one) {
  return one.type == "DiagnosticReport" && one.resource->str("status") != "entered-in-error" &&
    fhir::has_code(one.resource->get("category"), "http://terminology.hl7.org/CodeSystem/v2-0074", "LAB");
}

timestamp time_of(const node& report) {
  timestamp out{};
  for (const auto member : {sv("issued"), sv("effectiveDateTime")})
    if (from_iso(report.str(member), out)) return out;
  return {};
}

const rest::standing* choose(const gathered& from, const std::string& id) {
  const rest::standing* out = nullptr;
  for (const auto& each : from.whole.own) {
    if (!counts(each) || (!id.empty() && each.id != id)) continue;
    if (out == nullptr || time_of(*each.resource) > time_of(*out->resource)) out = &each;
  }
  return out;
}

/// HL7 Europe's concept map of report to document status; of an unknown one nothing is settled.
sv status_of(sv report) noexcept {
  if (report == "final" || report == "cancelled") return "final";
  if (report == "amended" || report == "corrected" || report == "appended") return "amended";
  return "preliminary";
}

/// The identifier that both share; a report that has none gets one of its own id, which stays.
node* identify(document_maker& by, node& report) {
  auto& into = by.into;
  const auto* own = report.get("identifier");
  if (own == nullptr || own->first == nullptr) {
    const auto id = report.str("id");
    node* made = into.push(*into.add(report, "identifier", into.array()), into.object());
    const auto dash = id.find('-'); // `report-019...`
    const auto bare = id.starts_with("report-") ? id.substr(dash + 1) : id;
    const bool is_uuid = uuid_from_text(bare).has_value();
    into.add(*made, "system", is_uuid ? "urn:ietf:rfc:3986" : "urn:aorta:report");
    into.add(*made, "value", (is_uuid ? "urn:uuid:" : "") + std::string(bare));
    own = report.get("identifier");
  }
  node* out = into.object();
  for (const auto member : {sv("system"), sv("value")})
    if (!own->first->str(member).empty())
      into.add(*out, member == "system" ? "system" : "value", own->first->str(member));
  return out;
}

/// Both say at least `Laboratory report` of LOINC.
void type_report(document_maker& by, node& report) {
  auto& into = by.into;
  node* code = report.get("code");
  if (code == nullptr) code = into.add(report, "code", into.object());
  if (fhir::has_code(code, system_of::loinc, report_code)) return;
  node* list = code->get("coding");
  if (list == nullptr) list = into.set_first(*code, "coding", into.array());
  into.push(*list, into.copy(*by.coded(system_of::loinc, report_code, report_name)->get("coding")->first));
}

void point(document_maker& by, node& from, sv url, node* reference) {
  auto& into = by.into;
  node* list = from.get("extension");
  if (list == nullptr) list = into.add(from, "extension", into.array());
  node* one = into.push(*list, into.object());
  into.add(*one, "url", url);
  into.add(*one, "valueReference", reference);
}

/// Who answers for it: whoever interpreted it, else the laboratory; else the clinic, which `compose` has put.
void author(document_maker& by, const node& report) {
  auto& into = by.into;
  for (const auto member : {sv("resultsInterpreter"), sv("performer")}) {
    const auto* all = report.get(member);
    if (all == nullptr || all->first == nullptr) continue;
    node* list = into.array();
    for (const auto* each = all->first; each != nullptr; each = each->next)
      into.push(*list, into.copy(*each));
    into.set(*by.composition, "author", list);
    return;
  }
}

/// The Observations of the report and their members, each once.
std::vector<node*> results_of(document_maker& by, node& report) {
  std::vector<node*> out;
  const auto take = [&](const node* list, const auto& again) -> void {
    for (const auto* each = list ? list->first : nullptr; each != nullptr; each = each->next) {
      const auto reference = each->str("reference");
      const auto slash = reference.find('/');
      if (slash == sv::npos) continue;
      node* one = by.find(reference.substr(0, slash), reference.substr(slash + 1));
      if (one == nullptr || std::find(out.begin(), out.end(), one) != out.end()) continue;
      out.push_back(one);
      again(one->get("hasMember"), again);
    }
  };
  take(report.get("result"), take);
  return out;
}

} // namespace

std::optional<std::string> eu_laboratory_report(gathered& what, const rules& by, const parcel_label& label,
                                                const std::string& id) {
  const auto* chosen = choose(what, id);
  if (chosen == nullptr) return std::nullopt;
  auto& report = *chosen->resource;
  document_maker make(what, by, label);
  auto& into = make.into;
  type_report(make, report);
  auto& document = *make.compose(status_of(report.str("status")),
                                 make.coded(system_of::loinc, report_code, report_name), "Laboratory Report");
  into.set(document, "identifier", identify(make, report));
  if (const auto* subject = report.get("subject")) into.set(document, "subject", into.copy(*subject));
  else into.add(report, "subject", into.copy(*document.get("subject")));
  if (const auto* encounter = report.get("encounter")) into.set(document, "encounter", into.copy(*encounter));
  author(make, report);
  point(make, document, of_report, make.reference("DiagnosticReport", chosen->id));
  node* back = into.object();
  into.add(*back, "reference", make.composition_url());
  point(make, report, of_composition, back);

  std::vector<std::vector<std::string>> rows;
  const auto results = results_of(make, report);
  for (auto* each : results) {
    complete_result(make, *each);
    std::vector<reading> read;
    read_observation(*each, read);
    for (const auto& one : read)
      rows.push_back({one.name, one.comparator + one.value, one.unit, range_text(one.within),
                      std::string(name(one.marked))});
  }
  auto& section = *make.section(
    "Laboratory results", make.coded(system_of::loinc, "26436-6", "Laboratory studies (set)"),
    {"Test", "Result", "Unit", "Reference range", "Interpretation"}, rows, "This report holds no results.");
  for (const auto* each : results) make.enter(section, "Observation", each->str("id"));
  if (results.empty()) make.leave_empty(section);
  std::set<std::string, std::less<>> others;
  for (const auto& each : what.whole.own)
    if (each.type == "DiagnosticReport" && &each != chosen) others.insert("DiagnosticReport/" + each.id);
  return make.bundle(report_profile, others);
}

} // namespace aorta::exports

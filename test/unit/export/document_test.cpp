// FHIR documents and their invariants, of a real database.
#include "engine/export/document.hpp"
#include "test/unit/export/record.hpp"

#include <set>

using namespace aorta;
using test::both;
using test::house;

namespace {

using fhir::node;

struct opened {
  fhir::document of;
  std::vector<const node*> all(std::string_view type) const {
    std::vector<const node*> out;
    for (const auto* each = of.root->get("entry")->first; each; each = each->next)
      if (each->get("resource")->str("resourceType") == type) out.push_back(each->get("resource"));
    return out;
  }
  const node* by_url(std::string_view url, const std::string& base) const {
    const auto wanted = url.starts_with("urn:") || url.starts_with("http") ? std::string(url)
                                                                           : base + "/" + std::string(url);
    for (const auto* each = of.root->get("entry")->first; each; each = each->next)
      if (each->str("fullUrl") == wanted) return each->get("resource");
    return nullptr;
  }
};

opened open(const std::string& json) { return {test::must(fhir::document::parse(json))}; }

std::string text_of(const node* what) { return what ? fhir::write(*what) : std::string(); }

/// A reference that leads into the document.
void each_leads_inside(const opened& in, const std::string& base) {
  for (const auto* each = in.of.root->get("entry")->first; each; each = each->next)
    fhir::each_reference(*const_cast<node*>(each->get("resource")), [&](node& reference) {
      if (reference.text.starts_with('#')) return;
      BOOST_TEST((in.by_url(reference.text, base) != nullptr), std::string(reference.text));
    });
}

const node* extension(const node& of, std::string_view ending) {
  const auto* list = of.get("extension");
  for (const auto* each = list ? list->first : nullptr; each; each = each->next)
    if (each->str("url").ends_with(ending)) return each->get("valueReference");
  return nullptr;
}

/// The invariants of Bundle-eu-lab and Observation-resultslab-eu-lab.
void check_report(const opened& in, const std::string& base) {
  BOOST_TEST(in.of.root->str("type") == "document");
  BOOST_TEST((in.of.root->get("timestamp") && in.of.root->get("identifier") && !in.of.root->get("total")));
  const auto documents = in.all("Composition"), reports = in.all("DiagnosticReport");
  BOOST_REQUIRE(documents.size() == 1u);
  BOOST_REQUIRE(reports.size() == 1u);
  BOOST_TEST((in.of.root->get("entry")->first->get("resource") == documents[0]));
  const auto &document = *documents[0], &report = *reports[0];
  const auto *to_report = extension(document, "composition-diagnosticReportReference"),
             *to_document = extension(report, "extension-DiagnosticReport.composition");
  BOOST_REQUIRE((to_report && to_document));
  BOOST_TEST((in.by_url(to_report->str("reference"), base) == &report));
  BOOST_TEST((in.by_url(to_document->str("reference"), base) == &document));
  BOOST_TEST(text_of(document.get("subject")) == text_of(report.get("subject")));
  BOOST_TEST(text_of(document.get("encounter")) == text_of(report.get("encounter")));
  bool same_identifier = false, same_type = false;
  for (const auto* each = report.get("identifier")->first; each; each = each->next)
    same_identifier = same_identifier ||
      (each->str("system") == document.get("identifier")->str("system") &&
       each->str("value") == document.get("identifier")->str("value"));
  for (const auto* each = report.get("code")->get("coding")->first; each; each = each->next)
    for (const auto* other = document.get("type")->get("coding")->first; other; other = other->next)
      same_type = same_type ||
        (each->str("system") == other->str("system") && each->str("code") == other->str("code"));
  BOOST_TEST(same_identifier);
  BOOST_TEST(same_type);
  BOOST_TEST((document.get("author")->size > 0 && document.get("section")->size > 0));
  for (const auto* each : in.all("Observation")) {
    BOOST_TEST((each->get("performer") && each->get("performer")->size > 0));
    BOOST_TEST(text_of(each->get("category")).find("\"laboratory\"") != std::string::npos);
    bool says = false;
    for (const auto* member = each->first; member; member = member->next)
      says = says || member->name.starts_with("value") || member->name == "dataAbsentReason" ||
        member->name == "hasMember" || member->name == "component";
    BOOST_TEST(says);
  }
  each_leads_inside(in, base);
}

/// An order with a result without a performer and one without a value.
std::string reported(house& at, const std::string& who, bool coded) {
  const auto first = at.create("Observation",
                               test::observation_of(who, "laboratory", "2823-3",
                                                    R"("effectiveDateTime":"2026-11-20","valueQuantity":)" +
                                                      test::quantity("4.40", "mmol/L")));
  const auto second = at.create(
    "Observation", test::observation_of(who, "laboratory", "2951-2", R"("note":[{"text":"pending"}])"));
  const std::string code = coded ? R"({"coding":[{"system":"http://loinc.org","code":"24323-8"}]})"
                                 : R"({"text":"Lipids & <more>"})";
  return at.create(
    "DiagnosticReport",
    R"({"resourceType":"DiagnosticReport","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}],"code":)" +
      code + R"(,"subject":{"reference":"Patient/)" + who + R"("},"issued":"2026-11-2)" +
      (coded ? "1" : "0") + R"(T08:00:00Z","result":[{"reference":"Observation/)" + first +
      R"("},{"reference":"Observation/)" + second + R"("}]})");
}

} // namespace

BOOST_AUTO_TEST_SUITE(document)

BOOST_DATA_TEST_CASE(a_laboratory_report_keeps_the_invariants_of_its_profile, both, where) {
  house at(where);
  const auto person = test::some_record(at);
  const auto older = reported(at, std::to_string(person), false),
             newest = reported(at, std::to_string(person), true);
  for (const std::string base : {"https://clinic.example/fhir/r4", ""}) {
    auto by = test::rules_of(at);
    by.base_url = base;
    auto all = test::gathered_of(at, person, by);
    const auto latest = exports::eu_laboratory_report(all, by, test::label_of(at), "");
    BOOST_REQUIRE(latest);
    const auto read = open(*latest);
    check_report(read, base);
    BOOST_TEST(read.all("DiagnosticReport")[0]->str("id") == newest);
    BOOST_TEST(read.all("Observation").size() == 2u);
    BOOST_TEST(read.all("Condition").size() == 0u); // of the report alone
    auto again = test::gathered_of(at, person, by);
    const auto chosen = exports::eu_laboratory_report(again, by, test::label_of(at), older);
    BOOST_REQUIRE(chosen);
    check_report(open(*chosen), base);
    BOOST_TEST(open(*chosen).all("DiagnosticReport")[0]->str("id") == older);
    auto once_more = test::gathered_of(at, person, by);
    BOOST_TEST(!exports::eu_laboratory_report(once_more, by, test::label_of(at), "nothing"));
  }
}

BOOST_DATA_TEST_CASE(a_summary_has_its_sections_and_says_what_it_does_not_know, both, where) {
  house at(where);
  const auto full = test::some_record(at), bare = at.add_patient("M-9", "", "");
  const auto by = test::rules_of(at);
  const auto sections = [](const opened& in) {
    std::map<std::string, const node*> out;
    for (const auto* each = in.all("Composition").at(0)->get("section")->first; each; each = each->next)
      out[std::string(each->get("code")->get("coding")->first->str("code"))] = each;
    return out;
  };
  for (const auto who : {full, bare}) {
    auto all = test::gathered_of(at, who, by);
    const auto read = open(exports::patient_summary(all, by, test::label_of(at)));
    BOOST_TEST(read.of.root->str("type") == "document");
    BOOST_REQUIRE(read.all("Composition").size() == 1u);
    BOOST_TEST(read.all("Patient").size() == 1u);
    each_leads_inside(read, by.base_url);
    const auto found = sections(read);
    for (const char* required : {"11450-4", "48765-2", "10160-0"}) {
      BOOST_REQUIRE(found.contains(required));
      const auto& one = *found.at(required);
      BOOST_TEST(one.get("text")->str("div").find("xmlns=\"http://www.w3.org/1999/xhtml\"") !=
                 std::string::npos);
      BOOST_TEST(((one.get("entry") != nullptr) != (one.get("emptyReason") != nullptr)), required);
    }
    BOOST_TEST(text_of(found.at("48765-2")->get("emptyReason")).find("\"unavailable\"") != std::string::npos);
    BOOST_TEST((found.at("11450-4")->get("entry") != nullptr) == (who == full));
    BOOST_TEST(found.contains("30954-2") == (who == full));
    BOOST_TEST(found.contains("8716-3") == (who == full));
    for (const auto* each : read.all("Observation")) BOOST_TEST(each->str("status") != "entered-in-error");
    const auto& patient = *read.all("Patient").at(0);
    BOOST_TEST((patient.get("name") != nullptr));
    BOOST_TEST((patient.get("birthDate") || patient.get("_birthDate")));
  }
}

BOOST_AUTO_TEST_SUITE_END()

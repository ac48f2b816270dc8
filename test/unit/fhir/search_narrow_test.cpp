// What a store may narrow by never hides a match: random resources asked by random queries, from a seed.
#include "search_rig.hpp"

#include <algorithm>
#include <random>

using namespace aorta;
using namespace aorta::fhir;
using namespace aorta::fhir::test;

namespace {

class dice {
public:
  explicit dice(uint32_t seed) : engine_(seed) {}
  size_t below(size_t n) { return engine_() % n; }
  bool one_in(size_t n) { return below(n) == 0; }
  template <size_t n>
  std::string of(const char* const (&all)[n]) {
    return all[below(n)];
  }

private:
  std::mt19937 engine_;
};

constexpr const char* const types[] = {
  "Observation",      "Condition",         "DocumentReference", "Encounter",    "ServiceRequest",
  "DiagnosticReport", "MedicationRequest", "Appointment",       "ImagingStudy", "Patient"};
constexpr const char* const codes[] = {"1", "2", "3-4", "a b"};
constexpr const char* const systems[] = {"http://loinc.org", "urn:x", ""};
constexpr const char* const values[] = {"446", "447", "A|9", "x"};
constexpr const char* const dates[] = {
  "2024",    "2025",      "2025-03", "2025-03-10", "2025-03-10T10:00:00Z", "2025-03-10T23:30:00-05:00",
  "2025-04", "2026-01-01"};
constexpr const char* const prefixes[] = {"", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"};
constexpr const char* const people[] = {"Patient/1",
                                        "Patient/2",
                                        "Patient/30",
                                        "https://clinic.example/fhir/r4/Patient/2",
                                        "https://other.example/Patient/2",
                                        "Group/1",
                                        "Group/2"};

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string concept_text(dice& roll) {
  std::string out = R"({"coding":[)";
  for (size_t i = roll.below(3); i-- > 0;) {
    const auto system = roll.of(systems);
    out += (out.back() == '}' ? ",{" : "{") +
      (system.empty() ? std::string() : "\"system\":" + quoted(system) + ",");
    out += "\"code\":" + quoted(roll.of(codes)) + "}";
  }
  return out + "]}";
}

std::string identifier_text(dice& roll) {
  const auto system = roll.of(systems);
  return "{" + (system.empty() ? std::string() : "\"system\":" + quoted(system) + ",") +
    "\"value\":" + quoted(roll.of(values)) + "}";
}

std::string period_text(dice& roll) {
  const auto start = roll.of(dates), end = roll.of(dates);
  if (roll.one_in(4)) return R"({"start":)" + quoted(start) + "}";
  if (roll.one_in(4)) return R"({"end":)" + quoted(end) + "}";
  return R"({"start":)" + quoted(std::min(start, end)) + R"(,"end":)" + quoted(std::max(start, end)) + "}";
}

std::string when_members(dice& roll, const std::string& type) {
  const auto date = quoted(roll.of(dates));
  if (type == "Observation" || type == "DiagnosticReport")
    return roll.one_in(2) ? R"("effectiveDateTime":)" + date : R"("effectivePeriod":)" + period_text(roll);
  if (type == "Encounter") return R"("period":)" + period_text(roll);
  if (type == "Condition") return R"("recordedDate":)" + date;
  if (type == "Appointment") return R"("start":)" + date;
  if (type == "ImagingStudy") return R"("started":)" + date;
  if (type == "DocumentReference") return R"("date":)" + date;
  return R"("authoredOn":)" + date;
}

std::string random_resource(dice& roll, const std::string& type) {
  std::string out = R"({"resourceType":)" + quoted(type) + R"(,"id":")" + std::to_string(roll.below(4)) +
    "\"";
  if (!roll.one_in(4))
    out += R"(,"identifier":[)" + identifier_text(roll) + "," + identifier_text(roll) + "]";
  if (type == "DocumentReference") {
    if (roll.one_in(2)) out += R"(,"masterIdentifier":)" + identifier_text(roll);
    out += R"(,"type":)" + concept_text(roll) + R"(,"category":[)" + concept_text(roll) + "]";
  } else {
    out += "," + std::string(type == "MedicationRequest" ? R"("medicationCodeableConcept":)" : R"("code":)") +
      concept_text(roll);
  }
  if (type == "Observation")
    out += R"(,"valueQuantity":{"value":5},"component":[{"code":)" + concept_text(roll) +
      R"(,"valueQuantity":{"value":5}}])";
  const auto who = R"({"reference":)" + quoted(roll.of(people)) + "}";
  if (type == "Appointment")
    out += R"(,"participant":[{"actor":{"reference":"Practitioner/2"}},{"actor":)" + who + "}]";
  else if (!roll.one_in(5)) out += R"(,"subject":)" + who;
  if (!roll.one_in(5)) out += "," + when_members(roll, type);
  return out + "}";
}

std::string asked_token(dice& roll, const std::string& code) {
  std::string out;
  for (const char c : code) out += c == '|' ? "\\|" : std::string(1, c);
  if (roll.one_in(3)) return roll.of(systems) + "|" + out;
  return out;
}

std::pair<std::string, std::string> random_parameter(dice& roll) {
  static constexpr const char* const names[] = {"_id",
                                                "code",
                                                "type",
                                                "category",
                                                "identifier",
                                                "date",
                                                "authored",
                                                "authoredon",
                                                "recorded-date",
                                                "started",
                                                "patient",
                                                "subject",
                                                "code:not",
                                                "identifier:not",
                                                "subject:Patient",
                                                "code-value-quantity",
                                                "combo-code",
                                                "combo-code-value-quantity",
                                                "patient:missing"};
  static constexpr const char* const asked_people[] = {"Patient/1",
                                                       "Patient/2",
                                                       "2",
                                                       "30",
                                                       "abc",
                                                       "Group/1",
                                                       "https://clinic.example/fhir/r4/Patient/2",
                                                       "https://other.example/Patient/2"};
  const std::string name = roll.of(names);
  if (name.ends_with("missing")) return {name, "true"};
  std::string value;
  for (size_t i = 1 + roll.below(2); i-- > 0;) {
    if (!value.empty()) value += ',';
    if (name == "_id") value += std::to_string(roll.below(4));
    else if (name.starts_with("identifier")) value += asked_token(roll, roll.of(values));
    else if (name.find("-value-") != name.npos) value += asked_token(roll, roll.of(codes)) + "$5";
    else if (name == "patient" || name.starts_with("subject"))
      value += name == "subject:Patient" ? "Patient/2" : roll.of(asked_people);
    else if (find_parameter("Observation", name.substr(0, name.find(':'))) && name != "date")
      value += asked_token(roll, roll.of(codes));
    else if (name == "type") value += roll.one_in(4) ? roll.of(systems) + "|1" : roll.of(codes);
    else value += roll.of(prefixes) + roll.of(dates);
  }
  return {name, value};
}

/// The patient under whom a store keeps the resource.
std::optional<int64_t> patient_in(const node& resource) {
  const auto* by = find_parameter(resource.str("resourceType"), "patient");
  if (!by) return std::nullopt;
  for (auto text : references_of(resource, *by)) {
    if (text.starts_with(base)) text.erase(0, base.size() + 1);
    if (text.starts_with("Patient/")) return std::stoll(text.substr(8));
  }
  return std::nullopt;
}

template <class kind>
bool meets(const std::vector<kind>& asked, const std::vector<kind>& held) {
  return asked.empty() || std::any_of(held.begin(), held.end(), [&](const kind& each) {
           return std::find(asked.begin(), asked.end(), each) != asked.end();
         });
}

bool identifier_meets(const std::vector<std::string>& asked, const std::vector<std::string>& held) {
  if (asked.empty()) return true;
  for (const auto& each : held)
    for (const auto& one : asked)
      if (each == one || each.substr(each.find('|') + 1) == one) return true;
  return false;
}

/// As a store reads it.
bool leaves(const narrowing& by, const node& resource) {
  if (by.no_match) return false;
  const auto terms = terms_of(resource);
  const auto patient = patient_in(resource);
  if (!meets(by.ids, {std::string(resource.str("id"))}) || !meets(by.codes, terms.codes) ||
      !identifier_meets(by.identifiers, terms.identifiers))
    return false;
  if (!by.patients.empty() && (!patient || !meets(by.patients, {*patient}))) return false;
  if (!terms.from && !terms.to) return true;
  return !(by.from && terms.to && *terms.to < *by.from) && !(by.to && terms.from && *terms.from > *by.to);
}

} // namespace

BOOST_AUTO_TEST_SUITE(search_narrowing)

BOOST_AUTO_TEST_CASE(narrowing_never_hides_a_match) {
  dice roll(20261125);
  std::vector<document> kept;
  for (int i = 0; i < 600; ++i) kept.push_back(parsed(random_resource(roll, roll.of(types))));
  size_t matched = 0, spared = 0, asked = 0;
  for (int i = 0; i < 4000; ++i) {
    const std::string type = roll.of(types);
    parameters params;
    for (size_t n = 1 + roll.below(3); n-- > 0;) params.push_back(random_parameter(roll));
    const auto read = read_query(type, params, true);
    if (!read.faults.empty() || read.value.all.empty()) continue;
    ++asked;
    const auto by = narrow(read.value, base);
    for (const auto& each : kept) {
      if (each.root->str("resourceType") != type) continue;
      const bool left = leaves(by, *each.root), match = matches_all(*each.root, read.value);
      matched += match;
      spared += !left;
      if (match && !left)
        BOOST_ERROR(type << "?" << params[0].first << "=" << params[0].second << " hides "
                         << write(*each.root));
    }
  }
  BOOST_TEST(asked > 1000u);
  BOOST_TEST(matched > 1000u); // else nothing was tried
  BOOST_TEST(spared > matched);
}

BOOST_AUTO_TEST_CASE(ids_and_patients_narrow_together) {
  BOOST_TEST(narrow(read_well("Patient", {{"_id", "1"}, {"_id", "2"}}), base).no_match);
  BOOST_TEST(narrow(read_well("Observation", {{"patient", "abc"}}), base).no_match);
  const auto both = narrow(
    read_well("Observation",
              {{"patient", "1,2"}, {"subject", "Patient/2"}, {"code", "http://loinc.org|2345-7"}}),
    base);
  BOOST_TEST(both.patients == std::vector<int64_t>{2}, boost::test_tools::per_element());
  BOOST_TEST(both.codes == std::vector<std::string>{"2345-7"}, boost::test_tools::per_element());
  BOOST_TEST(narrow(read_well("Observation", {{"subject", "2"}}), base).patients.empty()); // a location may
                                                                                           // have this id too
  BOOST_TEST(narrow(read_well("Observation", {{"code:not", "1"}}), base).codes.empty());
  BOOST_TEST(narrow(read_well("Patient", {{"identifier", "urn:mrn|1,2"}}), base).identifiers.size() == 2u);
}

BOOST_AUTO_TEST_CASE(several_times_narrow_to_what_all_of_them_touch) {
  const auto year = narrow(read_well("Observation", {{"date", "ge2025-01-01"}, {"date", "lt2026-01-01"}}),
                           base);
  BOOST_TEST((year.from.value() == at("2025-01-01")));
  BOOST_TEST((year.to.value() <= at("2026-01-02")));
  BOOST_TEST(!narrow(read_well("Observation", {{"date", "ap2025"}}), base).from.has_value());
}

BOOST_AUTO_TEST_CASE(terms_are_codes_identifiers_and_the_span) {
  const auto note = parsed(
    R"({"resourceType":"DocumentReference","masterIdentifier":{"system":"urn:a","value":"1"},"identifier":[{"value":"2"}],
    "type":{"coding":[{"code":"11506-3"}]},"category":[{"coding":[{"code":"clinical-note"}]}],"date":"2026-03-01T10:00:00Z"})");
  const auto terms = terms_of(*note.root);
  const std::vector<std::string> expected_codes{"clinical-note", "11506-3"},
    expected_identifiers{"urn:a|1", "|2"};
  BOOST_TEST(terms.codes == expected_codes, boost::test_tools::per_element());
  BOOST_TEST(terms.identifiers == expected_identifiers, boost::test_tools::per_element());
  BOOST_TEST((terms.from.value() == at("2026-03-01T10:00:00Z")));
  BOOST_TEST((terms.to.value() == at("2026-03-01T10:00:00.999999Z")));
}

BOOST_AUTO_TEST_SUITE_END()

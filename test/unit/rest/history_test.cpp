// The history of a type tells also of what only laboratories and the clinic's own system wrote.
#include "test/unit/rest/fixture.hpp"

using namespace aorta;
using test::both;
using test::house;

namespace {

struct told {
  std::vector<std::string> names, times; ///< `Observation/7 PUT`
  std::string total, next;
};

told history(house& at, const std::string& target) {
  const auto answer = at.get(target);
  BOOST_REQUIRE_MESSAGE(answer.status == 200, answer.body);
  const auto read = test::must(fhir::document::parse(answer.body));
  told out;
  if (const auto* total = read.root->get("total")) out.total = total->text;
  const auto* list = read.root->get("entry");
  for (const auto* each = list != nullptr ? list->first : nullptr; each != nullptr; each = each->next) {
    const auto url = std::string(each->str("fullUrl"));
    out.names.push_back(url.substr(url.find("/r4/") + 4) + " " +
                        std::string(each->get("request")->str("method")));
    out.times.emplace_back(each->get("response")->str("lastModified"));
    if (const auto* resource = each->get("resource"))
      BOOST_TEST(resource->get("meta")->str("lastUpdated") == out.times.back());
  }
  out.next = test::link(answer, "next");
  return out;
}

/// All pages of a history, one after the other.
told all_pages(house& at, std::string target, size_t at_most) {
  told out;
  for (int pages = 0; !target.empty() && pages < 50; ++pages) {
    auto page = history(at, target);
    BOOST_TEST(page.names.size() <= at_most);
    out.names.insert(out.names.end(), page.names.begin(), page.names.end());
    out.times.insert(out.times.end(), page.times.begin(), page.times.end());
    target = page.next;
  }
  return out;
}

void add_result(house& at, const char* id, const std::string& patient, int version, const char* created,
                const char* verified = nullptr, model::clinic_id clinic = 0) {
  at.sql("INSERT INTO lab_results (id, patient_id, clinic_id, loinc_code, test_code, test_name, value_text, "
         "value_numeric, unit, result_status, entry_method, created_at,"
         " verified_at, version) VALUES ('" +
         std::string(id) + "', " + patient + ", " + std::to_string(clinic == 0 ? at.clinic : clinic) +
         ", '2823-3', 'K', 'Potassium', '4.1', 4.1, 'mmol/L', 'final', 'manual', '" + created + "', " +
         (verified == nullptr ? "NULL" : "'" + std::string(verified) + "'") + ", " + std::to_string(version) +
         ")");
}

void add_superseded(house& at, const char* id, const std::string& patient, int version, const char* created) {
  at.sql("INSERT INTO lab_result_versions (result_id, patient_id, clinic_id, loinc_code, test_code, "
         "test_name, value_text, value_numeric, unit, result_status, created_at,"
         " version, superseded_at) VALUES ('" +
         std::string(id) + "', " + patient + ", " + std::to_string(at.clinic) +
         ", '2823-3', 'K', 'Potassium', '4.0', 4.0, 'mmol/L', 'preliminary', '" + created + "', " +
         std::to_string(version) + ", '2026-11-20T07:30:00.000000Z')");
}

constexpr const char *one = "0194a000-0000-7000-8000-000000000001",
                     *two = "0194a000-0000-7000-8000-000000000002",
                     *three = "0194a000-0000-7000-8000-000000000003";

std::string observation(const char* id, const char* method) {
  return "Observation/" + std::string(id) + " " + method;
}

} // namespace

BOOST_AUTO_TEST_SUITE(history_of_type)

BOOST_DATA_TEST_CASE(results_that_only_a_laboratory_wrote_are_in_it_with_their_versions, both, where) {
  house at(where);
  const auto patient = std::to_string(at.add_patient("M-1", "Eleni", "Nikolaou"));
  add_superseded(at, one, patient, 1, "2026-11-20T07:00:00.000000Z");
  add_result(at, one, patient, 2, "2026-11-20T07:30:00.000000Z");
  add_result(at, two, patient, 1, "2026-11-20T07:10:00.000000Z",
             "2026-11-20T07:50:00.000000Z"); // a person verified it later
  add_result(at, three, std::to_string(at.add_patient("M-9", "Nikos", "Ioannou", at.other_clinic)), 1,
             "2026-11-20T07:20:00.000000Z", nullptr, at.other_clinic);
  const auto written = at.create(
    "Observation",
    R"({"resourceType":"Observation","status":"final","subject":{"reference":"Patient/)" + patient + R"("},
    "category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],
    "code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}]},"effectiveDateTime":"2026-11-20T07:05:00Z",
    "valueQuantity":{"value":71,"unit":"/min","system":"http://unitsofmeasure.org","code":"/min"}})");

  const std::vector<std::string> expected{observation(written.c_str(), "POST"), observation(two, "POST"),
                                          observation(one, "PUT"), observation(one, "POST")};
  const auto whole = history(at, "Observation/_history");
  BOOST_TEST(whole.names == expected, boost::test_tools::per_element());
  BOOST_TEST(whole.total == "4");
  BOOST_TEST(whole.next == "");
  BOOST_TEST(whole.times[1] == "2026-11-20T07:50:00Z");
  BOOST_TEST(std::is_sorted(whole.times.rbegin(), whole.times.rend()));
  for (const char* count : {"1", "2", "3"})
    BOOST_TEST(
      all_pages(at, std::string("Observation/_history?_count=") + count, size_t(count[0] - '0')).names ==
        expected,
      boost::test_tools::per_element());

  BOOST_TEST(history(at, "Observation/_history?_since=2026-11-20T07:30:00Z").names ==
               std::vector(expected.begin(), expected.begin() + 3),
             boost::test_tools::per_element());
  at.who = house::grant(at.clinic, {"patient/*.*"}, at.add_patient("M-2", "Maria", "Georgiou"));
  BOOST_TEST(history(at, "Observation/_history").names.empty());
  at.who = house::grant(at.clinic, {"patient/*.*"}, std::stoll(patient));
  BOOST_TEST(all_pages(at, "Observation/_history?_count=1", 1).names == expected,
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(rows_without_a_time_are_in_it_from_when_they_were_first_seen, both, where) {
  house at(where);
  const auto patient = std::to_string(at.add_patient("M-1", "Eleni", "Nikolaou"));
  at.sql("INSERT INTO vitals (patient_id, clinic_id, heart_rate, systolic_bp, diastolic_bp, temperature, "
         "recorded_at) VALUES (" +
         patient + ", " + std::to_string(at.clinic) + ", 71, 120, 80, 36.6, '2026-11-20T07:00:00Z')");
  BOOST_TEST(history(at, "Observation/_history").names.empty());
  const auto seen = test::names(at.get("Observation?patient=" + patient));
  BOOST_TEST(seen.size() >= 3u);
  auto pages = all_pages(at, "Observation/_history?_count=1", 1).names; // one row, several resources: each
                                                                        // once
  const auto whole = history(at, "Observation/_history");
  BOOST_TEST(pages == whole.names, boost::test_tools::per_element());
  for (const auto& name : seen) BOOST_TEST(std::count(pages.begin(), pages.end(), name + " POST") == 1, name);

  at.sql("UPDATE vitals SET heart_rate = 72");
  at.get("Observation?patient=" + patient);
  BOOST_TEST(!history(at, "Observation/_history?_since=" + whole.times.front()).names.empty());
  at.who = house::grant(at.clinic, {"patient/*.*"}, std::stoll(patient));
  BOOST_TEST(history(at, "Observation/_history").names.size() == whole.names.size());
}

BOOST_DATA_TEST_CASE(a_change_by_the_clinic_stands_above_what_fhir_stored, both, where) {
  house at(where);
  const auto id = at.create(
    "Patient", R"({"resourceType":"Patient","name":[{"family":"Zeta","given":["Anna"]}],"gender":"female"})");
  at.sql("UPDATE patients SET gender = 'other' WHERE patient_id = " + id);
  at.get("Patient/" + id);
  const std::vector<std::string> expected{"Patient/" + id + " PUT", "Patient/" + id + " POST"};
  BOOST_TEST(history(at, "Patient/_history").names == expected, boost::test_tools::per_element());
  BOOST_TEST(all_pages(at, "Patient/_history?_count=1", 1).names == expected,
             boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(prescriptions_and_notes_have_the_time_of_their_own_column_before_anybody_reads_them,
                     both, where) {
  house at(where);
  const auto patient = std::to_string(at.add_patient("M-1", "Eleni", "Nikolaou"));
  at.sql("INSERT INTO prescriptions (id, patient_id, clinic_id, drug_name, status, created_at) VALUES ('" +
         std::string(one) + "', " + patient + ", " + std::to_string(at.clinic) +
         ", 'Bisoprolol', 'active', '2026-11-19T07:00:00.000000Z')");
  const auto first = history(at, "MedicationRequest/_history");
  BOOST_TEST(first.names == (std::vector<std::string>{"MedicationRequest/" + std::string(one) + " POST"}),
             boost::test_tools::per_element());
  BOOST_TEST(first.times.at(0) == "2026-11-19T07:00:00Z");
  // the same by a search, which sees it first
  BOOST_TEST(test::names(at.get("MedicationRequest?_lastUpdated=2026-11-19")).size() == 1u);
  const auto again = history(at, "MedicationRequest/_history");
  BOOST_TEST(again.names == first.names, boost::test_tools::per_element());
  BOOST_TEST(again.times == first.times, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()

// What the clinic's own system writes and changes is found by the time at which that was first seen.
#include "test/unit/rest/fixture.hpp"

using namespace aorta;
using test::both;
using test::house;

namespace {

std::string updated(const rest::reply& read) {
  return std::string(test::must(fhir::document::parse(read.body)).root->get("meta")->str("lastUpdated"));
}

} // namespace

BOOST_AUTO_TEST_SUITE(seen)

BOOST_DATA_TEST_CASE(a_patient_of_the_roster_has_a_time_of_change_that_stays, both, where) {
  house at(where);
  const auto id = std::to_string(at.add_patient("M-1", "Eleni", "Nikolaou"));
  BOOST_TEST(test::names(at.get("Patient?_lastUpdated=ge2000")) == std::vector{"Patient/" + id});
  const auto first = updated(at.get("Patient/" + id));
  BOOST_TEST(!first.empty());
  BOOST_TEST(updated(at.get("Patient/" + id)) == first);
  BOOST_TEST(test::header(at.get("Patient/" + id), "Last-Modified") != "");
  BOOST_TEST(test::names(at.get("Patient?_lastUpdated=gt" + first)).empty());
  at.sql("UPDATE patients SET gender = 'other' WHERE patient_id = " + id);
  // a poller does not miss it
  BOOST_TEST(test::names(at.get("Patient?_lastUpdated=gt" + first)) == std::vector{"Patient/" + id});
  const auto second = updated(at.get("Patient/" + id));
  BOOST_TEST(second > first);
  BOOST_TEST(updated(at.get("Patient/" + id)) == second);
  BOOST_TEST(test::names(at.get("Patient?_lastUpdated=gt" + second)).empty());
}

BOOST_DATA_TEST_CASE(what_others_change_after_fhir_wrote_it_is_newer_than_that, both, where) {
  house at(where);
  const auto id = at.create(
    "Patient", R"({"resourceType":"Patient","name":[{"family":"Zeta","given":["Anna"]}],"gender":"female"})");
  const auto written = updated(at.get("Patient/" + id));
  BOOST_TEST(test::names(at.get("Patient?_lastUpdated=gt" + written)).empty());
  at.sql("UPDATE patients SET gender = 'other' WHERE patient_id = " + id);
  BOOST_TEST(test::names(at.get("Patient?_lastUpdated=gt" + written)) == std::vector{"Patient/" + id});
  const auto history = test::must(
    fhir::document::parse(at.get("Patient/" + id + "/_history?_since=" + written).body));
  BOOST_TEST(history.root->get("entry")->first->get("response")->str("lastModified") > written);
  BOOST_TEST(test::header(at.get("Patient/" + id), "ETag").starts_with("W/\"1-"));
}

BOOST_DATA_TEST_CASE(rows_of_other_clinics_and_searches_by_time_stay_apart, both, where) {
  house at(where);
  at.add_patient("M-1", "Eleni", "Nikolaou", at.other_clinic);
  BOOST_TEST(test::names(at.get("Patient?_lastUpdated=ge2000")).empty());
  const auto own = at.add_patient("M-1", "Nikos", "Ioannou");
  at.sql("INSERT INTO vitals (patient_id, clinic_id, heart_rate, recorded_at) VALUES (" +
         std::to_string(own) + ", " + std::to_string(at.clinic) + ", 71, '2026-11-20T07:00:00Z')");
  const auto found = at.get("Observation?patient=" + std::to_string(own) + "&_lastUpdated=ge2000");
  BOOST_TEST(test::names(found).size() == 1u);
  BOOST_TEST(test::names(at.get("Patient?_sort=-_lastUpdated")) ==
             std::vector{"Patient/" + std::to_string(own)});
}

BOOST_AUTO_TEST_SUITE_END()

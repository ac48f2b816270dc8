#include "engine/export/audit_table.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using exports::language;

namespace {

ports::audit_entry row(const std::string& method, const std::string& resource,
                       const std::string& outcome = "200") {
  ports::audit_entry out;
  out.method = method;
  out.resource = resource;
  out.outcome = outcome;
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(audit)

BOOST_AUTO_TEST_CASE(what_was_done_is_told_in_words) {
  const auto en = [](const std::string& method, const std::string& resource) {
    return exports::deed(row(method, resource), language::en);
  };
  BOOST_TEST(en("GET", "/api/patients/7/lab-results") == "Read: laboratory results");
  BOOST_TEST(en("GET", "/fhir/r4/Patient/7") == "Read: the person's details");
  BOOST_TEST(en("GET", "/fhir/r4/Patient/7/$everything") == "Read: the whole record");
  BOOST_TEST(en("GET", "/fhir/r4/Observation") == "Read: measurements and results");
  BOOST_TEST(en("POST", "/fhir/r4/Observation/_search") == "Read: measurements and results");
  BOOST_TEST(en("POST", "/fhir/r4/MedicationRequest") == "Entered: prescriptions");
  BOOST_TEST(en("PUT", "/fhir/r4/Condition/3") == "Changed: diagnoses and problems");
  BOOST_TEST(en("DELETE", "/fhir/r4/Encounter/3") == "Deleted: visits");
  BOOST_TEST(en("POST", "/api/messages/019a/link") == "Acted on: a message with data of the person");
  BOOST_TEST(en("GET", "/api/patients/7/export/pdf") == "Exported: the summary of the record as PDF");
  BOOST_TEST(en("QBP^Q22", "/api/messages/019a") == "Looked up by another system: the person's details");
  BOOST_TEST(en("GET", "/api/else") == "Read: entries of the record");
  BOOST_TEST(exports::deed(row("GET", "/fhir/r4/Patient/7"), language::el) ==
             "Ανάγνωση: τα στοιχεία του προσώπου");
  BOOST_TEST(exports::end_of(row("GET", "/", "200"), language::el) == "Επιτράπηκε");
  BOOST_TEST(exports::end_of(row("GET", "/", "403"), language::en) == "Refused or not done");
  BOOST_TEST(exports::end_of(row("GET", "/", "503"), language::en) == "Failed");
}

BOOST_AUTO_TEST_CASE(the_table_has_who_when_where_what_and_the_answer) {
  auto one = row("GET", "/api/patients/7/lab-results", "400");
  one.id = "019a";
  one.actor = "key:desk user:anna@clinic.example";
  one.peer = "10.0.0.7";
  one.criteria = "name=%CE%95,x";
  one.fault = "=unknown-parameter";
  one.patient = 7;
  BOOST_REQUIRE(from_iso("2026-11-20T08:00:00Z", one.at));
  BOOST_TEST(
    exports::audit_csv({&one, 1}) ==
    "id,at,actor,peer,method,resource,search,outcome,error,patient_id\r\n"
    "019a,2026-11-20T08:00:00Z,key:desk user:anna@clinic.example,10.0.0.7,GET,/api/patients/7/lab-results,"
    "\"name=%CE%95,x\",400,'=unknown-parameter,7\r\n");
}

BOOST_AUTO_TEST_SUITE_END()

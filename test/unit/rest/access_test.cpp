#include "engine/rest/rest.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using rest::access;

namespace {

rest::grant with(const std::vector<std::string>& scopes, std::optional<model::patient_id> patient = {}) {
  rest::grant out;
  out.scopes = http::read_scopes(scopes);
  out.patient = patient;
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(scopes)

BOOST_AUTO_TEST_CASE(a_scope_allows_its_type_and_its_kind_of_access_alone) {
  const auto one = with({"system/Patient.read", "system/Observation.write"});
  BOOST_TEST(one.may(access::read, "Patient"));
  BOOST_TEST(!one.may(access::write, "Patient"));
  BOOST_TEST(one.may(access::write, "Observation"));
  BOOST_TEST(!one.may(access::read, "Observation"));
  BOOST_TEST(!one.may(access::read, "Condition"));
  BOOST_TEST(with({"system/*.read"}).may(access::read, "Condition"));
  BOOST_TEST(!with({"system/*.read"}).may(access::write, "Condition"));
  BOOST_TEST(with({"system/Patient.*"}).may(access::write, "Patient"));
}

BOOST_AUTO_TEST_CASE(each_letter_of_version_2_is_an_access_of_its_own) {
  BOOST_TEST(with({"system/Patient.rs"}).may(access::read, "Patient"));
  const auto one = with({"system/Patient.r"});
  BOOST_TEST(one.may(access::get, "Patient"));
  BOOST_TEST(!one.may(access::search, "Patient"));
  BOOST_TEST(!one.may(access::read, "Patient")); // half of it
  BOOST_TEST(with({"system/Patient.r", "system/*.s"}).may(access::read, "Patient"));
  BOOST_TEST(with({"system/Patient.cruds"}).may(access::write, "Patient"));
  BOOST_TEST(!with({"system/Patient.cud"}).may(access::read, "Patient"));
  BOOST_TEST(with({"system/Patient.c"}).may(access::create, "Patient"));
  BOOST_TEST(!with({"system/Patient.c"}).may(access::update, "Patient"));
  BOOST_TEST(with({"write"}).may(access::remove, "Patient"));
  BOOST_TEST(!with({"write"}).may(access::get, "Patient"));
  BOOST_TEST(!with({"system/Patient.rx"}).may(access::get, "Patient"));
}

BOOST_AUTO_TEST_CASE(patient_scopes_need_a_patient_and_admin_is_never_bound_to_one) {
  BOOST_TEST(!with({"patient/*.read"}).may(access::read, "Patient"));
  BOOST_TEST(with({"patient/*.read"}, 7).may(access::read, "Patient"));
  BOOST_TEST(with({"admin"}).may(access::write, "Patient"));
  BOOST_TEST(!with({"admin"}, 7).may(access::read, "Patient"));
}

BOOST_AUTO_TEST_CASE(nonsense_allows_nothing) {
  for (const char* scope : {"", "system", "system/", "system/Patient", "system.Patient/read", "Patient.read",
                            "user/Patient.read", "system/Patient.", "launch", "metrics"})
    BOOST_TEST(!with({scope}).may(access::read, "Patient"), scope);
}

BOOST_AUTO_TEST_SUITE_END()

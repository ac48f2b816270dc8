// Names of files: which patterns tell deliveries apart, and what of a sender's words may stand in one.
#include "engine/delivery/file_name.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using delivery::check_file_pattern;
using delivery::file_name;

namespace {

delivery::file_words some() {
  delivery::file_words out{"01K", "01890000-0000-7000-8000-000000000001", "ORU^R01", "BIO", {}};
  BOOST_REQUIRE(from_iso("2026-11-26T08:15:03.25Z", out.at));
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(file_names)

BOOST_AUTO_TEST_CASE(a_pattern_is_filled_in) {
  BOOST_TEST(file_name("{control_id}.hl7", some()) == "01K.hl7");
  BOOST_TEST(file_name("{date}-{time}_{type}_{sender}-{id}.json", some()) ==
             "20261126-081503_ORU_R01_BIO-01890000-0000-7000-8000-000000000001.json");
}

BOOST_AUTO_TEST_CASE(what_a_sender_writes_leads_into_no_other_folder) {
  auto of = some();
  of.sender = "../../etc/passwd";
  of.control_id = "a b/\xce\xb1\n";
  const auto name = file_name("{sender}{control_id}", of);
  BOOST_TEST(name == "_._.._etc_passwda_b____");
  of.sender.assign(5000, 'x');
  BOOST_TEST(file_name("{sender}{control_id}", of).size() <= 200u);
}

BOOST_AUTO_TEST_CASE(a_pattern_must_tell_deliveries_apart_and_be_a_name) {
  for (const auto* good : {"{control_id}.hl7", "x-{id}", "{date}{id}.{type}"})
    BOOST_TEST(check_file_pattern(good).ok(), good);
  for (const auto* bad :
       {"", "a.hl7", "{date}.hl7", "{id", "id}", "{ID}.hl7", "{}", "a/{id}", ".{id}", "{id} x", "{{id}}"})
    BOOST_TEST(!check_file_pattern(bad).ok(), bad);
}

BOOST_AUTO_TEST_SUITE_END()

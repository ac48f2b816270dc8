// [critical]: whom a ladder may name, and what each clinic's is.
#include "engine/config/load.hpp"
#include "test/unit/config/vocabulary.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

config::loaded read(const std::string& critical) {
  const std::string server = "[security]\npii_key_file = \"key\"\n[clinic.MAIN]\n[clinic.EAST]\n" + critical;
  config::text_files files{
    {"aorta.toml", server},
    {},
    {},
    {{"destinations/sms.toml",
      "[destination]\nname = \"sms\"\nkind = \"http\"\nto = \"https://sms.example.org/send\"\n"},
     {"destinations/ris.toml", "[destination]\nname = \"ris\"\nkind = \"mllp\"\nto = \"10.1.2.3:2575\"\n"}}};
  return config::understand(files, {}, test_vocabulary(), [](const std::string& path) {
    return path == "key" ? std::optional<std::string>("secret") : std::nullopt;
  });
}

bool told(const std::string& critical, const std::string& text) {
  return config::report(read(critical)).find(text) != std::string::npos;
}

std::string rung(const std::string& keys) { return "[[critical.ladder]]\n" + keys; }

} // namespace

BOOST_AUTO_TEST_SUITE(ladders)

BOOST_AUTO_TEST_CASE(each_clinic_has_its_rungs_and_those_of_all_in_the_order_of_their_times) {
  const auto got = read(
    "[critical]\nfresh_hours = 24\ndue_minutes = 0.5\n" + rung("destination = \"sms\"\nminutes = 10\n") +
    rung("destination = \"sms\"\nminutes = 0\nclinic = \"EAST\"\nrole = \"doctor\"\n"
         "severity = \"risk\"\nresults = \"matched\"\nhours = [\"Mon-Fri 07:00-15:00\"]\n"));
  BOOST_REQUIRE_MESSAGE(got.ok(), config::report(got));
  const auto main = got.value.alerts.of("MAIN"), east = got.value.alerts.of("EAST");
  BOOST_TEST(main.rungs.size() == 1u);
  BOOST_REQUIRE(east.rungs.size() == 2u);
  BOOST_TEST(east.rungs[0].role == "doctor");
  BOOST_TEST(bool(east.rungs[0].of == critical::whose::matched));
  BOOST_TEST(bool(east.rungs[0].only == critical::band::risk));
  BOOST_TEST(east.rungs[0].hours.size() == 1u);
  BOOST_TEST(bool(east.due == std::chrono::seconds(30) && east.fresh == std::chrono::hours(24)));
}

BOOST_AUTO_TEST_CASE(what_cannot_hear_is_told_with_its_place) {
  BOOST_TEST(told(rung("destination = \"smz\"\n"), "did you mean 'sms'?"));
  BOOST_TEST(told(rung("destination = \"ris\"\n"), "which takes HL7 alone"));
  BOOST_TEST(told(rung("destination = \"sms\"\nclinic = \"WEST\"\n"), "which does not exist"));
  BOOST_TEST(told(rung("destination = \"sms\"\nhours = [\"9-17\"]\n"), "which is no span of hours"));
  BOOST_TEST(told(rung("destination = \"sms\"\nminutes = -1\n"), "minutes"));
  BOOST_TEST(told(rung("minutes = 5\n"), "destination"));
  BOOST_TEST(told("[critical]\ntime_zone = \"Mars/Olympus\"\n", "time_zone"));
}

BOOST_AUTO_TEST_SUITE_END()

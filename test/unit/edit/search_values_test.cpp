#include "engine/edit/search_values.hpp"

#include "test/unit/edit/rig.hpp"

using namespace aorta;
using namespace aorta::edit;

namespace {

std::vector<std::string> values(const std::string& path, const std::string& bytes = panel) {
  const auto sent = hl7::parse(bytes);
  BOOST_REQUIRE(sent);
  std::vector<std::string> out;
  for (const auto& each : search_values(*sent, "", {{"x", *hl7::parse_places(path)}})) {
    BOOST_TEST(each.name == "x");
    out.push_back(each.value);
  }
  return out;
}

using texts = std::vector<std::string>;

} // namespace

BOOST_AUTO_TEST_SUITE(what_a_message_is_found_by)

BOOST_AUTO_TEST_CASE(every_segment_and_repetition_that_the_place_does_not_exclude) {
  BOOST_CHECK(values("OBX-3") == (texts{"HGB", "WBC", "COM"}));
  BOOST_CHECK(values("OBX[2]-3") == texts{"WBC"});
  BOOST_CHECK(values("OBX[*]-3.2") == (texts{"Haemoglobin", "Leucocytes", "Comment"}));
  BOOST_CHECK(values("PID-3") == (texts{"M-0007", "841234"}));
  BOOST_CHECK(values("PID-3[2]") == texts{"841234"});
  BOOST_CHECK(values("PID-3[*].4") == (texts{"BIO", "CY"}));
  BOOST_CHECK(values("PID-5.2") == texts{"ΜΑΡΙΑ"});
  BOOST_CHECK(values("OBX[3]-5") == (texts{"a&b", "c"})); // escapes are read
}

BOOST_AUTO_TEST_CASE(nothing_of_what_is_not_there_and_each_value_once) {
  BOOST_CHECK(values("OBR-18").empty());
  BOOST_CHECK(values("ZZZ-1").empty());
  BOOST_CHECK(values("OBX[9]-3").empty());
  BOOST_CHECK(values("OBX-11") == (texts{"F", " P"}));
  std::string many = panel;
  for (int i = 0; i < 100; ++i) many += "OBX|9|NM|T" + std::to_string(i) + "||1|||||F\r";
  BOOST_TEST(values("OBX-3", many).size() == most_search_values);
}

BOOST_AUTO_TEST_CASE(what_is_sent_to_tire_it_ends_soon) {
  const auto with_field = [](const std::string& field) {
    return panel + "OBR|2|||||||||||||||||" + field + "\r";
  };
  BOOST_CHECK(values("OBR-18", with_field(std::string(70'000, '~') + "A-1")).empty());
  BOOST_CHECK(values("OBR-18", with_field(std::string(500, '~') + "A-1")) == texts{"A-1"});
  BOOST_CHECK(values("OBR-18", with_field(std::string(2'000, '~') + "A-1")).empty()); // past what is looked
                                                                                      // at
}

BOOST_AUTO_TEST_CASE(what_is_no_text_of_its_charset_is_left_out) {
  const std::string broken =
    "MSH|^~\\&|LIS|BIO|||2026||ORU^R01|1|P|2.5.1||||||UNICODE UTF-8\rOBR|1|\xff\xfe|F-1\r";
  BOOST_CHECK(values("OBR-2", broken).empty());
  BOOST_CHECK(values("OBR-3", broken) == texts{"F-1"});
}

BOOST_AUTO_TEST_SUITE_END()

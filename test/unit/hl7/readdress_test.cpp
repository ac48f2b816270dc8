#include "engine/hl7/readdress.hpp"

#include <boost/test/unit_test.hpp>

using aorta::hl7::with_control_id;

BOOST_AUTO_TEST_CASE(a_message_goes_out_under_another_id_and_is_else_as_it_came) {
  const std::string rest = "|P|2.5.1\rPID|1||77\r";
  BOOST_TEST(with_control_id("MSH|^~\\&|A|B|C|D|2026||ORU^R01|OLD" + rest, "NEW") ==
             "MSH|^~\\&|A|B|C|D|2026||ORU^R01|NEW" + rest);
  BOOST_TEST(with_control_id("\r\nMSH#^~\\&#A#B#C#D#2026##ORU^R01##P\nPID#1", "NEW") ==
             "\r\nMSH#^~\\&#A#B#C#D#2026##ORU^R01#NEW#P\nPID#1");
  BOOST_TEST(with_control_id("\xef\xbb\xbfMSH|^~\\&|||||||ORU|1\r", "NEW") ==
             "\xef\xbb\xbfMSH|^~\\&|||||||ORU|NEW\r");
}

BOOST_AUTO_TEST_CASE(a_short_header_gets_the_fields_that_it_lacks_and_what_is_no_message_stays) {
  BOOST_TEST(with_control_id("MSH|^~\\&|A\rPID|1", "NEW") == "MSH|^~\\&|A|||||||NEW\rPID|1");
  BOOST_TEST(with_control_id("MSH|^~\\&|A|B|C|D|2026||ORU^R01|", "NEW") ==
             "MSH|^~\\&|A|B|C|D|2026||ORU^R01|NEW");
  BOOST_TEST(with_control_id("hello", "NEW") == "hello");
  BOOST_TEST(with_control_id("", "NEW").empty());
}

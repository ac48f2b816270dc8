// MSH-15 and MSH-16: what is asked for, and who hears of what.
#include "engine/hl7/ack.hpp"
#include "engine/hl7/enhanced.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace aorta;
using namespace aorta::hl7;
using when = ack_condition;

BOOST_AUTO_TEST_SUITE(enhanced_acknowledgement)

namespace {

std::optional<acks_asked> asked(const std::string& accept, const std::string& application) {
  const std::string text = "MSH|^~\\&|LIS|BIO|||20261120083000||ORU^R01^ORU_R01|1|P|2.5.1|||" + accept + "|" +
    application + "|CYP\r";
  return asked_acks(*parse(text));
}

} // namespace

BOOST_AUTO_TEST_CASE(without_either_field_it_is_original_mode) {
  BOOST_TEST(!asked("", ""));
  BOOST_TEST(!asked("\"\"", " "));
  const std::string brief = "MSH|^~\\&|LIS|BIO|||20261120083000||ORU^R01|1|P|2.5.1\r";
  BOOST_TEST(!asked_acks(*parse(brief)));
}

BOOST_AUTO_TEST_CASE(each_field_says_its_own_and_an_empty_one_beside_it_asks_for_nothing) {
  for (const auto& [word, is] : {std::pair{"AL", when::always},
                                 {"NE", when::never},
                                 {"ER", when::on_error},
                                 {"SU", when::on_success},
                                 {"al", when::always},
                                 {"XX", when::always}}) {
    BOOST_TEST((asked(word, "NE")->accept == is), word);
    BOOST_TEST((asked("NE", word)->application == is), word);
    BOOST_TEST((asked(word, "")->application == when::never), word);
    BOOST_TEST((asked("", word)->accept == when::never), word);
  }
}

BOOST_AUTO_TEST_CASE(who_hears_of_which_outcome) {
  struct row {
    when is;
    bool of_good, of_bad;
  };
  for (const auto& [is, good, bad] : {row{when::always, true, true}, row{when::never, false, false},
                                      row{when::on_error, false, true}, row{when::on_success, true, false}}) {
    BOOST_TEST(is_wanted(is, true) == good);
    BOOST_TEST(is_wanted(is, false) == bad);
  }
}

BOOST_AUTO_TEST_CASE(acknowledgements_of_the_receipt_have_codes_of_their_own) {
  const std::string text = "MSH|^~\\&|LIS|BIO|||20261120083000||ORU^R01^ORU_R01|7|P|2.5.1\r";
  const auto to = *parse(text);
  ack_request reply;
  reply.to = &to;
  reply.control_id = "OURS";
  reply.of_receipt = true;
  BOOST_TEST(read_ack(make_ack(reply))->code == "CA");
  reply.fault = error{error_code::deadline, "", "later"};
  BOOST_TEST(read_ack(make_ack(reply))->code == "CE");
  reply.fault = error{error_code::unsupported_type, "MSH-9.1", "not taken"};
  BOOST_TEST(read_ack(make_ack(reply))->code == "CR");
  BOOST_TEST(read_ack(make_ack(reply))->control_id == "7");
}

BOOST_AUTO_TEST_CASE(one_that_goes_out_by_itself_asks_for_its_receipt_alone) {
  const std::string text = "MSH|^~\\&|LIS|BIO|||20261120083000||ORU^R01^ORU_R01|7|P|2.5.1|||AL|AL\r";
  const auto to = *parse(text);
  ack_request reply;
  reply.to = &to;
  reply.asks_receipt = true;
  const auto bytes = make_ack(reply);
  const auto sent = asked_acks(*parse(bytes));
  BOOST_REQUIRE(sent.has_value());
  BOOST_TEST((sent->accept == when::always));
  BOOST_TEST((sent->application == when::never));
  reply.asks_receipt = false;
  const auto plain = make_ack(reply);
  BOOST_TEST(!asked_acks(*parse(plain)));
}

BOOST_AUTO_TEST_SUITE_END()

#include "engine/hl7/ack.hpp"

#include "test/unit/hl7/corpus.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace aorta::hl7;

namespace {

std::string reply_to(std::string_view bytes, std::optional<error> fault = std::nullopt) {
  const auto msg = parse(bytes);
  ack_request request;
  request.to = msg ? &*msg : nullptr;
  request.fault = std::move(fault);
  request.control_id = "A-1";
  request.datetime = "20261120083001+0200";
  std::string out = make_ack(request);
  std::replace(out.begin(), out.end(), '\r', '\n'); // readable when it differs
  return out;
}

std::string of_version(const std::string& version) {
  return "MSH|^~\\&|LIS|BIO|OH|MAIN|2026||ORU^R01^ORU_R01|X1|P|" + version + "\r";
}

const std::string body = "MSH|^~\\&|OH|MAIN|LIS|BIO|20261120083001+0200||";

} // namespace

BOOST_AUTO_TEST_SUITE(acknowledgements)

BOOST_AUTO_TEST_CASE(a_stored_message_is_answered_aa_with_sender_and_receiver_swapped) {
  BOOST_TEST(
    reply_to(corpus::golden("01-final-panel")) ==
    "MSH|^~\\&|OPENHEART|MAIN|LIS|BIO|20261120083001+0200||ACK^R01^ACK|A-1|P|2.5.1||||||UNICODE UTF-8\nMSA|AA|BIO-1001\n");
}

BOOST_AUTO_TEST_CASE(the_reply_is_written_in_the_senders_delimiters) {
  BOOST_TEST(
    reply_to(corpus::golden("11-delimiters-escapes-pdf"),
             error{error_code::data_type, "OBX[2]-5.1", "what # now?"}) ==
    "MSH#*!?@#OPENHEART#MAIN#LIS#BIO#20261120083001+0200##ACK*R01*ACK#A-1#P#2.4\nMSA#AE#BIO-1011#what ?F? now?E?\n"
    "ERR#OBX*2*5*102@Data type error@HL70357\n");
}

BOOST_AUTO_TEST_CASE(from_v2_5_an_error_has_its_own_fields) {
  BOOST_TEST(
    reply_to(of_version("2.5.1"), error{error_code::field_missing, "PID-3", "no identifier"}) ==
    body +
      "ACK^R01^ACK|A-1|P|2.5.1\nMSA|AE|X1\nERR||PID^1^3|101^Required field missing^HL70357|E||||no identifier\n");
  BOOST_TEST(reply_to(of_version("2.5.1"), error{error_code::segment_missing, "PID", ""}) ==
             body + "ACK^R01^ACK|A-1|P|2.5.1\nMSA|AE|X1\nERR||PID^1|100^Segment sequence error^HL70357|E\n");
  const auto located = [](const char* where) {
    const auto reply = reply_to(of_version("2.6"), error{error_code::data_type, where, "x"});
    return std::string(get(*parse(reply), "ERR-2"_path).raw);
  };
  BOOST_TEST(located("OBX[2]-5.1") == "OBX^2^5^1^1");
  BOOST_TEST(located("PID-3[2]") == "PID^1^3^2");
  BOOST_TEST(located("PID-3[2].4.1") == "PID^1^3^2^4^1");
  BOOST_TEST(located("") == "");
  BOOST_TEST(located("line 7") == "");
}

BOOST_AUTO_TEST_CASE(before_v2_5_the_error_is_one_field_and_its_text_stands_in_msa_3) {
  BOOST_TEST(reply_to(of_version("2.3"), error{error_code::field_missing, "PID-3", "no identifier"}) ==
             body +
               "ACK|A-1|P|2.3\nMSA|AE|X1|no identifier\nERR|PID^1^3^101&Required field missing&HL70357\n");
  BOOST_TEST(reply_to(of_version("2.4"), error{error_code::segment_missing, "PID", ""}) ==
             body + "ACK^R01^ACK|A-1|P|2.4\nMSA|AE|X1\nERR|PID^1^^100&Segment sequence error&HL70357\n");
  BOOST_TEST(reply_to(of_version("2.4"), error{error_code::deadline, "", "too late"}) ==
             body +
               "ACK^R01^ACK|A-1|P|2.4\nMSA|AE|X1|too late\nERR|^^^207&Application internal error&HL70357\n");
}

BOOST_AUTO_TEST_CASE(versions_compare_as_numbers_and_junk_counts_as_none) {
  const auto form = [](const std::string& version) {
    const auto reply = reply_to(of_version(version), error{error_code::internal, "", "x"});
    const auto msg = parse(reply);
    const bool structured = get(*msg, "MSH-9.3"_path).is == presence::value;
    return std::string(structured ? "structured " : "bare ") +
      (get(*msg, "ERR-1"_path) ? "one field" : "own fields");
  };
  for (const char* old : {"2.1", "2.2", "2.3"}) BOOST_TEST(form(old) == "bare one field", old);
  for (const char* middle : {"2.3.1", "2.4", "2.4^CYP"})
    BOOST_TEST(form(middle) == "structured one field", middle);
  for (const char* recent : {"2.5", "2.5.1", "2.5.1^CYP", " 2.5 ", "2.7", "2.10", "2.10.2", "3.0", "", "\"\"",
                             "junk", "2", "2.", "2.x", "2.3.x", "2.3.1.4", "99999999999999999999.1", "-2.3"})
    BOOST_TEST(form(recent) == "structured own fields", recent);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_message_get_a_plain_rejection) {
  const std::string expected = "MSH|^~\\&|AORTA||||20261120083001+0200||ACK|A-1|P|2.5.1\nMSA|AR|\n";
  BOOST_TEST(reply_to("PID|1", error{error_code::no_header, "", "no MSH"}) ==
             expected + "ERR|||100^Segment sequence error^HL70357|E||||no MSH\n");
  BOOST_TEST(reply_to("").starts_with(expected)); // never AA
}

BOOST_AUTO_TEST_CASE(a_truncated_header_is_rejected_with_what_there_is) {
  BOOST_TEST(reply_to(corpus::golden("13-truncated-msh"),
                      error{error_code::header_field_missing, "MSH-9", "the message type is missing"}) ==
             "MSH|^~\\&|AORTA||LIS|BIO|20261120083001+0200||ACK|A-1|P|2.5.1\nMSA|AR|\n"
             "ERR||MSH^1^9|101^Required field missing^HL70357|E||||the message type is missing\n");
}

BOOST_AUTO_TEST_CASE(the_senders_bytes_go_back_as_they_came_without_breaking_the_reply) {
  const std::string bytes =
    "MSH|^~\\&|LI\x0bS\x1c|BIO\\F\\X|\xC3\xEB||2026||ORU^R\x01|id~1^2|T^x|2.5|||||CYP|8859/7\r";
  BOOST_TEST(
    reply_to(bytes) ==
    "MSH|^~\\&|\xC3\xEB||LIS|BIO\\F\\X|20261120083001+0200||ACK|A-1|T^x|2.5||||||8859/7\nMSA|AA|id~1^2\n");
}

BOOST_AUTO_TEST_CASE(our_own_words_are_escaped_and_fit_the_senders_charset) {
  const error fault{error_code::internal, "", "a|b\rc\xCE\xB1"};
  BOOST_TEST(reply_to(of_version("2.5"), fault).ends_with("||||a\\F\\b\\X0D\\c??\n"));
  BOOST_TEST(
    reply_to(of_version("2.5||||||UNICODE UTF-8"), fault).ends_with("||||a\\F\\b\\X0D\\c\xCE\xB1\n"));
}

BOOST_AUTO_TEST_CASE(odd_encoding_fields_still_give_a_reply_that_reads_back) {
  for (const char* bytes :
       {"MSH|^|a|b|c|d|e||ORU^R01|7|P|2.3", "MSH|\"\"|a|b|c|d|e||ORU\"R01|7|P|2.5",
        "MSH|^^^^|a|b|c|d|e||ORU^R01|7|P|2.4", "MSH|^~\\&#%!|a|b|c|d|e||ORU^R01|7|P|2.7"}) {
    std::string reply = reply_to(bytes, error{error_code::field_missing, "PID-3.1", "a|b^c"});
    std::replace(reply.begin(), reply.end(), '\n', '\r');
    const auto back = read_ack(reply);
    BOOST_REQUIRE_MESSAGE(back, bytes);
    BOOST_TEST(back->code == "AE");
    BOOST_TEST(back->control_id == "7");
    BOOST_TEST(parse(reply)->marks().component == parse(bytes)->marks().component);
  }
}

BOOST_AUTO_TEST_CASE(every_code_has_its_rule) {
  const auto rule = [](error_code code) {
    return std::string(rule_for(code).ack) + " " + std::string(rule_for(code).condition);
  };
  BOOST_TEST(rule(error_code::no_header) == "AR 100");
  BOOST_TEST(rule(error_code::header_field_missing) == "AR 101");
  BOOST_TEST(rule(error_code::frame_too_large) == "AR 104");
  BOOST_TEST(rule(error_code::unsupported_type) == "AR 200");
  BOOST_TEST(rule(error_code::unsupported_event) == "AR 201");
  BOOST_TEST(rule(error_code::unsupported_processing_id) == "AR 202");
  BOOST_TEST(rule(error_code::unsupported_version) == "AR 203");
  BOOST_TEST(rule(error_code::segment_missing) == "AE 100");
  BOOST_TEST(rule(error_code::segment_sequence) == "AE 100");
  BOOST_TEST(rule(error_code::field_missing) == "AE 101");
  BOOST_TEST(rule(error_code::data_type) == "AE 102");
  BOOST_TEST(rule(error_code::table_value) == "AE 103");
  BOOST_TEST(rule(error_code::unknown_key) == "AE 204");
  for (const auto code : {error_code::store_unavailable, error_code::deadline, error_code::conflict,
                          error_code::invalid, error_code::internal})
    BOOST_TEST(rule(code) == "AE 207");
}

BOOST_AUTO_TEST_CASE(every_message_of_the_corpus_gets_a_reply_that_reads_back) {
  for (const auto& [name, bytes] : corpus::all()) {
    const auto msg = parse(bytes);
    ack_request request{msg ? &*msg : nullptr, std::nullopt, "A-1", "20261120"};
    const auto back = read_ack(make_ack(request));
    BOOST_REQUIRE_MESSAGE(back, name);
    BOOST_TEST(back->code == (msg ? "AA" : "AR"), name);
    if (msg) BOOST_TEST(back->control_id == peek(*msg).control_id, name);
  }
}

BOOST_AUTO_TEST_CASE(replies_of_others_are_read_with_the_first_errors_text) {
  const auto recent = read_ack(
    "MSH|^~\\&|A|B\rMSA|AE|7\rERR||PID^1|101^Required field missing^HL70357|E||||a\\F\\b\rERR||||||||second\r");
  BOOST_REQUIRE(recent);
  BOOST_TEST(recent->code == "AE");
  BOOST_TEST(recent->control_id == "7");
  BOOST_TEST(recent->text == "a|b");
  BOOST_TEST(read_ack("MSH|^~\\&|A|B\nMSA|AR|8|no such type\nERR|^^^200&Unsupported message type\n")->text ==
             "no such type");
  BOOST_TEST(read_ack("MSH|^~\\&|A|B\rMSA|AR|8\rERR|^^^200&Unsupported message type\r")->text ==
             "Unsupported message type");
  BOOST_TEST(read_ack("MSH|^~\\&|A|B\rMSA|CA|9\r")->text == "");
  for (const char* nothing : {"", "junk", "MSH|^~\\&|A|B\r", "MSH|^~\\&|A|B\rMSA||7\r"})
    BOOST_CHECK(!read_ack(nothing));
}

BOOST_AUTO_TEST_CASE(an_instant_is_written_with_its_offset) {
  BOOST_TEST(to_hl7(1'795'421'700, 120) == "20261123101500+0200");
  BOOST_TEST(to_hl7(0, 0) == "19700101000000+0000");
  BOOST_TEST(to_hl7(0, -210) == "19691231203000-0330");
}

BOOST_AUTO_TEST_SUITE_END()

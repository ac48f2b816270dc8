#include "engine/hl7/frame.hpp"

#include "engine/hl7/message.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <utility>

using namespace aorta;
using namespace aorta::hl7;
using list = std::vector<std::string>;

namespace {

std::string head(const std::string& id, const std::string& type = "ORU^R01^ORU_R01") {
  return "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261118080000||" + type + "|" + id + "|P|2.5.1\r";
}
std::string of(const std::string& number) {
  return "PID|1||" + number + "^^^CYP^NI\rOBR|1||F-" + number +
    "|P^Panel^L\rOBX|1|NM|K^K^L||4.2|mmol/L|||||F\r";
}
std::string sent(const std::string& id) { return head(id) + of(id); }

frame_content content_of(const std::string& frame) {
  auto out = read_frame(frame);
  BOOST_REQUIRE(out);
  return *out;
}
frame_content content_of(std::string&& frame) = delete; // its parts are views
list parts_of(const std::string& frame) {
  list out;
  for (const auto& each : content_of(frame).parts) out.push_back(each.bytes());
  return out;
}
std::string fault_of(const std::string& frame) {
  const auto content = content_of(frame);
  return content.fault ? content.fault->where + " " + content.fault->text : "";
}

/// Lines that say something, without what stands in front of them.
list lines_of(const std::string& text) {
  list out;
  std::string line;
  for (const char c : text + "\r") {
    if (c != '\r' && c != '\n') {
      if (!line.empty() || uint8_t(c) > ' ') line += c;
      continue;
    }
    if (!line.empty()) out.push_back(std::exchange(line, {}));
  }
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_message_of_one_patient_stays_as_it_came) {
  for (const auto& each : list{sent("1"), "\xEF\xBB\xBF\r\n" + sent("1"), "no message", "", "\r\n", "MSH",
                               head("1", "ADT^A40") + "PID|1||7\rMRG|8\rPID|1||9\rMRG|6\r"}) {
    BOOST_TEST(content_of(each).is_whole());
    BOOST_TEST(parts_of(each) == list{each});
  }
}

BOOST_AUTO_TEST_CASE(each_message_of_a_frame_is_a_part_of_its_own) {
  BOOST_TEST(parts_of(sent("1") + sent("2") + sent("3")) == (list{sent("1"), sent("2"), sent("3")}));
  // Line feeds alone, blanks and a byte-order mark in front, other delimiters.
  const std::string other = "MSH$*%!#$LIS$BIO$OPENHEART$MAIN$20261118080000$$ORU*R01$X$P$2.5.1\n";
  BOOST_TEST(parts_of(sent("1") + "\n  \xEF\xBB\xBF" + other) ==
             (list{sent("1") + "\n  \xEF\xBB\xBF", other}));
}

BOOST_AUTO_TEST_CASE(text_that_only_mentions_a_header_divides_nothing) {
  for (const auto& line : list{"MSH", "MSH rose", "MSH|", "MSH|see above|", "MSH: high", "msh|^~\\&|X|Y|"}) {
    const auto frame = head("1") + "PID|1||7\rOBR|1\rOBX|1|TX|C||one\r" + line + "\rtwo\r";
    BOOST_TEST(parts_of(frame) == list{frame});
  }
}

BOOST_AUTO_TEST_CASE(lines_of_a_batch_are_kept_beside_its_messages) {
  const std::string file = "FHS|^~\\&|LIS|BIO\r", begin = "BHS|^~\\&|LIS|BIO|||||||B-7\r";
  const std::string frame = file + begin + sent("1") + sent("2") + "BTS|2\rFTS|1\r";
  const auto content = content_of(frame);
  BOOST_TEST(content.parts.size() == 2u);
  BOOST_TEST(content.parts[1].bytes() == sent("2"));
  BOOST_TEST(content.around == file + begin + "BTS|2\rFTS|1\r");
  BOOST_TEST(content.batches.size() == 1u);
  BOOST_TEST(header_line_field(content.batches[0].header, 11) == "B-7");
  BOOST_TEST(content.batches[0].messages == 2u);
  BOOST_TEST(!content.fault);
  BOOST_TEST(!content.is_whole());
}

BOOST_AUTO_TEST_CASE(counts_are_compared_with_what_came) {
  const std::string begin = "BHS|^~\\&|LIS|BIO\r";
  BOOST_TEST(fault_of(begin + sent("1") + "BTS|2\r") == "BTS-1 BTS-1 tells of 2 messages, and 1 came");
  BOOST_TEST(fault_of(begin + sent("1") + "BTS|two\r") == "BTS-1 BTS-1 is no number of messages");
  BOOST_TEST(fault_of(begin + sent("1") + "BTS| 001 \r") == "");
  BOOST_TEST(fault_of(begin + sent("1") + "BTS|\r") == "");
  BOOST_TEST(fault_of(begin + sent("1") + "BTS\r") == "");
  BOOST_TEST(fault_of(begin + sent("1") + "BTS|99999999999999999999999\r") ==
             "BTS-1 BTS-1 is no number of messages");
  BOOST_TEST(fault_of(begin + sent("1") + "BTS|1\r" + begin + sent("2") + "BTS|3\r") ==
             "BTS[2]-1 BTS-1 tells of 3 messages, and 1 came");
  BOOST_TEST(fault_of("FHS|^~\\&\r" + begin + sent("1") + "BTS|1\rFTS|2\r") ==
             "FTS-1 FTS-1 tells of 2 batches, and 1 came");
  BOOST_TEST(fault_of("FHS|^~\\&\r" + begin + sent("1") + "BTS|1\r" + begin + sent("2") + "BTS|1\rFTS|2\r") ==
             "");
  BOOST_TEST(fault_of("FHS|^~\\&\r" + sent("1") + sent("2") + "FTS|1\r") == ""); // BHS and BTS may be absent
}

BOOST_AUTO_TEST_CASE(a_batch_without_its_header_or_its_end_loses_no_message) {
  BOOST_TEST(parts_of(sent("1") + "BTS|1\r") == list{sent("1")});
  BOOST_TEST(fault_of(sent("1") + "BTS|1\r") == "");
  BOOST_TEST(fault_of(sent("1") + "BTS|4\r") == "BTS-1 BTS-1 tells of 4 messages, and 1 came");
  const std::string begun = "BHS|^~\\&|LIS\r" + sent("1") + sent("2");
  const auto open = content_of(begun);
  BOOST_TEST(open.parts.size() == 2u);
  BOOST_TEST(!open.fault);
  BOOST_TEST(!open.last_may_be_cut);
}

BOOST_AUTO_TEST_CASE(a_batch_that_ends_within_a_line_may_be_cut) {
  const auto cut = [](std::string frame) {
    frame.pop_back();
    return content_of(frame).last_may_be_cut;
  };
  BOOST_TEST(cut("BHS|^~\\&|LIS\r" + sent("1")));
  BOOST_TEST(cut("FHS|^~\\&|LIS\rBHS|^~\\&|LIS\r" + sent("1") + "BTS|1\r" + sent("2")));
  BOOST_TEST(!cut("BHS|^~\\&|LIS\r" + sent("1") + "BTS|1\r"));
  BOOST_TEST(!cut(sent("1") + sent("2"))); // nobody said that more would come
}

BOOST_AUTO_TEST_CASE(an_empty_batch_has_no_parts) {
  for (const auto& each : list{"BHS|^~\\&|LIS\rBTS|0\r", "FHS|^~\\&|LIS\rFTS|0\r", "BTS|0\r"}) {
    const auto content = content_of(each);
    BOOST_TEST(content.parts.empty());
    BOOST_TEST(content.around == each);
    BOOST_TEST(!content.fault);
  }
  BOOST_TEST(fault_of("BHS|^~\\&|LIS\rBTS|1\r") == "BTS-1 BTS-1 tells of 1 messages, and 0 came");
}

BOOST_AUTO_TEST_CASE(a_line_of_a_batch_within_a_text_ends_no_message) {
  const auto frame = head("1") + "PID|1||7\rOBR|1\rOBX|1|TX|C||see\rBTS|1|end\rand more\r";
  BOOST_TEST(parts_of(frame) == list{frame});
}

BOOST_AUTO_TEST_CASE(lines_of_no_message_are_kept_and_told) {
  const std::string frame = "BHS|^~\\&|LIS\rNTE|1||x\r" + sent("1") + "BTS|1\r";
  const auto content = content_of(frame);
  BOOST_TEST(content.parts.size() == 1u);
  BOOST_TEST(content.around == "BHS|^~\\&|LIS\rNTE|1||x\rBTS|1\r");
  BOOST_REQUIRE(content.fault);
  // Without any message nothing says what it is: in one piece.
  const std::string nonsense = "BHS|^~\\&|LIS\rPID|1||7\rOBX|1\r";
  BOOST_TEST(parts_of(nonsense) == list{nonsense});
}

BOOST_AUTO_TEST_CASE(groups_of_several_patients_have_their_header_in_common) {
  const auto common = head("M") + "SFT|maker\r";
  BOOST_TEST(parts_of(common + of("1") + of("2") + of("1")) ==
             (list{common + of("1"), common + of("2"), common + of("1")}));
  const auto both = common + of("1") + of("2");
  const auto content = content_of(both);
  BOOST_TEST(content.messages == 1u);
  BOOST_TEST(content.parts[1].groups == 2u);
  BOOST_TEST(content.parts[1].group == 1u);
}

BOOST_AUTO_TEST_CASE(the_same_patient_once_more_is_no_other_group) {
  const auto frame = head("M") +
    "PID|1||7^^^CYP^NI||A^B||19700101|F\rOBR|1\rPID|2||7^^^CYP^NI||A^B||19700101|F||x\rOBR|2\r";
  BOOST_TEST(parts_of(frame) == list{frame});
}

BOOST_AUTO_TEST_CASE(what_says_not_whose_its_orders_are_stays_in_one_piece) {
  const auto orders_first = head("M") + "OBR|1\rOBX|1\r" + of("1") + of("2");
  BOOST_TEST(parts_of(orders_first) == list{orders_first});
  const auto no_report = head("M", "ADT^A17") + "PID|1||1\rPV1|1\rPID|2||2\rPV1|1\r";
  BOOST_TEST(parts_of(no_report) == list{no_report});
  const auto heavy = head("M") + "NTE|1||" + std::string(20'000, 'x') + "\r" + of("1") + of("2");
  BOOST_TEST(parts_of(heavy) == list{heavy}); // each group would repeat it
}

BOOST_AUTO_TEST_CASE(places_of_a_group_are_those_of_its_message) {
  const std::string frame = head("M") + "NTE|1||all\r" + of("1") + "NTE|1||one\r" + of("2") + "NTE|1||two\r" +
    of("3");
  const auto content = content_of(frame);
  group_places places;
  places.pass(content.parts[0]);
  places.pass(content.parts[1]);
  const auto& third = content.parts[2];
  BOOST_TEST(places.in_message(third, "PID") == "PID[3]");
  BOOST_TEST(places.in_message(third, "OBX-5") == "OBX[3]-5");
  BOOST_TEST(places.in_message(third, "OBX[2]-5.1") == "OBX[4]-5.1");
  BOOST_TEST(places.in_message(third, "MSH-9") == "MSH-9");
  BOOST_TEST(places.in_message(third, "NTE") == "NTE");
  BOOST_TEST(places.in_message(third, "NTE[2]") == "NTE[4]");
  BOOST_TEST(places.in_message(third, "no path") == "no path");
}

BOOST_AUTO_TEST_CASE(too_many_messages_are_refused_and_ten_thousand_are_not) {
  std::string frame;
  for (int i = 0; i < 10'000; ++i) frame += head(std::to_string(i));
  BOOST_TEST(content_of(frame).parts.size() == 10'000u);
  frame += frame + head("x");
  const auto refused = read_frame(frame);
  BOOST_REQUIRE(!refused);
  BOOST_TEST(int(refused.error().code) == int(error_code::frame_too_large));
}

BOOST_AUTO_TEST_CASE(whatever_comes_no_byte_of_a_message_is_lost_or_doubled) {
  std::mt19937 chance(7);
  const list pieces{head("1"),
                    head("2"),
                    of("1"),
                    of("2"),
                    "FHS|^~\\&|L\r",
                    "BHS|^~\\&|L\r",
                    "BTS|1\r",
                    "FTS|x\r",
                    "OBX|1|TX|||text\rgoes on\r",
                    "\r",
                    "\n",
                    " ",
                    "PID|1||3",
                    "MSH|",
                    "\x0b",
                    "BTS",
                    "OBR|1\r",
                    "pid|1||9\r"};
  for (int n = 0; n < 20'000; ++n) {
    std::string frame;
    for (size_t i = chance() % 9; i > 0; --i) frame += pieces[chance() % pieces.size()];
    const auto content = content_of(frame);
    if (content.is_whole()) {
      BOOST_TEST(content.parts[0].own == frame);
      continue;
    }
    list came = lines_of(frame), kept = lines_of(content.around);
    for (const auto& each : content.parts) {
      const auto own = lines_of(each.group == 0 ? each.bytes() : std::string(each.own));
      kept.insert(kept.end(), own.begin(), own.end());
      BOOST_TEST(bool(parse(each.bytes())));
    }
    std::sort(came.begin(), came.end());
    std::sort(kept.begin(), kept.end());
    BOOST_TEST(came == kept);
  }
}

#include "engine/hl7/lines.hpp"
#include "engine/hl7/message.hpp"

#include "test/unit/hl7/corpus.hpp"

#include <boost/test/unit_test.hpp>

#include <memory>
#include <random>

using namespace aorta;
using namespace aorta::hl7;

namespace {

/// A message together with the bytes that it points into.
struct owned : message {
  std::unique_ptr<const std::string> kept;
};

owned parsed(std::string bytes) {
  auto kept = std::make_unique<const std::string>(std::move(bytes));
  auto out = parse(*kept);
  BOOST_REQUIRE_MESSAGE(out, "does not parse");
  return {std::move(*out), std::move(kept)};
}

std::string text(const field_view& field) {
  switch (field.is) {
    case presence::absent: return "(absent)";
    case presence::empty: return "(empty)";
    case presence::null: return "(null)";
    case presence::value: return std::string(field.raw);
  }
  return "";
}

std::string text(const message& msg, std::string_view where) { return text(get(msg, *parse_path(where))); }

std::vector<std::string> segments_of(const message& msg) {
  std::vector<std::string> out;
  for (size_t i = 0; i < msg.segments(); ++i) out.emplace_back(msg.segment(i).raw());
  return out;
}

/// Line ends made CR, the slow way, for files whose line ends are all of one kind.
std::string with_cr(std::string bytes) {
  for (size_t at = 0; (at = bytes.find("\r\n", at)) != std::string::npos;) bytes.erase(at + 1, 1);
  if (bytes.find('\r') == std::string::npos) std::replace(bytes.begin(), bytes.end(), '\n', '\r');
  if (!bytes.ends_with('\r')) bytes += '\r';
  return bytes;
}

const std::string head = "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|X1|P|2.5.1\r";

} // namespace

BOOST_AUTO_TEST_SUITE(parsing)

BOOST_AUTO_TEST_CASE(every_file_of_the_corpus_parses_and_prints_back_byte_for_byte) {
  size_t files = 0;
  for (const auto& [name, bytes] : corpus::all()) {
    if (name == "12-no-msh/in.hl7") continue;
    BOOST_TEST_CONTEXT(name) {
      const auto msg = parse(bytes);
      BOOST_REQUIRE(msg);
      BOOST_CHECK(write(*msg) == with_cr(bytes));
      BOOST_TEST(check_header(*msg).ok() == (name != "13-truncated-msh/in.hl7"));
      ++files;
    }
  }
  BOOST_TEST(files > 80u);
}

BOOST_AUTO_TEST_CASE(crlf_and_lf_give_the_same_segments_as_cr) {
  for (const auto& [name, bytes] : corpus::all()) {
    if (name == "12-no-msh/in.hl7") continue;
    const std::string cr = with_cr(bytes);
    std::string lf = cr, crlf;
    std::replace(lf.begin(), lf.end(), '\r', '\n');
    for (const char c : cr) crlf += c == '\r' ? std::string("\r\n") : std::string(1, c);
    const auto expected = segments_of(parsed(cr));
    BOOST_TEST(expected == segments_of(parsed(lf)), name);
    BOOST_TEST(expected == segments_of(parsed(crlf)), name);
    BOOST_CHECK(write(parsed(lf)) == cr && write(parsed(crlf)) == cr);
  }
}

BOOST_AUTO_TEST_CASE(a_line_feed_inside_a_segment_of_a_cr_message_is_content) {
  const std::string bytes = head + "NTE|1|L|first\nsecond\rPID|1\r";
  const auto msg = parsed(bytes);
  BOOST_TEST(msg.segments() == 3u);
  BOOST_TEST(text(msg, "NTE-3") == "first\nsecond");
  BOOST_TEST(write(msg) == bytes);
}

BOOST_AUTO_TEST_CASE(a_message_of_line_feeds_that_ends_in_cr_keeps_its_segments) {
  const auto msg = parsed("MSH|^~\\&|LIS\nPID|1\nOBX|1\r");
  BOOST_TEST(msg.segments() == 3u);
}

BOOST_AUTO_TEST_CASE(blank_lines_are_no_segments_and_are_printed_back) {
  const auto msg = parsed("\r\nMSH|^~\\&|LIS\r\n\r\nPID|1\r\r\n\nOBX|1");
  BOOST_TEST(segments_of(msg) == (std::vector<std::string>{"MSH|^~\\&|LIS", "PID|1", "OBX|1"}));
  BOOST_TEST(write(msg) == "\rMSH|^~\\&|LIS\r\rPID|1\r\r\rOBX|1\r");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_skipped_and_kept) {
  const std::string bytes = "\xEF\xBB\xBFMSH|^~\\&|LIS\rPID|1\r";
  const auto msg = parsed(bytes);
  BOOST_TEST(msg.segment(0).name() == "MSH");
  BOOST_TEST(msg.bytes() == bytes);
  BOOST_TEST(write(msg) == bytes);
}

BOOST_AUTO_TEST_CASE(bytes_without_a_complete_header_are_refused) {
  for (const char* bytes : {"",
                            "M",
                            "MS",
                            "MSH",
                            "MSH|",
                            "MSH||",
                            "MSH||LIS|",
                            "MSH|\r^~\\&|",
                            "MSH\r",
                            "MSHA^~\\&|",
                            "MSH|ORU^R01|",
                            "MSH|^~\\A|LIS",
                            "MSH|^~\\& |LIS",
                            "MSH ^~\\&|",
                            "MSH|^\x80|x",
                            "msh|^~\\&|",
                            " MSH|^~\\&|",
                            "PID|1||812345\rOBR|1\r",
                            "FHS|^~\\&|x",
                            "\xEF\xBB\xBF",
                            "\r\n",
                            "\xEF\xBB"}) {
    const auto msg = parse(bytes);
    BOOST_CHECK_MESSAGE(!msg && msg.error().code == error_code::no_header, bytes);
  }
  BOOST_CHECK(!parse(corpus::golden("12-no-msh")));
}

BOOST_AUTO_TEST_CASE(delimiters_come_from_the_message) {
  const auto msg = parsed(corpus::golden("11-delimiters-escapes-pdf"));
  BOOST_CHECK((msg.marks() == delimiters{'#', '*', '!', '?', '@', 0}));
  BOOST_TEST(text(msg, "MSH-1") == "#");
  BOOST_TEST(text(msg, "MSH-2") == "*!?@");
  BOOST_TEST(text(msg, "MSH-9.1") == "ORU");
  BOOST_TEST(text(msg, "PID-5.2") == "GEORGIOS");
  BOOST_TEST(text(msg, "OBX-5.4") == "Base64");
  BOOST_TEST(get(msg, "OBX-5.5"_path).raw.size() == 80'028u);
}

BOOST_AUTO_TEST_CASE(an_encoding_field_may_be_shorter_and_longer_than_four) {
  BOOST_CHECK((parsed("MSH|^").marks() == delimiters{'|', '^', 0, 0, 0, 0}));
  BOOST_CHECK((parsed("MSH|^~|a~b^c&d").marks() == delimiters{'|', '^', '~', 0, 0, 0}));
  BOOST_CHECK((parsed("MSH|^~\\&#|").marks() == delimiters{'|', '^', '~', '\\', '&', '#'}));
  BOOST_CHECK((parsed("MSH|^~\\&#%|").marks() == delimiters{'|', '^', '~', '\\', '&', '#'}));
  BOOST_TEST(text(parsed("MSH|^~\\&#%|x"), "MSH-2") == "^~\\&#%");
}

BOOST_AUTO_TEST_CASE(one_character_never_means_two_things) {
  BOOST_CHECK((parsed("MSH|^~~&|").marks() == delimiters{'|', '^', '~', 0, '&', 0}));
  BOOST_CHECK((parsed("MSH|^^^^|").marks() == delimiters{'|', '^', 0, 0, 0, 0}));
}

BOOST_AUTO_TEST_CASE(a_delimiter_that_is_not_declared_divides_nothing) {
  const auto msg = parsed(std::string("MSH|^|LIS\rPID|a~b&c\0d^e", 23));
  BOOST_TEST(msg.segment(1).repetitions(1) == 1u);
  BOOST_TEST(text(msg, "PID-1.1.1") == std::string("a~b&c\0d", 7));
  BOOST_TEST(text(msg, "PID-1.1.2") == "(absent)");
  BOOST_TEST(text(msg, "PID-1[2]") == "(absent)");
}

BOOST_AUTO_TEST_CASE(a_value_is_found_at_every_depth) {
  const auto msg = parsed(head + "PID|1||A1^^^X&1.2&ISO^MR~B2^^^Y^NI||\"\"|\rOBX|1\rOBX|2|NM|K||6.8\r");
  BOOST_TEST(text(msg, "PID-3") == "A1^^^X&1.2&ISO^MR");
  BOOST_TEST(text(msg, "PID-3.1") == "A1");
  BOOST_TEST(text(msg, "PID-3.2") == "(empty)");
  BOOST_TEST(text(msg, "PID-3.4.2") == "1.2");
  BOOST_TEST(text(msg, "PID-3.4.4") == "(absent)");
  BOOST_TEST(text(msg, "PID-3[2].5") == "NI");
  BOOST_TEST(text(msg, "PID-3[3]") == "(absent)");
  BOOST_TEST(text(msg, "PID-3.6") == "(absent)");
  BOOST_TEST(text(msg, "PID-2") == "(empty)");
  BOOST_TEST(text(msg, "PID-2.2") == "(absent)");
  BOOST_TEST(text(msg, "PID-5") == "(null)");
  BOOST_TEST(text(msg, "PID-5.1") == "(null)");
  BOOST_TEST(text(msg, "PID-6") == "(empty)");
  BOOST_TEST(text(msg, "PID-7") == "(absent)");
  BOOST_TEST(text(msg, "OBX[2]-5") == "6.8");
  BOOST_TEST(text(msg, "OBX[3]-5") == "(absent)");
  BOOST_TEST(text(msg, "OBX[2]") == "OBX|2|NM|K||6.8");
  BOOST_TEST(text(msg, "ZZZ") == "(absent)");
  BOOST_TEST(msg.segment(1).field(3).raw == "A1^^^X&1.2&ISO^MR~B2^^^Y^NI");
  BOOST_TEST(msg.segment(1).repetitions(3) == 2u);
  BOOST_TEST(msg.segment(1).repetitions(2) == 0u);
  BOOST_TEST(msg.segment(1).repetitions(99) == 0u);
  BOOST_TEST(msg.segment(1).fields() == 6u);
}

BOOST_AUTO_TEST_CASE(in_the_header_the_separator_is_the_first_field_and_the_encoding_is_not_divided) {
  const auto msg = parsed(head);
  BOOST_TEST(text(msg, "MSH-1") == "|");
  BOOST_TEST(text(msg, "MSH-2") == "^~\\&");
  BOOST_TEST(text(msg, "MSH-2.1") == "^~\\&");
  BOOST_TEST(text(msg, "MSH-2.2") == "(absent)");
  BOOST_TEST(text(msg, "MSH-2[2]") == "(absent)");
  BOOST_TEST(text(msg, "MSH-3") == "LIS");
  BOOST_TEST(text(msg, "MSH-12") == "2.5.1");
  BOOST_TEST(msg.segment(0).fields() == 12u);
  BOOST_TEST(msg.segment(0).repetitions(2) == 1u);
}

namespace {

/// How each odd line was read, and in which segment it is.
std::string odd(const message& msg) {
  constexpr const char* words[] = {"joined", "added", "stray", "respelled"};
  std::string out;
  for (const auto& line : msg.odd_lines())
    out += std::string(words[size_t(line.as)]) + " " + std::to_string(line.segment) + " ";
  return out;
}

std::string whole(const message& msg, std::string_view where) {
  return in_one_piece(get(msg, *parse_path(where)).raw, msg.marks());
}

} // namespace

BOOST_AUTO_TEST_CASE(a_line_that_is_no_segment_goes_on_in_the_field_before_it) {
  const auto msg = parsed(
    head + "OBX|1|TX|G||Gram-positive cocci\rin 2 of 2 bottles\r\r \rPIDGEON, too||||||F\rNTE|1||a\r\nb|c\r");
  BOOST_REQUIRE(msg.segments() == 3u);
  BOOST_TEST(whole(msg, "OBX-5") == "Gram-positive cocci\nin 2 of 2 bottles\n\n \nPIDGEON, too");
  BOOST_TEST(text(msg, "OBX-11") == "F");
  BOOST_TEST(whole(msg, "NTE-3") == "a\nb");
  BOOST_TEST(text(msg, "NTE-4") == "c");
  BOOST_TEST(odd(msg) == "joined 1 joined 1 joined 2 ");
  BOOST_TEST(msg.segment(1).field_at(msg.odd_lines()[0].at - 1) == 5u);
}

BOOST_AUTO_TEST_CASE(a_segment_behind_blanks_or_in_small_letters_is_read_as_that_segment) {
  const auto msg = parsed(head +
                          "OBX|1|NM|K||4.2\robx|2|NM|NA||118\r \tOBX|3|NM|CL||99\rOBX|4\nOBX|5\n Obx|6\r");
  BOOST_REQUIRE(msg.segments() == 7u);
  for (size_t i = 1; i < 7; ++i) BOOST_TEST(msg.segment(i).name() == "OBX");
  BOOST_TEST(text(msg, "OBX[2]-5") == "118");
  BOOST_TEST(text(msg, "OBX[3]-5") == "99");
  BOOST_TEST(text(msg, "OBX[6]-1") == "6");
  BOOST_TEST(odd(msg) == "respelled 2 respelled 3 respelled 6 ");
  BOOST_TEST(segments_of(parsed(write(msg))) == segments_of(msg));
}

BOOST_AUTO_TEST_CASE(a_line_feed_is_content_but_before_a_segment) {
  const auto msg = parsed(head + "NTE|1||first\nsecond\nEND\rPID|1\nOBR|1\nOBX|1||x\ny\n");
  BOOST_REQUIRE(msg.segments() == 5u);
  BOOST_TEST(text(msg, "NTE-3") == "first\nsecond\nEND");
  BOOST_TEST(text(msg, "OBR-1") == "1");
  BOOST_TEST(text(msg, "OBX-3") == "x\ny\n");
  BOOST_TEST(odd(msg) == "");
}

BOOST_AUTO_TEST_CASE(add_continues_its_segment) {
  const auto msg = parsed(head + "OBX|1|FT|D||first \rADD|second\r\nADD|, third||||||F|x\rNTE|1\r");
  BOOST_REQUIRE(msg.segments() == 3u);
  BOOST_TEST(whole(msg, "OBX-5") == "first second, third");
  BOOST_TEST(text(msg, "OBX-11") == "F");
  BOOST_TEST(text(msg, "OBX-12") == "x");
  BOOST_TEST(msg.segment(1).fields() == 12u);
  BOOST_TEST(text(msg, "NTE-1") == "1");
  BOOST_TEST(odd(msg) == "added 1 added 1 ");
}

BOOST_AUTO_TEST_CASE(lines_behind_the_header_are_kept_by_themselves) {
  const auto msg = parsed(head + "ab\r|x\rPIDX|1\r\x01\x02\x03\x04\rPID|1\r");
  BOOST_REQUIRE(msg.segments() == 3u);
  BOOST_TEST(text(msg, "MSH-12") == "2.5.1");
  BOOST_TEST(msg.segment(1).raw() == "ab\r|x\rPIDX|1");
  BOOST_TEST(odd(msg) == "stray 1 joined 1 joined 1 ");
}

BOOST_AUTO_TEST_CASE(segments_are_found_by_name_and_occurrence) {
  const auto msg = parsed(head + "OBX|1\rNTE|1\rOBX|2\r");
  size_t at = 99;
  BOOST_TEST(msg.find("OBX", 2, at));
  BOOST_TEST(at == 3u);
  at = 99;
  BOOST_TEST(!msg.find("OBX", 3, at));
  BOOST_TEST(!msg.find("OBX", 0, at));
  BOOST_TEST(at == 99u);
}

BOOST_AUTO_TEST_CASE(the_header_gives_what_a_connection_needs) {
  const std::string bytes =
    "MSH|^~\\&|LIS^x|BIO&1|OH|MAIN|20261120^|s|ORU^R01^ORU_R01|X-1|P^T|2.5.1^CYP|||||CYP|8859/7~UNICODE UTF-8\r";
  const auto msg = parsed(bytes);
  const auto h = peek(msg);
  BOOST_TEST(h.sending_application == "LIS");
  BOOST_TEST(h.sending_facility == "BIO&1");
  BOOST_TEST(h.receiving_application == "OH");
  BOOST_TEST(h.receiving_facility == "MAIN");
  BOOST_TEST(h.datetime == "20261120");
  BOOST_TEST(h.type == "ORU");
  BOOST_TEST(h.event == "R01");
  BOOST_TEST(h.control_id == "X-1");
  BOOST_TEST(h.processing_id == "P");
  BOOST_TEST(h.version == "2.5.1");
  BOOST_TEST(h.charset == "8859/7");
  BOOST_TEST(peek(message{}).type == "");
}

BOOST_AUTO_TEST_CASE(a_header_without_type_or_control_id_is_refused_with_its_place) {
  const auto fault = [](std::string bytes) {
    const auto msg = parsed(bytes);
    const auto checked = check_header(msg);
    return checked ? "ok" : std::string(name(checked.error().code)) + " " + checked.error().where;
  };
  BOOST_TEST(fault("MSH|^~\\&|||||||ORU^R01|7") == "ok");
  BOOST_TEST(fault("MSH|^~\\&|||||||ACK|7") == "ok");
  BOOST_TEST(fault("MSH|^~\\&|LIS|BIO") == "header-field-missing MSH-9");
  BOOST_TEST(fault("MSH|^~\\&||||||||") == "header-field-missing MSH-9");
  BOOST_TEST(fault("MSH|^~\\&|||||||^R01|7") == "header-field-missing MSH-9");
  BOOST_TEST(fault("MSH|^~\\&|||||||\"\"|7") == "header-field-missing MSH-9");
  BOOST_TEST(fault("MSH|^~\\&|||||||O?U^R01|7") == "data-type MSH-9");
  BOOST_TEST(fault("MSH|^~\\&|||||||ORU^R01") == "header-field-missing MSH-10");
  BOOST_TEST(fault("MSH|^~\\&|||||||ORU^R01||P") == "header-field-missing MSH-10");
  BOOST_TEST(fault("MSH|^~\\&|||||||ORU^R01| |P") == "header-field-missing MSH-10");
  BOOST_TEST(fault("MSH|^~\\&|||||||ORU^R01|\"\"|P") == "header-field-missing MSH-10");
}

BOOST_AUTO_TEST_CASE(a_message_used_again_forgets_the_one_before) {
  message msg;
  const std::string large = head + std::string(5'000, '|') + "\rPID|1\r", small = "MSH#*!?@#a\rPID#x";
  BOOST_REQUIRE(parse_into(msg, large));
  BOOST_TEST(msg.segments() == 3u);
  BOOST_TEST(msg.segment(1).fields() == 5'000u);
  BOOST_REQUIRE(parse_into(msg, small));
  BOOST_TEST(segments_of(msg) == (std::vector<std::string>{"MSH#*!?@#a", "PID#x"}));
  BOOST_TEST(text(msg, "PID-1") == "x");
  BOOST_REQUIRE(!parse_into(msg, "nonsense"));
  BOOST_TEST(msg.segments() == 0u);
  BOOST_TEST(write(msg) == "");
}

BOOST_AUTO_TEST_CASE(separators_and_line_ends_are_found_at_every_offset_of_a_block) {
  // A field of each length shifts everything behind it through all positions of the 64-byte blocks.
  for (size_t shift = 0; shift < 200; ++shift) {
    const std::string filler(shift, 'x');
    const std::string bytes = "MSH|^~\\&|" + filler + "\rPID|" + filler + "|b|||\rOBX||" +
      std::string(70, '|') + "end";
    const auto msg = parsed(bytes);
    BOOST_REQUIRE(msg.segments() == 3u);
    BOOST_REQUIRE(msg.segment(0).field(3).raw == filler);
    BOOST_REQUIRE(msg.segment(1).field(1).raw == filler);
    BOOST_REQUIRE(msg.segment(1).field(2).raw == "b");
    BOOST_REQUIRE(msg.segment(1).fields() == 5u);
    BOOST_REQUIRE(msg.segment(2).fields() == 72u);
    BOOST_REQUIRE(msg.segment(2).field(72).raw == "end");
  }
}

BOOST_AUTO_TEST_CASE(the_index_agrees_with_dividing_by_hand) {
  std::mt19937 random(11);
  const std::string alphabet = "|||\r\rab^~\n";
  for (int round = 0; round < 3'000; ++round) {
    std::string bytes = "MSH|^~\\&|";
    for (size_t i = random() % 300; i > 0; --i) bytes += alphabet[random() % alphabet.size()];
    const auto msg = parsed(bytes);
    const bool lf_ends = bytes.find('\n') < bytes.find('\r');
    std::vector<std::string> expected{""};
    size_t from = 0, to = 0; // of all that stands behind the header
    for (size_t i = 0; i < bytes.size(); ++i) {
      if (bytes[i] == '\r' || (bytes[i] == '\n' && (lf_ends || expected.back().empty()))) {
        expected.emplace_back();
        continue;
      }
      expected.back() += bytes[i];
      if (expected.size() > 1 && from == 0) from = i;
      to = i + 1;
    }
    std::erase(expected, "");
    // No line of this alphabet is a segment: behind the header all is one piece.
    if (expected.size() > 1) expected = {expected[0], bytes.substr(from, to - from)};
    BOOST_REQUIRE(segments_of(msg) == expected);
    for (size_t i = 1; i < msg.segments(); ++i)
      BOOST_REQUIRE(msg.segment(i).fields() ==
                    size_t(std::count(expected[i].begin(), expected[i].end(), '|')));
    BOOST_REQUIRE(write(parsed(write(msg))) == write(msg));
  }
}

BOOST_AUTO_TEST_CASE(every_file_cut_at_every_byte_is_read_or_refused) {
  for (const auto& [name, bytes] : corpus::all()) {
    if (bytes.size() > 3'000) continue;
    for (size_t size = 0; size < bytes.size(); ++size) {
      const std::string cut = bytes.substr(0, size); // its own allocation: a read behind the end is seen by
                                                     // the sanitizer
      if (const auto msg = parse(cut)) BOOST_REQUIRE(parse(write(*msg)));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

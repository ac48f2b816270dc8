#include "test/unit/edit/rig.hpp"

using namespace aorta;
using namespace aorta::edit;

BOOST_AUTO_TEST_SUITE(conditions)

BOOST_AUTO_TEST_CASE(places_and_texts_are_compared) {
  BOOST_TEST(holds(R"(MSH-3 = "LIS")"));
  BOOST_TEST(!holds(R"(MSH-3 != "LIS")"));
  BOOST_TEST(holds(R"(MSH-3 = "LIS" and OBR-24 != "RAD")")); // what is absent is an empty text
  BOOST_TEST(holds("OBX-3.1 = 'HGB'"));
  BOOST_TEST(holds(R"(OBX[2]-3.1 = "WBC")"));
  BOOST_TEST(holds(R"(OBX[9]-3.1 = "")"));
  BOOST_TEST(holds(R"("LIS" = MSH-3)"));
  BOOST_TEST(holds("PID-3[2].1 = PID-3[2].1"));
  BOOST_TEST(!holds("MSH-3 = MSH-4"));
}

BOOST_AUTO_TEST_CASE(a_field_without_a_number_is_all_of_it_and_a_component_is_of_its_first_repetition) {
  BOOST_TEST(holds(R"(PID-3 = "M-0007^^^BIO~841234^^^CY^NI")"));
  BOOST_TEST(holds(R"(PID-3[1] = "M-0007^^^BIO")"));
  BOOST_TEST(holds(R"(PID-3.1 = "M-0007")"));
  BOOST_TEST(holds(R"(PID-3[2].5 = "NI")"));
}

BOOST_AUTO_TEST_CASE(what_is_compared_is_decoded_text) {
  BOOST_TEST(holds(R"(OBX[3]-5[1] = "a&b")"));
  BOOST_TEST(holds(R"(PID-5.1 = "ΠΑΠΑΔΟΠΟΥΛΟΥ")"));
  const std::string greek = "MSH|^~\\&|LIS|BIO|||2026||ORU^R01|1|P|2.4||||||8859/7\rPID|1||1||\xC1\xC2\r";
  BOOST_TEST(holds(R"(PID-5 = "ΑΒ")", greek));
  const std::string strange = "MSH$*!?@$LIS$BIO$$$2026$$ORU*R01$1$P$2.4\rPID$1$$1*x!2$$a?S?b*c@d\r";
  BOOST_TEST(holds(R"(PID-5.1 = "a*b")", strange));
  BOOST_TEST(holds(R"(PID-3 = "1^x~2" and PID-5.2 = "c&d")", strange));
}

BOOST_AUTO_TEST_CASE(bytes_that_are_not_of_the_charset_are_never_equal_to_a_text) {
  const std::string bad = "MSH|^~\\&|LIS|BIO|||2026||ORU^R01|1|P|2.4||||||UNICODE UTF-8\rPID|1||1||A\xC1\r";
  BOOST_TEST(!holds(R"(PID-5 = "A")", bad));
  BOOST_TEST(holds(R"(PID-5 matches "^A")", bad));
}

BOOST_AUTO_TEST_CASE(null_is_not_empty) {
  const auto null = with("PV1|1||W1^12^B", "PV1|1|\"\"|W1^12^B");
  BOOST_TEST(!holds("empty(PV1-2)", null));
  BOOST_TEST(holds(R"(PV1-2 = "\"\"")", null));
  BOOST_TEST(holds("empty(PV1-2)"));
  BOOST_TEST(holds("empty(ZPD-4) and not empty(PV1-3.2)"));
}

BOOST_AUTO_TEST_CASE(lists_tables_and_patterns) {
  BOOST_TEST(holds(R"(OBX-3.1 in ["WBC", "HGB"])"));
  BOOST_TEST(!holds(R"(OBX-3.1 in ["WBC"])"));
  BOOST_TEST(holds(R"(PV1-3.1 in "ward")"));
  BOOST_TEST(!holds(R"(PV1-3.2 in "ward")"));
  BOOST_TEST(holds(R"(MSH-10 matches "-[0-9]+$")"));
  BOOST_TEST(!holds(R"(MSH-10 matches "^[0-9]+$")"));
}

BOOST_AUTO_TEST_CASE(and_binds_before_or_and_not_before_both) {
  BOOST_TEST(holds(R"(MSH-3 = "no" and MSH-4 = "no" or MSH-5 = "OH")"));
  BOOST_TEST(!holds(R"(MSH-3 = "no" and (MSH-4 = "no" or MSH-5 = "OH"))"));
  BOOST_TEST(holds(R"(not MSH-3 = "no" and MSH-5 = "OH")"));
  BOOST_TEST(!holds(R"(not (MSH-3 = "no" or MSH-5 = "OH"))"));
}

BOOST_AUTO_TEST_CASE(any_and_all_run_through_segments_and_repetitions) {
  BOOST_TEST(holds(R"(any(OBX[*]-8 = "HH"))"));
  BOOST_TEST(!holds(R"(all(OBX[*]-8 = "HH"))"));
  BOOST_TEST(holds(R"(all(OBX[*]-2 in ["NM", "ST"]))"));
  // one and the same segment
  BOOST_TEST(!holds(R"(any(OBX[*]-8 = "HH" and OBX[*]-3.1 = "HGB"))"));
  BOOST_TEST(holds(R"(any(OBX[*]-8 = "HH" and OBX[*]-3.1 = "WBC" and MSH-3 = "LIS"))"));
  // one and the same repetition
  BOOST_TEST(holds(R"(any(PID-3[*].5 = "NI" and PID-3[*].4 = "CY"))"));
  BOOST_TEST(!holds(R"(any(PID-3[*].5 = "NI" and PID-3[*].4 = "BIO"))"));
  BOOST_TEST(holds(R"(any(OBX[*]-5[*] = "c" and OBX[*]-2 = "ST"))"));
  // of none: any is false, all is true
  BOOST_TEST(!holds(R"(any(AL1[*]-3 = "x"))"));
  BOOST_TEST(holds(R"(all(AL1[*]-3 = "x"))"));
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told_with_its_place_and_what_was_perhaps_meant) {
  const std::pair<const char*, const char*> cases[] = {
    {"PIX-3 = \"1\"", "0+3: no version of HL7 has a segment PIX | did you mean 'PID'?"},
    {"PID-99 = \"1\"", "0+6: PID has no field 99 in any version of HL7 | its last one is PID-40"},
    {"pid-3 = \"1\"", "0+5: 'pid-3' is no place in a message | did you mean 'PID-3'?"},
    {"PID-3 = LIS", "8+3: no version of HL7 has a segment LIS | a text stands in quotation marks: \"LIS\""},
    {"MSH-3 == \"LIS\"", "fine"},
    {"MSH-3 = \"LIS", "8+4: this text has no closing quotation mark"},
    {"MSH-3 = \"LIS\" && MSH-4 = \"B\"", "14+2: this is no sign of the language | did you mean 'and'?"},
    {"MSH-3 = \"LIS\" AND MSH-4 = \"B\"",
     "14+3: a condition ends here, and more follows | join conditions by 'and' or 'or'"},
    {"(MSH-3 = \"LIS\"", "14+1: ')' is missing before this"},
    {"MSH-3", "5+1: after a place or a text comes =, !=, in or matches"},
    {"MSH-3 =", "7+1: a condition ends where a place or a text is missing | as in PV1-2 = \"O\""},
    {"", "0+1: a condition ends where a place or a text is missing | as in PV1-2 = \"O\""},
    {"OBX[*]-8 = \"HH\"",
     "0+8: OBX[*]-8 is several places: say of how many it must hold | any(...) or all(...)"},
    {"any(OBX-8 = \"HH\")",
     "0+3: any() runs through every segment or repetition, and no place in it has [*] | as in any(OBX[*]-8 = \"HH\")"},
    {"any(OBX[*]-8 = \"HH\" and NTE[*]-3 = \"x\")",
     "24+8: two different [*] in one any() or all() | write one for each"},
    {"any(all(OBX[*]-8 = \"HH\"))", "4+3: any() and all() do not stand inside one another"},
    {"MSH-10 matches \"a(b\"", "16+3: the pattern does not compile: missing ): a(b"},
    {"MSH-10 matches \"x[b-a]\"", "18+3: the pattern does not compile: invalid character class range: b-a"},
    {"PV1-3.1 in \"wards\"", "11+7: there is no table 'wards' | did you mean 'ward'?"},
    {"PV1-3.1 in [\"A\"", "15+1: ']' is missing before this"},
  };
  for (const auto& [text, expected] : cases)
    BOOST_TEST(wrong_with(text) == expected, text << "\n  " << wrong_with(text));
}

BOOST_AUTO_TEST_CASE(depth_and_length_have_an_end) {
  BOOST_TEST(wrong_with(std::string(5000, '(')).find("nested too deep") != std::string::npos);
  BOOST_TEST(wrong_with(std::string(20000, ' ')).find("10000") != std::string::npos);
  std::string many = "not ";
  for (int i = 0; i < 10; ++i) many += many;
  BOOST_TEST(wrong_with(many).find("nested too deep") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_explanation_tells_the_part_that_decided) {
  const auto msg = hl7::parse(panel);
  const draft now(*msg, "");
  const auto why = [&](const char* text) {
    const auto out = compiled(text).explain(now);
    BOOST_TEST(out.holds == holds(text));
    return out.why;
  };
  BOOST_TEST(why(R"(MSH-3 = "LIS" and OBR-24 = "RAD")") ==
             "OBR-24 = \"RAD\" does not hold (OBR-24 is empty)");
  BOOST_TEST(why(R"(MSH-3 = "X" or MSH-4 in ["BIO"])") == "MSH-4 in [\"BIO\"] holds (MSH-4 is \"BIO\")");
  BOOST_TEST(why(R"(any(OBX[*]-8 = "HH"))") == "OBX[*]-8 = \"HH\" holds (OBX[2]-8 is \"HH\")");
  BOOST_TEST(why(R"(any(OBX[*]-8 = "LL"))") == "none of 3 is so: OBX[*]-8 = \"LL\"");
  BOOST_TEST(why("empty(ZPD-3)") == "empty(ZPD-3) holds (there is no ZPD)");
  BOOST_TEST(why("not empty(PV1-3)") == "empty(PV1-3) does not hold (PV1-3 is \"W1^12^B\")");
}

BOOST_AUTO_TEST_CASE(what_is_always_or_never_true_is_found) {
  const auto of = [](const char* text) {
    auto is = chance::sometimes;
    const auto made = compiled(text);
    const auto* part = idle_part(made, {}, is);
    if (part == nullptr) return std::string("sometimes");
    return std::string(made.text_of(*part)) + (is == chance::always ? ": always" : ": never");
  };
  BOOST_TEST(of(R"(MSH-3 = "A" and MSH-3 = "B")") == R"(MSH-3 = "A" and MSH-3 = "B": never)");
  BOOST_TEST(of(R"(MSH-3 = "A" or MSH-3 != "A")") == R"(MSH-3 = "A" or MSH-3 != "A": always)");
  BOOST_TEST(of(R"(MSH-3 != "A" or MSH-3 != "B")") == R"(MSH-3 != "A" or MSH-3 != "B": always)");
  BOOST_TEST(of(R"(empty(MSH-3) and MSH-3 = "A")") == R"(empty(MSH-3) and MSH-3 = "A": never)");
  BOOST_TEST(of(R"(MSH-3 = "A1" and MSH-3 matches "^B")") == R"(MSH-3 = "A1" and MSH-3 matches "^B": never)");
  BOOST_TEST(of(R"(PV1-3.1 = "W9" and PV1-3.1 in "ward")") ==
             R"(PV1-3.1 = "W9" and PV1-3.1 in "ward": never)");
  BOOST_TEST(of(R"(MSH-4 = "B" and (MSH-3 = "A" or not MSH-3 = "A"))") ==
             R"(MSH-3 = "A" or not MSH-3 = "A": always)");
  BOOST_TEST(of(R"(any(OBX[*]-8 = "H" and OBX[*]-8 = "L"))") ==
             R"(any(OBX[*]-8 = "H" and OBX[*]-8 = "L"): never)");
  BOOST_TEST(of(R"("a" = "a")") == R"("a" = "a": always)");
  BOOST_TEST(of("MSH-3 = MSH-3") == "MSH-3 = MSH-3: always");
  for (const char* fine :
       {R"(MSH-3 = "A" or MSH-3 = "B")", R"(MSH-3 matches "^A" and MSH-3 matches "^B")", "MSH-3 = MSH-4",
        R"(MSH-3 in ["A", "B"] and MSH-3 != "A")", R"(any(OBX[*]-8 = "H") and not any(OBX[*]-8 = "L"))",
        R"(PV1-3.1 in "ward" and PV1-3.1 != "W1")"})
    BOOST_TEST(of(fine) == "sometimes", fine);
}

BOOST_AUTO_TEST_SUITE_END()

#include "test/unit/edit/rig.hpp"

using namespace aorta;
using namespace aorta::edit;

namespace {

std::string after(const edit_text& text, const std::string& bytes = panel) {
  return edit_all({text}, bytes).bytes;
}

} // namespace

BOOST_AUTO_TEST_SUITE(edits)

BOOST_AUTO_TEST_CASE(what_is_not_edited_stays_byte_for_byte) {
  BOOST_TEST(after({.set = "PV1-2", .to = "O"}) == with("PV1|1||W1", "PV1|1|O|W1"));
  BOOST_TEST(after({.when = R"(MSH-3 = "X")", .set = "PV1-2", .to = "O"}) == panel);
  BOOST_TEST(after({.set = "MSH-3", .to = "LIS"}) == panel);
  std::string odd = panel;
  std::replace(odd.begin(), odd.end(), '\r', '\n');
  odd = "\xef\xbb\xbf" + odd + "\n\n";
  BOOST_TEST(after({.set = "PV1-2", .to = "O"}, odd) == with("PV1|1||W1", "PV1|1|O|W1", odd));
}

BOOST_AUTO_TEST_CASE(fields_repetitions_and_components_are_made_where_they_are_missing) {
  BOOST_TEST(after({.set = "PV1-6", .to = "x"}) == with("W1^12^B\r", "W1^12^B|||x\r"));
  BOOST_TEST(after({.set = "PID-3[3].4", .to = "x"}) == with("CY^NI|", "CY^NI~^^^x|"));
  BOOST_TEST(after({.set = "PID-3[2].6.2", .to = "x"}) == with("CY^NI|", "CY^NI^&x|"));
  BOOST_TEST(after({.set = "PID-3", .to = "7"}) == with("M-0007^^^BIO~841234^^^CY^NI", "7"));
  BOOST_TEST(after({.set = "PID-3[1]", .to = "7"}) == with("M-0007^^^BIO~", "7~"));
  BOOST_TEST(after({.set = "MSH-18", .to = "ASCII"}) == with("UNICODE UTF-8", "ASCII"));
  BOOST_TEST(after({.set = "MSH-20", .to = "x"}) == with("UNICODE UTF-8\r", "UNICODE UTF-8||x\r"));
  BOOST_TEST(after({.set = "ZPD-2", .to = "x"}) == panel); // a segment that is not there is not made
  BOOST_TEST(after({.set = "OBX[9]-2", .to = "x"}) == panel);
}

BOOST_AUTO_TEST_CASE(a_text_is_escaped_in_the_messages_own_delimiters_and_charset) {
  BOOST_TEST(after({.set = "OBX-6", .to = "10^9/L | \\"}) == with("g/dL", "10\\S\\9/L \\F\\ \\E\\"));
  const std::string strange = "MSH$*!?@$LIS$BIO$$$2026$$ORU*R01$1$P$2.4\rPID$1$$1\r";
  BOOST_TEST(after({.set = "PID-5.2", .to = "a*b|$"}, strange) ==
             with("PID$1$$1", "PID$1$$1$$*a?S?b|?F?", strange));
  const std::string greek = "MSH|^~\\&|LIS|BIO|||2026||ORU^R01|1|P|2.4||||||8859/7\rPID|1||1||\xC1\xC2\r";
  BOOST_TEST(after({.set = "PID-5", .to = "ΩΑ{PID-5}", .or_else = "hold"}, greek) ==
             with("\xC1\xC2", "\xD9\xC1\xC1\xC2", greek));
}

BOOST_AUTO_TEST_CASE(a_text_that_the_charset_cannot_hold_takes_else) {
  const std::string greek = "MSH|^~\\&|LIS|BIO|||2026||ORU^R01|1|P|2.4||||||8859/7\rPID|1||1||\xC1\r";
  BOOST_TEST(after({.set = "PID-5", .to = "Ж", .or_else = "keep"}, greek) == greek);
  BOOST_TEST(after({.set = "PID-5", .to = "Ж", .or_else = "?"}, greek) == with("\xC1", "?", greek));
  auto held = edit_all({{.set = "PID-5", .to = "Ж", .or_else = "hold", .rule = "routes/a.toml:7"}}, greek);
  BOOST_TEST((held.came.is == outcome::kind::hold));
  BOOST_TEST(held.came.why.where == "PID-5");
  BOOST_TEST(
    held.came.why.text ==
    "the edit at routes/a.toml:7 (set PID-5) could not be done: the text has a character that ISO-8859-7 lacks");
  BOOST_TEST(held.bytes == greek);
  // the sender's profile names another charset than MSH-18
  BOOST_TEST(edit_all({{.set = "PID-5", .to = "Ά", .or_else = "hold"}}, greek, "windows-1253").bytes ==
             with("\xC1\r", "\xA2\r", greek));
}

BOOST_AUTO_TEST_CASE(places_in_braces_give_their_text) {
  BOOST_TEST(after({.set = "PV1-4", .to = "{PV1-3.1}/{PV1-3.2} {{x}}"}) ==
             with("W1^12^B\r", "W1^12^B|W1/12 {x}\r"));
  BOOST_TEST(after({.set = "PV1-4", .to = "{PV1-3}"}) ==
             with("W1^12^B\r", "W1^12^B|W1\\S\\12\\S\\B\r")); // one text
  BOOST_TEST(
    after({.set = "OBX[*]-4", .to = "{OBX[*]-1}"}) ==
    with("COM^Comment||", "COM^Comment|3|",
         with("WBC^Leucocytes||", "WBC^Leucocytes|2|", with("HGB^Haemoglobin||", "HGB^Haemoglobin|1|"))));
  BOOST_TEST(after({.set = "PID-3[*].5", .to = "{PID-3[*].4}"}) ==
             with("M-0007^^^BIO~841234^^^CY^NI", "M-0007^^^BIO^BIO~841234^^^CY^CY"));
}

BOOST_AUTO_TEST_CASE(a_line_end_in_a_text_begins_no_segment) {
  const auto fed = with("first note", "first\nnote");
  BOOST_TEST(after({.set = "PV1-4", .to = "{NTE-3}PID"}, fed) ==
             with("W1^12^B\r", "W1^12^B|first\\.br\\notePID\r", fed));
  const auto broken = with("first note", "first\rnote one");
  BOOST_TEST(after({.set = "NTE-2", .to = "L"}, broken) ==
             with("NTE|1||first\rnote one", "NTE|1|L|first\\.br\\note one", broken));
}

BOOST_AUTO_TEST_CASE(copies_keep_what_divides_them_as_far_as_it_fits) {
  BOOST_TEST(after({.to = "PV1-6", .copy = "PV1-3"}) == with("W1^12^B\r", "W1^12^B|||W1^12^B\r"));
  BOOST_TEST(after({.to = "PID-2", .copy = "PID-3"}) ==
             with("PID|1||", "PID|1|M-0007^^^BIO~841234^^^CY^NI|"));
  BOOST_TEST(after({.to = "PV1-6.2", .copy = "PV1-3"}) == with("W1^12^B\r", "W1^12^B|||^W1\\S\\12\\S\\B\r"));
  BOOST_TEST(after({.to = "PV1-3.1", .copy = "PV1-10"}) == with("W1^12^B", "^12^B"));
  BOOST_TEST(
    after({.to = "OBX[*]-3.2", .copy = "OBX[*]-3.1"}) ==
    with("COM^Comment", "COM^COM", with("WBC^Leucocytes", "WBC^WBC", with("HGB^Haemoglobin", "HGB^HGB"))));
}

BOOST_AUTO_TEST_CASE(what_is_removed_goes_with_what_hangs_on_it) {
  BOOST_TEST(after({.remove = "NTE"}) == with("NTE|1||first note\r", ""));
  BOOST_TEST(after({.when = R"(OBX-3.1 = "HGB")", .in = "OBX", .remove = "OBX"}) ==
             with("OBX|1|NM|HGB^Haemoglobin||13,5|g/dL|12-16|N|||F\rNTE|1||first note\r", "")); // its note
                                                                                                // too
  BOOST_TEST(after({.in = "OBX", .remove = "OBX"}).find("OBX") == std::string::npos);
  BOOST_TEST(after({.remove = "OBX[*]"}).find("OBX") == std::string::npos);
  BOOST_TEST(after({.remove = "OBX[3]"}) == panel.substr(0, panel.find("OBX|3")));
  BOOST_TEST(after({.remove = "PID-3"}) == with("M-0007^^^BIO~841234^^^CY^NI", ""));
  BOOST_TEST(after({.remove = "PID-3[1]"}) == with("M-0007^^^BIO~", ""));
  BOOST_TEST(after({.remove = "PID-3[2]"}) == with("~841234^^^CY^NI", ""));
  BOOST_TEST(after({.remove = "PID-3[3]"}) == panel);
  BOOST_TEST(after({.remove = "PID-3[*].4"}) ==
             with("M-0007^^^BIO~841234^^^CY^NI", "M-0007^^^~841234^^^^NI"));
}

BOOST_AUTO_TEST_CASE(in_runs_once_for_each_segment_and_knows_what_stands_above_it) {
  BOOST_TEST(after({.when = R"(OBX-2 = "NM" and OBR-4.1 = "CBC" and MSH-3 = "LIS")",
                    .in = "OBX",
                    .set = "OBX-17",
                    .to = "{OBR-3}-{OBX-1}"}) ==
             with("HH|||F\r", "HH|||F||||||F-1-2\r", with("N|||F\r", "N|||F||||||F-1-1\r")));
  const auto two = with("OBX|2|", "OBR|2|P-2|F-2|LIP\rOBX|2|");
  BOOST_TEST(after({.in = "OBX", .set = "OBX-17", .to = "{OBR-3}"}, two).find("HH|||F||||||F-2\r") !=
             std::string::npos);
  BOOST_TEST(after({.in = "OBX", .set = "OBX-17", .to = "{OBR-3}"}, two).find("N|||F||||||F-1\r") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(texts_are_looked_up_in_tables) {
  BOOST_TEST(after({.map = "PV1-3.1", .table = "ward", .or_else = "hold"}) == with("W1^", "CARD^"));
  BOOST_TEST(after({.map = "PV1-3.1", .table = "ward", .or_else = "hold"}, with("W1^", "W2^")) ==
             with("W1^", "Καρδιολογική^"));
  BOOST_TEST(after({.map = "PV1-3.2", .table = "ward", .or_else = "keep"}) == panel);
  BOOST_TEST(after({.map = "PV1-3.2", .table = "ward", .or_else = "other"}) == with("^12^", "^other^"));
  BOOST_TEST(after({.map = "PV1-2", .table = "ward", .or_else = "hold"}) == panel); // nothing is not looked
                                                                                    // up
  const auto out = edit_all(
    {{.map = "PV1-3.2", .table = "ward", .or_else = "reject", .rule = "r:1"}, {.set = "PV1-2", .to = "O"}});
  BOOST_TEST((out.came.is == outcome::kind::reject));
  BOOST_TEST(out.came.why.text ==
             "the edit at r:1 (map PV1-3.2) could not be done: its text is not in the table");
  BOOST_TEST(out.bytes == panel); // and no edit behind it
}

BOOST_AUTO_TEST_CASE(patterns_are_replaced_between_delimiters) {
  BOOST_TEST(after({.replace = "OBX-6", .match = "d?L$", .with = "l"}) == with("g/dL", "g/l"));
  BOOST_TEST(after({.replace = "PID-3", .match = "^([A-Z])-", .with = "\\1"}) == with("M-0007", "M0007"));
  BOOST_TEST(after({.replace = "OBX[3]-5", .match = "&", .with = "^"}) == with("a\\T\\b~c", "a\\S\\b~c"));
  BOOST_TEST(after({.replace = "PID-5", .match = "Υ", .with = "Y", .or_else = "keep"}) ==
             with("ΠΑΠΑΔΟΠΟΥΛΟΥ", "ΠΑΠΑΔΟΠΟYΛΟY"));
  BOOST_TEST(after({.replace = "OBX[2]-6", .match = "\\^", .with = "*"}) == panel); // that divides, it is no
                                                                                    // text
}

BOOST_AUTO_TEST_CASE(dates_change_their_form) {
  BOOST_TEST(after({.to = "dd/MM/yyyy", .date = "PID-7", .from = "yyyyMMdd", .or_else = "hold"}) ==
             with("19800101", "01/01/1980"));
  BOOST_TEST(after({.to = "yyyy-MM-dd HH:mm", .date = "OBR-7", .from = "yyyyMMddHHmm", .or_else = "hold"}) ==
             with("202611200800", "2026-11-20 08:00"));
  BOOST_TEST(after({.to = "yyyy", .date = "OBR-7", .from = "yyyyMMdd", .or_else = "keep"}) == panel);
  for (const char* no : {"19800230", "19801301", "00000101", "1980010", "198001011", "1980010x", ""})
    BOOST_TEST(after({.to = "yyyy", .date = "PID-7", .from = "yyyyMMdd", .or_else = "?"},
                     with("19800101", no)) == with("19800101", *no == 0 ? "" : "?"),
               no);
}

BOOST_AUTO_TEST_CASE(numbers_are_written_as_hl7_writes_them) {
  const std::pair<std::pair<const char*, char>, const char*> cases[] = {
    {{"13,5", ','}, "13.5"}, {{"1.234,5", ','}, "1234.5"}, {{"1 234 567", ','}, "1234567"},
    {{"-0,5", ','}, "-0.5"}, {{"+4", '.'}, "4"},           {{"1,234.50", '.'}, "1234.50"},
    {{" 7 ", '.'}, "7"},     {{"1'000", '.'}, "1000"},     {{"4.200", ','}, "4200"}};
  for (const auto& [given, wanted] : cases)
    BOOST_TEST(plain_number(given.first, given.second).value_or("none") == wanted, given.first);
  for (const char* no : {"", "-", "1,23,4", "12,34", "1.2.3", ".5", "5.", "1 234,567", "<5", "1e3", "1,2345"})
    BOOST_TEST(!plain_number(no, '.'), no);
  BOOST_TEST(after({.number = "OBX-5", .decimal = ",", .or_else = "hold"}) == with("13,5", "13.5"));
  BOOST_TEST(
    after({.when = "OBX-2 = \"NM\"", .in = "OBX", .number = "OBX-5", .decimal = ",", .or_else = "keep"}) ==
    with("4.200", "4200", with("13,5", "13.5")));
}

BOOST_AUTO_TEST_CASE(each_edit_sees_what_those_before_it_wrote) {
  BOOST_TEST(edit_all({{.set = "PV1-2", .to = "O"},
                       {.when = R"(PV1-2 = "O")", .to = "PV1-4", .copy = "PV1-2"},
                       {.remove = "PV1-2"}})
               .bytes == with("W1^12^B\r", "W1^12^B|O\r"));
}

BOOST_AUTO_TEST_CASE(what_was_done_is_told_place_by_place) {
  const auto out = edit_all({{.when = "empty(PV1-2)", .set = "PV1-2", .to = "O", .rule = "r:1"},
                             {.when = R"(MSH-3 = "X")", .remove = "PV1-3", .rule = "r:2"},
                             {.map = "PV1-3[*].1", .table = "ward", .or_else = "hold", .rule = "r:3"}});
  BOOST_TEST(out.came.told.size() == 3u);
  const auto& [first, second, third] = std::tie(out.came.told[0], out.came.told[1], out.came.told[2]);
  BOOST_TEST(first.ran);
  BOOST_TEST(first.why == "empty(PV1-2) holds (PV1-2 is empty)");
  BOOST_TEST(first.changes.at(0).where == "PV1-2");
  BOOST_TEST(first.changes.at(0).after == "O");
  BOOST_TEST(!second.ran);
  BOOST_TEST(third.changes.at(0).before == "W1");
  BOOST_TEST(third.changes.at(0).after == "CARD");
}

BOOST_AUTO_TEST_CASE(edits_that_say_too_little_or_too_much_are_refused) {
  const std::pair<edit_text, const char*> cases[] = {
    {{}, ": an edit has one of set, copy, remove, map, replace, date and number"},
    {{.set = "PV1-2"}, ": 'set' needs 'to'"},
    {{.set = "PV1-2", .to = "O", .table = "ward"}, "table: 'table' says nothing to 'set'"},
    {{.set = "PV1-2", .to = "O", .remove = "PV1-3"},
     "remove: an edit does one thing, and this one has 'set' too"},
    {{.set = "PV1-2", .to = "Ω"}, "to: a charset may lack these letters: 'else' must say what then"},
    {{.set = "PV1", .to = "O"}, "set: 'set' writes a field, and this is a whole segment"},
    {{.set = "PV1-99", .to = "O"}, "set: PV1 has no field 99 in any version of HL7"},
    {{.set = "PV1-2", .to = "{PIX-2}"}, "to: no version of HL7 has a segment PIX"},
    {{.set = "PV1-2", .to = "{PV1-2"}, "to: a brace without its other one"},
    {{.set = "PV1-2", .to = "{OBX[*]-2}"}, "to: OBX[*]-2 is several places, and one text is wanted"},
    {{.remove = "OBR"}, "remove: without its OBR what stands under it would be somebody else's"},
    {{.set = "MSH-2", .to = "x"},
     "set: MSH-1 and MSH-2 are the delimiters of everything else and stay as they are"},
    {{.set = "MSH-9.2", .to = "R01"}, "set: MSH-9 says what the message is"},
    {{.set = "MSH-10", .to = "1"}, "set: MSH-10 is what its sender knows it by"},
    {{.set = "MSH-10", .to = "1", .force = true}, ""},
    {{.map = "PV1-3.1", .table = "ward"}, ": 'map' can fail: 'else' must say what then"},
    {{.map = "PV1-3.1", .table = "wrd", .or_else = "keep"}, "table: there is no table 'wrd'"},
    {{.to = "yyyy", .date = "PID-7", .from = "dd.MM.yy", .or_else = "keep"},
     "from: a year of two digits says no century"},
    {{.to = "yyyyHH", .date = "PID-7", .from = "yyyyMMdd", .or_else = "keep"},
     "to: 'from' does not say what stands here for H"},
    {{.replace = "OBX-6", .match = "(", .with = ""}, "match: the pattern does not compile: missing ): ("},
    {{.replace = "OBX-6", .match = "a", .with = "\\1"},
     "with: this cannot be written: Rewrite schema requests 1 matches, but the regexp only has 0 parenthesized subexpressions."},
    {{.number = "OBX-5", .decimal = ";", .or_else = "keep"},
     "decimal: 'decimal' is the sign before decimals: \",\" or \".\""},
    {{.remove = "NTE", .or_else = "keep"}, "else: 'remove' cannot fail"},
    {{.in = "OBX[2]", .remove = "OBX"}, "in: 'in' names a segment alone, as in OBX"}};
  for (const auto& [text, expected] : cases) BOOST_TEST(refused(text) == expected);
}

BOOST_AUTO_TEST_CASE(edits_that_can_never_run_are_found) {
  const auto idle_in = [](const char* route, const std::vector<edit_text>& texts) {
    std::vector<aorta::edit::edit> all;
    for (const auto& each : texts) all.push_back(made(each));
    const auto own = compiled(route);
    std::string out;
    for (const auto& each : find_idle(&own, all, {}))
      out += (each.of ? std::to_string(*each.of) : std::string("route")) + ": " + each.what.text + "\n";
    return out;
  };
  BOOST_TEST(idle_in(R"(MSH-3 = "A")", {{.when = R"(MSH-3 = "B")", .set = "PV1-2", .to = "O"}}) ==
             "0: this edit can never run: the route's own 'when' and this one exclude each other\n");
  BOOST_TEST(idle_in(R"(MSH-3 = "A")",
                     {{.set = "MSH-3", .to = "B"}, {.when = R"(MSH-3 = "B")", .set = "PV1-2", .to = "O"}}) ==
             "");
  BOOST_TEST(idle_in(R"(MSH-3 = "A")",
                     {{.set = "PV1-2", .to = "O"}, {.when = R"(PV1-2 = "I")", .set = "PV1-4", .to = "O"}}) ==
             "1: this condition is never true\n");
  BOOST_TEST(idle_in(R"(MSH-3 = "A")", {{.remove = "NTE[*]"}, {.set = "NTE-2", .to = "L"}}) ==
             "1: this edit can never run: the segment was removed before it\n");
  BOOST_TEST(idle_in(R"(MSH-3 = "A" or MSH-3 != "A")", {}) == "route: this condition is always true\n");
}

BOOST_AUTO_TEST_CASE(tables_are_read_with_every_fault_and_its_line) {
  table good;
  BOOST_TEST(read_table("from,to\nW1,CARD\n\"a,b\",\"\"\n", good).empty());
  BOOST_TEST(good.rows.at("W1") == "CARD");
  BOOST_TEST(good.rows.at("a,b") == "");
  table bad;
  std::string said;
  for (const auto& each : read_table("from;to\nA,1\nB\nA,2\n,3\n", bad))
    said += std::to_string(each.line) + " " + each.text + "\n";
  BOOST_TEST(
    said ==
    "1 the first line of a table is from,to\n3 a line of a table has two fields, this one has 1\n4 'A' stands in line 2 already\n"
    "5 'from' is empty: what is absent is not looked up\n");
  BOOST_TEST(read_table("", bad).size() == 1u);
  BOOST_TEST(read_table("from,to\n\"open\n", bad).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

// Laboratories' files: how they are divided, what their rows say, and what is refused.
#include "engine/lab/sheet.hpp"
#include "engine/hl7/charset.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace aorta;
using namespace aorta::lab;
using field = lab::sheet_field;

namespace {

sheet_layout layout(std::initializer_list<std::pair<field, const char*>> columns) {
  sheet_layout out;
  out.delimiter = ';';
  for (const auto& [of, heading] : columns) out.columns[size_t(of)].heading = heading;
  return out;
}

sheet_layout usual() {
  return layout({{field::mrn, "Patient"},
                 {field::family, "Name"},
                 {field::birth_date, "Born"},
                 {field::order_number, "Order"},
                 {field::collected_at, "Taken"},
                 {field::code, "Test"},
                 {field::value, "Result"},
                 {field::unit, "Unit"},
                 {field::range, "Range"}});
}
const std::string headings = "Patient;Name;Born;Order;Taken;Test;Result;Unit;Range\r\n";

struct divided {
  std::vector<sheet_part> parts;
  std::optional<error> why;
};
divided divide(const sheet_layout& how, std::string text) {
  divided out;
  auto made = sheet::open(how, "BIO", std::move(text));
  if (!made) {
    out.why = made.error();
    return out;
  }
  while (auto part = made->next()) out.parts.push_back(std::move(*part));
  return out;
}

plain_report report(const sheet_layout& how, const sheet_part& of) {
  const auto read = report_of_part(how, "BIO", of.bytes);
  BOOST_REQUIRE_MESSAGE(read.ok(), (read.ok() ? "" : read.error().where + ": " + read.error().text));
  return *read;
}

std::string why_not(const sheet_layout& how, std::string text) {
  const auto out = divide(how, std::move(text));
  return out.why ? out.why->where + "|" + out.why->text : "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(sheets)

BOOST_AUTO_TEST_CASE(rows_of_one_order_are_one_part) {
  const auto how = usual();
  const auto out = divide(how,
                          "Bioanalytica;;\r\n\r\n" + headings +
                            "M-1;Χρίστου Άννα;04/05/1980;F-1;20/11/2026 09:30;K;4,1;mmol/L;3,5-5,1\r\n"
                            "M-1;Χρίστου Άννα;04/05/1980;F-1;20/11/2026 09:30;NA;140;mmol/L;136-145\r\n"
                            "M-1;Χρίστου Άννα;04/05/1980;F-2;20/11/2026 09:30;K;4,2;mmol/L;3,5-5,1\r\n"
                            "M-2;Other;01/02/1970;F-3;21/11/2026;K;3,9;mmol/L;\r\n");
  BOOST_REQUIRE(!out.why);
  BOOST_REQUIRE_EQUAL(out.parts.size(), 3u);
  BOOST_TEST(out.parts[0].first_line == 4u);
  BOOST_TEST(out.parts[0].last_line == 5u);
  BOOST_TEST(out.parts[0].rows == 2u);
  const auto first = report(how, out.parts[0]);
  BOOST_TEST(first.mrn == "M-1");
  BOOST_TEST(first.family == "Χρίστου Άννα");
  BOOST_TEST(first.birth_date == "19800504");
  BOOST_TEST(first.order_number == "F-1");
  BOOST_TEST(first.collected_at == "202611200930");
  BOOST_REQUIRE_EQUAL(first.results.size(), 2u);
  BOOST_TEST(first.results[0].code == "K");
  BOOST_TEST(first.results[0].value == "4,1");
  BOOST_TEST(first.results[0].range == "3,5-5,1");
  BOOST_TEST(first.results[0].status == "F");
  BOOST_TEST(first.results[1].code == "NA");
  BOOST_TEST(report(how, out.parts[2]).collected_at == "20261121");
}

BOOST_AUTO_TEST_CASE(the_bytes_are_the_files_own) {
  auto how = usual();
  how.charset = "windows-1253";
  const auto charset = hl7::decoder::make("windows-1253");
  const auto row = *charset->encode("M-1;\"Χρίστου; \"\"Άννα\"\"\";04/05/1980;F-1;20/11/2026;K;4,1;mmol/L;");
  const auto out = divide(how, headings + row + "\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 1u);
  BOOST_TEST(out.parts[0].bytes.find(row) != std::string::npos);
  BOOST_TEST(report(how, out.parts[0]).family == "Χρίστου; \"Άννα\"");
}

BOOST_AUTO_TEST_CASE(a_file_that_says_that_it_is_utf_8_is_utf_8) {
  auto how = usual();
  how.charset = "windows-1253";
  const auto out = divide(how, "\xEF\xBB\xBF" + headings + "M-1;Άννα;;F-1;;K;4,1;;\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 1u);
  BOOST_TEST(report(how, out.parts[0]).family == "Άννα");
}

BOOST_AUTO_TEST_CASE(blank_cells_mean_what_stands_above_where_the_laboratory_says_so) {
  auto how = usual();
  const std::string text = headings +
    "M-1;A;04/05/1980;F-1;20/11/2026;K;4,1;;\r\n"
    ";;;;;NA;140;;\r\n"
    ";;;F-2;21/11/2026;K;4,0;;\r\n"
    ";;;;;NA;141;;\r\n"
    "M-2;B;01/01/1980;F-3;21/11/2026;K;3,0;;\r\n";
  how.repeats = sheet_layout::repeated::patient;
  const auto out = divide(how, text);
  BOOST_REQUIRE_EQUAL(out.parts.size(), 3u);
  const auto second = report(how, out.parts[1]);
  BOOST_TEST(second.mrn == "M-1");
  BOOST_TEST(second.order_number == "F-2");
  BOOST_TEST(second.results.size() == 2u);
  BOOST_TEST(report(how, out.parts[2]).mrn == "M-2");
  how.repeats = sheet_layout::repeated::nothing; // then such a row belongs to nobody
  const auto without = divide(how, text);
  BOOST_REQUIRE_EQUAL(without.parts.size(), 5u);
  const auto read = report_of_part(how, "BIO", without.parts[1].bytes);
  BOOST_REQUIRE(!read.ok());
  BOOST_TEST(read.error().where == "row 1");
}

BOOST_AUTO_TEST_CASE(who_fills_a_row_is_the_row_above_and_nobody_else) {
  auto how = usual();
  how.repeats = sheet_layout::repeated::patient;
  // A row that cannot be read and a total stand between: the patient above is still M-1.
  const auto out = divide(how,
                          headings +
                            "M-1;A;04/05/1980;F-1;20/11/2026;K;4,1;;\r\n"
                            ";;;F-2;99/99/2026;K;4,0;;\r\n"
                            ";;;;;NA;141;;\r\n"
                            "M-2;B;01/01/1980;F-3;21/11/2026;K;3,0;;\r\n"
                            ";;;;;NA;139;;\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 4u);
  BOOST_TEST(!report_of_part(how, "BIO", out.parts[1].bytes).ok());
  BOOST_TEST(!report_of_part(how, "BIO", out.parts[2].bytes).ok()); // its order's time is unreadable too
  const auto last = report(how, out.parts[3]);
  BOOST_TEST(last.mrn == "M-2");
  BOOST_TEST(last.results.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_bad_row_stops_no_other) {
  const auto how = usual();
  const auto out = divide(how,
                          headings +
                            "M-1;A;04/05/1980;F-1;20/11/2026;K;4,1;;\r\n"
                            "M-1;A;31/02/1980;F-1;20/11/2026;CA;9,1;;\r\n"
                            "M-1;A;04/05/1980;F-1;20/11/2026;NA;140;;\r\n"
                            ";;;F-9;20/11/2026;NA;140;;\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 4u);
  const auto bad = report_of_part(how, "BIO", out.parts[1].bytes);
  BOOST_REQUIRE(!bad.ok());
  BOOST_TEST(bad.error().where == "row 1, birth_date");
  BOOST_TEST(bad.error().text.find("1980") == std::string::npos); // it says what, not whose
  BOOST_TEST(report(how, out.parts[2]).results[0].code == "NA");
  BOOST_TEST(report_of_part(how, "BIO", out.parts[3].bytes).error().text ==
             "the row does not say whose it is");
}

BOOST_AUTO_TEST_CASE(what_is_no_result_has_a_verdict) {
  auto how = usual();
  how.skip = {"Σύνολο", "Total"};
  const auto out = divide(how,
                          headings +
                            "M-1;A;04/05/1980;F-1;20/11/2026;K;-;;\r\n"
                            "M-1;A;04/05/1980;F-1;20/11/2026;NA;δεν έγινε;;\r\n"
                            "M-1;A;04/05/1980;F-1;20/11/2026;CA;;;\r\n" +
                            headings + "Σύνολο εξετάσεων: 3;;;;;;;;\r\n;total;;;;;;;\r\n;;;;;;;;\r\n");
  std::vector<std::string> words;
  for (const auto& each : out.parts) words.emplace_back(each.verdict);
  BOOST_TEST(words ==
               (std::vector<std::string>{"no-value", "no-value", "no-value", "heading", "total", "total"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_test_may_be_called_as_totals_are) {
  auto how = usual();
  how.skip = {"Total"};
  how.repeats = sheet_layout::repeated::order;
  const auto out = divide(how,
                          headings +
                            "M-1;A;04/05/1980;F-1;20/11/2026;Total Bilirubin;1,1;;\r\n"
                            ";;;;;Total Protein;7,1;;\r\n"
                            ";;;;;Total;;;\r\n"
                            "Total: 2;;;;;;;;\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 3u);
  BOOST_TEST(report(how, out.parts[0]).results.size() == 2u);
  BOOST_TEST(out.parts[1].verdict == "total");
  BOOST_TEST(out.parts[2].verdict == "total");
}

BOOST_AUTO_TEST_CASE(a_state_or_a_remark_without_a_value_is_told) {
  auto how = usual();
  how.columns[size_t(field::status)].heading = "State";
  how.columns[size_t(field::comment)].heading = "Remark";
  const auto out = divide(how,
                          "Patient;Name;Born;Order;Taken;Test;Result;Unit;Range;State;Remark\r\n"
                          "M-1;A;;F-1;;K;-;;;cancelled;\r\n"
                          "M-1;A;;F-1;;NA;;;;final;haemolysed\r\n"
                          "M-1;A;;F-1;;CA;-;;;final;\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 2u);
  const auto read = report(how, out.parts[0]);
  BOOST_REQUIRE_EQUAL(read.results.size(), 2u);
  BOOST_TEST(read.results[0].status == "X");
  BOOST_TEST(read.results[0].value == "");
  BOOST_TEST(read.results[1].comment == "haemolysed");
  BOOST_TEST(out.parts[1].verdict == "no-value");
}

BOOST_AUTO_TEST_CASE(cells_that_moved_are_nobodys) {
  auto how = usual();
  how.delimiter = ',';
  how.repeats = sheet_layout::repeated::order;
  std::string comma = headings;
  std::replace(comma.begin(), comma.end(), ';', ',');
  const auto out = divide(how,
                          comma +
                            "M-1,A,,F-1,,K,4.1,mmol/L,3-5\r\n"
                            "M-2,B,C,,F-2,,K,6,mmol/L,3-5\r\n" // a name with a comma
                            ",,,,,NA,140,,\r\n"                // whose row is above? nobody's
                            "M-3,\"D,,F-3,,K,5.5,mmol/L,3-5\r\nM-4,E\",,F-4,,K,6.6,mmol/L,3-5\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 4u);
  BOOST_TEST(out.parts[0].unreadable == false);
  for (size_t i = 1; i < 4; ++i) {
    BOOST_TEST(out.parts[i].unreadable);
    BOOST_TEST(!report_of_part(how, "BIO", out.parts[i].bytes).ok());
  }
}

BOOST_AUTO_TEST_CASE(an_order_without_a_patient_is_nobodys_unless_the_profile_says_so) {
  auto how = usual();
  const std::string text = headings +
    "M-1;A;;F-1;;K;4,1;;\r\n;;;F-2;;K;6,9;;\r\n;;;;;;;;\r\n;;;;;NA;140;;\r\n";
  how.repeats = sheet_layout::repeated::order;
  const auto strict = divide(how, text);
  BOOST_REQUIRE_EQUAL(strict.parts.size(), 3u);
  BOOST_TEST(strict.parts[1].unreadable);
  how.repeats = sheet_layout::repeated::patient;
  const auto loose = divide(how, text);
  BOOST_REQUIRE_EQUAL(loose.parts.size(), 3u);
  BOOST_TEST(report(how, loose.parts[1]).mrn == "M-1");
  BOOST_TEST(loose.parts[2].unreadable); // behind a blank row nobody stands above
}

BOOST_AUTO_TEST_CASE(the_midnight_beside_a_time_of_its_own_is_none) {
  auto how = layout({{field::mrn, "P"},
                     {field::collected_at, "D"},
                     {field::collected_time, "T"},
                     {field::code, "C"},
                     {field::value, "V"}});
  const auto out = divide(how,
                          "P;D;T;C;V\r\nM-1;20/11/2026 00:00;09:30;GLU;90\r\nM-1;20/11/2026;9:30;K;4\r\n"
                          "M-1;20/11/2026 08:00;09:30;NA;140\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 3u);
  BOOST_TEST(report(how, out.parts[0]).collected_at == "202611200930");
  BOOST_TEST(report(how, out.parts[1]).order_number == report(how, out.parts[0]).order_number);
  BOOST_TEST(out.parts[2].unreadable);
}

BOOST_AUTO_TEST_CASE(an_empty_line_ends_what_repeats) {
  auto how = usual();
  how.repeats = sheet_layout::repeated::order;
  const auto out = divide(how, headings + "M-1;A;;F-1;;K;4,1;;\r\n;;;;;CA;9,1;;\r\n\r\n;;;;;NA;140;;\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 2u);
  BOOST_TEST(out.parts[0].rows == 2u);
  BOOST_TEST(out.parts[1].unreadable);
}

BOOST_AUTO_TEST_CASE(what_was_not_done_keeps_its_place) {
  auto how = layout({{field::mrn, "P"}, {field::order_number, "O"}, {field::code, "C"}, {field::value, "V"}});
  const auto sub_ids = [&](const std::string& second) {
    std::string out;
    for (const auto& part :
         divide(how, "P;O;C;V\nM-1;1;GLU;90\nM-1;1;GLU;" + second + "\nM-1;1;GLU;140\n").parts)
      if (part.verdict.empty())
        for (const auto& each : report(how, part).results) out += each.value + ":" + each.sub_id + " ";
    return out;
  };
  BOOST_TEST(sub_ids("-") == "90: 140:3 ");
  BOOST_TEST(sub_ids("180") == "90: 180:2 140:3 ");
}

BOOST_AUTO_TEST_CASE(reports_tell_orders_apart_where_nothing_else_does) {
  auto how = layout({{field::mrn, "P"}, {field::reported_at, "R"}, {field::code, "C"}, {field::value, "V"}});
  const auto out = divide(how, "P;R;C;V\nM-1;01/11/2026;GLU;90\nM-1;08/11/2026;GLU;91\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 2u);
  BOOST_TEST(report(how, out.parts[1]).results[0].sub_id == "");
}

BOOST_AUTO_TEST_CASE(a_part_of_an_older_profile_is_nobodys_where_the_new_one_tells_its_rows_apart) {
  auto old = layout(
    {{field::family, "N"}, {field::collected_at, "T"}, {field::code, "C"}, {field::value, "V"}});
  const auto out = divide(old, "N;ID;T;C;V\nA;1;20/11/2026;GLU;90\nA;2;20/11/2026;K;4\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 1u);
  auto mended = old;
  mended.columns[size_t(field::cyprus_id)].heading = "ID";
  BOOST_TEST(!report_of_part(mended, "BIO", out.parts[0].bytes).ok());
}

BOOST_AUTO_TEST_CASE(places_are_of_one_patients_specimen) {
  auto how = layout({{field::mrn, "P"},
                     {field::order_number, "O"},
                     {field::collected_at, "T"},
                     {field::code, "C"},
                     {field::value, "V"}});
  const auto out = divide(
    how, "P;O;T;C;V\r\nM-1;17;20/11/2026;GLU;90\r\nM-2;17;20/11/2026;GLU;91\r\nM-2;17;21/11/2026;GLU;92\r\n");
  for (const auto& each : out.parts) BOOST_TEST(report(how, each).results[0].sub_id == "");
}

BOOST_AUTO_TEST_CASE(a_row_can_be_an_order_with_a_column_for_each_test) {
  auto how = layout({{field::mrn, "ID"}, {field::collected_at, "Date"}, {field::family, "Name"}});
  how.test_a_column = true;
  how.units = sheet_layout::units_in::heading;
  how.ignore = {"Doctor"};
  const auto out = divide(how,
                          "ID;Name;Date;Doctor;CREAT (mg/dL);GLU [mg/dL];PAP\r\n"
                          "M-1;A;20/11/2026;X;0,9;-;Αρνητικό\r\n"
                          "M-2;B;20/11/2026;X;;;\r\n");
  BOOST_REQUIRE_EQUAL(out.parts.size(), 2u);
  const auto first = report(how, out.parts[0]);
  BOOST_REQUIRE_EQUAL(first.results.size(), 2u);
  BOOST_TEST(first.results[0].code == "CREAT");
  BOOST_TEST(first.results[0].unit == "mg/dL");
  BOOST_TEST(first.results[1].value == "Αρνητικό");
  BOOST_TEST(out.parts[1].verdict == "no-value");

  how.units = sheet_layout::units_in::below;
  const auto below = divide(
    how, "ID;Name;Date;Doctor;CREAT;GLU\r\n;;;;mg/dL;mmol/L\r\nM-1;A;20/11/2026;X;0,9;5,5\r\n");
  BOOST_REQUIRE_EQUAL(below.parts.size(), 1u);
  BOOST_TEST(report(how, below.parts[0]).results[1].unit == "mmol/L");
}

BOOST_AUTO_TEST_CASE(rows_without_an_order_are_known_by_patient_time_test_and_place) {
  auto how = layout({{field::mrn, "P"}, {field::collected_at, "T"}, {field::code, "C"}, {field::value, "V"}});
  const std::string text = "P;T;C;V\r\nM-1;20/11/2026 09:00;GLU;90\r\nM-2;20/11/2026 09:00;GLU;91\r\n"
                           "M-1;20/11/2026 09:00;GLU;150\r\nM-1;20/11/2026 11:00;GLU;110\r\n";
  const auto out = divide(how, text);
  BOOST_REQUIRE_EQUAL(out.parts.size(), 4u);
  const auto first = report(how, out.parts[0]), other = report(how, out.parts[1]),
             again = report(how, out.parts[2]), later = report(how, out.parts[3]);
  BOOST_TEST(first.order_number == again.order_number); // far apart in the file, and yet one order
  BOOST_TEST(first.results[0].sub_id == "");
  BOOST_TEST(again.results[0].sub_id == "2"); // so that it takes no other's place
  BOOST_TEST(first.order_number != other.order_number);
  BOOST_TEST(first.order_number != later.order_number);
  const auto in_another_file = divide(how, "export 5\r\n" + text);
  for (size_t i = 0; i < out.parts.size(); ++i)
    BOOST_TEST(out.parts[i].bytes == in_another_file.parts[i].bytes);
}

BOOST_AUTO_TEST_CASE(whole_files_are_refused_with_their_place) {
  const auto how = usual();
  const std::string row = "M-1;A;04/05/1980;F-1;20/11/2026;K;4,1;mmol/L;3-5\r\n";
  BOOST_TEST(why_not(how, "") == "|the file is empty");
  BOOST_TEST(why_not(how, headings) == "|there are no rows under the headings");
  BOOST_TEST(why_not(how, "Patient;Name;Born;Order;Taken;Test;Value;Unit;Range\r\n" + row) ==
             "line 1|no row has all headings; missing in the nearest: 'Result'");
  BOOST_TEST(why_not(how, "Patient;Name;Born;Order;Taken;Test;Result;Result;Unit;Range\r\n" + row) ==
             "line 1|the heading 'Result' stands there twice");
  BOOST_TEST(why_not(how, headings + row + "M-1;A;04/05/19") ==
             "line 3|the file ends in the middle of a row");
  BOOST_TEST(why_not(how, headings + "M-1;\"A;04/05/1980\r\n" + row) ==
             "line 2|a quote is opened and never closed");
  BOOST_TEST(why_not(how, std::string("\xff\xfeP\0", 4)).starts_with("|the file is UTF-16"));
  BOOST_TEST(why_not(how, headings + row + "M-1;\xc4\xf0;;F-1;20/11/2026;K;4,1;;\r\n")
               .starts_with("line 3|bytes that"));
  auto greek = how;
  greek.charset = "windows-1253";
  BOOST_TEST(why_not(greek, headings + "M-1;Άννα;;F-1;20/11/2026;K;4,1;;\r\n") ==
             "|the file is UTF-8, and the profile's charset is 'windows-1253'");
  BOOST_TEST(why_not(how, headings + "M-1;size 5\" tube;04/05/1980;F-1;20/11/2026;K;4,1;mmol/L;3-5\r\n") ==
             "");
}

BOOST_AUTO_TEST_CASE(days_and_times_are_read_as_the_pattern_says) {
  const auto read = [](std::string_view cell, std::string_view pattern) {
    return sheet_time(cell, pattern).value_or("none");
  };
  BOOST_TEST(read("20/11/2026", "dd/MM/yyyy") == "20261120");
  BOOST_TEST(read("1/2/2026", "d/M/yyyy") == "20260201");
  BOOST_TEST(read("1/2/2026", "dd/MM/yyyy") == "none");
  BOOST_TEST(read("11/20/2026", "dd/MM/yyyy") == "none"); // no month 20
  BOOST_TEST(read("31/02/2026", "dd/MM/yyyy") == "none");
  BOOST_TEST(read("20-11-26", "dd-MM-yy") == "20261120");
  BOOST_TEST(read("20/11/2026 09:30", "dd/MM/yyyy HH:mm") == "202611200930");
  BOOST_TEST(read("20/11/2026", "dd/MM/yyyy HH:mm") == "20261120");
  BOOST_TEST(read("20/11/2026 09", "dd/MM/yyyy HH:mm") == "none");
  BOOST_TEST(read("20/11/2026 24:00", "dd/MM/yyyy HH:mm") == "none");
  BOOST_TEST(read("20/11/2026 09:30 x", "dd/MM/yyyy HH:mm") == "none");
  BOOST_TEST(read("2026-11-20T09:30:15", "yyyy-MM-ddTHH:mm:ss") == "20261120093015");
  BOOST_TEST(read("46346", "excel") == "20261120");
  BOOST_TEST(read("46346,5", "excel") == "20261120120000");
  BOOST_TEST(read("20/11/2026", "excel") == "none");
  BOOST_TEST(sheet_pattern_fault("dd/MM/yyyy").empty());
  BOOST_TEST(!sheet_pattern_fault("dd/mm/yyyy").empty());
  BOOST_TEST(!sheet_pattern_fault("DD/MM/YYYY").empty());
  BOOST_TEST(!sheet_pattern_fault("dd/MM").empty());
}

/// Whatever is in a file: each row below the headings is in one part or has a verdict, in whatever pieces it
/// is divided, and never are rows of two patients in one part.
BOOST_AUTO_TEST_CASE(any_file_is_told_row_by_row) {
  std::mt19937 chance(7);
  const auto one_of = [&](std::initializer_list<const char*> all) {
    return std::string(*(all.begin() + chance() % all.size()));
  };
  for (int round = 0; round < 400; ++round) {
    auto how = usual();
    how.repeats = sheet_layout::repeated(round % 3);
    how.skip = {"Total"};
    std::string text = headings;
    uint64_t rows = 0;
    for (int i = 0; i < 30; ++i, ++rows)
      text += one_of({"M-1", "M-2", "", "Total"}) + ";" + one_of({"A", "", "\"B\nC\""}) + ";" +
        one_of({"04/05/1980", "", "x"}) + ";" + one_of({"F-1", "F-2", ""}) + ";" +
        one_of({"20/11/2026", "", "20/13/2026"}) + ";" + one_of({"K", "NA", ""}) + ";" +
        one_of({"4,1", "", "-", "\"\""}) + ";mmol/L;\"3\"\"5\"\r\n";
    const auto out = divide(how, text);
    BOOST_REQUIRE(!out.why);
    uint64_t told = 0;
    for (const auto& each : out.parts) {
      told += each.rows;
      BOOST_TEST(each.bytes.empty() == !each.verdict.empty());
      if (each.bytes.empty()) continue;
      const auto read = report_of_part(how, "BIO", each.bytes);
      if (!read) BOOST_TEST(each.rows == 1u);
      else BOOST_TEST(read->results.size() == each.rows);
    }
    BOOST_TEST(told == rows);
  }
}

BOOST_AUTO_TEST_SUITE_END()

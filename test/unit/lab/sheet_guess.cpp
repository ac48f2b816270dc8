// What a file looks like: proposed with what stayed unclear, and read by its own proposal.
#include "engine/lab/sheet_guess.hpp"
#include "engine/hl7/charset.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace aorta;
using namespace aorta::lab;

namespace {

bool tells(const sheet_guess& of, std::string_view word) {
  return std::any_of(of.unclear.begin(), of.unclear.end(),
                     [&](const auto& each) { return each.find(word) != each.npos; });
}

const std::string greek =
  "Ταυτότητα;Επώνυμο;Ημ. γέννησης;Αρ. δείγματος;Ημερομηνία;Κωδικός;Αποτέλεσμα;Μονάδα\r\n"
  "701122;Άννα;21/05/1962;1;23/11/2026 07:15;K;4,1;mmol/L\r\n"
  ";;;;;CREAT;0,95;mg/dL\r\n";

} // namespace

BOOST_AUTO_TEST_SUITE(sheet_guesses)

BOOST_AUTO_TEST_CASE(a_file_of_a_greek_spreadsheet) {
  const auto bytes = *(*hl7::decoder::make("windows-1253")).encode(greek);
  const auto guessed = guess_sheet(bytes);
  BOOST_REQUIRE(guessed.ok());
  const auto& how = guessed->layout;
  BOOST_TEST(how.delimiter == ';');
  BOOST_TEST(how.charset == "windows-1253");
  BOOST_TEST(how.date == "dd/MM/yyyy");
  BOOST_TEST(how.time == "dd/MM/yyyy HH:mm");
  BOOST_TEST((how.repeats == sheet_layout::repeated::order));
  BOOST_TEST(tells(*guessed, "repeats"));
  BOOST_TEST(guessed->decimal_comma);
  BOOST_TEST(guessed->tests == (std::vector<std::string>{"K", "CREAT"}), boost::test_tools::per_element());
  auto file = sheet::open(how, "X", bytes); // the proposal reads the file that it was made of
  BOOST_REQUIRE(file.ok());
  const auto part = file->next();
  BOOST_REQUIRE(part.has_value());
  const auto report = report_of_part(how, "X", part->bytes);
  BOOST_REQUIRE(report.ok());
  BOOST_TEST(report->family == "Άννα");
  BOOST_TEST(report->results.size() == 2u);
}

BOOST_AUTO_TEST_CASE(what_could_be_either_is_told) {
  const auto guessed = guess_sheet(
    "Patient ID,DOB,Date,Test,Result\n1,01/02/1990,03/04/2026 09:00,K,1.234\n");
  BOOST_REQUIRE(guessed.ok());
  BOOST_TEST(tells(*guessed, "dd/MM/yyyy or MM/dd/yyyy"));
  BOOST_TEST(tells(*guessed, "thousands"));
  BOOST_TEST(tells(*guessed, "only ASCII"));
  BOOST_TEST(tells(*guessed, "the laboratory's, which finds nobody"));
  const auto american = guess_sheet("Patient ID,DOB,Date,Test,Result\n1,12/31/1990,03/24/2026 09:00,K,4.1\n");
  BOOST_REQUIRE(american.ok());
  BOOST_TEST(american->layout.date == "MM/dd/yyyy");
  BOOST_TEST(!tells(*american, "dd/MM"));
}

BOOST_AUTO_TEST_CASE(a_column_for_each_test) {
  const auto guessed = guess_sheet(
    "ID Card;Date;Doctor;GLU (mg/dL);CREAT (mg/dL)\n701122;23/11/2026 07:15;X;90;0,9\n");
  BOOST_REQUIRE(guessed.ok());
  BOOST_TEST(guessed->layout.test_a_column);
  BOOST_TEST((guessed->layout.units == sheet_layout::units_in::heading));
  BOOST_TEST(tells(*guessed, "'Doctor' has no numbers"));
  BOOST_TEST(guessed->tests == (std::vector<std::string>{"Doctor", "GLU", "CREAT"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(no_cell_is_in_what_is_told) {
  for (const auto* text : {"", "one line", "a;b;c\n1;2;3\n"}) BOOST_TEST(!guess_sheet(text).ok());
  const auto guessed = guess_sheet(greek);
  BOOST_REQUIRE(guessed.ok());
  for (const auto& each : guessed->unclear)
    for (const auto* cell : {"701122", "Άννα", "1962"}) BOOST_TEST(each.find(cell) == each.npos);
}

BOOST_AUTO_TEST_SUITE_END()

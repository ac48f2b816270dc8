// What a person types is compared with the value of which they were told.
#include "engine/critical/read_back.hpp"

#include <boost/test/unit_test.hpp>

using aorta::critical::reads_same;
using aorta::critical::shown;

namespace {

const shown potassium{"2823-3", "7.20", "mmol/L", "", "7.20", "mmol/L"};
const shown glucose{"2345-7", "36.0", "mg/dL", "", "2.00", "mmol/L"}; // filed in the clinic's unit
const shown platelets{"777-3", "20", "10*9/L", "<", "<20", "10^9/L"};
const shown culture{"600-7", "Staphylococcus  aureus", "", "", "Staphylococcus  aureus", ""};

} // namespace

BOOST_AUTO_TEST_SUITE(read_back)

BOOST_AUTO_TEST_CASE(a_number_is_the_same_however_it_is_written) {
  for (const char* typed : {"7.20", "7.2", " 7,2 ", "07.2"})
    BOOST_TEST(reads_same(potassium, typed, ""), typed);
  for (const char* unit : {"mmol/L", "mmol/l", "mEq/L"}) BOOST_TEST(reads_same(potassium, "7.2", unit), unit);
}

BOOST_AUTO_TEST_CASE(another_number_sign_or_unit_is_another_value) {
  for (const char* typed : {"2.7", "7.3", "7.21", "72", "-7.2", "<7.2", "", "high", "7.2 mmol"})
    BOOST_TEST(!reads_same(potassium, typed, ""), typed);
  for (const char* unit : {"mg/dL", "umol/L", "furlong"})
    BOOST_TEST(!reads_same(potassium, "7.2", unit), unit);
}

BOOST_AUTO_TEST_CASE(the_laboratorys_own_number_counts_with_its_unit) {
  BOOST_TEST(reads_same(glucose, "36", "mg/dL"));
  BOOST_TEST(reads_same(glucose, "36.0", ""));
  BOOST_TEST(reads_same(glucose, "2.0", "mmol/L"));
  BOOST_TEST(!reads_same(glucose, "2.0", ""));
  BOOST_TEST(!reads_same(glucose, "2.1", "mmol/L"));
}

BOOST_AUTO_TEST_CASE(a_unit_that_converts_is_converted_there_and_back) {
  const shown filed{"2345-7", "36.0", "mg/dL", "", "", ""};
  BOOST_TEST(reads_same(filed, "2.00", "mmol/L")); // 36.03 and 2.00
  BOOST_TEST(!reads_same(filed, "2.02", "mmol/L"));
  const shown coarse{"2345-7", "2", "mmol/L", "", "", ""};
  BOOST_TEST(reads_same(coarse, "36", "mg/dL"));
  BOOST_TEST(!reads_same(coarse, "40", "mg/dL")); // 2.2 is 2, but 2 is not 40
}

BOOST_AUTO_TEST_CASE(a_comparator_belongs_to_the_number) {
  BOOST_TEST(reads_same(platelets, "<20", ""));
  BOOST_TEST(reads_same(platelets, "< 20", "10*9/L"));
  BOOST_TEST(!reads_same(platelets, "20", ""));
  BOOST_TEST(!reads_same(platelets, ">20", ""));
}

BOOST_AUTO_TEST_CASE(text_is_the_same_without_regard_to_case_and_blanks) {
  BOOST_TEST(reads_same(culture, " staphylococcus aureus", ""));
  BOOST_TEST(!reads_same(culture, "staphylococcus", ""));
  BOOST_TEST(!reads_same(culture, "", ""));
}

BOOST_AUTO_TEST_SUITE_END()

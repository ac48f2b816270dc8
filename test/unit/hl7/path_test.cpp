#include "engine/hl7/path.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta::hl7;

BOOST_AUTO_TEST_SUITE(paths)

BOOST_AUTO_TEST_CASE(a_path_literal_names_each_index) {
  constexpr path where = "OBX[2]-5[3].1.4"_path;
  BOOST_TEST(std::string(where.segment, 3) == "OBX");
  BOOST_TEST(where.occurrence == 2);
  BOOST_TEST(where.field == 5);
  BOOST_TEST(where.repetition == 3);
  BOOST_TEST(where.component == 1);
  BOOST_TEST(where.subcomponent == 4);
}

BOOST_AUTO_TEST_CASE(indices_left_out_are_the_first_or_the_whole) {
  BOOST_CHECK(("PID"_path == path{{'P', 'I', 'D'}, 1, 0, 1, 0, 0}));
  BOOST_CHECK(("ZX1-12"_path == path{{'Z', 'X', '1'}, 1, 12, 1, 0, 0}));
  BOOST_CHECK(("PID-3[1]"_path == "PID-3"_path));
}

BOOST_AUTO_TEST_CASE(a_path_is_written_as_short_as_it_reads_back) {
  for (const char* text : {"PID", "OBX[2]", "PID-3", "OBX[2]-5[3].1.4", "OBX-5.1", "MSH-9.2", "PID-3[65535]"})
    BOOST_TEST(to_text(*parse_path(text)) == text);
  BOOST_TEST(to_text(*parse_path("OBX[1]-5[1].1")) == "OBX-5.1");
}

BOOST_AUTO_TEST_CASE(what_is_no_path_is_refused) {
  for (const char* text : {"",         "P",           "PI",        "pid-3",
                           "1ID-3",    "PID-",        "PID-0",     "PID[0]-3",
                           "PID[]-3",  "PID[1-3",     "PID-3.",    "PID-3.0",
                           "PID-3.1.", "PID-3.1.1.1", "PID-65536", "PID-99999999999999999999",
                           "PID 3",    "PIDX-3",      "PID-3[1",   "PID-3 "})
    BOOST_CHECK_MESSAGE(!parse_path(text), text);
}

BOOST_AUTO_TEST_SUITE_END()

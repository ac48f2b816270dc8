#include "engine/base/clock.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace std::chrono;

namespace {

timestamp at(std::string_view text) {
  timestamp out{};
  BOOST_TEST_REQUIRE(from_iso(text, out), text);
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(clock_)

BOOST_AUTO_TEST_CASE(an_instant_is_written_in_utc_with_its_fraction_only_when_there_is_one) {
  const timestamp when = sys_days{2026y / 11 / 23} + 8h + 15min;
  BOOST_TEST(to_iso(when) == "2026-11-23T08:15:00Z");
  BOOST_TEST(to_iso(when + 123456us) == "2026-11-23T08:15:00.123456Z");
  BOOST_TEST(to_iso(when + 7us) == "2026-11-23T08:15:00.000007Z");
}

BOOST_AUTO_TEST_CASE(an_offset_moves_the_civil_time_and_not_the_instant) {
  const timestamp when = sys_days{2026y / 11 / 20} + 7h;
  BOOST_TEST(to_iso(when, 120min) == "2026-11-20T09:00:00+02:00");
  BOOST_TEST(to_iso(when, -570min) == "2026-11-19T21:30:00-09:30");
  BOOST_TEST(to_iso(when, 0min) == "2026-11-20T07:00:00+00:00");
}

BOOST_AUTO_TEST_CASE(times_before_1970_keep_their_fraction_and_day) {
  BOOST_TEST(to_iso(timestamp{-1us}) == "1969-12-31T23:59:59.999999Z");
  BOOST_CHECK(at("1969-12-31T23:59:59.999999Z") == timestamp{-1us});
}

BOOST_AUTO_TEST_CASE(what_was_written_reads_back_as_the_same_instant) {
  for (const auto micros :
       {0LL, 1LL, 1'795'421'700'123'456LL, -62'135'596'800'000'000LL, 4'102'444'799'999'999LL}) {
    const timestamp when{microseconds{micros}};
    BOOST_CHECK(at(to_iso(when)) == when);
    BOOST_CHECK(at(to_iso(when, 120min)) == when);
    BOOST_CHECK(at(to_iso(when, -210min)) == when);
  }
}

BOOST_AUTO_TEST_CASE(shorter_forms_are_read_as_utc) {
  BOOST_CHECK(at("2026-11-23") == sys_days{2026y / 11 / 23});
  BOOST_CHECK(at("2026-11-23T08:15") == sys_days{2026y / 11 / 23} + 8h + 15min);
  BOOST_CHECK(at("2026-11-23 08:15:01") == sys_days{2026y / 11 / 23} + 8h + 15min + 1s);
  BOOST_CHECK(at("2026-11-23 08:15:01.5+02") == sys_days{2026y / 11 / 23} + 6h + 15min + 1s + 500ms);
  BOOST_CHECK(at("2026-11-23T08:15-0330") == sys_days{2026y / 11 / 23} + 11h + 45min);
  BOOST_CHECK(at("2026-11-23T08:15:00.1234567Z") == sys_days{2026y / 11 / 23} + 8h + 15min + 123456us);
}

BOOST_AUTO_TEST_CASE(what_is_no_time_is_refused_and_leaves_the_output_alone) {
  for (const char* text : {"",
                           "2026",
                           "2026-11",
                           "2026-1-23",
                           "2026-02-29",
                           "2026-13-01",
                           "2026-00-10",
                           "2026/11/23",
                           "2026-11-23T",
                           "2026-11-23T08",
                           "2026-11-23T08:1",
                           "2026-11-23T24:00",
                           "2026-11-23T08:60",
                           "2026-11-23T08:15:60",
                           "2026-11-23T08:15:",
                           "2026-11-23T08:15:00.",
                           "2026-11-23T08:15:00.Z",
                           "2026-11-23T08:15Zx",
                           "2026-11-23T08:15+",
                           "2026-11-23T08:15+2",
                           "2026-11-23T08:15+02:",
                           "2026-11-23T08:15+02:0",
                           "2026-11-23T08:15+02:60",
                           "2026-11-23T08:15+16:00",
                           "2026-11-23x08:15",
                           " 2026-11-23",
                           "2026-11-23 "}) {
    timestamp out{42us};
    BOOST_TEST(!from_iso(text, out), text);
    BOOST_CHECK(out == timestamp{42us});
  }
}

BOOST_AUTO_TEST_CASE(leap_days_exist_where_the_calendar_has_them) {
  BOOST_TEST(valid_date(2024, 2, 29));
  BOOST_TEST(valid_date(2000, 2, 29));
  BOOST_TEST(!valid_date(1900, 2, 29));
  BOOST_TEST(!valid_date(2026, 2, 29));
  BOOST_TEST(!valid_date(2026, 4, 31));
  BOOST_TEST(!valid_date(2026, 0, 1));
  BOOST_TEST(!valid_date(2026, 1, 0));
}

BOOST_AUTO_TEST_CASE(the_machines_clock_is_past_the_day_this_was_written) {
  BOOST_CHECK(system_clock_source{}.now() > timestamp{sys_days{2020y / 1 / 1}});
}

BOOST_AUTO_TEST_SUITE_END()

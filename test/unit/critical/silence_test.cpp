// Who falls silent, and when that is news.
#include "engine/critical/silence.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace aorta::critical;
using namespace std::chrono;
using enum silence_news;

namespace {

timestamp at(const char* text) {
  timestamp out;
  BOOST_REQUIRE(from_iso(text, out));
  return out;
}

expectation hourly(std::vector<const char*> spans = {}) {
  expectation out;
  out.within = hours(1);
  for (const auto* each : spans) out.hours.push_back(*read_hours(each));
  return out;
}

const timestamp long_ago = at("2020-01-01T00:00:00Z");

silence_news look_at(const expectation& of, const char* last, const char* now) {
  return look(of, at(last), long_ago, {}, at(now));
}

} // namespace

BOOST_AUTO_TEST_SUITE(silence)

BOOST_AUTO_TEST_CASE(who_sends_nothing_for_so_long_is_silent) {
  const auto of = hourly();
  BOOST_TEST(bool(look_at(of, "2026-11-26T10:00:00Z", "2026-11-26T10:59:59Z") == none));
  BOOST_TEST(bool(look_at(of, "2026-11-26T10:00:00Z", "2026-11-26T11:00:00Z") == silent));
}

BOOST_AUTO_TEST_CASE(it_is_told_once_and_its_return_once) {
  const auto of = hourly();
  const auto since = at("2026-11-26T11:00:00Z");
  BOOST_TEST(bool(look(of, at("2026-11-26T10:00:00Z"), long_ago, since, at("2026-11-26T20:00:00Z")) == none));
  BOOST_TEST(bool(look(of, at("2026-11-26T19:59:00Z"), long_ago, since, at("2026-11-26T20:00:00Z")) == back));
}

// 07:00 in Nicosia is 05:00 of UTC in winter, and 04:00 in summer.
BOOST_AUTO_TEST_CASE(a_night_is_no_silence_and_a_morning_begins_anew) {
  const auto of = hourly({"Mon-Fri 07:00-19:00"});
  const auto* evening = "2026-11-26T16:58:00Z"; // Thursday, 18:58
  BOOST_TEST(bool(look_at(of, evening, "2026-11-26T23:00:00Z") == none));
  BOOST_TEST(bool(look_at(of, evening, "2026-11-27T05:00:00Z") == none));
  BOOST_TEST(bool(look_at(of, evening, "2026-11-27T05:59:59Z") == none));
  BOOST_TEST(bool(look_at(of, evening, "2026-11-27T06:00:00Z") == silent));              // Friday, 08:00
  BOOST_TEST(bool(look_at(of, "2026-11-27T16:00:00Z", "2026-11-28T10:00:00Z") == none)); // Saturday
  BOOST_TEST(bool(look_at(of, "2026-07-15T16:00:00Z", "2026-07-16T04:59:00Z") == none));
  BOOST_TEST(bool(look_at(of, "2026-07-15T16:00:00Z", "2026-07-16T05:00:00Z") == silent));
}

BOOST_AUTO_TEST_CASE(hours_may_go_over_midnight) {
  const auto of = hourly({"20:00-08:00"});
  BOOST_TEST(bool(look_at(of, "2026-11-26T21:00:00Z", "2026-11-26T22:30:00Z") == silent)); // 23:00 to 00:30
}

// What came while nobody looked, nobody has noted.
BOOST_AUTO_TEST_CASE(an_engine_that_was_away_waits_as_long_as_any_other) {
  const auto of = hourly();
  const auto began = at("2026-11-26T12:00:00Z");
  BOOST_TEST(bool(look(of, at("2026-11-26T08:00:00Z"), began, {}, began + minutes(59)) == none));
  BOOST_TEST(bool(look(of, at("2026-11-26T08:00:00Z"), began, {}, began + minutes(60)) == silent));
}

BOOST_AUTO_TEST_CASE(hours_that_are_too_short_are_seen) {
  BOOST_TEST(bool(longest_open(hourly({"Mon-Fri 07:00-19:00"})) == hours(12)));
  BOOST_TEST(bool(longest_open(hourly({"Fri 12:00-24:00", "Sat 00:00-06:00"})) == hours(18)));
  BOOST_TEST(bool(longest_open(hourly({"Sun 22:00-02:00"})) == hours(4)));
  BOOST_TEST(bool(longest_open(hourly()) == hours(7 * 24)));
  BOOST_TEST(words_for(hourly({"Sat,Sun 20:00-08:00"}).hours) == "Sat,Sun 20:00-08:00");
  BOOST_TEST(words_for({}) == "always");
}

BOOST_AUTO_TEST_SUITE_END()

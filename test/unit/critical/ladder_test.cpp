// Who hears of a critical value, and when.
#include "engine/critical/ladder.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace aorta::critical;
using namespace std::chrono;
using is = move::kind;

namespace {

timestamp at(const char* text) {
  timestamp out;
  BOOST_REQUIRE(from_iso(text, out));
  return out;
}

const timestamp thursday = at("2026-11-26T10:00:00Z"); // 12:00 in Nicosia

rung step(const char* destination, int after_minutes) {
  rung out;
  out.destination = destination;
  out.after = minutes(after_minutes);
  return out;
}

const rules& some() {
  static const rules out = [] {
    rules made;
    made.rungs = {step("doctor", 0), step("oncall", 10), step("head", 20)};
    return made;
  }();
  return out;
}

standing fresh() {
  standing out;
  out.detected = thursday;
  out.observed = thursday - hours(1);
  out.next_at = thursday;
  return out;
}

/// What the store keeps of a move.
void take(standing& of, const move& what) {
  of.admitted = true;
  of.level = what.level;
  of.next_at = what.next_at;
  if (what.is == is::notify) of.is = what.level > 1 ? state::escalated : state::notified;
  if (what.is == is::unreachable) of.is = state::unreachable;
}

std::string heard(const move& what) { return what.rung != nullptr ? what.rung->destination : ""; }

} // namespace

BOOST_AUTO_TEST_SUITE(ladder)

BOOST_AUTO_TEST_CASE(rungs_are_climbed_at_their_times_and_then_somebody_has_to_call) {
  const auto by = some();
  auto alert = fresh();
  std::vector<std::string> told;
  for (auto now = thursday; now <= thursday + hours(1); now += seconds(30)) {
    const auto next = climb(alert, by, now);
    if (next.is == is::rest) continue;
    const auto minute = std::to_string(duration_cast<minutes>(now - thursday).count());
    told.push_back(next.is == is::unreachable ? "by hand " + minute : heard(next) + " " + minute);
    take(alert, next);
  }
  const std::vector<std::string> right{"doctor 0", "oncall 10", "head 20", "by hand 30"};
  BOOST_TEST(told == right, boost::test_tools::per_element());
  BOOST_TEST(bool(climb(alert, by, thursday + hours(9)).is == is::rest));
}

BOOST_AUTO_TEST_CASE(nobody_hears_more_once_a_person_has_it) {
  auto alert = fresh();
  take(alert, climb(alert, some(), thursday));
  alert.is = state::acknowledged;
  BOOST_TEST(bool(climb(alert, some(), thursday + hours(2)).is == is::rest));
}

BOOST_AUTO_TEST_CASE(a_clock_that_jumps_climbs_one_rung_and_not_all) {
  auto alert = fresh();
  take(alert, climb(alert, some(), thursday));
  const auto later = thursday + hours(5);
  const auto next = climb(alert, some(), later);
  BOOST_TEST(heard(next) == "oncall");
  take(alert, next);
  BOOST_TEST(bool(climb(alert, some(), later).is == is::rest));
  BOOST_TEST(heard(climb(alert, some(), later + minutes(10))) == "head");
}

BOOST_AUTO_TEST_CASE(old_news_run_no_ladder_and_what_has_no_time_does) {
  auto alert = fresh();
  alert.observed = thursday - hours(49);
  BOOST_TEST(bool(climb(alert, some(), thursday).is == is::late));
  // The engine was away: what was fresh when it came is fresh.
  alert.observed = thursday - hours(47);
  BOOST_TEST(heard(climb(alert, some(), thursday + hours(12))) == "doctor");
  alert.observed.reset();
  BOOST_TEST(heard(climb(alert, some(), thursday)) == "doctor");
}

BOOST_AUTO_TEST_CASE(the_same_value_of_the_same_result_is_folded) {
  auto alert = fresh();
  alert.known = true;
  BOOST_TEST(bool(climb(alert, some(), thursday).is == is::fold));
}

BOOST_AUTO_TEST_CASE(a_rung_is_for_whom_it_says) {
  auto by = some();
  by.rungs[0].of = whose::matched;
  by.rungs.insert(by.rungs.begin(), step("records-office", 0));
  by.rungs[0].of = whose::unmatched;
  by.rungs[2].only = band::risk;
  auto nobodys = fresh();
  nobodys.matched = false;
  BOOST_TEST(heard(climb(nobodys, by, thursday)) == "records-office");
  BOOST_TEST(heard(climb(fresh(), by, thursday)) == "doctor");
  auto mild = fresh();
  mild.how = band::significant;
  take(mild, climb(mild, by, thursday));
  BOOST_TEST(bool(*mild.next_at == thursday + minutes(20)));
  BOOST_TEST(heard(climb(mild, by, thursday + minutes(20))) == "head");
}

BOOST_AUTO_TEST_CASE(outside_of_its_hours_a_rung_is_passed_by_and_the_pauses_stay) {
  auto by = some();
  by.rungs[0].hours = {*read_hours("Mon-Fri 08:00-11:30")}; // it is noon
  auto alert = fresh();
  const auto first = climb(alert, by, thursday);
  BOOST_TEST(bool(first.is == is::wait));
  take(alert, first);
  BOOST_TEST(heard(climb(alert, by, thursday + minutes(10))) == "oncall");
}

BOOST_AUTO_TEST_CASE(hours_go_by_the_clinics_clock_in_winter_and_summer) {
  rules by;
  by.rungs = {step("day", 0)};
  by.rungs[0].hours = {*read_hours("08:00-15:00")};
  const auto hears = [&](const char* when) {
    auto alert = fresh();
    alert.detected = at(when);
    alert.observed.reset();
    return climb(alert, by, at(when)).is == is::notify;
  };
  BOOST_TEST(!hears("2026-11-26T05:59:00Z")); // UTC+2
  BOOST_TEST(hears("2026-11-26T06:00:00Z"));
  BOOST_TEST(hears("2026-07-01T05:00:00Z")); // UTC+3
  BOOST_TEST(!hears("2026-07-01T12:00:00Z"));
}

BOOST_AUTO_TEST_CASE(hours_are_read_as_people_write_them) {
  const auto night = read_hours("Fri-Mon 22:00-06:30");
  BOOST_REQUIRE(bool(night));
  BOOST_TEST(int(night->days) == 0b1110001);
  BOOST_TEST(night->from == 22 * 60);
  BOOST_TEST(night->to == 6 * 60 + 30);
  BOOST_TEST(bool(read_hours("Sat,Sun 00:00-24:00")));
  for (const char* no : {"", "8:00-15:00", "08:00", "Mond 08:00-15:00", "08:00-25:00", "08:60-09:00",
                         "08:00-08:00", "24:00-08:00", "Mon 08:00 - 15:00"})
    BOOST_TEST(!read_hours(no), no);
}

BOOST_AUTO_TEST_CASE(when_nobody_would_hear_is_said) {
  rules by;
  BOOST_TEST(gap_of(by, band::risk, true) == "at any time");
  by.rungs = {step("day", 0), step("night", 10)};
  by.rungs[0].hours = {*read_hours("08:00-20:00")};
  by.rungs[1].hours = {*read_hours("Mon-Sat 20:00-08:00")};
  BOOST_TEST(gap_of(by, band::risk, true) == "Mon 00:00");
  by.rungs[1].hours = {*read_hours("19:00-08:30")};
  BOOST_TEST(gap_of(by, band::risk, true) == "");
  by.rungs[1].only = band::risk;
  BOOST_TEST(gap_of(by, band::significant, true) == "Mon 00:00");
}

BOOST_AUTO_TEST_CASE(without_a_ladder_somebody_has_to_call_after_its_time) {
  rules by;
  auto alert = fresh();
  const auto first = climb(alert, by, thursday);
  BOOST_TEST(bool(first.is == is::wait));
  take(alert, first);
  BOOST_TEST(bool(climb(alert, by, thursday + minutes(29)).is == is::rest));
  BOOST_TEST(bool(climb(alert, by, thursday + minutes(30)).is == is::unreachable));
}

BOOST_AUTO_TEST_CASE(what_is_planned_is_what_happens) {
  const auto all = plan(some(), band::risk, true, thursday);
  BOOST_REQUIRE(all.size() == 4u);
  BOOST_TEST(all[1].rung->destination == "oncall");
  BOOST_TEST(bool(all[1].at == thursday + minutes(10)));
  BOOST_TEST(bool(all[3].rung == nullptr && all[3].at == thursday + minutes(30)));
}

BOOST_AUTO_TEST_CASE(what_persons_may_do_depends_on_how_it_stands) {
  using enum state;
  for (const auto now : {open, notified, delivered, escalated, unreachable}) {
    BOOST_TEST(why_not(act::acknowledge, now) == "");
    BOOST_TEST(why_not(act::read_back, now) != "");
    BOOST_TEST(why_not(act::close, now) != "");
  }
  BOOST_TEST(why_not(act::acknowledge, acknowledged) == "somebody has acknowledged it already");
  BOOST_TEST(why_not(act::read_back, acknowledged) == "");
  BOOST_TEST(why_not(act::read_back, read_back) != "");
  BOOST_TEST(why_not(act::hand_over, acknowledged) == "");
  BOOST_TEST(why_not(act::close, read_back) == "");
  BOOST_TEST(why_not(act::close, late) == "");
  for (const auto now : {closed, folded, superseded, withdrawn})
    for (const auto what : {act::acknowledge, act::read_back, act::hand_over, act::close})
      BOOST_TEST(why_not(what, now) != "");
  for (size_t i = 0; i < states; ++i) BOOST_TEST(bool(state_from(name(state(i))) == state(i)));
}

BOOST_AUTO_TEST_SUITE_END()

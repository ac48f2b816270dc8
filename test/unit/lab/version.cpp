#include "engine/lab/version.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

using namespace aorta;
using lab::version_action;
using model::lab_result;
using model::result_status;

namespace {

lab_result version(char letter, int minute) {
  lab_result r;
  r.observation_status = letter;
  r.status = letter == 'P'           ? result_status::preliminary
    : letter == 'C'                  ? result_status::corrected
    : letter == 'F' || letter == 'U' ? result_status::final
                                     : result_status::cancelled;
  r.retracts = letter == 'D' || letter == 'W';
  r.kind = letter == 'F' || letter == 'P' || letter == 'C' ? model::value_kind::number
                                                           : model::value_kind::none;
  r.sub_id = std::string(1, letter) + std::to_string(minute);
  if (minute >= 0) r.reported_at = model::moment{timestamp{std::chrono::minutes{minute}}};
  return r;
}

/// A cancellation between an older result and a newer preliminary: each of them gives way to another one.
bool circular(const std::vector<lab_result>& all) {
  const auto time = [](const lab_result& r) { return r.reported_at ? r.reported_at->at : timestamp::min(); };
  const auto settled = [](const lab_result& r) {
    return std::string_view("FCD").find(r.observation_status) != std::string_view::npos;
  };
  const auto gives_way = [&](const lab_result& old, const lab_result& x) {
    return time(old) < time(x) || (old.observation_status == 'F' && time(old) == time(x));
  };
  for (const auto& x : all)
    for (const auto& p : all)
      for (const auto& old : all)
        if (x.observation_status == 'X' && p.observation_status == 'P' && settled(old) && gives_way(old, x) &&
            time(x) < time(p))
          return true;
  return false;
}

std::string current(const std::vector<lab_result>& arrivals) {
  const lab_result* standing = &arrivals.front();
  for (const auto& incoming : arrivals)
    if (&incoming != standing && lab::compare_versions(*standing, incoming) == version_action::replace)
      standing = &incoming;
  return standing->sub_id;
}

/// The same current version whatever the order of arrival; which one.
std::string always(std::vector<lab_result> versions) {
  std::sort(versions.begin(), versions.end(),
            [](const auto& a, const auto& b) { return a.sub_id < b.sub_id; });
  const auto first = current(versions);
  do {
    if (current(versions) != first) return "it depends";
  } while (std::next_permutation(versions.begin(), versions.end(),
                                 [](const auto& a, const auto& b) { return a.sub_id < b.sub_id; }));
  return first;
}

} // namespace

BOOST_AUTO_TEST_SUITE(versions)

BOOST_AUTO_TEST_CASE(the_correction_stands_in_every_order_of_arrival) {
  BOOST_TEST(always({version('P', 0), version('F', 10), version('C', 20)}) == "C20");
}

BOOST_AUTO_TEST_CASE(a_late_preliminary_never_replaces_a_final) {
  BOOST_TEST(always({version('F', 10), version('P', 30)}) == "F10");
}

BOOST_AUTO_TEST_CASE(the_later_of_two_finals_or_corrections_stands) {
  BOOST_TEST(always({version('F', 10), version('F', 11)}) == "F11");
  BOOST_TEST(always({version('C', 10), version('C', 11), version('P', 0)}) == "C11");
  BOOST_TEST(always({version('C', 10), version('F', 20)}) == "F20");
}

BOOST_AUTO_TEST_CASE(withdrawals_stand_until_a_later_result) {
  BOOST_TEST(always({version('P', 0), version('F', 10), version('D', 15)}) == "D15");
  BOOST_TEST(always({version('P', 0), version('F', 10), version('D', 15), version('C', 20)}) == "C20");
  BOOST_TEST(always({version('F', 10), version('W', 10)}) == "W10");
  BOOST_TEST(always({version('C', 10), version('D', 10)}) == "D10");
  BOOST_TEST(always({version('D', 10), version('P', 30), version('F', 5)}) == "D10");
  BOOST_TEST(always({version('X', 10), version('F', 20)}) == "F20");
  BOOST_TEST(always({version('X', 10), version('P', 0)}) == "X10");
}

BOOST_AUTO_TEST_CASE(ties_go_to_the_stronger_status_and_then_to_the_later_arrival) {
  BOOST_TEST(always({version('P', 10), version('F', 10), version('C', 10)}) == "C10");
  BOOST_TEST(always({version('X', 10), version('F', 10)}) == "X10"); // many systems cancel without a new
                                                                     // OBR-22
  BOOST_TEST(always({version('X', 10), version('C', 10)}) == "C10");
  BOOST_TEST((lab::compare_versions(version('F', 10), version('F', 10)) == version_action::replace));
}

BOOST_AUTO_TEST_CASE(a_cancellation_and_a_value_of_one_time_are_told_whichever_comes_first) {
  const auto x = version('X', 10), f = version('F', 10), c = version('C', 10);
  BOOST_TEST(lab::doubt_of(f, x, lab::compare_versions(f, x)).value().kind == "cancelled-after-final");
  BOOST_TEST(lab::doubt_of(x, f, lab::compare_versions(x, f)).value().kind == "final-and-cancelled");
  BOOST_TEST(lab::doubt_of(c, x, lab::compare_versions(c, x)).value().kind == "cancelled-and-corrected");
}

BOOST_AUTO_TEST_CASE(a_version_without_a_time_is_the_oldest) {
  BOOST_TEST(always({version('F', -1), version('F', 10)}) == "F10");
  BOOST_TEST(always({version('C', -1), version('F', 10)}) == "F10");
  BOOST_TEST(always({version('F', -1), version('P', 10)}) == "F-1");
  BOOST_TEST(always({version('P', -1), version('F', -1), version('C', -1)}) == "C-1");
}

BOOST_AUTO_TEST_CASE(a_change_of_status_without_a_value_hides_no_value) {
  BOOST_TEST(always({version('P', 0), version('U', 10)}) == "P0");
  BOOST_TEST(always({version('F', 0), version('U', 10)}) == "F0");
}

BOOST_AUTO_TEST_CASE(a_preliminary_reported_after_a_cancellation_stands) {
  BOOST_TEST(always({version('X', 10), version('P', 30)}) == "P30");
  BOOST_TEST(always({version('X', 10), version('P', 10)}) == "X10");
  BOOST_TEST(always({version('X', -1), version('P', 0)}) == "P0");
  BOOST_TEST(always({version('X', 10), version('P', 30), version('X', 40)}) == "X40");
  BOOST_TEST(always({version('X', 10), version('P', 30), version('F', 40)}) == "F40");
  BOOST_TEST(always({version('X', 10), version('P', 30), version('D', 40)}) == "D40");
  BOOST_TEST(always({version('D', 10), version('P', 30)}) == "D10");
}

BOOST_AUTO_TEST_CASE(any_versions_that_differ_have_one_outcome) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<lab_result> all;
    for (size_t n = 2 + random() % 4; all.size() < n;) {
      auto v = version("PFCXDU"[random() % 6], int(random() % 6) - 1);
      const bool twice = std::any_of(all.begin(), all.end(),
                                     [&](const auto& o) { return o.sub_id == v.sub_id; });
      if (!twice) all.push_back(std::move(v));
    }
    if (!circular(all)) BOOST_TEST_REQUIRE(always(all) != "it depends");
  }
}

BOOST_AUTO_TEST_SUITE_END()

#include "engine/records/timeline.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>

namespace aorta::records {
namespace {

using text = std::optional<std::string>;

timestamp at(int minute) { return timestamp{} + std::chrono::minutes(minute); }

statement said(int minute, text value, std::string by, std::string event = "A08") {
  return {at(minute), std::move(value), std::move(by), std::move(event)};
}

statement takes_back(int minute, text value, std::string by, std::vector<std::string> events) {
  return {at(minute), std::move(value), std::move(by), "A11", std::move(events)};
}

timeline of(const std::vector<statement>& all) {
  timeline out;
  for (const auto& each : all) out.say(each);
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(the_newest_counts_whatever_comes_last) {
  BOOST_TEST((of({said(1, "a", "m1"), said(3, "c", "m3"), said(2, "b", "m2")}).counts() == "c"));
  BOOST_TEST((of({said(1, "a", "m1"), said(2, {}, "m2")}).counts() == text{}));
}

BOOST_AUTO_TEST_CASE(what_a_person_set_stands_against_older_messages_and_repeats) {
  timeline line;
  line.meet("clinic", {});
  line.say(said(10, "a", "m1"));
  BOOST_TEST((line.counts() == "a"));
  line.meet("person", at(20));
  line.say(said(15, "older", "m2"));
  BOOST_TEST((line.counts() == "person"));
  line.say(said(16, "a", "m3"));
  line.meet(line.counts(), {});
  BOOST_TEST((line.counts() == "person"));
}

BOOST_AUTO_TEST_CASE(a_message_that_repeats_what_messages_said_leaves_a_persons_word) {
  timeline line;
  line.say(said(10, "a", "m1"));
  line.meet("person", {});
  line.say(said(30, "a", "m2"));
  BOOST_TEST((line.counts() == "person"));
  line.say(said(40, "b", "m3"));
  BOOST_TEST((line.counts() == "b"));
}

BOOST_AUTO_TEST_CASE(an_event_is_taken_back_and_what_was_before_it_counts_again) {
  const auto planned = said(1, "planned", "m1", "A05"), came = said(2, "in_progress", "m2", "A01");
  BOOST_TEST((of({planned, came, takes_back(3, "cancelled", "m3", {"A01", "A04"})}).counts() == "planned"));
  BOOST_TEST((of({came, takes_back(3, "cancelled", "m3", {"A01", "A04"})}).counts() == "cancelled"));
  BOOST_TEST((of({takes_back(3, "cancelled", "m3", {"A01", "A04"}), came, planned}).counts() == "planned"));
  BOOST_TEST((of({takes_back(3, "in_progress", "m3", {"A03"})}).counts() == "in_progress"));
}

BOOST_AUTO_TEST_CASE(a_cancellation_takes_back_all_that_was_said_of_its_event_and_a_second_one_nothing) {
  const auto end = said(2, "9:00", "m2", "A03"), again = said(3, "9:10", "m3", "A03");
  BOOST_TEST((of({end, again, takes_back(4, {}, "m4", {"A03"})}).counts() == text{}));
  const auto planned = said(1, "planned", "m1", "A05"), came = said(2, "in_progress", "m2", "A01");
  const auto cancels = takes_back(3, "cancelled", "m3", {"A01"}),
             repeats = takes_back(4, "cancelled", "m4", {"A01"});
  BOOST_TEST((of({planned, came, cancels, repeats}).counts() == "planned"));
  BOOST_TEST((of({cancels, repeats}).counts() == "cancelled"));
}

BOOST_AUTO_TEST_CASE(a_word_that_only_takes_back_says_nothing_itself) {
  auto denies = takes_back(10, {}, "m2", {"dead"});
  denies.mute = true;
  timeline line;
  line.meet("inactive", {});
  line.say(denies);
  BOOST_TEST((line.counts() == "inactive"));
  line.say(said(9, "deceased", "m1", "dead"));
  BOOST_TEST((line.counts() == "inactive"));
  line.say(said(11, "deceased", "m3", "dead"));
  BOOST_TEST((line.counts() == "deceased"));
}

BOOST_AUTO_TEST_CASE(the_clinics_word_is_not_forgotten_however_many_messages_come) {
  timeline line;
  line.meet("clinic", {});
  for (int i = 1; i < 60; ++i) line.say(said(i, "v" + std::to_string(i), "m" + std::to_string(i)));
  for (int i = 1; i < 60; ++i) line.forget("m" + std::to_string(i));
  BOOST_TEST((line.counts() == "clinic"));
}

BOOST_AUTO_TEST_CASE(what_stood_when_it_was_seen_stands_against_what_speaks_of_before) {
  timeline line;
  line.meet("person", at(10));
  line.say(said(5, "old", "m1"));
  BOOST_TEST((line.counts() == "person"));
}

BOOST_AUTO_TEST_CASE(what_a_message_said_can_be_forgotten) {
  auto line = of({said(1, "a", "m1"), said(2, "b", "m2"), said(3, "b", "m3")});
  BOOST_TEST(line.forget("m2"));
  BOOST_TEST((line.counts() == "b")); // m3 had said it too
  BOOST_TEST(line.forget("m3"));
  BOOST_TEST((line.counts() == "a"));
  BOOST_TEST(!line.forget("m3"));
  auto thrice = of({said(0, "z", "m0"), said(1, "a", "m1"), said(2, "a", "m2"), said(3, "a", "m3")});
  thrice.forget("m1"), thrice.forget("m3");
  BOOST_TEST((thrice.counts() == "a")); // m2 stands
}

/// 10,000 orders of random statements, each of a message and a time of its own: what counts is what counts
/// when they come in the order of their times.
BOOST_AUTO_TEST_CASE(the_order_of_arrival_does_not_matter) {
  for (unsigned seed = 0; seed < 10'000; ++seed) {
    std::mt19937 random(seed);
    const auto any = [&](size_t below) { return size_t(random() % below); };
    std::vector<statement> all;
    const size_t many = 1 + any(8);
    static const char* values[] = {"planned", "in_progress", "completed"};
    static const char* events[] = {"A01", "A03", "A05", "A08"};
    for (size_t i = 0; i < many; ++i) {
      const auto by = "m" + std::to_string(i);
      if (any(4) == 0) all.push_back(takes_back(int(i), "cancelled", by, {events[any(3)]}));
      else all.push_back(said(int(i), any(6) == 0 ? text{} : text(values[any(3)]), by, events[any(4)]));
    }
    const auto right = of(all).counts();
    std::shuffle(all.begin(), all.end(), random);
    const auto line = of(all);
    BOOST_TEST((line.counts() == right), "seed " << seed);
    row_story kept;
    kept.made_by = "m0";
    kept.fields["status"] = line;
    BOOST_TEST((story_from(to_json(kept)).fields["status"].all() == line.all()), "seed " << seed);
  }
}

} // namespace aorta::records

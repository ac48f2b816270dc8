#include "engine/base/ids.hpp"

#include <boost/test/unit_test.hpp>

#include <set>

using namespace aorta;

namespace {

constexpr timestamp moment{std::chrono::microseconds{1'795'421'700'123'456}};

} // namespace

BOOST_AUTO_TEST_SUITE(ids)

BOOST_AUTO_TEST_CASE(an_id_reads_back_as_itself_and_is_written_in_lower_case) {
  const auto id = uuid_from_text("019A2B3C-4D5E-7F60-8123-456789ABCDEF");
  BOOST_REQUIRE(id);
  BOOST_TEST(to_text(*id) == "019a2b3c-4d5e-7f60-8123-456789abcdef");
  BOOST_CHECK(uuid_from_text(to_text(*id)) == id);
}

BOOST_AUTO_TEST_CASE(other_forms_of_an_id_are_refused) {
  for (const char* text : {"", "019a2b3c4d5e7f608123456789abcdef", "{019a2b3c-4d5e-7f60-8123-456789abcdef}",
                           "019a2b3c-4d5e-7f60-8123-456789abcde", "019a2b3c-4d5e-7f60-8123-456789abcdeg",
                           "019a2b3c-4d5e-7f608-123-456789abcdef", "019a2b3c-4d5e-7f60-8123-456789abcdef "})
    BOOST_CHECK(!uuid_from_text(text));
}

BOOST_AUTO_TEST_CASE(ids_are_of_version_7_and_begin_with_their_time) {
  uuid_v7_source source;
  const auto id = source.next(moment);
  BOOST_TEST(int(id.bytes[6] >> 4) == 7);
  BOOST_TEST(int(id.bytes[8] >> 6) == 2);
  uint64_t millis = 0;
  for (int i = 0; i < 6; ++i) millis = millis << 8 | id.bytes[size_t(i)];
  BOOST_TEST(millis == 1'795'421'700'123u);
}

BOOST_AUTO_TEST_CASE(ids_only_grow_even_in_one_microsecond_and_when_the_clock_goes_back) {
  uuid_v7_source source;
  uuid last = source.next(moment);
  for (int i = 0; i < 10'000; ++i) {
    const auto next = source.next(i % 3 == 0 ? moment - std::chrono::seconds{i} : moment);
    BOOST_REQUIRE(last < next);
    last = next;
  }
}

BOOST_AUTO_TEST_CASE(two_sources_do_not_make_the_same_ids) {
  uuid_v7_source one, other;
  std::set<uuid> seen;
  for (int i = 0; i < 1'000; ++i) {
    BOOST_REQUIRE(seen.insert(one.next(moment)).second);
    BOOST_REQUIRE(seen.insert(other.next(moment)).second);
  }
}

BOOST_AUTO_TEST_SUITE_END()

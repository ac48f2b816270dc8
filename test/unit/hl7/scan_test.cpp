#include "engine/hl7/scan.hpp"

#include "test/unit/hl7/corpus.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace aorta::hl7;

namespace {

struct index {
  std::vector<segment_span> segments;
  std::vector<uint32_t> separators;
};

template <class Scan>
index made_by(Scan how, const std::string& bytes, scan_marks marks) {
  index out;
  index_builder builder(bytes, 0, out.segments, out.separators);
  how(bytes, 0, marks, builder);
  builder.finish();
  return out;
}

void check_both(const std::string& bytes, scan_marks marks) {
  const index wide = made_by(scan, bytes, marks), narrow = made_by(scan_baseline, bytes, marks);
  BOOST_REQUIRE(wide.separators == narrow.separators);
  BOOST_REQUIRE_EQUAL(wide.segments.size(), narrow.segments.size());
  for (size_t i = 0; i < wide.segments.size(); ++i) {
    const auto &a = wide.segments[i], &b = narrow.segments[i];
    BOOST_REQUIRE(a.begin == b.begin && a.end == b.end && a.first == b.first && a.count == b.count);
  }
  std::vector<uint32_t> expected;
  for (size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] == marks.field) expected.push_back(uint32_t(i));
  BOOST_REQUIRE(wide.separators == expected);
}

} // namespace

BOOST_AUTO_TEST_SUITE(scanning)

BOOST_AUTO_TEST_CASE(wide_and_narrow_instructions_give_the_same_index) {
  for (const auto& [name, bytes] : corpus::all()) {
    check_both(bytes, {'|', '\n'});
    check_both(bytes, {'|', '\r'});
  }
  std::mt19937 random(13);
  const std::string alphabet = "||\r\nabc\xFF";
  for (int round = 0; round < 2'000; ++round) {
    std::string bytes;
    for (size_t i = random() % 400; i > 0; --i) bytes += alphabet[random() % alphabet.size()];
    check_both(bytes, {'|', '\n'});
    check_both(bytes, {'|', '\r'});
  }
}

BOOST_AUTO_TEST_CASE(a_message_of_separators_alone_outgrows_the_first_room) {
  check_both(std::string(1'000'000, '|'), {'|', '\r'});
}

BOOST_AUTO_TEST_SUITE_END()

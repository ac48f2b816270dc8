#include "engine/net/http/gzip.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta::net;

namespace {

std::string varied() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += "value " + std::to_string(i * 7919 % 1000) + "\n";
  return text;
}

} // namespace

BOOST_AUTO_TEST_CASE(what_was_packed_unpacks_to_the_same) {
  const auto text = varied();
  const auto packed = gzip(text);
  BOOST_TEST(packed.size() < text.size() / 2);
  BOOST_TEST((gunzip(packed, text.size()) == text));
  BOOST_TEST((gunzip(gzip(""), 10) == std::string()));
}

BOOST_AUTO_TEST_CASE(what_would_grow_too_large_ends_early_or_is_no_gzip_is_refused) {
  const std::string zeros(1'000'000, '0');
  const auto packed = gzip(zeros);
  BOOST_TEST(!gunzip(packed, zeros.size() - 1));
  BOOST_TEST(!gunzip(packed.substr(0, packed.size() - 1), zeros.size()));
  BOOST_TEST(!gunzip("{\"resourceType\":\"Patient\"}", 1000));
  auto damaged = gzip(varied());
  damaged[damaged.size() / 2] ^= 0x40;
  BOOST_TEST(!gunzip(damaged, zeros.size()));
}

BOOST_AUTO_TEST_CASE(accept_encoding_is_read_with_its_weights) {
  BOOST_TEST(takes_gzip("gzip"));
  BOOST_TEST(takes_gzip("deflate, GZIP;q=0.5"));
  BOOST_TEST(takes_gzip("*"));
  BOOST_TEST(!takes_gzip("gzip;q=0"));
  BOOST_TEST(!takes_gzip("gzip;q=0.000, br"));
  BOOST_TEST(!takes_gzip("br, identity"));
  BOOST_TEST(!takes_gzip(""));
}

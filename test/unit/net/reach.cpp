#include "engine/net/loop/reach.hpp"

#include <boost/test/unit_test.hpp>

namespace net = aorta::net;

namespace {

bool permits(const std::vector<std::string>& allow, const char* address) {
  const auto rules = net::reach::allowing(allow);
  BOOST_REQUIRE(rules.ok());
  const auto to = net::literal_address(address, 443);
  BOOST_REQUIRE(to.has_value());
  return rules->permits(*to);
}

} // namespace

BOOST_AUTO_TEST_SUITE(what_may_be_reached)

BOOST_AUTO_TEST_CASE(public_addresses_and_no_others) {
  for (const auto* one : {"8.8.8.8", "193.22.96.1", "::ffff:8.8.8.8", "2a00:1450:4001::1", "2001:4860::8888"})
    BOOST_TEST(permits({}, one), one);
  for (const auto* one : {"0.0.0.0",
                          "10.1.2.3",
                          "100.64.0.1",
                          "127.0.0.1",
                          "127.255.255.254",
                          "169.254.169.254",
                          "172.16.0.1",
                          "172.31.255.255",
                          "192.168.1.1",
                          "198.18.0.1",
                          "224.0.0.1",
                          "255.255.255.255",
                          "::",
                          "::1",
                          "::127.0.0.1",
                          "::ffff:127.0.0.1",
                          "::ffff:10.0.0.1",
                          "64:ff9b::7f00:1",
                          "2002:7f00:1::",
                          "2001:0:1::1",
                          "fc00::1",
                          "fd00:ec2::254",
                          "fe80::1",
                          "ff02::1",
                          "2001:db8::1"})
    BOOST_TEST(!permits({}, one), one);
}

BOOST_AUTO_TEST_CASE(a_clinic_s_own_block_is_reached_when_it_is_allowed) {
  BOOST_TEST(permits({"10.1.0.0/16"}, "10.1.2.3"));
  BOOST_TEST(permits({"10.1.0.0/16"}, "::ffff:10.1.2.3"));
  BOOST_TEST(permits({"10.1.0.0/16"}, "8.8.8.8"));
  BOOST_TEST(!permits({"10.1.0.0/16"}, "10.2.2.3"));
  BOOST_TEST(permits({"fd12::/16", "127.0.0.1"}, "127.0.0.1"));
  BOOST_TEST(permits({"fd12::/16", "127.0.0.1"}, "fd12::7"));
}

BOOST_AUTO_TEST_CASE(what_is_link_local_or_a_cloud_s_metadata_needs_its_own_word) {
  const std::vector<std::string> everything{"0.0.0.0/0", "::/0"};
  BOOST_TEST(permits(everything, "10.1.2.3"));
  for (const auto* one : {"169.254.169.254", "169.254.1.1", "fe80::1", "fd00:ec2::254", "100.100.100.200",
                          "192.0.0.192", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"})
    BOOST_TEST(!permits(everything, one), one);
  BOOST_TEST(permits({"169.254.7.0/24"}, "169.254.7.1"));
  BOOST_TEST(!permits({"169.254.7.0/24"}, "169.254.169.254"));
}

BOOST_AUTO_TEST_CASE(a_block_that_is_none_is_named) {
  const auto rules = net::reach::allowing({"10.0.0.0/8", "10.0.0.0/40"});
  BOOST_REQUIRE(!rules.ok());
  BOOST_TEST(rules.error().text.find("10.0.0.0/40") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

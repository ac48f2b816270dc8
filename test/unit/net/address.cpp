#include "engine/net/loop/address.hpp"

#include <boost/test/unit_test.hpp>

namespace net = aorta::net;

namespace {

net::socket_address at(const char* text) {
  const auto read = net::literal_address(text, 2575);
  BOOST_REQUIRE(read.has_value());
  return *read;
}

bool inside(const char* block, const char* peer) {
  const auto read = net::address_block::from_text(block);
  BOOST_REQUIRE(read.ok());
  return read->contains(at(peer));
}

} // namespace

BOOST_AUTO_TEST_SUITE(addresses)

BOOST_AUTO_TEST_CASE(blocks_hold_their_addresses_and_no_others) {
  BOOST_TEST(inside("10.1.0.0/16", "10.1.255.255"));
  BOOST_TEST(!inside("10.1.0.0/16", "10.2.0.0"));
  BOOST_TEST(inside("10.1.2.3", "10.1.2.3"));
  BOOST_TEST(!inside("10.1.2.3", "10.1.2.4"));
  BOOST_TEST(inside("192.168.0.0/23", "192.168.1.7"));
  BOOST_TEST(!inside("192.168.0.0/23", "192.168.2.7"));
  BOOST_TEST(inside("0.0.0.0/0", "8.8.8.8"));
  BOOST_TEST(!inside("0.0.0.0/0", "2001:db8::1"));
  BOOST_TEST(inside("2001:db8::/33", "2001:db8:7fff::1"));
  BOOST_TEST(!inside("2001:db8::/33", "2001:db8:8000::1"));
  BOOST_TEST(inside("::/0", "2001:db8::1"));
}

BOOST_AUTO_TEST_CASE(an_ipv4_peer_on_an_ipv6_socket_is_an_ipv4_peer) {
  BOOST_TEST(inside("10.0.0.0/8", "::ffff:10.9.8.7"));
  BOOST_TEST(net::peer_text(at("::ffff:10.9.8.7")) == "10.9.8.7");
  BOOST_TEST(net::peer_text(at("2001:db8::1")) == "2001:db8::1");
}

BOOST_AUTO_TEST_CASE(what_is_no_block_is_refused) {
  for (const auto* text :
       {"", "10.1.0.0/33", "10.1.0.0/", "10.1.0.0/1x", "10.1.0/16", "localhost", "::1/129", "10.0.0.0/-1"})
    BOOST_TEST(!net::address_block::from_text(text).ok(), text);
}

BOOST_AUTO_TEST_CASE(names_and_literals_are_resolved) {
  BOOST_TEST(net::peer_text(net::resolve("localhost", 1)->front()) == "127.0.0.1");
  BOOST_TEST(net::peer_text(net::resolve("[::1]", 1)->front()) == "::1");
  BOOST_TEST(net::resolve("127.0.0.1", 2575)->front().port() == 2575);
  BOOST_TEST(!net::resolve("no such name", 1).ok());
}

BOOST_AUTO_TEST_CASE(an_address_as_text_needs_no_resolver_and_a_name_is_none) {
  for (const auto& [text, known_as] :
       {std::pair{"10.1.2.3", "10.1.2.3"}, {"::1", "::1"}, {"[2001:DB8::1]", "2001:db8::1"}}) {
    BOOST_TEST(net::peer_text(at(text)) == known_as);
    BOOST_TEST(at(text).port() == 2575u);
  }
  for (const auto* name : {"localhost", "", "*", "10.1", "10.1.2.3/32", "::1::"})
    BOOST_TEST(!net::literal_address(name, 1).has_value(), name);
}

BOOST_AUTO_TEST_SUITE_END()

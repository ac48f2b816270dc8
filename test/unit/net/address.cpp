#include "engine/net/loop/address.hpp"

#include <arpa/inet.h>
#include <boost/test/unit_test.hpp>
#include <netinet/in.h>

namespace net = aorta::net;

namespace {

net::socket_address at(const char* text) {
  net::socket_address out;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&out.bytes);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.bytes);
  if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
    v4->sin_family = AF_INET;
  } else {
    BOOST_REQUIRE_EQUAL(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
    v6->sin6_family = AF_INET6;
  }
  return out;
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

BOOST_AUTO_TEST_SUITE_END()

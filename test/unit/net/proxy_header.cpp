// The PROXY protocol's header: read wherever it is cut, and nothing else taken for one.
#include "engine/net/loop/proxy_header.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using net::read_proxy_header;

namespace {

const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);

std::string header(char command, char family, std::string_view body) {
  std::string out = signature;
  out += command;
  out += family;
  out += char(body.size() >> 8);
  out += char(body.size() & 0xFF);
  return out += body;
}

const std::string v4("\x0a\1\2\3\x7f\0\0\1\x12\x67\x0a\x0f", 12);
const std::string v6 = std::string("\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7", 16) + std::string(16, '\0') +
  std::string("\x12\x67\x0a\x0f", 4);
const std::string tlvs("\4\0\3abc", 6);

std::string peer(const std::string& bytes) {
  const auto read = read_proxy_header(bytes);
  BOOST_TEST_REQUIRE(read.ok());
  BOOST_TEST(read->size == bytes.size());
  return read->source ? net::peer_text(*read->source) + ":" + std::to_string(read->source->port()) : "";
}

} // namespace

BOOST_AUTO_TEST_SUITE(proxy_headers)

BOOST_AUTO_TEST_CASE(say_who_connected) {
  BOOST_TEST(peer(header('\x21', '\x11', v4)) == "10.1.2.3:4711");
  BOOST_TEST(peer(header('\x21', '\x11', v4 + tlvs)) == "10.1.2.3:4711");
  BOOST_TEST(peer(header('\x21', '\x21', v6)) == "2001:db8::7:4711");
  BOOST_TEST(peer(header('\x21', '\x21', v6 + std::string(3000, 'x'))) == "2001:db8::7:4711");
}

BOOST_AUTO_TEST_CASE(or_name_nobody) {
  BOOST_TEST(peer(header('\x20', '\x11', v4)) == "");                    // LOCAL
  BOOST_TEST(peer(header('\x20', '\0', "")) == "");                      // the same, as health checks have it
  BOOST_TEST(peer(header('\x21', '\0', "")) == "");                      // UNSPEC
  BOOST_TEST(peer(header('\x21', '\x31', std::string(216, 'x'))) == ""); // a socket of the file system
}

BOOST_AUTO_TEST_CASE(may_be_cut_anywhere) {
  const auto whole = header('\x21', '\x11', v4 + tlvs);
  for (size_t come = 0; come < whole.size(); ++come) {
    const auto read = read_proxy_header(whole.substr(0, come));
    BOOST_TEST_REQUIRE(read.ok());
    BOOST_TEST(read->size > come); // more is to be read, and never more than the header
    BOOST_TEST(read->size <= whole.size());
    BOOST_TEST(!read->source.has_value());
  }
}

BOOST_AUTO_TEST_CASE(are_refused_when_they_are_none) {
  for (const auto& wrong :
       {std::string("\x0bMSH|"), std::string("PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n"),
        header('\x11', '\x11', v4), header('\x22', '\x11', v4), header('\x21', '\x11', v4.substr(1)),
        header('\x21', '\x21', v4), header('\x21', '\x11', std::string(4081, 'x'))})
    BOOST_TEST(!read_proxy_header(wrong).ok());
}

BOOST_AUTO_TEST_SUITE_END()

#include "engine/http/exchange.hpp"
#include "engine/http/target.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

BOOST_AUTO_TEST_CASE(targets_are_decoded_and_nonsense_is_refused) {
  const auto out = http::split_target("/api/messages/a%20b/?type=ORU%5ER01&type=ADT&x");
  BOOST_REQUIRE(out);
  BOOST_TEST(out->path == (std::vector<std::string>{"api", "messages", "a b"}));
  BOOST_TEST(
    (out->params ==
     std::vector<std::pair<std::string, std::string>>{{"type", "ORU^R01"}, {"type", "ADT"}, {"x", ""}}));
  for (const auto* target : {"/fhir/r4/Patient?", "/fhir/r4/Patient?&&"})
    BOOST_TEST(http::split_target(target)->params.empty());
  const auto loose = http::split_target("/fhir/r4/Patient?identifier=urn:x|7&name=\xce\x91");
  BOOST_REQUIRE(loose);
  BOOST_TEST(
    (loose->params ==
     std::vector<std::pair<std::string, std::string>>{{"identifier", "urn:x|7"}, {"name", "\xce\x91"}}));
  BOOST_TEST(!http::split_target("/api/%zz"));
  BOOST_TEST(!http::split_target("/api/%ff"));
  BOOST_TEST(!http::split_target("http//"));
}

BOOST_AUTO_TEST_CASE(a_path_is_shown_decoded_and_not_beyond_two_hundred_bytes) {
  BOOST_TEST(http::shown_path({}) == "");
  BOOST_TEST(http::shown_path(http::split_target("/api/messages/a%20b?x=1")->path) == "/api/messages/a b");
  const std::vector<std::string> endless{"api", std::string(300, 'x')};
  BOOST_TEST(http::shown_path(endless) == "/api/" + std::string(195, 'x'));
}

BOOST_AUTO_TEST_CASE(faults_have_the_status_their_code_means) {
  BOOST_TEST(http::failure(error{error_code::store_unavailable, "", "x"}).status == 503);
  BOOST_TEST(http::failure(error{error_code::unknown_key, "", "x"}).status == 404);
  BOOST_TEST(http::failure(error{error_code::segment_missing, "PID", "x"}).body ==
             R"({"error":{"code":"segment-missing","message":"x","details":{"where":"PID"}}})");
}

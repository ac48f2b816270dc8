#include "engine/config/load.hpp"
#include "test/unit/config/vocabulary.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

constexpr const char* server =
  "[security]\npii_key_file = \"key\"\n[listener.lab]\nlisten = \"127.0.0.1:2575\"\n";

config::loaded read(const std::string& destination, const std::string& send) {
  const std::string route =
    "[route]\nname = \"r\"\nfrom = [\"lab\"]\naccept = [\"ORU^R01\"]\nlabs = [\"bio\"]\n"
    "chain = [\"parse\", \"map-lab\", \"match-patient\", \"persist\", \"ack\"]\n" +
    send;
  config::text_files files{{"aorta.toml", server},
                           {{"routes/r.toml", route}},
                           {{"labs/bio.toml", "[lab]\nname = \"B\"\ncode = \"BIO\"\n"}},
                           {{"destinations/ris.toml", destination}}};
  return config::understand(files, {}, test_vocabulary(), [](const std::string& path) {
    return path == "key" ? std::optional<std::string>("secret") : std::nullopt;
  });
}

bool told(const config::loaded& what, const std::string& text) {
  return config::report(what).find(text) != std::string::npos;
}

constexpr const char* ris = "[destination]\nname = \"ris\"\nkind = \"mllp\"\nto = \"10.1.2.3:2575\"\n";

} // namespace

BOOST_AUTO_TEST_SUITE(destinations)

BOOST_AUTO_TEST_CASE(a_destination_is_read_with_its_defaults) {
  const auto got = read(std::string(ris) + "retry_seconds = [2, 60]\non_reject = \"hold-all\"\n", "");
  BOOST_REQUIRE_MESSAGE(got.ok(), config::report(got));
  const auto& made = got.value.destinations.at("ris");
  BOOST_TEST((made.at.host == "10.1.2.3" && made.at.port == 2575 && made.partitions == 1));
  BOOST_TEST((made.rules.retry == std::vector{std::chrono::seconds(2), std::chrono::seconds(60)}));
  BOOST_TEST((made.rules.rejected == delivery::on_reject::hold_all && made.rules.attempts == 5));
  BOOST_TEST((!made.keep_control_id && made.forward_unmatched && !made.tls));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_sent_to_is_told_with_its_place) {
  BOOST_TEST(told(read(ris, "send = [\"rsi\"]\n"), "did you mean 'ris'?"));
  BOOST_TEST(told(read(ris, "send = [\"ris\"]\n"), "its chain has no stage 'forward'"));
  BOOST_TEST(
    told(read("[destination]\nname = \"ris\"\nkind = \"mllp\"\nto = \"10.1.2.3\"\n", ""), "not host:port"));
  BOOST_TEST(told(read(std::string(ris) + "retry_seconds = []\n", ""), "retry_seconds is empty"));
  BOOST_TEST(told(read(std::string(ris) + "retry_seconds = [0]\n", ""), "not between 1 and"));
  BOOST_TEST(told(read(std::string(ris) + "tls = { key = \"key\" }\n", ""), "is given without"));
  BOOST_TEST(told(read("", ""), "there is no [destination]"));
}

BOOST_AUTO_TEST_SUITE_END()

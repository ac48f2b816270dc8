#include "engine/config/load.hpp"
#include "test/unit/config/vocabulary.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

constexpr const char* server =
  "[security]\npii_key_file = \"key\"\n[listener.lab]\nlisten = \"127.0.0.1:2575\"\n";

config::loaded read(const std::string& destination, const std::string& send, const std::string& more = "") {
  const std::string route =
    "[route]\nname = \"r\"\nfrom = [\"lab\"]\naccept = [\"ORU^R01\"]\nlabs = [\"bio\"]\n"
    "chain = [\"parse\", \"map-lab\", \"match-patient\", \"persist\", \"ack\"]\n" +
    send;
  config::text_files files{{"aorta.toml", std::string(server) + more},
                           {{"routes/r.toml", route}},
                           {{"labs/bio.toml", "[lab]\nname = \"B\"\ncode = \"BIO\"\n"}},
                           {{"destinations/ris.toml", destination}}};
  config::source from;
  from.environment["RIS_KEY"] = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
  from.environment["NO_KEY"] = "whsec_c2hvcnQ=";
  return config::understand(files, from, test_vocabulary(), [](const std::string& path) {
    if (path == "token") return std::optional<std::string>("Bearer abc\n");
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

BOOST_AUTO_TEST_CASE(acknowledgements_that_go_elsewhere_are_a_destination) {
  BOOST_TEST(told(read(ris, "application_ack = \"10.1.2.3:2575\"\n"), "its chain has no stage 'accept'"));
  BOOST_TEST(told(read(ris, "ack = \"enhanced\"\n"), "its chain has no stage 'accept'"));
  BOOST_TEST(told(read(ris, "application_ack = \"10.1.2.3\"\n"), "not host:port"));
  BOOST_TEST(
    told(read(ris, "ack = \"original\"\napplication_ack = \"10.1.2.3:2575\"\n"), "original mode has one"));
  BOOST_TEST(read(ris, "ack = \"original\"\n").ok());
  config::route how;
  how.application_ack = "[2001:db8::1]:2575";
  BOOST_TEST(how.acknowledgements() == "ack--2001-db8--1--2575");
}

BOOST_AUTO_TEST_CASE(a_destination_over_http_has_its_own_keys) {
  const std::string web =
    "[destination]\nname = \"web\"\nkind = \"http\"\nto = \"https://ris.example.org/hl7\"\n";
  const auto got = read(web +
                          "content = \"json\"\nsecret = \"env:RIS_KEY\"\nold_secret = \"env:RIS_KEY\"\n"
                          "old_secret_until = \"2026-12-24T00:00:00Z\"\nallow = [\"10.0.0.0/8\"]\n"
                          "[destination.headers]\nX-Site = \"main\"\nAuthorization = \"file:token\"\n",
                        "");
  BOOST_REQUIRE_MESSAGE(got.ok(), config::report(got));
  const auto& made = got.value.destinations.at("web");
  BOOST_TEST((made.is == config::destination::kind::http && made.partitions == 4));
  BOOST_TEST((made.gives == config::destination::content::json && made.secret && made.old_secret));
  BOOST_TEST((made.headers.at("X-Site") == "main" && made.headers.at("Authorization") == "Bearer abc"));
  BOOST_TEST(got.value.given.at("destination.web.token") == "Bearer abc\n"); // a reload sees that it changes
  BOOST_TEST(told(read(web + "secret = \"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\"\n", ""),
                  "does not stand in the file"));
  BOOST_TEST(told(read(web + "secret = \"env:NOBODY\"\n", ""), "which is not there"));
  BOOST_TEST(told(read(web + "secret = \"env:NO_KEY\"\n", ""), "where a secret has 24 to 64"));
  BOOST_TEST(told(read(web + "old_secret = \"env:RIS_KEY\"\n", ""), "go together"));
  BOOST_TEST(told(read(web + "allow = [\"10.0.0.0/8\", \"x\"]\n", ""), "no block of addresses"));
  BOOST_TEST(told(read(web + "[destination.headers]\nWebhook-Id = \"1\"\n", ""), "is no header of one line"));
  BOOST_TEST(told(read(web + "file_name = \"{id}\"\n", ""), "means nothing to kind 'http'"));
  const std::string plain = "[destination]\nname = \"web\"\nkind = \"http\"\nto = \"http://10.1.2.3/hl7\"\n";
  BOOST_TEST(told(read(plain, ""), "a URL without TLS"));
  BOOST_TEST(read(plain + "plaintext = true\n", "").ok());
  for (const std::string bad : {"ftp://x/", "https://", "https://u:p@x/", "https://x/a b", "ris.example.org"})
    BOOST_TEST(
      told(read("[destination]\nname = \"w\"\nkind = \"http\"\nto = \"" + bad + "\"\n", ""), "is no URL"),
      bad);
}

BOOST_AUTO_TEST_CASE(a_fhir_server_gets_what_was_filed) {
  const std::string to =
    "[destination]\nname = \"web\"\nkind = \"fhir\"\nto = \"https://fhir.example.org/r4\"\n";
  const auto got = read(to, "", "[fhir]\nbase_url = \"https://clinic.example.org/fhir/r4\"\n");
  BOOST_REQUIRE_MESSAGE(got.ok(), config::report(got));
  const auto& made = got.value.destinations.at("web");
  BOOST_TEST((made.is == config::destination::kind::fhir && made.partitions == 4));
  BOOST_TEST(!made.forward_unmatched); // nothing is filed of what waits for its patient
  BOOST_TEST(told(read(to, ""), "has no address of its own"));
  for (const char* key : {"content = \"json\"", "secret = \"env:RIS_KEY\"", "events = [\"*\"]",
                          "control_id = \"keep\"", "forward_unmatched = true", "file_name = \"{id}\""})
    BOOST_TEST(told(read(to + key + "\n", ""), "means nothing to kind 'fhir'"), key);
  BOOST_TEST(
    told(read("[destination]\nname = \"w\"\nkind = \"fhir\"\nto = \"10.1.2.3:80\"\n", ""), "is no URL"));
}

BOOST_AUTO_TEST_CASE(a_destination_of_files_names_them_apart) {
  const std::string drop = "[destination]\nname = \"drop\"\nkind = \"file\"\nto = \"/var/spool/ris\"\n";
  const auto got = read(drop, "");
  BOOST_REQUIRE_MESSAGE(got.ok(), config::report(got));
  const auto& made = got.value.destinations.at("drop");
  BOOST_TEST((made.is == config::destination::kind::file && made.partitions == 1 &&
              made.file_name == "{control_id}.hl7"));
  BOOST_TEST(told(read(drop + "file_name = \"{date}.hl7\"\n", ""), "two files would have one name"));
  BOOST_TEST(told(read(drop + "secret = \"env:RIS_KEY\"\n", ""), "means nothing to kind 'file'"));
  BOOST_TEST(told(read(std::string(ris) + "content = \"json\"\n", ""), "means nothing to kind 'mllp'"));
}

BOOST_AUTO_TEST_SUITE_END()

// What a reload applies, what it refuses, and that no key of aorta.toml was forgotten.
#include "engine/config/load.hpp"

#include "vocabulary.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <map>

using namespace aorta;
using list = std::vector<std::string>;

namespace {

constexpr const char* server_text = R"(
[http]
tls.cert = "cert.pem"
tls.key = "key.pem"
[security]
pii_key_file = "key"
[retention]
raw_days = 90
messages_days = 400
[redis]
url = "redis://127.0.0.1:6379"
[gesy]
mode = "sandbox"
client_id = "clinic"
client_secret = "file:key"
provider_id = "P-1"
[clinic.MAIN]
name = "Main"
[listener.lab]
listen = "127.0.0.1:2575"
tls.cert = "cert.pem"
tls.key = "key.pem"
)";
constexpr const char* route_text = R"([route]
name = "lab-results"
from = ["lab"]
accept = ["ORU^R01"]
chain = ["parse", "map-lab", "match-patient", "persist", "ack"]
labs = ["bio"]
)";
constexpr const char* lab_text = "[lab]\nname = \"Bioanalytica\"\ncode = \"BIO\"\n";

std::map<std::string, std::string> files() {
  return {{"key", "secret"},
          {"other-key", "another"},
          {"cert.pem", "PEM"},
          {"key.pem", "PEM"},
          {"other.pem", "OTHER"}};
}

config::settings read(list overrides, const std::map<std::string, std::string>& there = files(),
                      const std::string& route = route_text) {
  config::source from;
  from.overrides = std::move(overrides);
  const config::text_files texts{
    {"aorta.toml", server_text}, {{"routes/r.toml", route}}, {{"labs/bio.toml", lab_text}}};
  auto made = config::understand(texts, from, test_vocabulary(),
                                 [&](const std::string& path) -> std::optional<std::string> {
                                   const auto at = there.find(path);
                                   return at == there.end() ? std::nullopt : std::optional(at->second);
                                 });
  BOOST_TEST_REQUIRE(made.ok(), config::report(made));
  return made.value;
}

struct setting {
  std::string value; ///< another one than the file's
  enum class fate { live, restart, kept } is;
};

/// Every key of aorta.toml. Whoever adds one says here what a reload does with it, and sees to it that it
/// does (engine/cli/serve.cpp); those that are live are changed in a running engine by
/// test/system/reload_test.py.
std::map<std::string, setting> all_settings() {
  using enum setting::fate;
  return {
    {"http.listen", {"127.0.0.1:9", restart}},
    {"http.max_body_bytes", {"2048", live}},
    {"http.max_connections", {"7", live}},
    {"http.balancers", {R"(["10.0.0.5"])", live}},
    {"http.tls.cert", {"other.pem", live}},
    {"http.tls.key", {"other.pem", live}},
    {"http.tls.client_ca", {"other.pem", live}},
    {"store.url", {"sqlite://elsewhere.db", restart}},
    {"store.migrate", {"false", restart}},
    {"security.pii_key_file", {"other-key", restart}},
    {"security.approvals", {"2", live}},
    {"security.secrets", {R"(["env:RIS_SECRET"])", live}},
    {"log.level", {"debug", live}},
    {"log.format", {"json", live}},
    {"fhir.base_url", {"https://clinic.example.org/fhir/r4", live}},
    {"fhir.cyprus_id_system", {"urn:x:1", live}},
    {"fhir.arc_system", {"urn:x:1", live}},
    {"fhir.mrn_system", {"urn:x:1", live}},
    {"fhir.gesy_system", {"urn:x:1", live}},
    {"fhir.allow_origins", {R"(["https://app.example.org"])", live}},
    {"limits.key_requests_per_second", {"5", live}},
    {"limits.stop_seconds", {"3", live}},
    {"limits.leave_seconds", {"3", live}},
    {"retention.deliveries_days", {"30", live}},
    {"retention.raw_days", {"30", live}},
    {"retention.messages_days", {"500", live}},
    {"critical.fresh_hours", {"24", live}},
    {"critical.due_minutes", {"10", live}},
    {"critical.call_by_hand_minutes", {"20", live}},
    {"critical.time_zone", {"Europe/Athens", live}},
    {"critical.ladder", {"[]", live}},
    {"events.allow", {R"(["10.0.0.0/8"])", live}},
    {"events.plaintext", {"true", live}},
    {"redis.url", {"redis://127.0.0.1:6380/1", live}},
    {"redis.plaintext", {"true", live}},
    {"redis.most_entries", {"7", live}},
    {"gesy.mode", {"simulator", restart}},
    {"gesy.url", {"https://gesy.example.org/v2", restart}},
    {"gesy.client_id", {"other", restart}},
    {"gesy.client_secret", {"file:other-key", restart}},
    {"gesy.provider_id", {"P-2", restart}},
    {"gesy.timeout_seconds", {"7", restart}},
    {"gesy.poll_seconds", {"[7]", restart}},
    {"gesy.allow", {R"(["10.0.0.0/8"])", restart}},
    {"gesy.plaintext", {"true", kept}},
    {"clinic.MAIN.name", {"Other", kept}},
    {"clinic.MAIN.critical", {R"([{loinc = "2823-3", low = 2.5, unit = "mmol/L"}])", live}},
    {"listener.lab.listen", {"127.0.0.1:9", restart}},
    {"listener.lab.allow", {R"(["10.0.0.0/8"])", live}},
    {"listener.lab.balancers", {R"(["10.0.0.5"])", live}},
    {"listener.lab.max_frame_bytes", {"4096", live}},
    {"listener.lab.max_connections", {"7", live}},
    {"listener.lab.idle_seconds", {"7", live}},
    {"listener.lab.frame_seconds", {"7", live}},
    {"listener.lab.missing_start_block", {"true", live}},
    {"listener.lab.release", {"2", live}},
    {"listener.lab.batch_answer", {"each", live}},
    {"listener.lab.tls.cert", {"other.pem", live}},
    {"listener.lab.tls.key", {"other.pem", live}},
    {"listener.lab.tls.client_ca", {"other.pem", live}},
  };
}

} // namespace

BOOST_AUTO_TEST_SUITE(comparing)

BOOST_AUTO_TEST_CASE(what_is_the_same_differs_in_nothing) {
  const auto differs = config::compare(read({}), read({}));
  BOOST_TEST(differs.live.empty());
  BOOST_TEST(differs.restart.empty());
  BOOST_TEST(differs.kept.empty());
}

BOOST_AUTO_TEST_CASE(every_key_that_the_readers_know_is_applied_or_named) {
  const auto now = read({});
  const auto known = all_settings();
  for (const auto& [key, text] : now.given) {
    if (key.find('/') != std::string::npos) continue; // a file
    BOOST_TEST(known.contains(key), key + " is a new key: say in all_settings() what a reload does with it");
  }
  for (const auto& [key, how] : known) {
    BOOST_TEST(now.given.contains(key), key + " is no key any more");
    const auto differs = config::compare(now, read({key + "=" + how.value}));
    const list named{key}, none;
    BOOST_TEST(differs.live == (how.is == setting::fate::live ? named : none), key);
    BOOST_TEST(differs.restart == (how.is == setting::fate::restart ? named : none), key);
    BOOST_TEST(differs.kept == (how.is == setting::fate::kept ? named : none), key);
  }
}

BOOST_AUTO_TEST_CASE(a_new_listener_is_applied_and_one_that_is_gone_needs_a_restart) {
  auto now = read({}), next = now;
  next.listeners["second"] = next.listeners["lab"];
  BOOST_TEST(config::compare(now, next).restart.empty());
  BOOST_TEST(config::compare(next, now).restart == list{"listener.second.listen"});
}

BOOST_AUTO_TEST_CASE(a_file_with_other_content_under_the_old_name_is_a_change) {
  auto there = files();
  there["cert.pem"] = "RENEWED";
  BOOST_TEST(config::compare(read({}), read({}, there)).live ==
             (list{"http.tls.cert", "listener.lab.tls.cert"}));
  there = files();
  there["key"] = "another";
  BOOST_TEST(config::compare(read({}), read({}, there)).restart == list{"security.pii_key_file"});
  const auto differs = config::compare(read({}),
                                       read({}, files(), std::string(route_text) + "in_flight = 3\n"));
  BOOST_TEST(differs.live == list{"routes/r.toml"});
}

BOOST_AUTO_TEST_CASE(a_default_written_out_changes_nothing) {
  const auto differs = config::compare(read({}), read({"store.migrate=true"}));
  BOOST_TEST(differs.live.empty());
  BOOST_TEST(differs.restart.empty());
  BOOST_TEST(differs.kept == list{"store.migrate"});
}

BOOST_AUTO_TEST_SUITE_END()

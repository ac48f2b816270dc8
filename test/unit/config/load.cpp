#include "engine/config/load.hpp"
#include "engine/edit/edit.hpp"

#include "vocabulary.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

constexpr const char* server_text = R"(
[security]
pii_key_file = "key"
[listener.lab]
listen = "127.0.0.1:2575"
)";
constexpr const char* route_text = R"([route]
name = "lab-results"
from = ["lab"]
accept = ["ORU^R01"]
chain = ["parse", "map-lab", "match-patient", "persist", "ack"]
labs = ["bio"]
)";
constexpr const char* lab_text = "[lab]\nname = \"Bioanalytica\"\ncode = \"BIO\"\n";

std::optional<std::string> reads(const std::string& path) {
  if (path == "key") return "  secret\n";
  if (path == "cert.pem" || path == "key.pem" || path == "ca.pem") return "PEM";
  return std::nullopt;
}

config::loaded understand(const std::string& server, const std::string& route = route_text,
                          const std::string& lab = lab_text, config::source from = {}) {
  config::text_files files{{"aorta.toml", server}, {{"routes/r.toml", route}}, {{"labs/bio.toml", lab}}};
  return config::understand(files, from, test_vocabulary(), reads);
}

config::loaded with_overrides(std::vector<std::string> overrides) {
  config::source from;
  from.overrides = std::move(overrides);
  return understand(server_text, route_text, lab_text, from);
}

} // namespace

BOOST_AUTO_TEST_SUITE(loading)

BOOST_AUTO_TEST_CASE(the_configuration_that_ships_is_fine) {
  config::source from;
  from.environment["AORTA_PII_KEY"] = "k";
  for (const char* path : {"/conf", "/conf/aorta.toml"}) {
    from.path = std::string(AORTA_SOURCE) + path;
    const auto got = config::load(from, test_vocabulary());
    BOOST_TEST(config::report(got) == "ok: 8 routes, 1 listeners, 3 profiles\n");
    BOOST_REQUIRE(got.ok());
    const auto& bio = got.value.profiles.at("bioanalytica");
    BOOST_TEST(bio.code == "BIO");
    BOOST_TEST(bio.decimal_comma);
    BOOST_TEST(bio.tests.at("TROP_I").loinc == "49563-0");
    BOOST_TEST(bio.tests.at("INR").unit_if_missing == "{INR}");
    BOOST_TEST(bio.tests.count("GAL3") == 0u);
    BOOST_TEST(got.value.critical.at("MAIN").size() == 5u);
    BOOST_TEST(got.value.routes.at(0).accept.size() == 16u); // ADT^*
    BOOST_TEST(got.value.routes.at(5).labs.size() == 3u);
    BOOST_TEST(got.value.http.port == 8080);
    BOOST_TEST(got.value.version.size() == 12u);
  }
}

BOOST_AUTO_TEST_CASE(every_setting_reaches_its_struct) {
  const auto got = understand(
    R"(
[http]
listen = "[::1]:81"
max_body_bytes = 2048
max_connections = 5
tls.cert = "cert.pem"
tls.key = "key.pem"
[store]
url = "postgresql://u:p@h/d"
migrate = false
[security]
pii_key_file = "key"
[log]
level = "debug"
format = "json"
[fhir]
base_url = "https://clinic.example.org/fhir/r4"
cyprus_id_system = "urn:x:id"
arc_system = "urn:x:arc"
mrn_system = "urn:x:mrn"
gesy_system = "urn:x:gesy"
[limits]
key_requests_per_second = 7
[clinic.MAIN]
name = "Main"
[[clinic.MAIN.critical]]
loinc = "2823-3"
low = 2.5
high = 6
unit = "mmol/L"
[listener.lab]
listen = "lab.example.org:2575"
allow = ["10.0.0.0/8", "::1"]
max_frame_bytes = 1000
max_connections = 7
idle_seconds = 60
frame_seconds = 30
missing_start_block = true
batch_answer = "one"
tls.cert = "cert.pem"
tls.key = "key.pem"
tls.client_ca = "ca.pem"
)",
    std::string(route_text) + "clinic = \"MAIN\"\nlanes = 3\nin_flight = 9\ndeadline_seconds = 2.5\n", R"(
[lab]
name = "Bioanalytica"
code = "BIO"
senders = ["LIS"]
charset = "windows-1253"
time_zone = "Europe/Athens"
decimal_comma = true
loinc_direct = false
units = "si"
[tests]
"A.1" = "2160-0"
GLU = { loinc = "2345-7", unit = "mmol/L", name = "Glucose" }
[units]
"mg %" = "mg/dL"
[flags]
"*" = "abnormal"
[[critical]]
loinc = "89579-7"
times_upper_reference = 3.5
)");
  BOOST_TEST(config::report(got) == "ok: 1 routes, 1 listeners, 1 profiles\n");
  const auto& all = got.value;
  BOOST_TEST(all.http.host == "::1");
  BOOST_TEST(all.http_max_body_bytes == 2048u);
  BOOST_TEST(all.http_max_connections == 5u);
  BOOST_TEST(all.http_tls.key == "key.pem");
  BOOST_TEST(all.store_url == "postgresql://u:p@h/d");
  BOOST_TEST(!all.store_migrate);
  BOOST_TEST(all.pii_key == "secret");
  BOOST_TEST(all.pii_key_file == "key");
  BOOST_TEST(all.log_level == "debug");
  BOOST_TEST(all.log_format == "json");
  BOOST_TEST(all.fhir.base_url == "https://clinic.example.org/fhir/r4");
  BOOST_TEST(
    (std::vector{all.fhir.cyprus_id_system, all.fhir.arc_system, all.fhir.mrn_system, all.fhir.gesy_system} ==
     std::vector<std::string>{"urn:x:id", "urn:x:arc", "urn:x:mrn", "urn:x:gesy"}));
  BOOST_TEST(all.key_requests_per_second == 7u);
  BOOST_TEST(all.clinics.at("MAIN") == "Main");
  BOOST_TEST(*all.critical.at("MAIN").at(0).high == 6.0);
  const auto& lab = all.listeners.at("lab");
  BOOST_TEST(lab.listen.host == "lab.example.org");
  BOOST_TEST(lab.allow.size() == 2u);
  BOOST_TEST(lab.allow_listed);
  BOOST_TEST(lab.max_frame_bytes == 1000u);
  BOOST_TEST(lab.max_connections == 7u);
  BOOST_TEST(lab.idle_timeout.count() == 60);
  BOOST_TEST(lab.frame_timeout.count() == 30);
  BOOST_TEST(lab.missing_start_block);
  BOOST_TEST(int(lab.answers) == int(config::batch_answer::one));
  BOOST_TEST(lab.tls.client_ca == "ca.pem");
  const auto& route = all.routes.at(0);
  BOOST_TEST(route.lanes == 3u);
  BOOST_TEST(route.in_flight == 9u);
  BOOST_TEST(route.deadline.count() == 2500);
  const auto& bio = all.profiles.at("bio");
  BOOST_TEST(bio.charset == "windows-1253");
  BOOST_TEST(bio.time_zone == "Europe/Athens");
  BOOST_TEST(!bio.loinc_direct);
  BOOST_CHECK(bio.units == lab::unit_system::si);
  BOOST_TEST(bio.tests.at("A.1").loinc == "2160-0");
  BOOST_TEST(bio.tests.at("GLU").name == "Glucose");
  BOOST_TEST(bio.unit_aliases.at("mg %") == "mg/dL");
  BOOST_CHECK(bio.flags.at("*") == model::abnormal_flag::abnormal);
  BOOST_TEST(*bio.critical.at(0).times_upper_reference == 3.5);
}

BOOST_AUTO_TEST_CASE(an_override_beats_the_environment_and_the_environment_the_file) {
  config::source from;
  from.environment = {{"AORTA_STORE_URL", "sqlite://env.db"}, {"AORTA_PII_KEY", "from-env"}};
  const std::string server = std::string(server_text) + "[store]\nurl = \"sqlite://file.db\"\n";
  auto got = understand(server, route_text, lab_text, from);
  BOOST_TEST(got.value.store_url == "sqlite://env.db");
  BOOST_TEST(got.value.pii_key == "from-env");
  from.overrides = {"store.url=sqlite://set.db", "security.pii_key_file=key"};
  got = understand(server, route_text, lab_text, from);
  BOOST_TEST(got.ok());
  BOOST_TEST(got.value.store_url == "sqlite://set.db");
  BOOST_TEST(got.value.pii_key == "secret");
}

BOOST_AUTO_TEST_CASE(an_override_is_toml_or_else_a_text) {
  const auto got = with_overrides({"http.listen=127.0.0.1:0", "http.max_connections=12",
                                   "store.migrate=false", "listener.lab.allow=[\"10.0.0.0/8\"]",
                                   "clinic.MAIN.name=Main \"clinic\"", "log.level=\"warn\""});
  BOOST_TEST(config::report(got) == "ok: 1 routes, 1 listeners, 1 profiles\n");
  BOOST_TEST(got.value.http.port == 0);
  BOOST_TEST(got.value.http_max_connections == 12u);
  BOOST_TEST(!got.value.store_migrate);
  BOOST_TEST(got.value.listeners.at("lab").allow.size() == 1u);
  const auto nobody = with_overrides({"listener.lab.allow=[]"});
  BOOST_TEST(nobody.value.listeners.at("lab").allow_listed);
  BOOST_TEST(nobody.value.listeners.at("lab").allow.empty());
  BOOST_TEST(!with_overrides({}).value.listeners.at("lab").allow_listed);
  BOOST_TEST(got.value.clinics.at("MAIN") == "Main \"clinic\"");
  BOOST_TEST(got.value.log_level == "warn");
}

BOOST_AUTO_TEST_CASE(an_override_that_is_wrong_says_where_it_came_from) {
  for (const char* wrong : {"nonsense", "=1", "http.max_connections=-1", "http.no_such=1",
                            "htpp.listen=127.0.0.1:1", "http.listen=1\nstore.url=2", "a b.c=1", "http=1"}) {
    const auto got = with_overrides({wrong});
    BOOST_TEST(!got.ok(), wrong);
    for (const auto& one : got.complaints) BOOST_TEST(one.file == "--set", config::report(got));
  }
}

BOOST_AUTO_TEST_CASE(a_clinic_that_only_a_route_names_gets_its_code_as_name) {
  const auto got = understand(server_text);
  BOOST_TEST(got.ok());
  BOOST_TEST(got.value.clinics.at("MAIN") == "MAIN");
}

BOOST_AUTO_TEST_CASE(the_version_follows_every_file_and_override) {
  const auto one = understand(server_text).value.version;
  BOOST_TEST(one == understand(server_text).value.version);
  BOOST_TEST(one != understand(std::string(server_text) + "# x\n").value.version);
  BOOST_TEST(one != understand(server_text, std::string(route_text) + "# x\n").value.version);
  BOOST_TEST(one != understand(server_text, route_text, std::string(lab_text) + "# x\n").value.version);
  BOOST_TEST(one != with_overrides({"log.level=debug"}).value.version);
}

BOOST_AUTO_TEST_CASE(tables_and_edits_are_a_part_of_the_configuration) {
  const std::string route =
    "[route]\nname = \"r\"\nfrom = [\"lab\"]\naccept = [\"ORU^R01\"]\nlabs = [\"bio\"]\n"
    "chain = [\"parse\", \"edit\", \"map-lab\", \"match-patient\", \"persist\", \"ack\"]\n"
    "when = 'PV1-3.1 in \"ward\"'\n[[edit]]\nmap = \"PV1-3.1\"\ntable = \"ward\"\nelse = \"hold\"\n";
  const auto with_table = [&](const std::string& rows) {
    config::text_files files{
      {"aorta.toml", server_text}, {{"routes/r.toml", route}}, {{"labs/bio.toml", lab_text}}};
    files.tables.push_back({"tables/ward.csv", "from,to\n" + rows});
    config::source from;
    from.environment["AORTA_PII_KEY"] = "k";
    return config::understand(files, from, test_vocabulary(), reads);
  };
  const auto got = with_table("W1,CARD\n");
  BOOST_TEST_REQUIRE(got.ok(), config::report(got));
  const auto& rules = *got.value.routes.at(0).rules;
  BOOST_TEST(rules.when_rule == "routes/r.toml:7");
  BOOST_TEST(rules.edits.at(0).rule == "routes/r.toml:8");
  const auto other = with_table("W1,CARD\nW2,GYN\n");
  BOOST_TEST(other.value.version != got.value.version);
  const auto differs = config::compare(got.value, other.value);
  BOOST_TEST(differs.live == std::vector<std::string>{"tables/ward.csv"});
}

BOOST_AUTO_TEST_CASE(byte_order_marks_and_crlf_are_harmless) {
  const auto got = understand(
    "\xEF\xBB\xBF[security]\r\npii_key_file = \"key\"\r\n[listener.lab]\r\nlisten = \"127.0.0.1:2575\"\r\nnope = 1\r\n");
  BOOST_REQUIRE_EQUAL(got.complaints.size(), 1u);
  BOOST_TEST(got.complaints[0].line == 5u);
  BOOST_TEST(got.complaints[0].source == "nope = 1");
}

BOOST_AUTO_TEST_CASE(passwords_are_never_printed) {
  for (const char* line :
       {"url = \"mysql://u:hunter2@h/d\"", "url = \"postgresql://u:hunter2@h/d\" x",
        "url = [\"postgresql://u:hunter2@h/d\"]", "url = \"postgresql://u:hun@hunter2@h/d\" x",
        "ulr = \"postgresql://u:hunter2@h/d\""})
    BOOST_TEST(
      config::report(understand(std::string(server_text) + "[store]\n" + line + "\n")).find("hunter2") ==
        std::string::npos,
      line);
}

BOOST_AUTO_TEST_CASE(endpoints_are_host_and_port) {
  for (const char* good : {"127.0.0.1:2575", "[::1]:2575", "localhost:0", "*:1", "lab-1.example.org:65535"})
    BOOST_TEST(config::read_endpoint(good).has_value(), good);
  for (const char* bad : {"", ":1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0:1",
                          "::1:2575", "[nope]:1", "a b:1", "h:1x", "h: 1"})
    BOOST_TEST(!config::read_endpoint(bad).has_value(), bad);
  BOOST_TEST(config::read_endpoint("[::1]:2575")->host == "::1");
}

BOOST_AUTO_TEST_CASE(address_blocks_are_checked) {
  for (const char* good : {"10.1.0.0/16", "10.1.2.3", "0.0.0.0/0", "2001:db8::/32", "::1"})
    BOOST_TEST(config::is_address_block(good), good);
  for (const char* bad :
       {"", "10.1.0.0/33", "10.1", "::1/129", "10.1.0.0/", "10.1.0.0/ 8", "lab.example.org", "10.1.0.0/8/8"})
    BOOST_TEST(!config::is_address_block(bad), bad);
}

BOOST_AUTO_TEST_SUITE_END()

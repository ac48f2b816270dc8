#include "routes/choose.hpp"
#include "routes/table.hpp"

#include "engine/edit/edit.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

BOOST_AUTO_TEST_CASE(the_chain_of_laboratory_results_reads_as_configured) {
  const std::vector<std::string> wanted{"parse",         "edit",    "accept",  "map-lab",
                                        "match-patient", "forward", "persist", "ack"};
  BOOST_TEST(routes::oru().how.names() == wanted);
}

BOOST_AUTO_TEST_CASE(the_chain_of_bundles_reads_as_configured) {
  const std::vector<std::string> wanted{"parse-bundle", "persist", "answer"};
  BOOST_TEST(routes::fhir_bundle().how.names() == wanted);
}

BOOST_AUTO_TEST_CASE(what_is_refused_still_passes_the_persister_and_the_acker) {
  BOOST_TEST(routes::refused().how.names() == (std::vector<std::string>{"parse", "persist", "ack"}));
}

namespace {

/// The name of the route that takes a message, or why none does.
std::string chosen(const std::vector<config::route>& routes, const std::string& header) {
  std::vector<routes::offer> offers;
  for (const auto& each : routes) offers.push_back({&each, {}});
  const std::string bytes = "MSH|^~\\&|LIS|BIO|" + header + "\r";
  const auto msg = hl7::parse(bytes);
  BOOST_REQUIRE(msg.ok());
  const auto place = routes::choose(offers, "lab", hl7::peek(*msg), bytes);
  return place ? routes[place->route].name
               : std::string(name(place.error().code)) + " " + place.error().where;
}

config::route route(const std::string& name, std::vector<std::string> receiving = {},
                    std::vector<std::string> processing = {"P"}) {
  config::route out;
  out.name = name;
  out.accept = {"ORU^R01"};
  out.from = {"lab"};
  out.receiving = std::move(receiving);
  out.processing = std::move(processing);
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(tests_and_trainings_are_no_patients_results) {
  const std::vector<config::route> live{route("live")}, trial{route("live"), route("trial", {}, {"T", "D"})};
  const auto of = [](const std::string& id) {
    return "OPENHEART|MAIN|20261120083000||ORU^R01|X1|" + id + "|2.5.1";
  };
  BOOST_TEST(chosen(live, of("P")) == "live");
  BOOST_TEST(chosen(live, of("P^T")) == "live"); // the second component is the mode
  BOOST_TEST(chosen(live, of("")) == "live");
  BOOST_TEST(chosen(live, of(" p ")) == "live");
  for (const auto* id : {"T", "D", "t", "X"})
    BOOST_TEST(chosen(live, of(id)) == "unsupported-processing-id MSH-11", id);
  BOOST_TEST(chosen(trial, of("T")) == "trial");
  BOOST_TEST(chosen(trial, of("P")) == "live");
}

BOOST_AUTO_TEST_CASE(a_receiver_chooses_and_refuses) {
  const std::vector<config::route> routes{route("main", {"MAIN", "openheart"}), route("paphos", {"PAPHOS"})};
  const auto of = [](const std::string& receiver) {
    return receiver + "|20261120083000||ORU^R01|X1|P|2.5.1";
  };
  BOOST_TEST(chosen(routes, of("X|PAPHOS")) == "paphos");
  BOOST_TEST(chosen(routes, of("OPENHEART|")) == "main");
  BOOST_TEST(chosen(routes, of("|main ")) == "main");
  BOOST_TEST(chosen(routes, of("X|LARNACA")) == "unknown-key MSH-6");
  BOOST_TEST(chosen(routes, of("|")) == "unknown-key MSH-6");
  const std::vector<config::route> open{route("any"), route("paphos", {"PAPHOS"})};
  BOOST_TEST(chosen(open, of("X|PAPHOS")) == "any"); // it comes first
  BOOST_TEST(chosen(open, of("X|LARNACA")) == "any");
}

BOOST_AUTO_TEST_CASE(the_first_route_whose_condition_holds_takes_a_message) {
  const auto with = [](config::route how, const char* when) {
    edit::rules rules;
    BOOST_REQUIRE(!edit::condition::compile(when, {}, rules.when.emplace()));
    how.rules = std::make_shared<const edit::rules>(std::move(rules));
    return how;
  };
  const auto of = [](const std::string& id) { return "OH|MAIN|20261120083000||ORU^R01|" + id + "|P|2.5.1"; };
  const std::vector<config::route> routes{with(route("a"), R"(MSH-10 = "1")"),
                                          with(route("b"), R"(MSH-10 in ["1", "2"])")};
  BOOST_TEST(chosen(routes, of("1")) == "a");
  BOOST_TEST(chosen(routes, of("2")) == "b");
  BOOST_TEST(chosen(routes, of("3")) == "rejected ");
}

BOOST_AUTO_TEST_CASE(an_event_that_no_route_takes_is_told_as_such) {
  const std::vector<config::route> routes{route("main")};
  BOOST_TEST(chosen(routes, "A|B|20261120083000||ORU^R09|X1|P|2.5.1") == "unsupported-event MSH-9.2");
  BOOST_TEST(chosen(routes, "A|B|20261120083000||ADT^A01|X1|P|2.5.1") == "unsupported-type MSH-9.1");
}

BOOST_AUTO_TEST_CASE(a_type_is_read_without_padding_and_a_lone_oru_as_what_it_meant) {
  const auto type = [](const std::string& msh9) {
    const std::string bytes = "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261118080000||" + msh9 + "|B29|P|2.1\r";
    const auto parsed = hl7::parse(bytes);
    BOOST_REQUIRE(parsed.ok());
    return routes::type_of(hl7::peek(*parsed));
  };
  BOOST_TEST(type("ORU^R01^ORU_R01") == "ORU^R01");
  BOOST_TEST(type("ORU") == "ORU^R01");
  BOOST_TEST(type("oru ^r01 ") == "ORU^R01");
  BOOST_TEST(type("OUL") == "OUL^");
  BOOST_TEST(type("ORU^R30") == "ORU^R30");
}

BOOST_AUTO_TEST_CASE(what_a_configuration_can_cure_is_not_the_answer_for_ever) {
  using pipeline::may_pass_later;
  for (const auto code :
       {error_code::unknown_key, error_code::data_type, error_code::table_value, error_code::unsupported_type,
        error_code::unsupported_event, error_code::unsupported_processing_id, error_code::store_unavailable,
        error_code::internal})
    BOOST_TEST(may_pass_later(code), name(code));
  for (const auto code : {error_code::no_header, error_code::header_field_missing,
                          error_code::segment_missing, error_code::segment_sequence})
    BOOST_TEST(!may_pass_later(code), name(code));
}

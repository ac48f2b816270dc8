#include "routes/table.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

BOOST_AUTO_TEST_CASE(the_chain_of_laboratory_results_reads_as_configured) {
  const std::vector<std::string> wanted{"parse", "map-lab", "match-patient", "persist", "ack"};
  BOOST_TEST(routes::oru().how.names() == wanted);
  BOOST_TEST(routes::vocabulary().chains.front() == wanted);
}

BOOST_AUTO_TEST_CASE(the_chain_of_bundles_reads_as_configured) {
  const std::vector<std::string> wanted{"parse-bundle", "file-bundle", "answer"};
  BOOST_TEST(routes::fhir_bundle().how.names() == wanted);
  BOOST_TEST(routes::vocabulary().chains.at(1) == wanted);
}

BOOST_AUTO_TEST_CASE(what_is_refused_still_passes_the_persister_and_the_acker) {
  BOOST_TEST(routes::refused().how.names() == (std::vector<std::string>{"parse", "persist", "ack"}));
}

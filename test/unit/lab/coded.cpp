// Coded fields as senders write them: padding, case, components that are not the first, and the specimens of
// tables and hospitals.
#include "engine/lab/specimen.hpp"
#include "engine/lab/value.hpp"
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

using namespace sample;

namespace {

lab::profile with(std::initializer_list<std::pair<const char*, const char*>> tests) {
  auto p = laboratory("BIO");
  for (const auto& [own, loinc] : tests) p.tests[own] = {loinc, "", ""};
  return p;
}
std::string loinc(const lab::report& r) { return r.results.at(0).loinc_code.value_or("-"); }

} // namespace

BOOST_AUTO_TEST_SUITE(coded)

BOOST_AUTO_TEST_CASE(specimens_as_tables_and_hospitals_write_them) {
  using namespace lab::specimen;
  for (const auto* text :
       {"24U", "24HUR", "U24", "UR24", "U24H", "24 hr UR", "24H U", "UR random", "MSU", "URN", "OYRA", "OURA",
        "OYPA", "\u039fY\u03a1A",
        "\u039f\u03c5\u03c1\u03bf\u03ba\u03b1\u03bb\u03bb\u03b9\u03ad\u03c1\u03b3\u03b5\u03b9\u03b1"})
    BOOST_TEST(lab::specimens_in(text) == urine, text);
  for (const auto* text :
       {"WBLD", "CAP", "SER/PLAS", "WB EDTA", "BLD venous", "UMB", "FBLOOD", "CSERU", "AIMA", "OPO\u03a3"})
    BOOST_TEST(lab::specimens_in(text) == blood, text);
  for (const auto* text : {"SEM", "FLD", "FLUID", "Body fluid", "DIAL", "DIA", "JNTFLD", "BIFL", "PUS",
                           "\u03a5\u03b3\u03c1\u03cc", "Bronchial lavage"})
    BOOST_TEST(lab::specimens_in(text) == other, text);
  for (const auto* text : {"Spinal fluid", "CSF fluid"}) BOOST_TEST(lab::specimens_in(text) == csf, text);
  // A medicine that nobody knows, a tube and its number, a place, a person's name are no specimen.
  for (const auto* text :
       {"UMED", "USPEC", "U1", "Tube 24", "24", "24h", "Green cap", "S", "P", "Other", "XXX", "Room 12 U"})
    BOOST_TEST(lab::specimens_in(text) == 0, text);
}

BOOST_AUTO_TEST_CASE(a_repeated_source_names_several_specimens) {
  const auto read = [](const std::string& source) {
    const std::string order = "OBR|1|PO-1|F-1|P^Panel^L|||20261120080000||||||||" + source +
      "|||||||20261120082500||CH|F";
    return map(oru({pid, order, "OBX|1|NM|GLU^Glucose^L||40|mg/dL|||||F"}), laboratory("BIO"));
  };
  for (const auto* source : {"24U", "~UR", "UR~24U", "FLD", "SEM"}) {
    const auto r = read(source);
    BOOST_TEST(loinc(*r) == "-", source);
    BOOST_TEST(reviewed(*r, "specimen-conflict"), source);
  }
  for (const auto* source : {"SER~UR", "WBLD", "CAP", "UMED", "~", "???"}) { // as with two SPM the result may
                                                                             // be of either
    const auto r = read(source);
    BOOST_TEST(loinc(*r) == "2345-7", source);
    BOOST_TEST(!reviewed(*r, "specimen-conflict"), source);
  }
}

BOOST_AUTO_TEST_CASE(a_flag_beside_an_empty_code) {
  const auto flagged = [](const std::string& sent) {
    return one("OBX|1|NM|GLU^Glucose^L||100|mg/dL|70-110|" + sent + "|||F");
  };
  for (const auto* sent : {"HH", "^HH", "^^^HH^^HL70078", "^hh ", "^^^^HH", "A~^HH", "H^^L^HH^^HL70078"}) {
    const auto r = flagged(sent);
    BOOST_TEST(r->results.at(0).critical, sent);
    BOOST_TEST(!reviewed(*r, "unknown-flag"), sent);
  }
  BOOST_TEST(one("OBX|1|ST|X^x^L||seen|||^AA|||F")->results.at(0).critical);
  // A known code's own text is only its text.
  const auto named = flagged("N^Normal^HL70078");
  BOOST_TEST((named->results.at(0).flag == model::abnormal_flag::normal));
  BOOST_TEST(named->reviews.empty());
  for (const auto* sent : {"^Panic", "XX^HH", "^^^XX"})
    BOOST_TEST(reviewed(*flagged(sent), "unknown-flag"), sent);
  BOOST_TEST(flagged("XX^HH")->results.at(0).critical);
  for (const auto* sent : {"", "^", "^^^^^", " ", "\"\""}) BOOST_TEST(flagged(sent)->reviews.empty(), sent);
}

BOOST_AUTO_TEST_CASE(states_and_types_beside_an_empty_component) {
  const auto r = one("OBX|1|^NM|K^K^L||4.1|mmol/L|3.5-5.1|N|||^F");
  BOOST_TEST(r->results.at(0).sent.value_type == "NM");
  BOOST_TEST((r->results[0].status == model::result_status::final));
  BOOST_TEST(!noted(*r, "status"));
  BOOST_TEST(reviewed(*one("OBX|1|NM|K^K^L||4.1|mmol/L||N|||^Q"), "unknown-status"));
}

BOOST_AUTO_TEST_CASE(the_order_s_state_in_either_case) {
  const std::string k = "OBX|1|NM|K^K^L||7.2|mmol/L|3.5-5.1|||";
  const auto order = [](const std::string& state) {
    return "OBR|1|PO-1|F-1|PAN^Panel^L|||20261120080000|||||||||||||||20261120082500||CH|" + state;
  };
  for (const auto* state : {"W", "w", " w ", "^W", "d", "D "}) {
    const auto r = map(oru({pid, order(state), k + "|F"}), laboratory("BIO"));
    BOOST_TEST((r->results.at(0).retracts && r->results[0].status == model::result_status::cancelled), state);
    BOOST_TEST((r->orders.at(0).status == "W" || r->orders[0].status == "D"), state);
  }
  for (const auto* state : {"x", "X ", "w", "d"}) // what the order's own results do not bring
    BOOST_TEST(
      map(oru({pid, order(state)}), laboratory("BIO"))->orders.at(0).status == lab::upper_code(state), state);
  BOOST_TEST(
    (map(oru({pid, order("f"), k}), laboratory("BIO"))->results.at(0).status == model::result_status::final));
}

BOOST_AUTO_TEST_CASE(codes_of_the_profile_in_other_case) {
  const auto r = one("OBX|1|NM|k^Potassium^L||7.2|mmol/L|3.5-5.1||||F");
  BOOST_TEST(loinc(*r) == "2823-3");
  BOOST_TEST(r->results.at(0).critical);
  BOOST_TEST(r->results[0].test_code == "K"); // its versions are those of K
  BOOST_TEST(r->results[0].sent.code == "k");
  BOOST_TEST(r->unmapped_codes.empty());
  BOOST_TEST(loinc(*one("OBX|1|NM|hba1c^x^L||6.1|%|||||F")) == "4548-4");
  // Where the laboratory tells two codes by their case, a third spelling is neither of them.
  const auto both = with({{"Mg", "19123-9"}, {"mG", "2157-6"}});
  BOOST_TEST(loinc(*one("OBX|1|NM|Mg^x^L||0.8|mmol/L|||||F", both)) != "-");
  auto p = both;
  p.tests.erase("MG");
  BOOST_TEST(loinc(*one("OBX|1|NM|MG^x^L||0.8|mmol/L|||||F", p)) == "-");
}

BOOST_AUTO_TEST_CASE(padding_of_panel_and_parent) {
  const auto r = map(
    oru(
      {pid,
       "OBR|1|PO-1|F-1|PAN ^Panel^L |||20261120080000|||||||||||||||20261120082500||CH|F|CUL ^ 1^x|||PO-0 ^F-0 ",
       "OBX|1|CE|ORG^o^L||ECO ^E. coli^L||||||F"}),
    laboratory("BIO"));
  const auto& order = r->orders.at(0);
  BOOST_TEST(order.panel_code == "PAN");
  BOOST_TEST(order.parent.code == "CUL");
  BOOST_TEST(order.parent.sub_id == "1");
  BOOST_TEST(order.parent.filler_number == "F-0");
  BOOST_TEST(r->results.at(0).value_code == "ECO");
  BOOST_TEST(*r->results[0].value_text == "E. coli");
}

BOOST_AUTO_TEST_SUITE_END()

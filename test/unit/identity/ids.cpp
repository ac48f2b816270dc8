#include "engine/identity/identity.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace aorta::identity;

BOOST_AUTO_TEST_SUITE(identifiers)

BOOST_AUTO_TEST_CASE(numbers_lose_what_people_write_around_them) {
  BOOST_TEST(normalise(id_kind::cyprus_id, "CY0812345") == "812345");
  BOOST_TEST(normalise(id_kind::cyprus_id, " cy 0812-345 ") == "812345");
  BOOST_TEST(normalise(id_kind::cyprus_id, "0000812345") == "812345");
  BOOST_TEST(normalise(id_kind::arc, "a-6543210") == "A6543210");
  BOOST_TEST(normalise(id_kind::arc, "α–6543210") == "A6543210"); // Greek alpha, en dash
  BOOST_TEST(normalise(id_kind::gesy, "00 0081 2345") == "0000812345");
  BOOST_TEST(normalise(id_kind::mrn, "m-0001") == "M0001");
  BOOST_TEST(normalise(id_kind::mrn, "Μ-0001") == "M0001"); // Greek capital mu
  BOOST_TEST(normalise(id_kind::passport, "k00123456") == "K00123456");
}

BOOST_AUTO_TEST_CASE(what_stands_for_no_number_is_none) {
  for (const char* text : {"", " ", "-", "0000", "CY", "CY000", "UNKNOWN", "N/A", "none"})
    BOOST_TEST(normalise(id_kind::cyprus_id, text) == "", text);
  BOOST_TEST(normalise(id_kind::gesy, "0000000000") == "");
}

BOOST_AUTO_TEST_CASE(the_type_tells_the_kind) {
  const auto kind = [](const char* type, const char* authority) {
    return type_id("A123", type, authority, "MAIN").kind;
  };
  BOOST_CHECK(kind("NI", "CYP") == id_kind::cyprus_id);
  BOOST_CHECK(kind("NI", "") == id_kind::cyprus_id);
  for (const char* cyprus :
       {"CY", "cyp", "CYPRUS", "MAIN", "2.16.196.1.113883.3.1.1", "urn:oid:2.16.196.1.113883.3.1.1"})
    BOOST_CHECK_MESSAGE(kind("NI", cyprus) == id_kind::cyprus_id, cyprus);
  for (const char* other : {"BIO", "GRC", "GREECE", "gb", "NHS", "X", "urn:oid:2.16.840.1.113883.2.1.4.1"})
    BOOST_CHECK_MESSAGE(kind("NI", other) == id_kind::other, other);
  BOOST_CHECK(kind("NNCYP", "") == id_kind::cyprus_id);
  BOOST_CHECK(kind("NNGRC", "") == id_kind::other);
  BOOST_CHECK(kind("ARC", "CYP") == id_kind::arc);
  BOOST_CHECK(kind("PPN", "") == id_kind::passport);
  BOOST_CHECK(kind("PPN", "2.16.196.1.113883.3.1.2") == id_kind::arc);
  BOOST_CHECK(kind("PPN", "urn:oid:2.16.196.1.113883.3.1.2") == id_kind::arc);
  BOOST_CHECK(kind("MR", "MAIN") == id_kind::mrn);
  BOOST_CHECK(kind("MR", "main") == id_kind::mrn);
  BOOST_CHECK(kind("MR", "BIO") == id_kind::other);
  BOOST_CHECK(kind("MR", "") == id_kind::other);
  BOOST_CHECK(kind("PI", "YML") == id_kind::other);
  BOOST_CHECK(kind("GESY", "") == id_kind::gesy);
  BOOST_CHECK(kind("HC", "HIO") == id_kind::gesy);
  BOOST_CHECK(kind("", "") == id_kind::other);
}

BOOST_AUTO_TEST_CASE(claims_and_patients_meet_under_the_same_keys) {
  using namespace std::chrono_literals;
  model::patient known;
  known.first_name = "Γεώργιος";
  known.last_name = "Παπαδόπουλος";
  known.mrn = "M-0001";
  known.cyprus_id = "812345";
  known.birth_date = std::chrono::year{1958} / 4 / 12;
  const auto kept = lookup_keys(known);
  BOOST_TEST(kept.size() == 3u);
  const auto found = [&](claims who) {
    for (const auto& key : lookup_keys(who))
      if (std::find(kept.begin(), kept.end(), key) != kept.end()) return true;
    return false;
  };
  claims who;
  who.ids = {type_id("CY0812345", "NI", "CYP", "MAIN")};
  BOOST_TEST(found(who));
  who = {};
  who.birth_date = known.birth_date;
  who.names = {{"GEORGIOS", "PAPADOPOULOS"}};
  BOOST_TEST(found(who));
  who.names = {{"Papadopoulos", "Giorgos"}};
  BOOST_TEST(found(who));
  who.names = {{"Papadopoulos", ""}};
  BOOST_TEST(!found(who));
  who.names = {{"Papadopoulos", "Giorgos"}};
  who.birth_date.reset();
  BOOST_TEST(lookup_keys(who).empty());
  who.ids = {type_id("X99", "PI", "YML", "MAIN")};
  BOOST_TEST(lookup_keys(who).empty());
}

BOOST_AUTO_TEST_SUITE_END()

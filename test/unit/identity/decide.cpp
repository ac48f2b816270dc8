#include "people.hpp"

using namespace aorta;
using namespace aorta::identity;

BOOST_AUTO_TEST_SUITE(deciding)

BOOST_AUTO_TEST_CASE(case_01_the_id_card_names_the_patient) {
  const auto made = decide_in(
    roster(), say({card("CY0812345"), mrn("M-0001")}, {"ΠΑΠΑΔΟΠΟΥΛΟΣ", "ΓΕΩΡΓΙΟΣ"}, date(1958, 4, 12), male));
  check_same(made, 1, "cyprus-id");
  BOOST_TEST(has(made, "mrn names patient 1"));
  BOOST_TEST(has(made, "birth date agrees with patient 1"));
}

BOOST_AUTO_TEST_CASE(case_03_a_latin_spelling_of_a_greek_name_agrees) {
  check_same(
    decide_in(roster(), say({card("934567")}, {"CHRISTODOULOU", "EVANGELIA"}, date(1971, 11, 30), female)), 2,
    "cyprus-id");
}

BOOST_AUTO_TEST_CASE(case_04_name_and_birth_date_name_exactly_one) {
  const auto who = say({type_id("X99", "PI", "YML", "MAIN")}, {"ΝΙΚΟΛΑΟΥ", "ΚΩΝΣΤΑΝΤΙΝΟΣ"}, date(1990, 3, 25),
                       male);
  check_same(decide_in(roster(), who), 8, "name-and-birth-date");
}

BOOST_AUTO_TEST_CASE(case_05_two_of_one_name_and_birth_date_wait_for_a_person) {
  const auto who = say({type_id("LAB777", "PI", "BIO", "MAIN")}, {"CHARALAMBOUS", "ANDREAS"},
                       date(1949, 2, 28), male);
  check_review(decide_in(roster(), who), {3, 4},
               {"name and birth date name patient 3", "name and birth date name patient 4"});
}

BOOST_AUTO_TEST_CASE(case_06_and_07_a_card_and_an_arc) {
  check_same(decide_in(roster(), say({card("1034567")}, {"TZIORTZIS", "BAMPIS"}, date(1980, 1, 1), male)), 6,
             "cyprus-id");
  check_same(decide_in(roster(),
                       say({type_id("a-6543210", "ARC", "CYP", "MAIN")}, {"BERIDZE", "NINO"},
                           date(1985, 7, 9), female)),
             5, "arc");
}

BOOST_AUTO_TEST_CASE(case_09_nobody_knows_him) {
  const auto made = decide_in(roster(), say({card("999999")}, {"AGNOSTOS", "NIKOS"}, date(1970, 1, 1), male));
  BOOST_CHECK(made.is == decision::kind::none);
  BOOST_TEST(has(made, "cyprus-id is a placeholder: it says nothing"));
  BOOST_TEST(has(made, "the birth date is a placeholder: it says nothing"));
  BOOST_TEST(has(made, "a name without a birth date names nobody"));
  BOOST_TEST(has(decide_in(roster(), say({card("998877")}, {"AGNOSTOS", "NIKOS"}, date(1970, 1, 2), male)),
                 "cyprus-id is not known"));
}

BOOST_AUTO_TEST_CASE(case_10_the_id_says_one_and_the_name_another) {
  const auto made = decide_in(roster(),
                              say({card("745210")}, {"ΠΑΠΑΔΟΠΟΥΛΟΣ", "ΓΕΩΡΓΙΟΣ"}, date(1958, 4, 12), male));
  check_review(made, {7, 1},
               {"cyprus-id names patient 7", "birth date differs from patient 7",
                "sex differs from patient 7", "name differs from patient 7",
                "name and birth date name patient 1"});
}

BOOST_AUTO_TEST_CASE(a_number_alone_is_enough_when_nothing_contradicts) {
  claims who;
  who.ids = {card("745210")};
  check_same(decide_in(roster(), who), 7, "cyprus-id");
  who.ids = {mrn("m 0007")};
  check_same(decide_in(roster(), who), 7, "mrn");
  who.ids = {type_id("0506543210", "GESY", "", "MAIN")};
  check_same(decide_in(roster(), who), 5, "gesy");
}

BOOST_AUTO_TEST_CASE(one_contradiction_is_enough_for_review) {
  check_review(
    decide_in(roster(), say({card("745210")}, {"CONSTANTINOU", "MARIA"}, date(1966, 9, 18), female)), {7},
    {"birth date differs from patient 7", "name agrees with patient 7"});
  check_review(decide_in(roster(), say({card("745210")}, {"CONSTANTINOU", "MARIA"}, date(1966, 9, 17), male)),
               {7}, {"sex differs from patient 7"});
  check_review(decide_in(roster(), say({card("745210")}, {"ZENIOU", "PETRA"}, date(1966, 9, 17), female)),
               {7}, {"name differs from patient 7"});
}

BOOST_AUTO_TEST_CASE(a_slip_of_one_letter_a_short_name_or_a_new_family_name_is_no_contradiction) {
  for (const auto& said :
       {person_name{"CONSTANTINO", "MARIA"}, person_name{"CONSTANT", "MARY"},
        person_name{"PAPADOPOULOU", "MARIA"}, person_name{"MARIA", "CONSTANTINOU"}, person_name{"", ""}})
    check_same(decide_in(roster(), say({card("745210")}, said, date(1966, 9, 17), female)), 7, "cyprus-id");
}

BOOST_AUTO_TEST_CASE(two_numbers_that_name_two_people_are_for_a_person) {
  check_review(
    decide_in(roster(),
              say({card("745210"), mrn("M-0001")}, {"CONSTANTINOU", "MARIA"}, date(1966, 9, 17), female)),
    {7, 1}, {"cyprus-id names patient 7", "mrn names patient 1"});
}

BOOST_AUTO_TEST_CASE(another_number_than_the_one_he_holds_is_for_a_person) {
  check_review(
    decide_in(roster(), say({card("998877")}, {"NIKOLAOU", "KONSTANTINOS"}, date(1990, 3, 25), male)), {8},
    {"cyprus-id differs from patient 8", "name and birth date name patient 8"});
  check_review(
    decide_in(roster(),
              say({card("745210"), mrn("M-9999")}, {"CONSTANTINOU", "MARIA"}, date(1966, 9, 17), female)),
    {7}, {"mrn differs from patient 7"});
}

BOOST_AUTO_TEST_CASE(a_number_he_did_not_have_yet_is_noted) {
  const auto made = decide_in(
    roster(),
    say({type_id("0501123456", "GESY", "", "MAIN")}, {"NIKOLAOU", "KONSTANTINOS"}, date(1990, 3, 25), male));
  check_same(made, 8, "name-and-birth-date");
  BOOST_TEST(has(made, "gesy is new for patient 8"));
}

BOOST_AUTO_TEST_CASE(a_sex_that_contradicts_the_name_is_for_a_person) {
  check_review(decide_in(roster(), say({}, {"NIKOLAOU", "KONSTANTINOS"}, date(1990, 3, 25), female)), {8},
               {"sex differs from patient 8"});
}

BOOST_AUTO_TEST_CASE(a_variant_of_a_name_is_for_a_person) {
  for (const auto& said : {person_name{"Papadopoulos", "Giorgos"}, person_name{"George", "PAPADOPOULOS"}})
    check_review(decide_in(roster(), say({}, said, date(1958, 4, 12), male)), {1},
                 {"a variant of the name and birth date name patient 1",
                  "a variant of a name proves nothing without a number"});
  auto all = roster();
  all.push_back(person(9, "M-0009", "Γιώργος", "Παπαδόπουλος", date(1958, 4, 12), male));
  check_review(decide_in(all, say({}, {"Papadopoulos", "Giorgos"}, date(1958, 4, 12), male)), {1, 9}, {});
  check_same(decide_in(roster(), say({card("812345")}, {"Papadopoulos", "Giorgos"}, date(1958, 4, 12), male)),
             1, "cyprus-id");
}

BOOST_AUTO_TEST_CASE(a_name_that_only_sounds_alike_is_for_a_person) {
  const std::vector<model::patient> all{person(1, "M-1", "Rena", "Mavrou", date(1960, 5, 6), female),
                                        person(2, "M-2", "Michael", "Andreou", date(1961, 7, 8), male),
                                        person(3, "M-3", "Eleni", "Kosta", date(1962, 9, 10), female),
                                        person(4, "M-4", "Μαρία", "Μιχαήλ", date(1963, 1, 2), female)};
  check_review(decide_in(all, say({}, {"MAVROU", "RAINA"}, date(1960, 5, 6), female)), {1},
               {"name agrees with patient 1"});
  check_review(decide_in(all, say({}, {"ANDREOU", "MICHEL"}, date(1961, 7, 8), male)), {2}, {});
  check_review(decide_in(all, say({}, {"KOSTA", "ELENA"}, date(1962, 9, 10), female)), {3}, {});
  check_review(decide_in(all, say({}, {"MICHAEL", "MARIA"}, date(1963, 1, 2), female)), {4}, {});
  check_same(decide_in(all, say({}, {"MICHAIL", "MARIA"}, date(1963, 1, 2), female)), 4,
             "name-and-birth-date");
  check_same(decide_in(all, say({mrn("M-1")}, {"MAVROU", "RAINA"}, date(1960, 5, 6), female)), 1, "mrn");
}

BOOST_AUTO_TEST_CASE(part_of_a_birth_date_contradicts_and_never_agrees) {
  auto who = say({card("745210")}, {"CONSTANTINOU", "MARIA"}, std::nullopt, female);
  who.birth_year = std::chrono::year{1966};
  check_same(decide_in(roster(), who), 7, "cyprus-id");
  who.birth_month = std::chrono::September;
  check_same(decide_in(roster(), who), 7, "cyprus-id");
  who.names = {{"ZENIOU", "MARIA"}}; // a new family name needs the whole date
  check_review(decide_in(roster(), who), {7}, {"name differs from patient 7"});
  who.names = {{"CONSTANTINOU", "MARIA"}};
  who.birth_month = std::chrono::October;
  check_review(decide_in(roster(), who), {7}, {"birth date differs from patient 7"});
  who.birth_year = std::chrono::year{1967};
  who.birth_month.reset();
  check_review(decide_in(roster(), who), {7}, {"birth date differs from patient 7"});
  who.names.clear();
  check_review(decide_in(roster(), who), {7}, {"birth date differs from patient 7"});
  who.ids.clear();
  who.names = {{"CONSTANTINOU", "MARIA"}};
  who.birth_year = std::chrono::year{1966};
  const auto made = decide(who, roster());
  BOOST_CHECK(made.is == decision::kind::none);
  BOOST_TEST(has(made, "a name without a whole birth date names nobody"));
}

BOOST_AUTO_TEST_CASE(a_birth_date_that_cannot_be_read_is_a_doubt) {
  auto who = say({card("745210")}, {"CONSTANTINOU", "MARIA"}, std::nullopt, female);
  who.birth_date_unreadable = true;
  const auto named = decide_in(roster(), who);
  check_same(named, 7, "cyprus-id");
  BOOST_TEST(has(named, "the birth date cannot be read"));
  who.names.clear();
  check_review(decide_in(roster(), who), {7}, {"the birth date cannot be read"});
  who.ids.clear();
  who.names = {{"CONSTANTINOU", "MARIA"}};
  BOOST_CHECK(decide(who, roster()).is == decision::kind::none);
}

BOOST_AUTO_TEST_CASE(a_name_that_only_resembles_names_nobody) {
  for (const auto& said : {person_name{"NIKOLAO", "KONSTANTINOS"}, person_name{"NIKOLAOU", ""},
                           person_name{"NIKOLAOU", "KONSTANTINA"}}) {
    const auto made = decide_in(roster(), say({}, said, date(1990, 3, 25), male));
    BOOST_TEST_CONTEXT(all_of(made)) BOOST_CHECK(made.is == decision::kind::none);
  }
}

BOOST_AUTO_TEST_CASE(a_twin_with_his_sisters_number_is_for_a_person) {
  auto all = roster();
  all.push_back(person(9, "M-0009", "Petra", "Constantinou", date(1966, 9, 17), female, "745211"));
  check_review(decide_in(all, say({card("745210")}, {"CONSTANTINOU", "PETRA"}, date(1966, 9, 17), female)),
               {7, 9}, {"cyprus-id names patient 7", "name and birth date name patient 9"});
  check_same(decide_in(roster(), say({card("512340")}, {"CHARALAMBOUS", "ANDREAS"}, date(1949, 2, 28), male)),
             3, "cyprus-id");
}

BOOST_AUTO_TEST_CASE(a_message_that_says_nothing_names_nobody) {
  const auto made = decide({}, {});
  BOOST_CHECK(made.is == decision::kind::none);
  BOOST_TEST(has(made, "the message names nobody"));
  BOOST_TEST(has(decide(say({}, {"NIKOLAOU", "KONSTANTINOS"}, std::nullopt, male), {}),
                 "a name without a birth date names nobody"));
}

BOOST_AUTO_TEST_CASE(the_order_of_the_candidates_does_not_matter) {
  auto all = roster();
  const auto who = say({card("745210")}, {"ΠΑΠΑΔΟΠΟΥΛΟΣ", "ΓΕΩΡΓΙΟΣ"}, date(1958, 4, 12), male);
  const auto there = decide(who, all);
  std::reverse(all.begin(), all.end());
  const auto back = decide(who, all);
  BOOST_TEST(there.evidence == back.evidence, boost::test_tools::per_element());
  BOOST_TEST(there.candidates == back.candidates, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(evidence_holds_no_value_of_the_patient) {
  const auto made = decide_in(roster(),
                              say({card("745210")}, {"ΠΑΠΑΔΟΠΟΥΛΟΣ", "ΓΕΩΡΓΙΟΣ"}, date(1958, 4, 12), male));
  for (const auto& line : made.evidence) {
    BOOST_TEST(line.find("745210") == std::string::npos);
    BOOST_TEST(line.find("1958") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_relative_is_not_the_patient) {
  // A slip in the number leads to someone of the same family, or of the same given name: half a name is not
  // enough.
  for (const auto& said : {person_name{"CONSTANTINOU", "PETRA"}, person_name{"PETRA", "CONSTANTINOU"},
                           person_name{"CONSTANTINOU", "BABY"}}) {
    check_review(decide_in(roster(), say({card("745210")}, said, std::nullopt, female)), {7},
                 {"name differs from patient 7"});
    check_review(decide_in(roster(), say({card("745210")}, said, date(1966, 9, 17), female)), {7},
                 {"name differs from patient 7"}); // a twin
  }
  check_review(decide_in(roster(), say({card("745210")}, {"ZENIOU", "MARIA"}, std::nullopt, female)), {7},
               {"name differs from patient 7"});
  check_same(decide_in(roster(), say({card("745210")}, {"ZENIOU", "MARIA"}, date(1966, 9, 17), female)), 7,
             "cyprus-id"); // married
  check_same(
    decide_in(roster(), say({card("745210")}, {"CONSTANTINOU", "MARIA ELENI"}, std::nullopt, female)), 7,
    "cyprus-id");
  check_same(decide_in(roster(), say({card("745210")}, {"CONSTANTINOU", ""}, std::nullopt, female)), 7,
             "cyprus-id");
  check_same(decide_in(roster(), say({card("745210")}, {"CONSTANTINOU", "M"}, std::nullopt, female)), 7,
             "cyprus-id"); // an initial
}

BOOST_AUTO_TEST_SUITE_END()

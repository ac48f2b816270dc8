// What trials with real senders' messages showed: each kind of contradiction that once passed, and each
// spelling that once led nowhere.
#include "people.hpp"

using namespace aorta;
using namespace aorta::identity;

namespace {

const auto maria_born = date(1966, 9, 17);

/// Maria Constantinou's card beside another name.
decision with_marias_card(person_name said, std::optional<std::chrono::year_month_day> born = maria_born,
                          model::gender sex = female) {
  return decide_in(roster(), say({card("745210")}, std::move(said), born, sex));
}

decision by_name(const model::patient& known, person_name said) {
  return decide_in({known}, say({}, std::move(said), known.birth_date, known.sex));
}

model::patient somebody(const char* first, const char* last) {
  return person(1, "M-0001", first, last, date(1975, 5, 20), model::gender::unknown);
}

} // namespace

BOOST_AUTO_TEST_SUITE(trials)

BOOST_AUTO_TEST_CASE(placeholder_numbers_say_nothing) {
  for (const char* number : {"999999", "111111", "1", "0000", "123456", "1234567890", "0123456", "654321",
                             "987654321", "CY 123456", "0999999"})
    BOOST_TEST(is_placeholder(id_kind::cyprus_id, normalise(id_kind::cyprus_id, number)), number);
  for (const auto& [kind, number] :
       {std::pair(id_kind::arc, "A1234567"), std::pair(id_kind::passport, "K99999999"),
        std::pair(id_kind::gesy, "0000999999"), std::pair(id_kind::mrn, "99999"),
        std::pair(id_kind::mrn, "12345"), std::pair(id_kind::mrn, "0000")})
    BOOST_TEST(is_placeholder(kind, normalise(kind, number)), number);
  for (const auto& [kind, number] :
       {std::pair(id_kind::cyprus_id, "745210"), std::pair(id_kind::arc, "A6543210"),
        std::pair(id_kind::mrn, "M-0001"), std::pair(id_kind::mrn, "1"), std::pair(id_kind::mrn, "123"),
        std::pair(id_kind::mrn, "A012345"), std::pair(id_kind::gesy, "0506543210")})
    BOOST_TEST(!is_placeholder(kind, normalise(kind, number)), number);
}

BOOST_AUTO_TEST_CASE(a_placeholder_number_names_nobody_whoever_holds_it) {
  const auto holder = person(1, "99999", "Anna", "Ioannou", date(1980, 5, 6), female, "999999", "A1111111",
                             "0000123456");
  for (const auto& id : {card("999999"), mrn("99999"), type_id("A1111111", "ARC", "CYP", "MAIN"),
                         type_id("0000123456", "GESY", "", "MAIN")}) {
    check_none(decide_in({holder}, say({id}, {"", ""}, std::nullopt, female)));
    check_same(decide_in({holder}, say({id}, {"IOANNOU", "ANNA"}, date(1980, 5, 6), female)), 1,
               "name-and-birth-date");
  }
  // Nor does it contradict.
  check_same(decide_in({holder}, say({card("745210")}, {"IOANNOU", "ANNA"}, date(1980, 5, 6), female)), 1,
             "name-and-birth-date");
}

BOOST_AUTO_TEST_CASE(a_placeholder_birth_date_says_nothing) {
  for (const int year : {1800, 1900, 1901, 1970}) {
    const auto known = person(1, "M-1", "Petros", "Savva", date(year, 1, 1), male, "612345");
    check_none(decide_in({known}, say({}, {"SAVVA", "PETROS"}, date(year, 1, 1), male)));
    check_same(decide_in({known}, say({card("612345")}, {"SAVVA", "PETROS"}, date(1958, 3, 4), male)), 1,
               "cyprus-id"); // the roster's is the placeholder
  }
  check_same(with_marias_card({"CONSTANTINOU", "MARIA"}, date(1900, 1, 1)), 7, "cyprus-id");
  auto who = say({card("745210")}, {"CONSTANTINOU", "MARIA"}, std::nullopt, female);
  who.birth_year = std::chrono::year{1900};
  check_same(decide_in(roster(), who), 7, "cyprus-id");
  who.birth_year = std::chrono::year{1970};
  check_review(decide_in(roster(), who), {7}, {"birth date differs from patient 7"});
}

BOOST_AUTO_TEST_CASE(any_other_first_of_january_needs_more_than_a_name) {
  check_review(
    decide_in(roster(), say({}, {"ΤΖΙΩΡΤΖΗΣ", "ΜΠΑΜΠΗΣ"}, date(1980, 1, 1), male)), {6},
    {"name and birth date name patient 6",
     "1 January is what registries write for a day that nobody knows: with a name alone it proves nothing"});
  check_same(decide_in(roster(), say({card("1034567")}, {"ΤΖΙΩΡΤΖΗΣ", "ΜΠΑΜΠΗΣ"}, date(1980, 1, 1), male)), 6,
             "cyprus-id");
  // it is too little to believe a new family name
  const auto weak = person(1, "M-1", "Maria", "Savva", date(1950, 1, 1), female, "612345");
  check_review(decide_in({weak}, say({card("612345")}, {"IOANNOU", "MARIA"}, date(1950, 1, 1), female)), {1},
               {"name differs from patient 1"});
}

BOOST_AUTO_TEST_CASE(names_that_are_none_prove_nothing) {
  for (const auto& said :
       {person_name{"CONSTANTINOU", "BABY GIRL"}, person_name{"Κωνσταντίνου", "ΘΗΛΥ"},
        person_name{"CONSTANTINOU", "NEOGNO"}, person_name{"UNKNOWN", "UNKNOWN"},
        person_name{"ΑΓΝΩΣΤΟΣ", "Άρρεν"}, person_name{"TEST", "TEST"}, person_name{"B", "A"},
        person_name{"CONSTANTINOU", "M"}, person_name{"Βρέφος", "Κορίτσι 2"}}) {
    const auto known = person(1, "M-1", said.given.c_str(), said.family.c_str(), date(2026, 10, 3), female);
    check_review(by_name(known, said), {1}, {"a name like this and the birth date lead to patient 1"});
  }
}

BOOST_AUTO_TEST_CASE(who_has_no_name_yet_is_not_the_mother_whose_number_stands_there) {
  for (const auto& said :
       {person_name{"CONSTANTINOU", "BABY"}, person_name{"CONSTANTINOU", "BABY OF MARIA"},
        person_name{"ΚΩΝΣΤΑΝΤΙΝΟΥ", "ΘΗΛΥ"}, person_name{"CONSTANTINOU", "TEST"}, person_name{"NEWBORN", ""}})
    check_review(with_marias_card(said, std::nullopt), {7}, {"name differs from patient 7"});
  check_same(with_marias_card({"UNKNOWN", "ΑΓΝΩΣΤΗ"}, std::nullopt), 7, "cyprus-id"); // says as little as no
                                                                                      // name
  check_same(with_marias_card({"CONSTANTINOU", "UNKNOWN"}, std::nullopt), 7, "cyprus-id");
  const auto child = person(1, "M-1", "Baby Girl", "Constantinou", date(2026, 10, 3), female, "745299");
  for (const char* given : {"BABY GIRL", "NEWBORN", "ELENI"}) // the clinic has not heard the name yet
    check_same(decide_in({child}, say({card("745299")}, {"CONSTANTINOU", given}, date(2026, 10, 3), female)),
               1, "cyprus-id");
}

BOOST_AUTO_TEST_CASE(who_fits_wholly_contradicts_a_number_whose_owner_fits_less) {
  const std::vector<model::patient> twins{
    person(1, "M-1", "Maria", "Ioannou", date(2001, 4, 5), female, "801001"),
    person(2, "M-2", "Mary", "Ioannou", date(2001, 4, 5), female, "801002")};
  check_review(decide_in(twins, say({card("801001")}, {"IOANNOU", "MARY"}, date(2001, 4, 5), female)), {1, 2},
               {"cyprus-id names patient 1", "name and birth date name patient 2"});
  check_review(decide_in(twins, say({mrn("M-2")}, {"ΙΩΑΝΝΟΥ", "ΜΑΡΙΑ"}, date(2001, 4, 5), female)), {2, 1},
               {});
  check_same(decide_in(twins, say({card("801001")}, {"ΙΩΑΝΝΟΥ", "ΜΑΡΙΑ"}, date(2001, 4, 5), female)), 1,
             "cyprus-id");
  check_same(decide_in(twins, say({card("801002")}, {"IOANNOU", "MAROULA"}, date(2001, 4, 5), female)), 2,
             "cyprus-id"); // neither fits wholly: the number counts
}

BOOST_AUTO_TEST_CASE(initials_agree_or_contradict) {
  for (const char* given : {"M", "M.", "Μ", "MARIA P", "P MARIA"})
    check_same(with_marias_card({"CONSTANTINOU", given}, std::nullopt), 7, "cyprus-id");
  for (const char* given : {"P", "P.", "Π", "Ε.", "Χ"})
    check_review(with_marias_card({"CONSTANTINOU", given}), {7}, {"name differs from patient 7"});
  check_review(with_marias_card({"P", "MARIA"}, std::nullopt), {7}, {"name differs from patient 7"});
  const auto two = person(1, "M-1", "Maria Eleni", "Constantinou", maria_born, female, "745299");
  check_same(decide_in({two}, say({card("745299")}, {"CONSTANTINOU", "MARIA E"}, maria_born, female)), 1,
             "cyprus-id");
  check_review(decide_in({two}, say({card("745299")}, {"CONSTANTINOU", "MARIA P"}, maria_born, female)), {1},
               {});
}

BOOST_AUTO_TEST_CASE(an_initial_may_be_written_in_another_way) {
  const std::pair<const char*, std::vector<const char*>> all[] = {{"Γιάννης", {"G", "Y", "J", "Γ", "I"}},
                                                                  {"Χρίστος", {"C", "Ch", "H", "X", "Χ"}},
                                                                  {"Κατερίνα", {"C", "K", "A"}},
                                                                  {"Βασίλης", {"V", "B", "Β"}},
                                                                  {"Μπάμπης", {"B", "M", "C"}},
                                                                  {"Φίλιππος", {"F", "P", "Ph"}},
                                                                  {"Ελένη", {"E", "H"}},
                                                                  {"Θεοδώρα", {"T", "Th", "Θ"}}};
  for (const auto& [given, initials] : all)
    for (const char* initial : initials)
      check_same(decide_in({somebody(given, "Savva")},
                           say({mrn("M-0001")}, {"SAVVA", initial}, date(1975, 5, 20), male)),
                 1, "mrn");
}

BOOST_AUTO_TEST_CASE(several_words_in_the_family_field_are_the_whole_name) {
  for (const char* all :
       {"CONSTANTINOU MARIA", "MARIA CONSTANTINOU", "ΚΩΝΣΤΑΝΤΙΝΟΥ ΜΑΡΙΑ", "CONSTANTINOU M", "GEORGIOU MARIA"})
    check_same(with_marias_card({all, ""}), 7, "cyprus-id");
  for (const char* all : {"CONSTANTINOU PETRA", "PETRA CONSTANTINOU", "CONSTANTINOU GEORGIOU",
                          "CONSTANTINOU MARINA", "CONSTANTINOU P"}) {
    check_review(with_marias_card({all, ""}), {7}, {"name differs from patient 7"});
    check_review(with_marias_card({"", all}), {7}, {"name differs from patient 7"});
  }
  check_review(with_marias_card({"GEORGIOU MARIA", ""}, std::nullopt), {7}, {"name differs from patient 7"});
  check_review(decide_in(roster(), say({}, {"CONSTANTINOU MARIA", ""}, maria_born, female)), {7},
               {"a variant of the name and birth date name patient 7"});
  const auto double_name = person(1, "M-1", "Anna", "Papa Nikolaou", date(1980, 5, 6), female);
  check_same(decide_in({double_name}, say({mrn("M-1")}, {"PAPA NIKOLAOU", ""}, std::nullopt, female)), 1,
             "mrn");
}

BOOST_AUTO_TEST_CASE(two_given_names_that_exist_are_two_people) {
  const std::pair<const char*, const char*> pairs[] = {
    {"Μαρία", "MARINA"},      {"Andreas", "ANDREA"},       {"Konstantinos", "KONSTANTINA"},
    {"Georgios", "GEORGIA"},  {"Maria", "MARIANA"},        {"Christina", "CHRISTIANA"},
    {"Nino", "NINA"},         {"Anna", "HANNA"},           {"Μάριος", "ΜΑΡΙΑ"},
    {"Stefanos", "STEFANIA"}, {"Elena", "ELINA"},          {"Panagiotis", "PANAGIOTA"},
    {"Αντώνης", "ΑΝΤΩΝΙΑ"},   {"Alexandros", "ALEXANDRA"}, {"Ioannis", "IOANNA"},
    {"Daniel", "DANIELA"}};
  for (const auto& [known, said] : pairs) {
    const auto patient = somebody(known, "Savva");
    check_review(
      decide_in({patient}, say({mrn("M-0001")}, {"SAVVA", said}, date(1975, 5, 20), model::gender::unknown)),
      {1}, {"name differs from patient 1"});
    check_review(
      decide_in({patient}, say({mrn("M-0001")}, {said, "SAVVA"}, date(1975, 5, 20), model::gender::unknown)),
      {1}, {"name differs from patient 1"});
  }
}

BOOST_AUTO_TEST_CASE(one_letter_in_a_name_that_is_no_other_name_is_a_slip) {
  const std::pair<const char*, const char*> pairs[] = {
    {"Maria", "MARRIA"}, {"Maria", "MARAI"},      {"Andreas", "ANDRAS"}, {"Konstantinos", "KONSTANTINO"},
    {"Eleni", "ELENNI"}, {"Γεώργιος", "ΓΕΩΡΓΟΣ"}, {"Stella", "STELA"}};
  for (const auto& [known, said] : pairs)
    if (std::string_view(said) != "MARAI") // two letters changed places: two away
      check_same(decide_in({somebody(known, "Savva")},
                           say({mrn("M-0001")}, {"SAVVA", said}, date(1975, 5, 20), model::gender::unknown)),
                 1, "mrn");
}

BOOST_AUTO_TEST_CASE(a_swapped_order_of_names_is_no_proof) {
  check_review(decide_in(roster(), say({}, {"KONSTANTINOS", "NIKOLAOU"}, date(1990, 3, 25), male)), {8},
               {"a variant of the name and birth date name patient 8",
                "a variant of a name proves nothing without a number"});
  check_same(
    decide_in(roster(), say({card("1123456")}, {"KONSTANTINOS", "NIKOLAOU"}, date(1990, 3, 25), male)), 8,
    "cyprus-id");
}

BOOST_AUTO_TEST_CASE(a_national_number_of_the_other_kind_that_nobody_holds_is_held) {
  const auto arc = type_id("A7654302", "ARC", "CYP", "MAIN");
  check_review(decide_in(roster(), say({arc}, {"NIKOLAOU", "KONSTANTINOS"}, date(1990, 3, 25), male)), {8},
               {"arc is known of nobody, and patient 8 holds the other kind: cyprus-id"});
  check_review(decide_in(roster(), say({card("998877")}, {"BERIDZE", "NINO"}, date(1985, 7, 9), female)), {5},
               {});
  check_same(
    decide_in(roster(),
              say({type_id("K1029384", "PPN", "", "MAIN")}, {"BERIDZE", "NINO"}, date(1985, 7, 9), female)),
    5, "name-and-birth-date");
  auto nobody = roster()[7];
  nobody.cyprus_id.clear();
  check_same(decide_in({nobody}, say({arc}, {"NIKOLAOU", "KONSTANTINOS"}, date(1990, 3, 25), male)), 8,
             "name-and-birth-date");
  check_same(
    decide_in(roster(), say({arc, mrn("M-0008")}, {"NIKOLAOU", "KONSTANTINOS"}, date(1990, 3, 25), male)), 8,
    "mrn");
}

BOOST_AUTO_TEST_CASE(a_sex_that_nobody_can_read_is_a_doubt) {
  auto who = say({card("745210")}, {"CONSTANTINOU", "MARIA"}, maria_born, model::gender::unknown);
  who.sex_unreadable = true;
  check_same(decide_in(roster(), who), 7, "cyprus-id");
  who.names.clear();
  check_review(decide_in(roster(), who), {7}, {"the sex cannot be read"});
  who.names = {{"CONSTANTINOU", "MARIA"}};
  who.ids.clear();
  check_review(decide_in(roster(), who), {7},
               {"the sex cannot be read", "name and birth date name patient 7"});
}

BOOST_AUTO_TEST_CASE(the_spellings_of_cyprus_lead_to_the_right_person) {
  const std::pair<person_name, std::vector<person_name>> all[] = {
    {{"Παναγιώτου", "Παναγιώτης"},
     {{"Panayiotou", "Panayiotis"}, {"PANAGIOTOU", "PANAYOTIS"}, {"Panayotou", "Panagiotis"}}},
    {{"Νεοκλέους", "Δημήτρης"},
     {{"Neocleous", "Demetris"}, {"NEOKLEOUS", "DIMITRIS"}, {"Neocleous", "Demetrios"}}},
    {{"Οικονόμου", "Άννα"}, {{"Economou", "Anna"}, {"OIKONOMOU", "ANA"}, {"Iconomou", "Anna"}}},
    {{"Χατζηγεωργίου", "Ελένη"},
     {{"Hadjigeorgiou", "Eleni"},
      {"Χ\"Γεωργίου", "ΕΛΕΝΗ"},
      {"X''GEORGIOU", "ELENI"},
      {"X\"georgiou", "Eleni"},
      {"Χ΄΄Γεωργίου", "Ελένη"},
      {"HADJI GEORGIOU", "ELENI"},
      {"Hadji-Georgiou", "Helen"},
      {"HjiGeorgiou", "Eleni"},
      {"Hadjiyeorgiou", "Eleni"},
      {"Χ\" Γεωργίου", "Ελένη"}}},
    {{"Γεωργίου", "Στυλιανή"},
     {{"Yeorgiou", "Styliani"}, {"Yeoryiou", "STILIANI"}, {"Georgiou", "Steliani"}}},
    {{"Ιωάννου", "Μυριάνθη"}, {{"Yoannou", "Myrianthi"}, {"Ioanou", "Mirianthe"}}},
    {{"Κυριάκου", "Ηλίας"}, {{"Kyriacou", "Elias"}, {"KIRIAKOU", "ILIAS"}}},
    {{"Hadjinicolaou", "Savvas"},
     {{"ΧΑΤΖΗΝΙΚΟΛΑΟΥ", "ΣΑΒΒΑΣ"}, {"Hatzinikolaou", "Savas"}, {"Χ'Νικολάου", "Σάββας"}}},
    {{"Θεοδώρου", "Αγγελική"}, {{"Teodorou", "Angeliki"}, {"THEODOROU", "AGGELIKI"}}}};
  for (const auto& [name, spellings] : all) {
    const auto known = somebody(name.given.c_str(), name.family.c_str());
    for (const auto& said : spellings) {
      const auto made = by_name(known, said);
      BOOST_TEST_CONTEXT(said.family << ", " << said.given << ": " << all_of(made)) {
        BOOST_CHECK(made.is != decision::kind::none);
        const bool found = made.patient == 1 || made.candidates == std::vector<model::patient_id>{1};
        BOOST_TEST(found);
      }
      check_same(decide_in({known}, say({mrn("M-0001")}, said, known.birth_date, model::gender::unknown)), 1,
                 "mrn");
    }
  }
}

BOOST_AUTO_TEST_CASE(only_a_candidate_is_never_filed) {
  for (const auto& said : {person_name{"Economou", "Anna"}, person_name{"Χ\"Οικονόμου", "Άννα"},
                           person_name{"Oikonomou", "Ana"}}) {
    const auto made = by_name(somebody("Anna", "Oikonomou"), said);
    BOOST_TEST_CONTEXT(said.family) BOOST_CHECK(made.is != decision::kind::same);
  }
  // Who holds another number, or is of the other sex, is not even a candidate.
  const auto known = person(1, "M-1", "Anna", "Oikonomou", date(1975, 5, 20), female, "745299");
  check_none(decide_in({known}, say({card("845377")}, {"ECONOMOU", "ANNA"}, date(1975, 5, 20), female)));
  check_none(decide_in({known}, say({}, {"ECONOMOU", "ANNA"}, date(1975, 5, 20), male)));
}

BOOST_AUTO_TEST_SUITE_END()

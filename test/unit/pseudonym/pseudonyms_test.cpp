// Pseudonyms of one case: the same for the same, in the same shape, and nothing of what is known.
#include "engine/pseudonym/pseudonyms.hpp"

#include "engine/hl7/charset.hpp"
#include "engine/identity/identity.hpp"
#include "engine/identity/likeness.hpp"
#include "engine/pseudonym/message.hpp"
#include "engine/pseudonym/pieces.hpp"
#include "engine/pseudonym/shifted.hpp"

#include <boost/test/unit_test.hpp>

using namespace std::string_literals;

using namespace aorta;
using namespace aorta::pseudonym;
using namespace std::chrono_literals;

namespace {

constexpr std::chrono::days moved{-7 * 70};

struct rig {
  known_data known;
  pseudonyms by;
  explicit rig(uint64_t seed = 1, std::set<std::string> vocabulary = {})
      : by(seed, known, std::move(vocabulary), moved) {}
};

} // namespace

BOOST_AUTO_TEST_CASE(a_name_keeps_script_and_case_and_stays_one_name_in_both_scripts) {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    rig r(seed);
    const auto greek = r.by.name("Παπαδόπουλος"), capitals = r.by.name("ΠΑΠΑΔΟΠΟΥΛΟΣ"),
               latin = r.by.name("PAPADOPOULOS");
    BOOST_TEST((script_of(greek) == script::greek));
    BOOST_TEST((script_of(latin) == script::latin));
    BOOST_TEST(capitals == in_case_of("AA", greek));
    BOOST_TEST(latin == in_case_of("AA", latin));
    BOOST_TEST(identity::fold_exactly(greek) == identity::fold_exactly(latin));
    BOOST_TEST(identity::fold_exactly(greek) == identity::fold_exactly(capitals));
    BOOST_TEST(identity::fold_exactly(greek) != "papadopulos");
    BOOST_TEST(r.by.name("Παπαδόπουλος") == greek);
    BOOST_TEST(r.by.name("Ελένη") != r.by.name("Μαρία"));
  }
}

BOOST_AUTO_TEST_CASE(names_that_are_alike_get_names_that_are_alike) {
  const auto compare = [](const std::string& family, const std::string& given, const model::patient& with) {
    identity::claims who;
    who.names.push_back({family, given});
    who.birth_date = with.birth_date;
    return std::pair(identity::compare_name(who, with), identity::compare_name_and_birth_date(who, with));
  };
  for (uint64_t seed = 1; seed < 30; ++seed) {
    model::patient known, other;
    known.first_name = "Γεώργιος", known.last_name = "Παπαδόπουλος";
    known.birth_date = std::chrono::year{1958} / 4 / 12;
    rig r(seed);
    other.first_name = r.by.name(known.first_name), other.last_name = r.by.name(known.last_name);
    other.birth_date = known.birth_date;
    for (const auto& [family, given] : {std::pair("PAPADOPOULOS", "GEORGIOS"),
                                        {"PAPADOPOULOS", "GIORGOS"},
                                        {"Παπαδόπουλου", "Γεώργιος"},
                                        {"Papadopoulos", "Andreas"},
                                        {"Nikolaou", "Georgios"},
                                        {"GEORGIOS", "PAPADOPOULOS"}}) {
      BOOST_TEST_CONTEXT(seed << " " << family << " " << given) {
        const auto real = compare(family, given, known);
        const auto invented = compare(r.by.name(family), r.by.name(given), other);
        BOOST_TEST(int(real.first) == int(invented.first));
        BOOST_TEST(int(real.second) == int(invented.second));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(initials_follow_their_names_and_words_that_are_no_names_stay) {
  rig r;
  const auto given = r.by.name("GEORGIOS");
  BOOST_TEST(r.by.name("G.") == std::string(1, given[0]) + ".");
  for (const auto* nobody : {"BABY GIRL", "UNKNOWN", "Άγνωστος", "TEST", "BABY 2"})
    BOOST_TEST(r.by.name(nobody) == nobody);
}

BOOST_AUTO_TEST_CASE(numbers_keep_their_form_and_stay_the_same_number_however_they_are_written) {
  for (uint64_t seed = 1; seed < 20; ++seed) {
    rig r(seed);
    const auto card = r.by.number("CY0812345");
    BOOST_TEST(card.substr(0, 3) == "CY0");
    BOOST_TEST(card.size() == 9u);
    BOOST_TEST(card != "CY0812345");
    const auto core = card.substr(3);
    BOOST_TEST(r.by.number("812345") == core);
    BOOST_TEST(r.by.number("812-345") == core.substr(0, 3) + "-" + core.substr(3));
    BOOST_TEST(!identity::is_placeholder(identity::id_kind::cyprus_id, core));
    const auto passport = r.by.number("K00112233");
    BOOST_TEST(passport.substr(0, 3) == "K00");
    BOOST_TEST(passport.size() == 9u);
    BOOST_TEST(r.by.number("03112233") == "03112233"s.replace(1, 7, r.by.number("3112233")));
    // What says nothing goes on saying nothing.
    for (const auto* placeholder : {"999999", "123456", "000000", ""})
      BOOST_TEST(r.by.number(placeholder) == placeholder);
    BOOST_TEST(r.by.number("M-0001").substr(0, 5) == "M-000");
  }
}

BOOST_AUTO_TEST_CASE(telephone_numbers_and_addresses_keep_their_form) {
  rig r;
  const auto phone = r.by.phone("+357 99 876543");
  BOOST_TEST(phone.substr(0, 8) == "+357 99 ");
  BOOST_TEST(phone != "+357 99 876543");
  BOOST_TEST(r.by.phone("99876543") == "99" + phone.substr(8));
  BOOST_TEST(r.by.phone("99123456") != "99123456"); // runs of digits are somebody's here
  const auto mail = r.by.phone("g.papadopoulos@example.cy");
  BOOST_TEST(mail.find("papadopoulos") == std::string::npos);
  BOOST_TEST(mail.ends_with(".cy"));
  BOOST_TEST(mail.find('@') != std::string::npos);
}

BOOST_AUTO_TEST_CASE(times_move_together_in_whatever_form_they_are_written) {
  rig r;
  const std::chrono::sys_days day = std::chrono::year{2026} / 11 / 20;
  const std::chrono::year_month_day to = day + moved;
  BOOST_TEST(r.by.time("20261120083000.123+0200") ==
             with_day("20261120083000.123+0200", *day_of("20261120"), to));
  for (const auto* text :
       {"20261120", "202611200830", "2026-11-20", "2026-11-20 08:30", "20/11/2026", "20.11.2026"}) {
    const auto found = day_of(r.by.time(text));
    BOOST_TEST_CONTEXT(text) {
      BOOST_REQUIRE(found);
      BOOST_TEST((found->day == to));
      BOOST_TEST(r.by.time(text).size() == std::string_view(text).size());
    }
  }
  BOOST_TEST(r.by.time("00000000") == "00000000");
  BOOST_TEST(r.by.time("20261399") == "99999999"); // no time before, none after
}

BOOST_AUTO_TEST_CASE(birth_dates_keep_what_they_weigh) {
  rig r;
  BOOST_TEST(r.by.birth("19000101") == "19000101");
  const auto weak = r.by.birth("19580101");
  BOOST_TEST(weak.substr(4) == "0101");
  BOOST_TEST(weak != "19580101");
  BOOST_TEST(r.by.birth("19580412") == r.by.time("19580412"));
  const std::vector<std::chrono::year_month_day> births{std::chrono::year{1958} / 4 / 12,
                                                        std::chrono::year{1990} / 12 / 31};
  for (uint64_t seed = 1; seed < 500; ++seed) {
    const auto shift = choose_shift(seed, std::chrono::year{2027} / 3 / 1, std::chrono::year{2026} / 11 / 25,
                                    births);
    BOOST_TEST(shift.count() % 7 == 0);
    BOOST_TEST((shift <= std::chrono::days{-400}));
    BOOST_TEST((std::chrono::sys_days{std::chrono::year{2027} / 3 / 1} + shift <
                std::chrono::sys_days{std::chrono::year{2026} / 11 / 25}));
    for (const auto& each : births) {
      const std::chrono::year_month_day then = std::chrono::sys_days{each} + shift;
      BOOST_TEST((identity::weigh_date(then) == identity::date_weight::whole));
    }
  }
  known_data known;
  pseudonyms by(1, known, {}, moved, {std::chrono::year{1958} / 12 / 20});
  BOOST_TEST(by.birth("1958") == by.birth("19581220").substr(0, 4));
}

BOOST_AUTO_TEST_CASE(free_text_becomes_neutral_but_for_the_vocabulary) {
  rig r(1, {"haemolysed"});
  BOOST_TEST(r.by.text("Haemolysed") == "Haemolysed");
  const auto text = r.by.text("Ο ασθενής ΠΑΠΑΔΟΠΟΥΛΟΣ, tel. 99123456");
  BOOST_TEST(text.find("ΠΑΠΑΔ") == std::string::npos);
  BOOST_TEST(text.find("99123456") == std::string::npos);
  BOOST_TEST(length(text) == length("Ο ασθενής ΠΑΠΑΔΟΠΟΥΛΟΣ, tel. 99123456"));
  BOOST_TEST(text.find(", ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(known_data_are_found_however_they_are_written) {
  known_data known;
  known.add_name("ΠΑΠΑΔΟΠΟΥΛΟΣ");
  known.add_number("CY0812345");
  known.add_phone("+357 99123456");
  known.add_address("Λήδρας 5, Λευκωσία");
  known.add_birth(std::chrono::year{1958} / 4 / 12);
  for (const auto* text :
       {"Kyrios Papadopoulos", "παπαδόπουλος", "812345", "0812345", "812-345", "99 123456", "0035799123456",
        "LEFKOSIA", "Lidras", "12/04/1958", "19580412103000", "1958-04-12"})
    BOOST_TEST(!known.find(text).empty(), text);
  for (const auto* text :
       {"Papadakis", "8123", "99123457", "1958", "street", "12/05/1958", "", "GLU 5.4 mmol/L"})
    BOOST_TEST(known.find(text).empty(), text);
  known_data nobody;
  nobody.add_name("BABY GIRL");
  nobody.add_number("999999");
  nobody.add_birth(std::chrono::year{1900} / 1 / 1);
  BOOST_TEST(nobody.find("BABY GIRL 999999 19000101").empty());
}

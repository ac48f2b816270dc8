// The roster of the corpus, and what the tests of decisions share.
#pragma once

#include "engine/identity/identity.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace aorta::identity {

inline std::chrono::year_month_day date(int y, unsigned m, unsigned d) {
  return std::chrono::year{y} / std::chrono::month{m} / std::chrono::day{d};
}

inline model::patient person(model::patient_id id, const char* mrn, const char* first, const char* last,
                             std::chrono::year_month_day born, model::gender sex, const char* card = "",
                             const char* arc = "", const char* gesy = "") {
  model::patient p;
  p.id = id;
  p.mrn = mrn;
  p.first_name = first;
  p.last_name = last;
  p.birth_date = born;
  p.sex = sex;
  p.cyprus_id = card;
  p.arc_number = arc;
  p.gesy_beneficiary_id = gesy;
  return p;
}

const auto male = model::gender::male;
const auto female = model::gender::female;

/// The roster of the corpus.
inline std::vector<model::patient> roster() {
  return {
    person(1, "M-0001", "Γεώργιος", "Παπαδόπουλος", date(1958, 4, 12), male, "812345", "", "0000812345"),
    person(2, "M-0002", "Ευαγγελία", "Χριστοδούλου", date(1971, 11, 30), female, "934567", "", "0000934567"),
    person(3, "M-0003", "Andreas", "Charalambous", date(1949, 2, 28), male, "512340"),
    person(4, "M-0004", "Andreas", "Charalambous", date(1949, 2, 28), male, "512999"),
    person(5, "M-0005", "Nino", "Beridze", date(1985, 7, 9), female, "", "A6543210", "0506543210"),
    person(6, "M-0006", "Μπάμπης", "Τζιωρτζής", date(1980, 1, 1), male, "1034567"),
    person(7, "M-0007", "Maria", "Constantinou", date(1966, 9, 17), female, "745210"),
    person(8, "M-0008", "Κωνσταντίνος", "Νικολάου", date(1990, 3, 25), male, "1123456")};
}

/// What the store would hand over: whoever one of the keys finds.
inline decision decide_in(const std::vector<model::patient>& all, const claims& who) {
  std::vector<model::patient> candidates;
  const auto asked = lookup_keys(who);
  for (const auto& known : all) {
    const auto kept = lookup_keys(known);
    if (std::any_of(asked.begin(), asked.end(),
                    [&](const auto& key) { return std::find(kept.begin(), kept.end(), key) != kept.end(); }))
      candidates.push_back(known);
  }
  return decide(who, candidates);
}

inline claims say(std::vector<typed_id> ids, person_name said,
                  std::optional<std::chrono::year_month_day> born, model::gender sex) {
  claims who;
  who.ids = std::move(ids);
  who.names = {std::move(said)};
  who.birth_date = born;
  who.sex = sex;
  return who;
}

inline typed_id card(const char* number) { return type_id(number, "NI", "CYP", "MAIN"); }
inline typed_id mrn(const char* number) { return type_id(number, "MR", "MAIN", "MAIN"); }

inline bool has(const decision& made, const std::string& line) {
  return std::find(made.evidence.begin(), made.evidence.end(), line) != made.evidence.end();
}

inline std::string all_of(const decision& made) {
  std::string text = std::string(name(made.is)) + " by " + made.rule + ":";
  for (const auto& line : made.evidence) text += "\n  " + line;
  return text;
}

inline void check_same(const decision& made, model::patient_id whom, const char* rule) {
  BOOST_TEST_CONTEXT(all_of(made)) {
    BOOST_CHECK(made.is == decision::kind::same);
    BOOST_CHECK(made.patient == whom);
    BOOST_TEST(made.rule == rule);
    BOOST_TEST(made.candidates.empty());
  }
}

inline void check_review(const decision& made, std::vector<model::patient_id> candidates,
                         std::initializer_list<const char*> lines) {
  BOOST_TEST_CONTEXT(all_of(made)) {
    BOOST_CHECK(made.is == decision::kind::review);
    BOOST_CHECK(!made.patient);
    BOOST_TEST(made.candidates == candidates, boost::test_tools::per_element());
    for (const char* line : lines) BOOST_TEST(has(made, line), line);
  }
}

inline void check_none(const decision& made) {
  BOOST_TEST_CONTEXT(all_of(made)) BOOST_CHECK(made.is == decision::kind::none);
}

} // namespace aorta::identity

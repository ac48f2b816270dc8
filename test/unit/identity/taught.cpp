#include "engine/identity/taught.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace aorta::identity;

namespace {

model::patient person(model::patient_id id, const char* first, const char* last, const char* card) {
  model::patient p;
  p.id = id;
  p.mrn = "M-" + std::to_string(id);
  p.first_name = first;
  p.last_name = last;
  p.birth_date = std::chrono::year{1949} / 2 / 28;
  p.sex = model::gender::male;
  p.cyprus_id = card;
  return p;
}

claims said(const char* number = "LAB777") {
  claims out;
  out.sender = "LIS|BIO";
  if (*number != 0) out.ids.push_back({id_kind::other, number, "BIO"});
  out.names.push_back({"CHARALAMBOUS", "ANDREAS"});
  out.birth_date = std::chrono::year{1949} / 2 / 28;
  out.sex = model::gender::male;
  return out;
}

const std::vector<model::patient> namesakes{person(3, "Andreas", "Charalambous", "512340"),
                                            person(4, "Andreas", "Charalambous", "512999")};

person_decision before(const claims& who, const std::vector<model::patient>& known,
                       model::patient_id chosen) {
  return {"0190", "2026-11-20T08:00:00Z", chosen, false, seen(who, decide(who, known), known)};
}

} // namespace

BOOST_AUTO_TEST_SUITE(taught)

BOOST_AUTO_TEST_CASE(the_same_doubt_is_settled_as_a_person_settled_it) {
  const auto made = follow(decide(said(), namesakes), said(), namesakes, before(said(), namesakes, 4));
  BOOST_TEST((made.is == decision::kind::same));
  BOOST_TEST(made.patient.value() == 4);
  BOOST_TEST(made.rule == decided_by_person);
  BOOST_TEST(made.person_decision == "0190");
  BOOST_TEST(made.evidence.back().find("0190") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_a_person_did_not_see_is_asked) {
  const auto asked = [](const std::vector<model::patient>& known, person_decision past) {
    const auto made = follow(decide(said(), known), said(), known, past);
    return made.is == decision::kind::review && made.person_decision.empty() && !made.patient;
  };
  auto past = before(said(), namesakes, 4);
  past.patient_changed = true;
  BOOST_TEST(asked(namesakes, past));
  past.patient_changed = false;
  auto more = namesakes; // a third namesake is new in the clinic
  more.push_back(person(9, "Andreas", "Charalambous", "777123"));
  BOOST_TEST(asked(more, past));
  auto fewer = namesakes; // whom the person meant is gone
  fewer.pop_back();
  BOOST_TEST((follow(decide(said(), fewer), said(), fewer, past).is == decision::kind::review));
}

BOOST_AUTO_TEST_CASE(a_certain_match_and_a_person_who_settled_a_doubt_otherwise_are_both_heard) {
  auto who = said();
  who.ids = {{id_kind::cyprus_id, "512340", "CYP"}};
  const std::vector<model::patient> doubtful{person(3, "Eleni", "Charalambous", "512340"),
                                             person(9, "Petros", "Ioannou", "600001")};
  BOOST_REQUIRE((decide(who, doubtful).is == decision::kind::review));
  const std::vector<model::patient> known{namesakes[0], doubtful[1]}; // the clinic has corrected the name of
                                                                      // 3 meanwhile
  BOOST_REQUIRE(decide(who, known).patient.value() == 3);
  const auto made = follow(decide(who, known), who, known, before(who, doubtful, 9));
  BOOST_TEST((made.is == decision::kind::review));
  BOOST_TEST((made.candidates == std::vector<model::patient_id>{3, 9}));
}

BOOST_AUTO_TEST_CASE(where_the_engine_is_certain_one_moved_message_teaches_nothing) {
  auto by_card = said(), by_mrn = said(), by_name = said("");
  by_card.ids = {{id_kind::cyprus_id, "512340", "CYP"}};
  by_mrn.ids = {{id_kind::mrn, "M3", "MAIN"}, {id_kind::other, "LAB777", "BIO"}};
  const std::vector<model::patient> known{namesakes[0], person(9, "Petros", "Ioannou", "600001")};
  for (const auto& who : {by_card, by_mrn, by_name, said()}) {
    const auto engine = decide(who, known);
    BOOST_REQUIRE((engine.is == decision::kind::same && engine.patient == 3));
    BOOST_TEST(!teachable(who, engine, known, 9));
    // A store of an earlier release holds it as a lesson, whether or not the patient's data are what they
    // were.
    for (const bool changed : {false, true}) {
      auto past = before(who, known, 9);
      past.patient_changed = changed;
      const auto made = follow(engine, who, known, past);
      BOOST_TEST((made.is == decision::kind::same));
      BOOST_TEST(made.patient.value() == 3);
      BOOST_TEST(made.person_decision.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(equal_claims_have_one_key_whatever_differs_another) {
  auto other = said();
  other.ids.push_back({id_kind::mrn, "M-3", "MAIN"});
  auto turned = other;
  std::swap(turned.ids[0], turned.ids[1]);
  BOOST_TEST(decision_key(other) == decision_key(turned));
  const auto differs = [](auto change) {
    auto who = said();
    change(who);
    return decision_key(who) != decision_key(said());
  };
  BOOST_TEST(differs([](claims& c) { c.sender = "LIS|YML"; }));
  BOOST_TEST(differs([](claims& c) { c.ids[0].value = "LAB778"; }));
  BOOST_TEST(differs([](claims& c) { c.ids[0].authority = "YML"; }));
  BOOST_TEST(differs([](claims& c) { std::swap(c.names[0].family, c.names[0].given); }));
  BOOST_TEST(differs([](claims& c) { c.names.push_back({"X", "Y"}); }));
  BOOST_TEST(differs([](claims& c) { c.birth_date.reset(); }));
  BOOST_TEST(differs([](claims& c) { c.sex = model::gender::female; }));
  BOOST_TEST(differs([](claims& c) { c.birth_date_unreadable = true; }));
  auto nobody = said();
  nobody.sender.clear();
  BOOST_TEST(decision_key(nobody).empty());
}

BOOST_AUTO_TEST_CASE(only_what_tells_one_person_from_another_teaches) {
  const auto teaches = [](const claims& who, const std::vector<model::patient>& known,
                          model::patient_id chosen) {
    return teachable(who, decide(who, known), known, chosen);
  };
  BOOST_TEST(teaches(said(), namesakes, 4));
  BOOST_TEST(!teaches(said(""), namesakes, 4)); // two namesakes: for a person each time
  BOOST_TEST(teaches(said(""), {person(9, "Petros", "Ioannou", "600001")}, 9));
  for (const char* none : {"999999", "123456", "0000", "1"})
    BOOST_TEST(!teaches(said(none), namesakes, 4), none);
  auto vague = said("");
  vague.birth_date = std::chrono::year{1949} / 1 / 1;
  BOOST_TEST(!teaches(vague, {}, 9));
  vague.birth_date.reset();
  BOOST_TEST(!teaches(vague, {}, 9));
  auto unknown = said();
  unknown.sender.clear();
  BOOST_TEST(!teaches(unknown, namesakes, 4));
}

BOOST_AUTO_TEST_SUITE_END()

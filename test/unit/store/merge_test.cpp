// Two patients who become one, and are two again.
#include "test/unit/store/merge_rig.hpp"
#include "test/unit/store/other_session.hpp"

#include <random>

namespace aorta::test {
namespace {

using kind = merge_outcome::kind;

std::string content_of(merge_store& in, const std::string& type, const std::string& id) {
  ports::entry_query ask;
  ask.type = type;
  ask.ids = {id};
  return in.read(ask).at(0).content;
}

} // namespace

BOOST_AUTO_TEST_SUITE(merges)

BOOST_DATA_TEST_CASE(every_row_of_every_table_moves_and_goes_back, both, where) {
  merge_store store(where);
  const auto a = store.person("M1"), b = store.person("M2");
  const auto before = store.everything();
  const auto filled = store.tables_with(b);
  BOOST_TEST(filled.size() >= 18u); // no aliases yet
  const auto done = must(store.merge(a, b));
  BOOST_TEST(bool(done.is == kind::done));
  BOOST_TEST(done.survivor == a);
  BOOST_TEST(store.tables_with(b).empty());
  BOOST_TEST(store.ask("SELECT count(*) FROM vitals WHERE patient_id = " + std::to_string(a)) == "2");
  BOOST_TEST(store.ask("SELECT count(*) FROM clinic_devices WHERE worn_by = " + std::to_string(a)) == "2");
  const auto listed = store.ask("SELECT count(*) FROM patients WHERE is_deleted = " +
                                std::string(where == on::sqlite ? "0" : "false"));
  BOOST_TEST(listed == "1");
  BOOST_TEST(results_of(store, a).size() == 2u);
  BOOST_TEST(store.ask("SELECT event_type FROM event_outbox WHERE event_type LIKE 'patient%'") ==
             "patient_merged");
  const auto undone = must(store.unmerge(a));
  BOOST_TEST(*undone.merged == b);
  check_same(before, store.everything());
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox WHERE event_type = 'patient_unmerged'") == "1");
}

BOOST_DATA_TEST_CASE(what_fhir_keeps_alone_names_the_survivor_and_then_the_other_again, both, where) {
  merge_store store(where);
  const auto a = store.person("M1"), b = store.person("M2");
  const auto as = "\"Patient/" + std::to_string(a) + "\"", bs = "\"Patient/" + std::to_string(b) + "\"";
  must(store.merge(a, b));
  auto list = content_of(store, "List", "list-2");
  BOOST_TEST(list.find("\"reference\":" + as) != list.npos);
  BOOST_TEST(list.find("\"note\":" + bs) != list.npos); // no reference
  BOOST_TEST(content_of(store, "Appointment", "visit-2").find(as) != std::string::npos);
  ports::entry_query taking_part;
  taking_part.type = "Appointment";
  taking_part.patients = {a};
  taking_part.patient_keys = {{"participant", std::to_string(a)}};
  BOOST_TEST(store.read(taking_part).size() == 2u);
  // Somebody writes it anew meanwhile: it goes back all the same, and keeps what was written.
  auto changed = change_of(store, "List", "list-2", std::nullopt, 2);
  changed.entry.patient = changed.version.patient = a;
  changed.entry.content = R"({"resourceType":"List","title":"new","subject":{"reference":)" + as + "}}";
  store.write({changed});
  must(store.unmerge(a));
  list = content_of(store, "List", "list-2");
  BOOST_TEST(list.find(bs) != list.npos);
  BOOST_TEST(list.find("new") != list.npos);
  BOOST_TEST(content_of(store, "Appointment", "visit-2").find(bs) != std::string::npos);
  BOOST_TEST(store.read(taking_part).size() == 1u);
}

BOOST_DATA_TEST_CASE(what_came_for_the_survivor_since_stays_and_what_was_changed_goes_back, both, where) {
  merge_store store(where);
  const auto a = store.person("M1"), b = store.person("M2");
  must(store.merge(a, b));
  store.file("NEW", a, "77", potassium("6.6", 'F', 9)); // a result of the survivor
  store.file("COR", a, "2", potassium("5.7", 'C', 20)); // a correction of one that moved
  store.ask("UPDATE vitals SET heart_rate = 99 WHERE heart_rate = 72");
  must(store.unmerge(b));
  BOOST_TEST(results_of(store, a).size() == 2u);
  BOOST_REQUIRE(results_of(store, b).size() == 1u);
  BOOST_TEST(*results_of(store, b)[0].value.value_text == "5.7");
  BOOST_TEST(results_of(store, b, true).size() == 3u); // with its history
  BOOST_TEST(store.ask("SELECT patient_id FROM vitals WHERE heart_rate = 99") == std::to_string(b));
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_results r JOIN lab_orders o ON o.id = r.lab_order_id"
                       " WHERE o.patient_id <> r.patient_id") == "0");
}

BOOST_DATA_TEST_CASE(chains_lead_to_the_last_survivor_and_circles_are_none, both, where) {
  merge_store store(where);
  const auto a = store.person("M1"), b = store.person("M2"), c = store.person("M3");
  const auto before = store.everything();
  must(store.merge(b, c));
  must(store.merge(a, b));
  BOOST_TEST(store.tables_with(b).empty());
  BOOST_TEST(store.tables_with(c).empty());
  const auto again = must(store.merge(c, a)); // they are one already
  BOOST_TEST(bool(again.is == kind::already_so));
  BOOST_TEST(again.survivor == a);
  BOOST_TEST(bool(must(store.merge(a, a)).is == kind::already_so));
  const auto early = store.unmerge(c); // b, into which it went, is no patient of its own now
  BOOST_REQUIRE(!early);
  BOOST_TEST(bool(early.error().code == error_code::conflict));
  must(store.unmerge(a));
  must(store.unmerge(c));
  check_same(before, store.everything());
  const auto nothing = store.unmerge(a);
  BOOST_REQUIRE(!nothing);
  BOOST_TEST(bool(nothing.error().code == error_code::conflict));
  BOOST_TEST(bool(store.unmerge(4711).error().code == error_code::unknown_key));
}

BOOST_DATA_TEST_CASE(two_who_differ_are_for_a_person_and_nothing_changes, both, where) {
  merge_store store(where);
  const auto a = store.person("M1");
  auto other = roster_row("M2", "Γεώργιος", "Παπαδόπουλος", "812399");
  other.birth_date = std::chrono::year{1988} / 4 / 12;
  other.sex = model::gender::female;
  auto third = roster_row("M3", "Γεώργιος", "Παπαδόπουλος", "900111");
  const std::vector rows{other, third};
  must(store.admin().put_patients(store.clinic, rows));
  const auto id = [&](const char* mrn) {
    return std::stoll(store.ask("SELECT patient_id FROM patients WHERE mrn = '" + std::string(mrn) + "'"));
  };
  const auto before = store.everything();
  auto asked = must(store.merge(a, id("M2")));
  BOOST_TEST(bool(asked.is == kind::needs_person));
  BOOST_TEST(asked.review == "merge-differs");
  BOOST_TEST(asked.reasons == (std::vector<std::string>{"birth date differs", "sex differs"}),
             boost::test_tools::per_element());
  asked = must(store.merge(id("M2"), id("M3")));
  BOOST_TEST(asked.reasons.size() == 3u); // the ID card too
  BOOST_TEST(records::review_of(asked).candidates_json ==
             "[\"" + std::to_string(id("M2")) + "\",\"" + std::to_string(id("M3")) + "\"]");
  BOOST_TEST(bool(must(store.merge(a, id("M3"))).is == kind::done)); // the one has no ID card
  must(store.unmerge(a));
  check_same(before, store.everything());
}

BOOST_DATA_TEST_CASE(a_table_that_refuses_moves_nothing, both, where) {
  merge_store store(where);
  const auto a = store.person("M1"), b = store.person("M2");
  const auto as = std::to_string(a), bs = std::to_string(b), c = std::to_string(store.clinic);
  store.ask("INSERT INTO patient_study_links (study_instance_uid, patient_id, clinic_id) VALUES ('1.2.9', " +
            as + ", " + c + ")");
  store.ask("INSERT INTO patient_study_links (study_instance_uid, patient_id, clinic_id) VALUES ('1.2.9', " +
            bs + ", " + c + ")");
  auto before = store.everything();
  auto asked = must(store.merge(a, b));
  BOOST_TEST(bool(asked.is == kind::needs_person));
  BOOST_TEST(asked.review == "merge-blocked");
  BOOST_TEST(asked.reasons.at(0).find("patient_study_links") != std::string::npos);
  check_same(before, store.everything());
  store.ask("DELETE FROM patient_study_links WHERE study_instance_uid = '1.2.9'");

  store.ask("CREATE TABLE old_notes (patient_id integer, note text)"); // without a key, and nobody may write
                                                                       // it
  store.ask("INSERT INTO old_notes VALUES (" + bs + ", 'x')");
  before = store.everything();
  asked = must(store.merge(a, b));
  BOOST_TEST(bool(asked.is == kind::needs_person));
  BOOST_TEST(asked.reasons.at(0).find("old_notes") != std::string::npos);
  check_same(before, store.everything());
  BOOST_TEST(store.ask("SELECT count(*) FROM patient_merges") == "0");
}

BOOST_DATA_TEST_CASE(any_order_of_merges_ends_as_it_began_when_all_are_undone, both, where) {
  merge_store store(where);
  std::vector<int64_t> all;
  for (int i = 1; i <= 6; ++i) all.push_back(store.person("M" + std::to_string(i)));
  const auto before = store.everything();
  for (unsigned seed = 1; seed <= 3; ++seed) {
    std::mt19937 dice(seed);
    const auto anyone = [&] { return all[dice() % all.size()]; };
    std::map<int64_t, int64_t> into; // merged, survivor
    const auto last = [&](int64_t who) {
      while (into.contains(who)) who = into[who];
      return who;
    };
    for (int step = 0; step < 12; ++step) {
      if (dice() % 3 != 0) {
        const auto a = anyone(), b = anyone();
        const auto is = must(store.merge(a, b));
        BOOST_TEST(is.survivor == last(a));
        BOOST_TEST(bool(is.is == (last(a) == last(b) ? kind::already_so : kind::done)));
        if (last(a) != last(b)) into[last(b)] = last(a);
      } else if (const auto undone = store.unmerge(anyone())) {
        BOOST_TEST(into[*undone->merged] == undone->survivor);
        into.erase(*undone->merged);
      }
      for (const auto who : all) BOOST_TEST(store.tables_with(who).empty() == into.contains(who));
    }
    for (bool any = true; std::exchange(any, false);)
      for (const auto who : all)
        while (store.unmerge(who)) any = true;
    check_same(before, store.everything());
  }
}

BOOST_DATA_TEST_CASE(a_changed_number_leaves_the_old_one_as_an_alias, both, where) {
  merge_store store(where);
  const auto a = store.person("M1"), b = store.person("M2");
  const auto before = store.everything();
  BOOST_TEST(bool(must(store.rename(a, "M1", "M9")).is == kind::done));
  BOOST_TEST(store.ask("SELECT mrn FROM patients WHERE patient_id = " + std::to_string(a)) == "M9");
  const auto found = [&](const std::string& mrn) {
    const identity::lookup_key key{"mrn", mrn};
    store.begin(false);
    const auto out = must(store.with->patients_by({&key, 1}));
    store.with->rollback();
    return out;
  };
  BOOST_TEST(found("M1") == std::vector{a}, boost::test_tools::per_element());
  BOOST_TEST(found("M9") == std::vector{a}, boost::test_tools::per_element());
  BOOST_TEST(bool(must(store.rename(a, "M1", "M9")).is == kind::already_so));
  const auto taken = must(store.rename(a, "M9", "M2"));
  BOOST_TEST(bool(taken.is == kind::needs_person));
  BOOST_TEST(taken.candidates == (std::vector{a, b}), boost::test_tools::per_element());
  must(store.merge(b, a));
  BOOST_TEST(found("M1") == std::vector{b}, boost::test_tools::per_element());
  BOOST_TEST(found("M9") == std::vector{b}, boost::test_tools::per_element());
  must(store.unmerge(a));
  must(store.unmerge(a));
  check_same(before, store.everything());
}

BOOST_DATA_TEST_CASE(numbers_of_the_merged_patient_find_the_survivor_until_they_are_two_again, both, where) {
  merge_store store(where);
  const auto a = store.person("M1"), b = store.person("M2");
  identity::claims who;
  who.ids = {{identity::id_kind::mrn, "M2", {}}};
  who.names = {{"Παπαδόπουλος", "Γεώργιος"}};
  who.birth_date = std::chrono::year{1958} / 4 / 12;
  const auto decided = [&] {
    const ports::wanted one{&who, nullptr};
    const auto found = must(store.session().candidates(store.clinic, {&one, 1})).at(0);
    return identity::decide(who, found.candidates);
  };
  BOOST_TEST(*decided().patient == b);
  must(store.merge(a, b));
  BOOST_TEST(bool(decided().is == identity::decision::kind::same));
  BOOST_TEST(*decided().patient == a);
  BOOST_TEST(decided().rule == "mrn");
  const auto row = roster_row("M1", "Γεώργιος", "Παπαδόπουλος", "812345"); // the row is written anew: aliases
                                                                           // stay
  must(store.admin().put_patients(store.clinic, {&row, 1}));
  BOOST_TEST(*decided().patient == a);
  who.ids.push_back({identity::id_kind::cyprus_id, "800777", {}}); // a number that the row contradicts still
                                                                   // does
  BOOST_TEST(bool(decided().is == identity::decision::kind::review));
  who.ids.pop_back();
  must(store.unmerge(a));
  BOOST_TEST(*decided().patient == b);
}

BOOST_DATA_TEST_CASE(whoever_was_found_before_a_merge_is_filed_under_the_survivor, both, where) {
  merge_store store(where);
  const auto a = store.person("M1"), b = store.person("M2"), c = store.person("M3");
  must(store.merge(b, c));
  must(store.merge(a, b));
  store.file("LATE", c, "88", potassium("6.1", 'F', 9)); // as the matcher had decided
  BOOST_TEST(store.tables_with(c).empty());
  BOOST_TEST(results_of(store, a).size() == 4u);
  BOOST_TEST(store.ask("SELECT patient_id FROM hl7_message_log WHERE message_control_id = 'LATE'") ==
             std::to_string(a));
}

BOOST_AUTO_TEST_CASE(a_lane_that_waits_for_the_patient_sees_the_merge_that_it_waited_for) {
  merge_store store(on::postgresql);
  const auto a = store.person("M1"), b = store.person("M2");
  store.begin();
  const auto done = must(records::merge_patients(*store.with, a, b, {}));
  BOOST_TEST(bool(done.is == kind::done));
  other_session looks(store);
  std::thread lane([&] { store.file("RACE", b, "88", potassium("6.1", 'F', 9)); });
  looks.until("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
              " (SELECT oid FROM pg_database WHERE datname = current_database())",
              "1");
  must(store.with->commit());
  lane.join();
  BOOST_TEST(store.tables_with(b).empty());
  BOOST_TEST(store.ask("SELECT patient_id FROM hl7_message_log WHERE message_control_id = 'RACE'") ==
             std::to_string(a));
  BOOST_TEST(results_of(store, a).size() == 3u);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::test

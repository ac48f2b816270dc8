// Alerts of critical values: with what is filed, and how they climb.
#include "engine/ports/critical.hpp"
#include "test/unit/store/merge_rig.hpp"
#include "test/unit/store/moves.hpp"

using namespace aorta;
using namespace aorta::test;
using ports::critical_move;

namespace {

model::lab_result critical_potassium(const std::string& value, char state, int minute) {
  auto out = potassium(value, state, minute);
  out.critical = true;
  out.flag = model::abnormal_flag::critical_high;
  return out;
}

struct alert_store : fresh_store {
  explicit alert_store(aorta::test::on kind) : fresh_store(kind), patient(add_patient(*this, "M-1")) {}

  std::unique_ptr<letter> file(const std::string& id, model::lab_result what) {
    auto out = write_letter(*this, id, patient, std::move(what));
    file_one(*this, *out);
    return out;
  }
  std::vector<ports::critical_alert> all() {
    ports::critical_filter filter;
    filter.clinic = clinic;
    auto out = must(admin().critical().alerts(filter)).items;
    std::reverse(out.begin(), out.end());
    return out;
  }
  /// One letter an alert: how it stands.
  std::string states() {
    std::string out;
    for (const auto& each : all()) out += (out.empty() ? "" : " ") + std::string(critical::name(each.is));
    return out;
  }

  model::patient_id patient;
};

ports::critical_act acted(critical::act what, int64_t who) {
  ports::critical_act out;
  out.what = what;
  out.who = {who, ""};
  out.key = "key:test";
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(alerts)

BOOST_DATA_TEST_CASE(a_critical_value_opens_one_alert_whose_value_is_sealed, both) {
  alert_store store(sample);
  store.file("1", critical_potassium("7.2", 'F', 1));
  const auto [one] = std::array{store.all().at(0)};
  BOOST_TEST(store.states() == "open");
  BOOST_TEST(one.content.value.value == "7.2");
  BOOST_TEST(one.position == 1);
  BOOST_TEST(bool(one.how == critical::band::risk));
  BOOST_TEST(bool(one.patient == store.patient));
  BOOST_TEST(store.ask("SELECT count(*) FROM critical_alert WHERE content LIKE '%7.2%'") == "0");
}

BOOST_DATA_TEST_CASE(a_correction_supersedes_and_says_what_stood_before, both) {
  alert_store store(sample);
  store.file("1", critical_potassium("7.2", 'F', 1));
  store.file("2", critical_potassium("7.9", 'C', 2));
  BOOST_TEST(store.states() == "superseded open");
  const auto second = store.all().at(1);
  BOOST_TEST(second.why == "corrected");
  BOOST_TEST(bool(second.content.before && second.content.before->value == "7.2"));
  store.file("3", potassium("4.2", 'C', 3));
  BOOST_TEST(store.states() == "superseded superseded open");
  BOOST_TEST(store.all().at(2).why == "changed");
  BOOST_TEST(bool(store.all().at(2).how == critical::band::significant));
}

BOOST_DATA_TEST_CASE(a_value_that_is_taken_back_ends_its_alert, both) {
  alert_store store(sample);
  store.file("1", critical_potassium("7.2", 'F', 1));
  auto gone = potassium("", 'D', 2);
  gone.retracts = true;
  store.file("2", std::move(gone));
  BOOST_TEST(store.states() == "withdrawn");
}

BOOST_DATA_TEST_CASE(a_final_with_the_same_value_repeats_and_an_older_version_is_no_news, both) {
  alert_store store(sample);
  store.file("1", critical_potassium("7.2", 'P', 5));
  store.file("2", critical_potassium("7.2", 'F', 6));
  const auto all = store.all();
  BOOST_REQUIRE(all.size() == 2u);
  BOOST_TEST(!all[0].repeats);
  BOOST_TEST(all[1].repeats);
  BOOST_TEST(store.states() == "open open"); // the ladder folds the second
  store.file("3", critical_potassium("7.7", 'P', 1));
  BOOST_TEST(bool(store.all().at(2).is == critical::state::late));
}

BOOST_DATA_TEST_CASE(of_two_people_the_first_counts, both) {
  alert_store store(sample);
  store.file("1", critical_potassium("7.2", 'F', 1));
  const auto id = store.all().at(0).id;
  auto& log = store.admin().critical();
  const auto anna = must(store.admin().access().user("anna@clinic.example", true))->id;
  const auto bob = must(store.admin().access().user("bob@clinic.example", true))->id;
  using kind = ports::critical_log::outcome::kind;
  BOOST_TEST(
    bool(must(log.act(store.clinic, id, acted(critical::act::acknowledge, anna)))->is == kind::done));
  const auto second = must(log.act(store.clinic, id, acted(critical::act::acknowledge, bob)));
  BOOST_TEST(bool(second->is == kind::not_now));
  BOOST_TEST(second->now.acknowledged_by->email == "anna@clinic.example");
  auto typed = acted(critical::act::read_back, anna);
  typed.value = "2.7";
  BOOST_TEST(bool(must(log.act(store.clinic, id, typed))->is == kind::differs));
  typed.value = "7,20";
  const auto read = must(log.act(store.clinic, id, typed));
  BOOST_TEST(bool(read->is == kind::done));
  BOOST_REQUIRE(read->now.steps.size() == 3u);
  BOOST_TEST(read->now.steps[1].kind == "read_back_differs");
  BOOST_TEST(read->now.steps[1].detail == "2.7");
  BOOST_TEST(!must(log.act(store.clinic + 1, id, typed)).has_value()); // another clinic's key sees nothing
}

BOOST_DATA_TEST_CASE(steps_stay_as_they_are, both) {
  alert_store store(sample);
  store.file("1", critical_potassium("7.2", 'F', 1));
  const auto id = store.all().at(0).id;
  const auto anna = must(store.admin().access().user("anna@clinic.example", true))->id;
  must(store.admin().critical().act(store.clinic, id, acted(critical::act::acknowledge, anna)));
  if (sample == on::postgresql) return; // `ask` takes a refusal for a fault of the test
  store.ask("UPDATE critical_step SET kind = 'x' RETURNING kind");
  BOOST_TEST(store.ask("SELECT kind FROM critical_step") == "acknowledged");
}

BOOST_DATA_TEST_CASE(a_rung_is_climbed_once_by_whoever_holds_the_lease, both) {
  alert_store store(sample);
  store.file("1", critical_potassium("7.2", 'F', 1));
  const auto opened = store.open();
  const auto session = must(opened->critical());
  const auto leases = must(opened->deliveries());
  const ports::partition place{store.clinic, "critical values", 0};
  const auto mine = must(leases->take(store.clinic, {&place, 1}, "node", std::chrono::seconds(30))).at(0);
  const auto due = must(session->due(store.clinic, 10));
  BOOST_REQUIRE(due.alerts.size() == 1u);
  critical_move move;
  move.of = &due.alerts[0];
  move.to = critical::state::notified;
  move.level = 1;
  move.next_at = due.now + std::chrono::hours(1);
  move.due_at = due.now;
  move.step.at = due.now;
  move.step.kind = "notified";
  move.notice.emplace();
  move.notice->destination = "doctor";
  move.notice->control_id = "c";
  move.notice->body = "{}";
  auto stolen = mine;
  stolen.token += 1;
  BOOST_TEST(!must(session->write(stolen, "node", std::chrono::seconds(30), {&move, 1})));
  BOOST_TEST(store.ask("SELECT count(*) FROM delivery") == "0");
  for (int i = 0; i < 2; ++i) // as if its answer had been lost
    BOOST_TEST(must(session->write(mine, "node", std::chrono::seconds(30), {&move, 1})));
  BOOST_TEST(store.ask("SELECT count(*) FROM delivery") == "1");
  BOOST_TEST(store.ask("SELECT count(*) FROM critical_step") == "1");
  BOOST_TEST(store.states() == "notified");
  BOOST_TEST(must(session->due(store.clinic, 10)).alerts.empty());
  BOOST_TEST(must(session->due(store.clinic, 10)).waits);
  // What became of it.
  BOOST_TEST(must(session->settled(store.clinic, 10)).empty());
  store.ask("UPDATE delivery SET state = 'sent' RETURNING state");
  const auto settled = must(session->settled(store.clinic, 10));
  BOOST_REQUIRE(settled.size() == 1u);
  critical_move came;
  came.of = &settled[0].second;
  came.settles = settled[0].first;
  came.step.at = due.now;
  came.step.kind = "delivered";
  for (int i = 0; i < 2; ++i)
    BOOST_TEST(must(session->write(mine, "node", std::chrono::seconds(30), {&came, 1})));
  BOOST_TEST(store.states() == "delivered");
  BOOST_TEST(store.ask("SELECT count(*) FROM critical_step") == "2");
}

// Whoever has heard of it has heard of somebody else.
BOOST_DATA_TEST_CASE(what_is_moved_to_another_patient_begins_anew_unless_a_person_has_it, both) {
  alert_store store(sample);
  const auto other = add_patient(store, "M-2");
  const auto anna = must(store.admin().access().user("anna@clinic.example", true))->id;
  const auto it = store.file("1", critical_potassium("7.2", 'F', 1));
  const auto id = store.all().at(0).id;
  auto& log = store.admin().critical();
  must(log.act(store.clinic, id, acted(critical::act::acknowledge, anna)));
  auto closed = acted(critical::act::close, anna);
  closed.outcome = "acted";
  closed.reason = "spoken to";
  must(log.act(store.clinic, id, closed));
  BOOST_TEST(store.states() == "closed");
  move_to(store, *it, store.patient); // run again, it stays as it is
  BOOST_TEST(store.states() == "closed");
  move_to(store, *it, other);
  BOOST_TEST(store.states() == "open");
  const auto now = must(log.alert(store.clinic, id)).value();
  BOOST_TEST(bool(now.patient == other));
  BOOST_TEST(!now.admitted);
  BOOST_TEST(!now.closed_at.has_value());
  BOOST_TEST(!now.acknowledged_by.has_value());
  BOOST_TEST(now.outcome == "");
  BOOST_TEST(now.steps.back().kind == "moved");
  // Of what is nobody's others hear, from the foot of their ladder.
  store.ask("UPDATE critical_alert SET state = 'escalated', admitted = true, level = 2 RETURNING id");
  move_to(store, *it, {});
  BOOST_TEST(store.states() == "open");
  BOOST_TEST(store.ask("SELECT level FROM critical_alert") == "0");
  // Who has it has found whose it is.
  must(log.act(store.clinic, id, acted(critical::act::acknowledge, anna)));
  move_to(store, *it, store.patient);
  move_to(store, *it, other);
  BOOST_TEST(store.states() == "acknowledged");
}

BOOST_DATA_TEST_CASE(what_was_folded_into_one_that_leaves_is_told_by_itself, both) {
  alert_store store(sample);
  const auto other = add_patient(store, "M-2");
  const auto first = store.file("1", critical_potassium("7.2", 'P', 1));
  store.file("2", critical_potassium("7.2", 'F', 6));
  store.ask(
    "UPDATE critical_alert SET state = 'closed', admitted = true, next_at = NULL WHERE repeats = false RETURNING id");
  store.ask(
    "UPDATE critical_alert SET state = 'folded', next_at = NULL, same_as = (SELECT a.id FROM critical_alert a WHERE a.repeats = false)"
    " WHERE repeats = true RETURNING id");
  BOOST_TEST(store.states() == "closed folded");
  move_to(store, *first, other);
  BOOST_TEST(store.states() == "open open");
  const auto all = store.all();
  BOOST_TEST(bool(all.at(0).patient == other));
  BOOST_TEST(bool(all.at(1).patient == store.patient));
  BOOST_TEST(!all.at(1).same_as.has_value());
  const auto steps = must(store.admin().critical().alert(store.clinic, all.at(1).id)).value().steps;
  BOOST_REQUIRE(steps.size() == 1u);
  BOOST_TEST(steps[0].kind == "reopened");
}

BOOST_DATA_TEST_CASE(what_becomes_of_an_earlier_notice_does_not_undo_a_hand_over, both) {
  alert_store store(sample);
  store.file("1", critical_potassium("7.2", 'F', 1));
  const auto opened = store.open();
  const auto session = must(opened->critical());
  const auto leases = must(opened->deliveries());
  const ports::partition place{store.clinic, "critical values", 0};
  const auto mine = must(leases->take(store.clinic, {&place, 1}, "node", std::chrono::seconds(30))).at(0);
  const auto due = must(session->due(store.clinic, 10));
  critical_move move;
  move.of = &due.alerts.at(0);
  move.to = critical::state::notified;
  move.level = 1;
  move.next_at = due.now + std::chrono::hours(1);
  move.due_at = due.now;
  move.step.at = due.now;
  move.step.kind = "notified";
  move.notice.emplace();
  move.notice->destination = "doctor";
  move.notice->control_id = "c";
  move.notice->body = "{}";
  must(session->write(mine, "node", std::chrono::seconds(30), {&move, 1}));
  const auto anna = must(store.admin().access().user("anna@clinic.example", true))->id;
  const auto bob = must(store.admin().access().user("bob@clinic.example", true)).value();
  const auto id = store.all().at(0).id;
  must(store.admin().critical().act(store.clinic, id, acted(critical::act::acknowledge, anna)));
  auto over = acted(critical::act::hand_over, anna);
  over.to = bob;
  over.within = std::chrono::minutes(15);
  must(store.admin().critical().act(store.clinic, id, over));
  const auto until = store.all().at(0).next_at;
  store.ask("UPDATE delivery SET state = 'parked' RETURNING state");
  const auto settled = must(session->settled(store.clinic, 10));
  BOOST_REQUIRE(settled.size() == 1u);
  critical_move came;
  came.of = &settled[0].second;
  came.settles = settled[0].first;
  came.step.at = due.now;
  came.step.kind = "failed";
  must(session->write(mine, "node", std::chrono::seconds(30), {&came, 1}));
  BOOST_TEST(bool(store.all().at(0).next_at == until));
  BOOST_TEST(store.states() == "notified");
}

BOOST_DATA_TEST_CASE(alerts_that_go_along_with_a_merge_say_so_and_so_they_do_when_they_come_back, both,
                     where) {
  merge_store store(where);
  const auto a = store.person("M1"), b = store.person("M2");
  const auto it = store.file("9", b, "F-9", critical_potassium("7.2", 'F', 1));
  const auto moved = [&] {
    return store.ask("SELECT target FROM critical_step WHERE kind = 'moved' ORDER BY seq DESC LIMIT 1");
  };
  must(store.merge(a, b));
  BOOST_TEST(moved() == std::to_string(a));
  must(store.unmerge(a));
  BOOST_TEST(moved() == std::to_string(b));
  BOOST_TEST(store.ask("SELECT count(*) FROM critical_step WHERE kind = 'moved'") == "2");
}

BOOST_AUTO_TEST_SUITE_END()

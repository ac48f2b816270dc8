// Orders that a laboratory cancels or withdraws as a whole before their results come: the same in whatever
// batches they come, and until the message that says it leaves the patient.
#include "test/unit/store/moves.hpp"

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(endings)

namespace {

/// What the order's messages leave, filed one by one or all at once.
std::string left_by(fresh_store& store, model::patient_id patient, const std::vector<const letter*>& all,
                    bool one_batch) {
  std::vector<ports::filing> batch;
  for (const auto* each : all) batch.push_back(each->filing);
  if (one_batch) must(store.session().commit(batch));
  else
    for (const auto* each : all) file_one(store, *each);
  std::string out = shown(store, patient);
  return out + "; order " +
    store.ask("SELECT status FROM lab_reports WHERE patient_id = " + std::to_string(patient));
}

/// Says when it was sent (MSH-7), and not when the order's report was issued (OBR-22).
void without_issue(letter& what, int minute) {
  what.report.orders[0].reported_at.reset();
  what.filing.log.message_datetime = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20} +
    std::chrono::hours{8} + std::chrono::minutes{minute};
}

std::unique_ptr<letter> late(fresh_store& store, const std::string& id, model::patient_id patient,
                             const char* test, char state, int minute, const char* order_state) {
  auto out = write_letter(store, id, patient, potassium("4.0", state, minute));
  out->report.laboratory = "BIO";
  out->report.orders[0].status = order_state;
  auto& value = out->report.results[0];
  value.test_code = value.test_name = value.sent.code = test;
  value.loinc_code.reset();
  without_issue(*out, minute);
  return out;
}

std::string add_order(fresh_store& store, model::patient_id patient) {
  const std::string id = to_text(store.ids.next(store.clock.now()));
  store.ask(
    "INSERT INTO lab_orders (id, patient_id, clinic_id, order_number, placer_order_number, status) VALUES ('" +
    id + "', " + std::to_string(patient) + ", " + std::to_string(store.clinic) + ", 'N-" +
    std::to_string(patient) + "', 'PO-77', 'ordered')");
  return id;
}

} // namespace

BOOST_DATA_TEST_CASE(a_cancelled_order_ends_each_late_result_whatever_its_reports_say, both) {
  fresh_store store(sample);
  int round = 0;
  for (const bool one_batch : {false, true})
    for (const bool issued : {false, true})
      for (const char* order_state : {"P", ""}) {
        const std::string id = std::to_string(++round);
        const auto patient = add_patient(store, "M-" + id);
        const auto ends = end_order(store, id + "-1", patient, 'X', 5);
        if (!issued) without_issue(*ends, 5);
        const auto k = late(store, id + "-2", patient, "K", 'P', 1, order_state),
                   na = late(store, id + "-3", patient, "NA", 'P', 2, order_state);
        BOOST_TEST(left_by(store, patient, {ends.get(), k.get(), na.get()}, one_batch) ==
                     "- cancelled, - cancelled; order X",
                   one_batch << issued << order_state);
        // What is reported after that says that the test runs again.
        file_one(store, *late(store, id + "-4", patient, "CL", 'P', 9, order_state));
        BOOST_TEST(results_of(store, patient).size() == 3u);
        BOOST_TEST(shown(store, patient).find("4.0 preliminary") != std::string::npos);
      }
}

BOOST_DATA_TEST_CASE(a_withdrawn_order_ends_what_comes_late_unless_results_had_come, both) {
  fresh_store store(sample);
  int round = 0;
  for (const bool one_batch : {false, true})
    for (const bool had_results : {false, true}) {
      const std::string id = std::to_string(++round);
      const auto patient = add_patient(store, "M-" + id);
      const auto ends = end_order(store, id + "-1", patient, 'W', 5);
      const auto k = late(store, id + "-2", patient, "K", 'F', 1, "F"),
                 na = late(store, id + "-3", patient, "NA", 'F', 2, "F");
      const auto before = open_reviews(store, "order-withdrawn");
      std::vector<const letter*> all{ends.get(), k.get(), na.get()};
      if (had_results) std::swap(all[0], all[1]);
      left_by(store, patient, all, one_batch);
      const auto values = results_of(store, patient);
      BOOST_REQUIRE_EQUAL(values.size(), 2u);
      for (const auto& each : values)
        BOOST_TEST(each.value.value_text.has_value() == (had_results && each.value.test_code == "NA"),
                   one_batch << had_results << each.value.test_code);
      BOOST_TEST((open_reviews(store, "order-withdrawn") != before) == had_results);
    }
}

BOOST_DATA_TEST_CASE(what_a_cancellation_ended_comes_back_when_it_is_moved_away, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto order = add_order(store, patient);
  const auto state = [&] { return store.ask("SELECT status FROM lab_orders WHERE id = '" + order + "'"); };
  const auto ends = end_order(store, "1", patient, 'X', 5), again = end_order(store, "2", patient, 'X', 6);
  file_one(store, *ends);
  file_one(store, *again);
  file_one(store, *late(store, "3", patient, "K", 'P', 1, "P"));
  BOOST_TEST(shown(store, patient) == "- cancelled");
  BOOST_TEST(state() == "cancelled");
  move_to(store, *again, patient); // run again, it says what it said
  move_to(store, *ends, std::nullopt);
  BOOST_TEST(state() == "cancelled"); // the other one says so too
  file_one(store, *late(store, "4", patient, "NA", 'P', 2, "P"));
  BOOST_TEST(shown(store, patient).find("cancelled") != std::string::npos);
  move_to(store, *again, std::nullopt);
  BOOST_TEST(state() == "ordered");
  BOOST_TEST(store.ask("SELECT status FROM lab_reports") == "-"); // nobody says how it stands
  file_one(store, *late(store, "5", patient, "CL", 'P', 3, "P"));
  BOOST_TEST(shown(store, patient) == "4.0 preliminary, 4.0 preliminary, 4.0 preliminary");
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_endings") == "0");
  move_to(store, *ends, patient);
  BOOST_TEST(state() == "cancelled");
  BOOST_TEST(shown(store, patient) == "- cancelled, - cancelled, - cancelled");
}

BOOST_AUTO_TEST_SUITE_END()

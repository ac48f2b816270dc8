// Versions in the database that must not be mixed up, and what a person is told of them.
#include "test/unit/store/stores.hpp"

#include <algorithm>

using namespace aorta;
using namespace aorta::test;
using ports::filing;

namespace {

std::optional<model::moment> drawn(int minute) {
  return model::moment{timestamp(std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}) +
                         std::chrono::hours{6} + std::chrono::minutes{minute},
                       120};
}

/// Of one specimen; `id` is the control id.
std::unique_ptr<letter> of_specimen(fresh_store& in, const std::string& id, model::patient_id patient,
                                    model::lab_result r, std::optional<model::moment> collected) {
  auto out = write_letter(in, id, patient, std::move(r));
  out->report.orders[0].collected_at = collected;
  return out;
}

std::string values(fresh_store& in, model::patient_id patient) {
  std::vector<std::string> all;
  for (const auto& r : results_of(in, patient)) all.push_back(r.value.value_text.value_or("-"));
  std::sort(all.begin(), all.end());
  std::string out;
  for (const auto& v : all) out += (out.empty() ? "" : " ") + v;
  return out;
}

std::string reviews(const fresh_store& in, const std::string& kind) {
  return in.ask("SELECT count(*) FROM review_queue WHERE state = 'open'" +
                (kind.empty() ? "" : " AND kind = '" + kind + "'"));
}

void file_all(fresh_store& in, const std::vector<std::unique_ptr<letter>>& letters) {
  std::vector<filing> batch;
  for (const auto& l : letters) batch.push_back(l->filing);
  must(in.session().commit(batch));
}

} // namespace

BOOST_AUTO_TEST_SUITE(doubts)

BOOST_DATA_TEST_CASE(specimens_of_one_order_are_results_of_their_own, both) {
  for (const bool one_batch : {false, true}) {
    fresh_store store(sample);
    const auto patient = add_patient(store, "M-1");
    std::vector<std::unique_ptr<letter>> letters;
    letters.push_back(of_specimen(store, "1", patient, potassium("3.1", 'F', 1), drawn(0)));
    letters.push_back(of_specimen(store, "2", patient, potassium("6.2", 'F', 2), drawn(120)));
    letters.push_back(of_specimen(store, "3", patient, potassium("3.3", 'C', 3), drawn(0)));
    if (one_batch) file_all(store, letters);
    else
      for (const auto& l : letters) file_one(store, *l);
    BOOST_TEST(values(store, patient) == "3.3 6.2");
    BOOST_TEST(results_of(store, patient, true).size() == 3u);
    BOOST_TEST(reviews(store, "") == "1"); // a second result of the test under one order
    BOOST_TEST(store.ask("SELECT count(*) FROM lab_results WHERE collected_at IS NOT NULL") == "2");
    BOOST_TEST(store.ask("SELECT count(*) FROM lab_result_versions WHERE collected_at IS NOT NULL") == "1");
  }
}

BOOST_DATA_TEST_CASE(two_specimens_in_one_message_are_each_corrected_alone, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto first = of_specimen(store, "1", patient, potassium("3.1", 'F', 1), drawn(0));
  first->report.orders.push_back(first->report.orders[0]);
  first->report.orders[1].collected_at = drawn(120);
  auto later = potassium("6.2", 'F', 1);
  later.order = 1;
  later.ordinal = 2; // as the mapper counts: orders of one number are one
  first->report.results.push_back(later);
  file_one(store, *first);
  file_one(store, *of_specimen(store, "2", patient, potassium("6.0", 'C', 2), drawn(120)));
  BOOST_TEST(values(store, patient) == "3.1 6.0");
  BOOST_TEST(reviews(store, "") == "0");
}

BOOST_DATA_TEST_CASE(an_unknown_specimen_time_meets_one_result_and_learns_its_time, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *of_specimen(store, "1", patient, potassium("1", 'P', 1), {}));
  file_one(store, *of_specimen(store, "2", patient, potassium("2", 'F', 2), drawn(0)));
  file_one(store, *of_specimen(store, "3", patient, potassium("3", 'C', 3), {}));
  BOOST_TEST(values(store, patient) == "3");
  // another specimen, although the third did not say
  file_one(store, *of_specimen(store, "4", patient, potassium("4", 'F', 4), drawn(60)));
  BOOST_TEST(values(store, patient) == "3 4");
  // A late version may know it too.
  const auto other = add_patient(store, "M-2");
  file_one(store, *of_specimen(store, "5", other, potassium("1", 'F', 9), {}));
  file_one(store, *of_specimen(store, "6", other, potassium("2", 'P', 1), drawn(0)));
  file_one(store, *of_specimen(store, "7", other, potassium("3", 'F', 10), drawn(60)));
  BOOST_TEST(values(store, other) == "1 3");
  BOOST_TEST(reviews(store, "") == "2"); // second results, one of each patient
}

BOOST_DATA_TEST_CASE(what_may_mean_several_results_stands_alone_and_waits_for_a_person, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto late = potassium("6.2", 'F', 2);
  late.observed_at->at += std::chrono::hours{2};
  file_one(store, *of_specimen(store, "1", patient, potassium("3.1", 'F', 1), drawn(0)));
  file_one(store, *of_specimen(store, "2", patient, late, drawn(120)));
  auto correction = potassium("5.0", 'C', 3);
  correction.observed_at->at += std::chrono::hours{1};
  const auto message = of_specimen(store, "3", patient, correction, {});
  file_one(store, *message);
  BOOST_TEST(values(store, patient) == "3.1 5.0 6.2");
  BOOST_TEST(results_of(store, patient, true).size() == 3u);
  BOOST_TEST(reviews(store, "unclear-version") == "1");
  BOOST_TEST(reviews(store, "") == "2");
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_results WHERE needs_review AND value_text = '5.0'") == "1");
  BOOST_TEST(must(store.admin().message(store.clinic, message->filing.log.id))
               ->reviews.at(0)
               .reasons_json.find("OBX[1]") != std::string::npos);
  late.value_text = "6.3";
  late.reported_at->at += std::chrono::hours{1};
  file_one(store, *of_specimen(store, "4", patient, late, {})); // its own time tells
  BOOST_TEST(values(store, patient) == "3.1 5.0 6.3");
  BOOST_TEST(reviews(store, "") == "2");
  message->filing.how = filing::mode::again; // no new row, the same doubt
  file_one(store, *message);
  BOOST_TEST(values(store, patient) == "3.1 5.0 6.3");
  BOOST_TEST(reviews(store, "unclear-version") == "1");
}

BOOST_DATA_TEST_CASE(one_of_several_repeats_is_found_by_its_time_or_stands_alone, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto first = of_specimen(store, "1", patient, potassium("90", 'F', 1), drawn(0));
  auto second = potassium("180", 'F', 1);
  second.ordinal = 2;
  second.observed_at->at += std::chrono::hours{1};
  first->report.results.push_back(second);
  file_one(store, *first);
  auto fixed = potassium("170", 'C', 2);
  fixed.observed_at = second.observed_at;
  file_one(store, *of_specimen(store, "2", patient, fixed, drawn(0)));
  BOOST_TEST(values(store, patient) == "170 90");
  fixed.observed_at.reset();
  fixed.value_text = "160";
  file_one(store, *of_specimen(store, "3", patient, fixed, drawn(0)));
  BOOST_TEST(values(store, patient) == "160 170 90");
  BOOST_TEST(reviews(store, "unclear-version") == "1");
}

BOOST_DATA_TEST_CASE(versions_meet_by_either_number_of_their_order, both) {
  const std::pair<std::string, std::string> placer{"PO-77", ""}, whole{"PO-77", "F-9001"},
    filler{"", "F-9001"};
  const std::vector<std::vector<std::pair<std::string, std::string>>> ways{
    {placer, whole, filler}, {whole, placer, filler}, {filler, whole, placer}, {placer, whole, placer}};
  int round = 0;
  for (const bool one_batch : {false, true})
    for (const auto& way : ways) {
      fresh_store store(sample);
      const auto patient = add_patient(store, "M-1");
      std::vector<std::unique_ptr<letter>> letters;
      for (size_t i = 0; i < way.size(); ++i) {
        letters.push_back(write_letter(store, std::to_string(++round), patient,
                                       potassium(std::to_string(i), "PFD"[i], int(i))));
        letters.back()->report.orders[0].placer_number = way[i].first;
        letters.back()->report.orders[0].filler_number = way[i].second;
      }
      if (one_batch) file_all(store, letters);
      else
        for (const auto& l : letters) file_one(store, *l);
      BOOST_TEST(values(store, patient) == "-", round);
      BOOST_TEST(results_of(store, patient, true).size() == 3u);
      BOOST_TEST(store.ask("SELECT filler_order_number FROM lab_results") == "F-9001");
      BOOST_TEST(reviews(store, "") == "0");
    }
}

BOOST_DATA_TEST_CASE(without_an_order_number_the_specimens_time_is_the_key, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto file = [&](const std::string& value, char state, int minute, int specimen) {
    auto r = potassium(value, state, minute);
    r.observed_at = r.reported_at; // as it is without a time of its own
    auto message = of_specimen(store, value, patient, r, drawn(specimen));
    message->report.orders[0].placer_number.clear();
    message->report.orders[0].filler_number.clear();
    file_one(store, *message);
  };
  file("1", 'F', 1, 0);
  file("2", 'C', 2, 0);
  file("3", 'F', 3, 60);
  BOOST_TEST(values(store, patient) == "2 3");
  BOOST_TEST(reviews(store, "") == "0");
}

BOOST_DATA_TEST_CASE(corrections_and_withdrawals_of_nothing_are_filed_and_told, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1"), other = add_patient(store, "M-2");
  const auto correction = write_letter(store, "1", patient, potassium("4.0", 'C', 5));
  file_one(store, *correction);
  BOOST_TEST(values(store, patient) == "4.0");
  BOOST_TEST(reviews(store, "nothing-to-correct") == "1");
  file_one(store, *write_letter(store, "2", patient, potassium("4.1", 'F', 2))); // what was corrected comes
                                                                                 // late
  BOOST_TEST(values(store, patient) == "4.0");
  file_one(store, *write_letter(store, "3", other, potassium("", 'D', 5)));
  BOOST_TEST(values(store, other) == "-");
  BOOST_TEST(reviews(store, "nothing-to-withdraw") == "1");
  file_one(store, *write_letter(store, "4", other, potassium("", 'W', 6)));
  BOOST_TEST(reviews(store, "") == "2");
  correction->filing.how = filing::mode::again; // a final is known meanwhile
  file_one(store, *correction);
  BOOST_TEST(reviews(store, "nothing-to-correct") == "0");
}

BOOST_DATA_TEST_CASE(a_correction_of_nothing_that_is_run_again_is_told_again, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto correction = write_letter(store, "1", patient, potassium("4.0", 'C', 5));
  file_one(store, *correction);
  correction->filing.how = filing::mode::again;
  file_one(store, *correction);
  BOOST_TEST(reviews(store, "nothing-to-correct") == "1");
}

BOOST_DATA_TEST_CASE(finals_and_corrections_that_overtake_each_other_are_told, both) {
  fresh_store store(sample);
  int round = 0;
  for (const char state : {'C', 'D', 'W'}) {
    const std::string n = std::to_string(++round);
    const auto patient = add_patient(store, "M-" + n);
    file_one(store, *write_letter(store, n + "a", patient, potassium("1", 'F', 1)));
    file_one(store, *write_letter(store, n + "b", patient, potassium("2", state, 2)));
    BOOST_TEST(reviews(store, "final-after-correction") == std::to_string(round - 1));
    file_one(store, *write_letter(store, n + "c", patient, potassium("3", 'F', 5)));
    BOOST_TEST(values(store, patient) == "3");
    BOOST_TEST(reviews(store, "final-after-correction") == n);
    BOOST_TEST(reviews(store, "correction-behind-final") == std::to_string(round - 1));
    file_one(store, *write_letter(store, n + "d", patient, potassium("4", state, 4)));
    BOOST_TEST(values(store, patient) == "3");
    BOOST_TEST(reviews(store, "correction-behind-final") == n);
  }
  BOOST_TEST(reviews(store, "") == "6");
}

BOOST_DATA_TEST_CASE(a_preliminary_after_a_cancellation_stands_until_a_final, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("", 'X', 1)));
  file_one(store, *write_letter(store, "2", patient, potassium("4.0", 'P', 5)));
  BOOST_TEST(values(store, patient) == "4.0");
  file_one(store, *write_letter(store, "3", patient, potassium("3.0", 'F', 0))); // older than both: stands,
                                                                                 // but a person is told
  BOOST_TEST(reviews(store, "final-behind-preliminary") == "1");
  file_one(store, *write_letter(store, "4", patient, potassium("4.1", 'F', 9)));
  BOOST_TEST(values(store, patient) == "4.1");
}

BOOST_DATA_TEST_CASE(every_critical_value_raises_one_event_that_says_whether_it_stands, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto critical = [&](const std::string& id, char state, int minute) {
    auto r = potassium("6." + id, state, minute);
    r.critical = true;
    r.flag = model::abnormal_flag::critical_high;
    return write_letter(store, id, patient, r);
  };
  const auto events = [&](const std::string& what) {
    return store.ask(
      "SELECT count(*) FROM event_outbox WHERE event_type = 'lab_result_critical' AND payload LIKE '%" +
      what + "%'");
  };
  std::vector<std::unique_ptr<letter>> letters;
  letters.push_back(critical("1", 'P', 1));
  letters.push_back(critical("2", 'F', 2));
  letters.push_back(write_letter(store, "3", patient, potassium("4.0", 'C', 3)));
  file_all(store, letters);
  BOOST_TEST(events("\"current\":false") == "2");
  BOOST_TEST(events("\"current\":true") == "0");
  file_one(store, *critical("4", 'F', 0)); // late
  BOOST_TEST(events("\"current\":false") == "3");
  const auto last = critical("5", 'C', 9);
  file_one(store, *last);
  BOOST_TEST(events("\"current\":true") == "1");
  BOOST_TEST(file_one(store, *last).critical == 0); // its commit's answer was lost
  last->filing.how = filing::mode::again;
  file_one(store, *last);
  BOOST_TEST(events("") == "4");
  BOOST_TEST(
    store.ask(
      "SELECT count(*) FROM event_outbox e JOIN lab_results r ON r.id = e.result_id WHERE event_type = 'lab_result_critical'") ==
    "4");
  const auto other = add_patient(store, "M-2"); // whom it concerns was not told yet
  last->filing.log.patient = other;
  last->decision.patient = other;
  file_one(store, *last);
  BOOST_TEST(events("") == "5");
  // Two critical values in one message, one of them for each repeat.
  auto two = critical("7", 'F', 20);
  two->report.orders[0].filler_number = "F-2";
  two->report.results.push_back(two->report.results[0]);
  two->report.results[1].ordinal = 2;
  BOOST_TEST(file_one(store, *two).critical == 2);
  BOOST_TEST(events("") == "7");
}

BOOST_DATA_TEST_CASE(a_critical_value_that_was_withdrawn_or_changed_is_told, both) {
  fresh_store store(sample);
  int round = 0;
  const auto told = [&](char state, const std::string& value) {
    const auto patient = add_patient(store, "M-" + std::to_string(++round));
    auto high = potassium("6.7", 'F', 1);
    high.critical = true;
    high.flag = model::abnormal_flag::critical_high;
    std::vector<std::unique_ptr<letter>> letters;
    letters.push_back(write_letter(store, "a" + std::to_string(round), patient, high));
    auto next = value == "6.7" ? high : potassium(value, state, 2);
    next.observation_status = state;
    if (value == "6.7") next.reported_at = potassium(value, state, 2).reported_at;
    letters.push_back(write_letter(store, "b" + std::to_string(round), patient, next));
    file_all(store, letters);
    const auto events = [&](const std::string& type) {
      return store.ask("SELECT count(*) FROM event_outbox WHERE event_type = '" + type +
                       "' AND patient_id = " + std::to_string(patient));
    };
    return events("lab_result_critical") + events("lab_result_critical_withdrawn") +
      events("lab_result_critical_changed");
  };
  BOOST_TEST(told('D', "") == "110");
  BOOST_TEST(told('W', "") == "110");
  BOOST_TEST(told('C', "4.0") == "101");
  BOOST_TEST(told('F', "6.7") == "200"); // the same again is no change
}

BOOST_AUTO_TEST_SUITE_END()

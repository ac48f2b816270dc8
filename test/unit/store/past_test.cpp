// What other messages said of a result before: it comes back when a message is moved away, its doubts are
// raised again, and a cancellation that names no test keeps what it does not say.
#include "test/unit/store/moves.hpp"
#include "test/unit/store/records.hpp"

#include <algorithm>

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(past)

BOOST_DATA_TEST_CASE(what_a_moved_message_had_replaced_stands_again, both) {
  fresh_store store(sample);
  const auto wrong = add_patient(store, "M-1"), right = add_patient(store, "M-2");
  const auto first = write_letter(store, "1", wrong, potassium("4.0", 'F', 1)),
             second = write_letter(store, "2", wrong, high("6.1", 'C', 5));
  file_one(store, *first);
  store.ask("UPDATE lab_results SET verified_by = 5, verified_at = created_at");
  file_one(store, *second);
  BOOST_TEST(shown(store, wrong) == "6.1 corrected");
  move_to(store, *second, right);
  BOOST_TEST(shown(store, wrong) == "4.0 final");
  BOOST_TEST(shown(store, right) == "6.1 corrected");
  const auto back = results_of(store, wrong).at(0);
  BOOST_TEST((back.message_id == first->filing.log.id));
  BOOST_TEST(*back.value.unit == "mmol/L");
  BOOST_TEST(back.value.range_high->text() == "5.10");
  BOOST_TEST(back.version == 3);
  BOOST_TEST(store.ask("SELECT verified_by FROM lab_results WHERE patient_id = " + std::to_string(wrong)) ==
             "5");
  BOOST_TEST(results_of(store, wrong, true).size() == 3u); // both are in the history
  // It is the same result as before for whatever comes later, and the link may be taken back.
  file_one(store, *write_letter(store, "3", wrong, potassium("4.2", 'C', 9)));
  BOOST_TEST(shown(store, wrong) == "4.2 corrected");
  move_to(store, *second, wrong);
  BOOST_TEST(shown(store, wrong) == "4.2 corrected");
  BOOST_TEST(shown(store, right) == "- cancelled");
}

BOOST_DATA_TEST_CASE(an_unlinked_message_leaves_the_patient_what_was_there_before, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'P', 1)));
  const auto second = write_letter(store, "2", patient, potassium("4.4", 'F', 5));
  file_one(store, *second);
  move_to(store, *second, std::nullopt);
  BOOST_TEST(shown(store, patient) == "4.0 preliminary");
  move_to(store, *second, patient);
  BOOST_TEST(shown(store, patient) == "4.4 final");
}

BOOST_DATA_TEST_CASE(nothing_comes_back_over_what_stands_and_only_what_is_still_the_patients, both) {
  fresh_store store(sample);
  const auto wrong = add_patient(store, "M-1"), right = add_patient(store, "M-2");
  std::vector<std::unique_ptr<letter>> all;
  for (int n = 1; n <= 4; ++n)
    all.push_back(write_letter(store, std::to_string(n), wrong,
                               potassium("4." + std::to_string(n), n == 1 ? 'F' : 'C', n * 5)));
  for (const auto& each : all) file_one(store, *each);
  move_to(store, *all[1], right); // the second of four
  BOOST_TEST(shown(store, wrong) == "4.4 corrected");
  move_to(store, *all[3], right);
  BOOST_TEST(shown(store, wrong) == "4.3 corrected");
  move_to(store, *all[2], right);
  BOOST_TEST(shown(store, wrong) == "4.1 final"); // the second one is another patient's
  move_to(store, *all[0], right);
  BOOST_TEST(shown(store, wrong) == "- cancelled");
}

BOOST_DATA_TEST_CASE(what_came_by_fhir_stands_again_too, both) {
  record_store store(sample);
  const auto patient = add_patient(store, "M-1");
  constexpr const char* id = "01900000-0000-7000-8000-00000000000a";
  const auto typed = [&](const std::string& value, int64_t version) {
    store.write({change_of(store, "Observation", id,
                           row_of(model::table::lab_results,
                                  {{"id", id},
                                   {"patient_id", std::to_string(patient)},
                                   {"loinc_code", "2823-3"},
                                   {"test_code", "K"},
                                   {"test_name", "K"},
                                   {"value_numeric", value},
                                   {"value_text", value},
                                   {"value_kind", "number"},
                                   {"value_decimals", "1"},
                                   {"unit", "mmol/L"},
                                   {"result_status", "final"},
                                   {"observation_status", "F"},
                                   {"entry_method", "manual"},
                                   {"result_datetime", "2026-11-20T07:00:00Z"},
                                   {"performing_lab_code", "BIO"},
                                   {"filler_order_number", "F-9001"},
                                   {"placer_order_number", "PO-77"},
                                   {"version", "1"}}),
                           version)});
  };
  typed("4.0", 1);
  typed("4.2", 2);
  const auto correction = write_letter(store, "1", patient, high("6.1", 'C', 5));
  file_one(store, *correction);
  BOOST_TEST(shown(store, patient) == "6.1 corrected");
  move_to(store, *correction, patient);
  BOOST_TEST(open_reviews(store, "nothing-to-correct") == "0"); // something stood there when it came
  move_to(store, *correction, std::nullopt);
  BOOST_TEST(shown(store, patient) == "4.2 final");
}

BOOST_DATA_TEST_CASE(a_version_of_whose_message_the_log_knows_nothing_comes_back_unless_a_person_moved_it,
                     both) {
  for (const bool moved : {false, true}) {
    fresh_store store(sample);
    const auto wrong = add_patient(store, "M-1"), right = add_patient(store, "M-2");
    const auto first = write_letter(store, "1", wrong, potassium("4.0", 'F', 1)),
               second = write_letter(store, "2", wrong, high("6.1", 'C', 5));
    file_one(store, *first);
    file_one(store, *second);
    const std::string id = to_text(first->filing.log.id);
    if (moved)
      store.ask(
        "INSERT INTO message_links (id, clinic_id, message_id, patient_id, user_id, made_at) VALUES ('" + id +
        "', " + std::to_string(store.clinic) + ", '" + id + "', " + std::to_string(right) +
        ", 1, '2026-11-20T08:00:00Z')");
    store.ask("DELETE FROM hl7_message_log WHERE id = '" + id + "'");
    move_to(store, *second, std::nullopt);
    BOOST_TEST(shown(store, wrong) == (moved ? "- cancelled" : "4.0 final"));
  }
}

BOOST_DATA_TEST_CASE(critical_values_that_leave_with_a_message_or_stand_again_are_told, both) {
  fresh_store store(sample);
  const auto critical = [](const std::string& value, char state, int minute) {
    auto out = potassium(value, state, minute);
    out.flag = model::abnormal_flag::critical_high, out.critical = true;
    return out;
  };
  int round = 0;
  // What M's leaving tells of the patient, when it comes and goes a second time too.
  const auto told = [&](std::optional<model::lab_result> before, const model::lab_result& of_m) {
    const std::string id = std::to_string(++round);
    const auto patient = add_patient(store, "M-" + id), other = add_patient(store, "N-" + id);
    if (before) file_one(store, *write_letter(store, id + "-1", patient, *before));
    const auto m = write_letter(store, id + "-2", patient, of_m);
    file_one(store, *m);
    std::string out;
    for (int n = 0; n < 2; ++n) {
      const auto count = [&](const std::string& event) {
        return std::stoi(store.ask("SELECT count(*) FROM event_outbox WHERE event_type = '" + event +
                                   "' AND patient_id = " + std::to_string(patient)));
      };
      const std::vector<std::string> kinds{"lab_result_critical", "lab_result_critical_changed",
                                           "lab_result_critical_withdrawn"};
      std::vector<int> was;
      for (const auto& kind : kinds) was.push_back(count(kind));
      move_to(store, *m, n == 0 ? std::optional(other) : std::nullopt);
      out += n == 0 ? "" : "; ";
      for (size_t i = 0; i < kinds.size(); ++i) out += std::to_string(count(kinds[i]) - was[i]);
      move_to(store, *m, patient);
    }
    return out;
  };
  BOOST_TEST(told(critical("6.9", 'F', 1), potassium("4.0", 'C', 5)) == "100; 100"); // it is critical again
  BOOST_TEST(told(std::nullopt, critical("6.9", 'F', 5)) == "001; 001");
  BOOST_TEST(told(potassium("4.0", 'F', 1), critical("6.9", 'C', 5)) == "010; 010");
  BOOST_TEST(told(critical("6.5", 'F', 1), critical("6.9", 'C', 5)) == "110; 110");
  BOOST_TEST(told(critical("6.9", 'P', 1), critical("6.9", 'F', 5)) == "000; 000"); // nothing reads otherwise
  BOOST_TEST(told(potassium("4.0", 'P', 1), potassium("4.1", 'F', 5)) == "000; 000");
}

BOOST_DATA_TEST_CASE(a_cancellation_that_was_moved_away_gives_the_value_back, both) {
  fresh_store store(sample);
  const auto wrong = add_patient(store, "M-1"), right = add_patient(store, "M-2");
  file_one(store, *write_letter(store, "1", wrong, potassium("4.0", 'P', 1)));
  const auto second = end_order(store, "2", wrong, 'X', 5);
  file_one(store, *second);
  BOOST_TEST(shown(store, wrong) == "- cancelled");
  move_to(store, *second, right);
  BOOST_TEST(shown(store, wrong) == "4.0 preliminary");
}

BOOST_DATA_TEST_CASE(doubts_about_what_was_replaced_are_raised_again, both) {
  fresh_store store(sample);
  int round = 0;
  const auto twice = [&](const std::string& kind, model::lab_result before, model::lab_result now) {
    const auto patient = add_patient(store, "M-" + std::to_string(++round));
    file_one(store, *write_letter(store, std::to_string(round) + "-1", patient, before));
    const auto second = write_letter(store, std::to_string(round) + "-2", patient, now);
    file_one(store, *second);
    BOOST_TEST(open_reviews(store, kind) == "1", kind);
    for (int n = 0; n < 2; ++n) {
      move_to(store, *second, patient);
      BOOST_TEST(open_reviews(store, kind) == "1", kind << " again " << n);
    }
    BOOST_TEST(store.ask("SELECT count(*) FROM review_queue WHERE kind = '" + kind + "'") == "1", kind);
    store.ask("UPDATE review_queue SET state = 'resolved', action = 'accept'");
    move_to(store, *second, patient); // a person has answered it
    BOOST_TEST(open_reviews(store, kind) == "0", kind);
  };
  twice("changed-final", potassium("4.0", 'F', 1), high("6.4", 'F', 5));
  twice("cancelled-after-final", potassium("4.0", 'F', 1), nothing('X', 5));
  twice("final-after-correction", potassium("4.0", 'C', 1), potassium("4.4", 'F', 5));
  twice("changed-after-final", potassium("4.0", 'F', 1), high("6.4", 'P', 5));
}

BOOST_DATA_TEST_CASE(a_doubt_stays_when_its_message_was_replaced_too_and_none_is_new, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1)));
  const auto second = write_letter(store, "2", patient, high("6.4", 'F', 5));
  file_one(store, *second);
  file_one(store, *write_letter(store, "3", patient, high("6.4", 'C', 9)));
  move_to(store, *second, patient);
  BOOST_TEST(open_reviews(store, "changed-final") == "1");
  // An older final that came late was never what anybody read: nothing to be told of when the newer one is
  // run again.
  const auto other = add_patient(store, "M-2");
  const auto newer = write_letter(store, "4", other, high("6.4", 'F', 9));
  file_one(store, *newer);
  file_one(store, *write_letter(store, "5", other, potassium("4.0", 'F', 1)));
  move_to(store, *newer, other);
  BOOST_TEST(open_reviews(store, "changed-final") == "1");
  BOOST_TEST(shown(store, other) == "6.4 final");
}

BOOST_DATA_TEST_CASE(a_first_message_that_is_run_again_twice_keeps_its_doubt, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto correction = write_letter(store, "1", patient, potassium("4.0", 'C', 5));
  file_one(store, *correction);
  for (int n = 0; n < 3; ++n) {
    move_to(store, *correction, patient);
    BOOST_TEST(open_reviews(store, "nothing-to-correct") == "1");
  }
}

BOOST_DATA_TEST_CASE(a_text_that_was_shortened_is_told_again, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto text = [&](const std::string& id, std::vector<std::string> lines, char state, int minute) {
    auto out = write_letter(store, id, patient, potassium("", state, minute));
    const auto like = out->report.results[0];
    out->report.results.clear();
    for (size_t n = 0; n < lines.size(); ++n) {
      auto r = like;
      r.test_code = "PATH", r.loinc_code.reset(), r.unit.reset(), r.flag.reset(), r.value_numeric.reset();
      r.sent.value_type = "TX", r.kind = model::value_kind::text, r.value_text = lines[n],
      r.sub_id = std::to_string(n + 1);
      out->report.results.push_back(r);
    }
    return out;
  };
  file_one(store, *text("1", {"Carcinoma.", "Margins involved."}, 'F', 1));
  const auto second = text("2", {"Benign."}, 'C', 5);
  file_one(store, *second);
  BOOST_TEST(open_reviews(store, "text-shortened") == "1");
  move_to(store, *second, patient);
  BOOST_TEST(open_reviews(store, "text-shortened") == "1");
  BOOST_TEST(store.ask("SELECT count(*) FROM review_queue WHERE kind = 'text-shortened'") == "1");
}

BOOST_DATA_TEST_CASE(a_result_cancelled_through_its_order_keeps_all_but_value_and_state, both) {
  for (const char letter : {'X', 'W'}) {
    fresh_store store(sample);
    const auto patient = add_patient(store, "M-1");
    auto before = potassium("4.0", 'P', 1);
    before.range_text = "3.5-5.1 (adults)", before.range_low_inclusive = false;
    before.performer = "Reference Lab", before.performer_code = "REF";
    before.sent.other_code = "2823-3", before.sent.other_system = "LN", before.sent.other_name = "Potassium";
    before.sent.observer = "Dr X", before.sent.method = "ISE", before.sent.device = "D-1",
    before.sent.unit = "mmol/l", before.sent.range = "3.5-5.10";
    auto first = write_letter(store, "1", patient, before);
    first->report.orders[0].specimen = {"S-1", "Serum", "Arm"};
    first->report.orders[0].parent = {"ORG", "1", "", "PO-1", "F-1"};
    file_one(store, *first);
    const auto was = results_of(store, patient).at(0);
    file_one(store, *end_order(store, "2", patient, letter, 5));
    const auto now = results_of(store, patient).at(0);
    const auto &a = was.value, &b = now.value;
    BOOST_TEST((b.status == model::result_status::cancelled));
    BOOST_TEST(b.observation_status == letter);
    BOOST_TEST(!b.value_text);
    BOOST_TEST(!b.value_numeric);
    BOOST_TEST(b.sent.value.empty());
    BOOST_TEST(b.range_low->text() + " " + b.range_high->text() + " " + *b.range_text ==
               "3.5 5.10 3.5-5.1 (adults)");
    BOOST_TEST(!b.range_low_inclusive);
    BOOST_TEST(*b.unit == *a.unit);
    BOOST_TEST(*b.loinc_code + b.test_name == *a.loinc_code + a.test_name);
    BOOST_TEST(b.performer + b.performer_code == "Reference LabREF");
    BOOST_TEST(b.sent.other_code + b.sent.other_system + b.sent.other_name == "2823-3LNPotassium");
    BOOST_TEST(b.sent.code + b.sent.unit + b.sent.range == a.sent.code + "mmol/l3.5-5.10");
    BOOST_TEST((now.parent == was.parent));
    BOOST_TEST((b.observed_at->at == a.observed_at->at));
    BOOST_TEST(
      store.ask(
        "SELECT sent_observer || sent_method || sent_device || specimen_id || specimen_type || specimen_site FROM lab_results") ==
      "Dr XISED-1S-1SerumArm");
    BOOST_TEST(results_of(store, patient, true).size() == 2u);
    BOOST_TEST(*results_of(store, patient, true).at(1).value.value_text == "4.0");
  }
}

BOOST_DATA_TEST_CASE(an_order_that_ended_before_its_results_came_ends_them, both) {
  fresh_store store(sample);
  int round = 0;
  const auto outcome = [&](char letter, const model::lab_result& late, bool one_batch) {
    const auto patient = add_patient(store, "M-" + std::to_string(++round));
    const auto ends = end_order(store, std::to_string(round) + "-1", patient, letter, 5);
    const auto comes = write_letter(store, std::to_string(round) + "-2", patient, late);
    comes->report.laboratory = "BIO";
    if (one_batch) {
      const std::vector<ports::filing> batch{ends->filing, comes->filing};
      must(store.session().commit(batch));
    } else {
      file_one(store, *ends);
      file_one(store, *comes);
    }
    return shown(store, patient) + " of " + std::to_string(results_of(store, patient, true).size());
  };
  for (const bool one_batch : {false, true}) {
    BOOST_TEST(outcome('X', potassium("4.0", 'P', 1), one_batch) == "- cancelled of 2");
    BOOST_TEST(outcome('X', potassium("4.0", 'P', 9), one_batch) == "4.0 preliminary of 1"); // it runs again
                                                                                             // after all
    BOOST_TEST(outcome('W', potassium("4.0", 'F', 1), one_batch) == "- cancelled of 2");
    BOOST_TEST(outcome('W', potassium("4.0", 'F', 9), one_batch) == "4.0 final of 1");
    BOOST_TEST(open_reviews(store, "order-cancelled") == (one_batch ? "1" : "0"));
    BOOST_TEST(outcome('X', potassium("4.0", 'F', 1), one_batch) == "4.0 final of 1");
    BOOST_TEST(open_reviews(store, "order-cancelled") == (one_batch ? "2" : "1"));
  }
}

BOOST_DATA_TEST_CASE(a_cancelled_result_stands_when_its_preliminary_comes_after_it, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, nothing('X', 5)));
  file_one(store, *write_letter(store, "2", patient, potassium("4.0", 'P', 1)));
  BOOST_TEST(shown(store, patient) == "- cancelled");
  BOOST_TEST(results_of(store, patient, true).size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

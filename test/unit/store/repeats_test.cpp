#include "test/unit/store/stores.hpp"

using namespace aorta;
using namespace aorta::test;
using ports::filing;
using ports::message_status;

namespace {
std::vector<ports::receipt> file_all(fresh_store& in, const std::vector<std::unique_ptr<letter>>& letters) {
  std::vector<filing> batch;
  for (const auto& l : letters) batch.push_back(l->filing);
  return must(in.session().commit(batch));
}
std::string count(const fresh_store& in, const std::string& table) {
  return in.ask("SELECT count(*) FROM " + table);
}
} // namespace

BOOST_AUTO_TEST_SUITE(repeats)

BOOST_DATA_TEST_CASE(a_message_that_comes_again_is_logged_and_gets_the_first_answer, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto first = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  file_one(store, *first);
  const auto again = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  const auto receipt = file_one(store, *again);
  BOOST_TEST(receipt.duplicate);
  BOOST_TEST((receipt.first.id == first->filing.log.id));
  BOOST_TEST((receipt.first.status == message_status::processed));
  BOOST_TEST(receipt.first.ack_code == "AA");
  BOOST_TEST(receipt.first.results_created == 1);
  BOOST_TEST(receipt.results_created == 0);
  BOOST_TEST(count(store, "lab_results") == "1");
  BOOST_TEST(count(store, "lab_result_versions") == "0");
  BOOST_TEST(
    store.ask(
      "SELECT count(*) FROM hl7_message_log WHERE processing_status = 'duplicate' AND ack_code = 'AA' AND results_created = 0") ==
    "1");
}

BOOST_DATA_TEST_CASE(the_first_answer_of_a_refused_message_comes_back_with_its_fault, both) {
  fresh_store store(sample);
  for (int i = 0; i < 2; ++i) {
    auto message = write_letter(store, "1", 0, potassium("4.0", 'F', 1));
    message->filing.report = nullptr;
    auto& log = message->filing.log;
    log.patient.reset();
    log.status = message_status::failed;
    log.ack_code = "AR";
    log.fault = error{error_code::unsupported_type, "MSH-9", "no route takes ADT^A01"};
    const auto receipt = file_one(store, *message);
    BOOST_TEST(receipt.duplicate == (i == 1));
    if (i == 0) continue;
    BOOST_TEST((receipt.first.status == message_status::failed));
    BOOST_TEST(receipt.first.ack_code == "AR");
    BOOST_TEST((receipt.first.fault == log.fault));
  }
}

BOOST_DATA_TEST_CASE(one_control_id_with_other_content_or_another_sender_is_another_message, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1)));
  BOOST_TEST(!file_one(store, *write_letter(store, "1", patient, potassium("4.1", 'F', 2))).duplicate);
  auto other = write_letter(store, "1", patient, potassium("4.1", 'F', 2));
  other->filing.log.sending_facility = "YML";
  BOOST_TEST(!file_one(store, *other).duplicate);
}

BOOST_DATA_TEST_CASE(repeats_within_a_batch_are_told_from_the_first, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "old", patient, potassium("3.0", 'F', 1)));
  std::vector<std::unique_ptr<letter>> letters;
  for (const char* id : {"a", "b", "a", "old", "a"})
    letters.push_back(write_letter(store, id, patient, potassium(id[0] == 'o' ? "3.0" : "4.0", 'F', 1)));
  const auto receipts = file_all(store, letters);
  BOOST_TEST(!receipts[0].duplicate);
  BOOST_TEST(!receipts[1].duplicate);
  BOOST_TEST(receipts[2].duplicate);
  BOOST_TEST(receipts[3].duplicate);
  BOOST_TEST(receipts[4].duplicate);
  BOOST_TEST((receipts[2].first.id == letters[0]->filing.log.id));
  BOOST_TEST(receipts[2].first.results_created == 1);
  BOOST_TEST((receipts[3].first.id != letters[3]->filing.log.id));
  BOOST_TEST(count(store, "hl7_message_log") == "6");
  BOOST_TEST(count(store, "hl7_message_keys") == "3");
}

BOOST_DATA_TEST_CASE(a_batch_whose_commit_was_not_answered_may_be_tried_again, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  std::vector<std::unique_ptr<letter>> letters;
  for (const char* id : {"a", "b", "a"})
    letters.push_back(write_letter(store, id, patient, potassium("4.0", 'F', 1)));
  auto transient = write_letter(store, "c", patient, potassium("4.0", 'F', 1));
  transient->filing.keyed = false;
  transient->filing.log.status = message_status::failed;
  letters.push_back(std::move(transient));
  file_all(store, letters);
  const auto receipts = file_all(store, letters);
  BOOST_TEST(!receipts[0].duplicate);
  BOOST_TEST(receipts[0].results_created == 1);
  BOOST_TEST(!receipts[1].duplicate);
  BOOST_TEST(receipts[2].duplicate);
  BOOST_TEST((receipts[2].first.id == letters[0]->filing.log.id));
  BOOST_TEST(!receipts[3].duplicate);
  BOOST_TEST(count(store, "hl7_message_log") == "4");
  BOOST_TEST(count(store, "lab_results") == "1");
  BOOST_TEST(count(store, "lab_result_versions") == "1");
}

BOOST_DATA_TEST_CASE(a_message_without_key_is_processed_anew_when_it_comes_again, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto failed = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  failed->filing.keyed = false;
  failed->filing.log.status = message_status::failed;
  failed->filing.log.fault = error{error_code::deadline, "", "too late"};
  BOOST_TEST(file_one(store, *failed).results_created == 0);
  BOOST_TEST(!file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1))).duplicate);
  BOOST_TEST(count(store, "lab_results") == "1");
}

BOOST_DATA_TEST_CASE(nothing_of_a_batch_is_kept_when_one_message_cannot_be, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  std::vector<filing> batch;
  const auto good = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  const auto bad = write_letter(store, "2", 999'999, potassium("4.0", 'F', 1)); // a patient that the clinic
                                                                                // does not have
  batch = {good->filing, bad->filing};
  const auto refused = store.session().commit(batch);
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == error_code::unknown_key));
  BOOST_TEST(count(store, "hl7_message_log") == "0");
  BOOST_TEST(count(store, "hl7_message_keys") == "0");
  BOOST_TEST(!file_one(store, *good).duplicate);
}

BOOST_AUTO_TEST_SUITE_END()

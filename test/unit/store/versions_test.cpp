#include "test/unit/store/stores.hpp"

#include <algorithm>
#include <array>

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(versions)

BOOST_DATA_TEST_CASE(a_result_is_filed_with_all_that_was_sent, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto result = potassium("4.40", 'F', 10);
  result.comments = "first\nsecond";
  result.needs_review = true;
  const auto message = write_letter(store, "1", patient, result);
  const auto receipt = file_one(store, *message);
  BOOST_TEST(!receipt.duplicate);
  BOOST_TEST(receipt.results_created == 1);
  BOOST_TEST(receipt.critical == 0);
  const auto all = results_of(store, patient);
  BOOST_REQUIRE_EQUAL(all.size(), 1u);
  const auto& v = all[0].value;
  BOOST_TEST(*v.loinc_code == "2823-3");
  BOOST_TEST(*v.value_text == "4.40");
  BOOST_TEST(v.value_numeric->text() == "4.40");
  BOOST_TEST(v.range_low->text() == "3.5");
  BOOST_TEST(v.range_high->text() == "5.10");
  BOOST_TEST(*v.unit == "mmol/L");
  BOOST_TEST(v.comments == "first\nsecond");
  BOOST_TEST(v.needs_review);
  BOOST_TEST((v.kind == model::value_kind::number));
  BOOST_TEST((v.flag == model::abnormal_flag::normal));
  BOOST_TEST(to_iso(v.observed_at->at, std::chrono::minutes{v.observed_at->offset_minutes}) ==
             "2026-11-20T09:00:00+02:00");
  BOOST_TEST((v.reported_at->at == result.reported_at->at));
  BOOST_TEST(v.sent.range == "3.5-5.10");
  BOOST_TEST(v.sent.value_type == "NM");
  BOOST_TEST(v.performing_lab_code == "BIO");
  BOOST_TEST(all[0].filler_number == "F-9001");
  BOOST_TEST(all[0].entry_method == "hl7");
  BOOST_TEST((all[0].message_id == message->filing.log.id));
  BOOST_TEST(all[0].version == 1);
  BOOST_TEST(all[0].current);
  BOOST_TEST(store.ask("SELECT event_type FROM event_outbox") == "lab_result_filed");
}

BOOST_DATA_TEST_CASE(what_is_told_beside_the_value_is_filed_too, both) {
  using precision = model::moment::precision;
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto result = potassium("4.40", 'F', 10);
  const auto day = timestamp(std::chrono::sys_days{std::chrono::year{2026} / 11 / 19}) +
    std::chrono::hours{22};
  result.observed_at = model::moment{day, 120, precision::day};
  result.issued_at = model::moment{day + std::chrono::hours{12}, 120};
  result.performer = "Reference Lab", result.performer_code = "REF";
  result.organism = "E. coli", result.organism_code = "ECO";
  result.sent.other_code = "2823-3", result.sent.other_system = "LN", result.sent.other_name = "Potassium";
  auto message = write_letter(store, "1", patient, result);
  message->report.orders[0].collected_at = model::moment{day, 120, precision::day};
  message->report.orders[0].parent = {"ORG", "1", "E. coli", "PO-1", "F-1"};
  file_one(store, *message);
  const auto all = results_of(store, patient);
  BOOST_REQUIRE_EQUAL(all.size(), 1u);
  const auto& v = all[0].value;
  BOOST_TEST((v.observed_at->told == precision::day));
  BOOST_TEST((v.issued_at->at == day + std::chrono::hours{12}));
  BOOST_TEST((v.issued_at->told == precision::second));
  BOOST_TEST((all[0].collected_at->told == precision::day));
  BOOST_TEST(all[0].collected_at->offset_minutes == 120);
  BOOST_TEST(v.performer + v.performer_code + v.organism + v.organism_code == "Reference LabREFE. coliECO");
  BOOST_TEST((all[0].parent == message->report.orders[0].parent));
  BOOST_TEST(v.sent.other_code + v.sent.other_system + v.sent.other_name == "2823-3LNPotassium");
}

BOOST_DATA_TEST_CASE(every_order_of_preliminary_final_and_corrected_ends_the_same, both) {
  fresh_store store(sample);
  std::array<int, 3> order{0, 1, 2};
  const std::array<std::pair<const char*, char>, 3> steps{{{"0.03", 'P'}, {"0.06", 'F'}, {"0.016", 'C'}}};
  int round = 0;
  for (const bool one_batch : {false, true}) {
    std::sort(order.begin(), order.end());
    do {
      const auto patient = add_patient(store, "M-" + std::to_string(++round));
      std::vector<std::unique_ptr<letter>> letters;
      for (const int i : order)
        letters.push_back(write_letter(store, std::to_string(round) + "-" + std::to_string(i), patient,
                                       potassium(steps[size_t(i)].first, steps[size_t(i)].second, i)));
      if (one_batch) {
        std::vector<ports::filing> batch;
        for (const auto& l : letters) batch.push_back(l->filing);
        must(store.session().commit(batch));
      } else {
        for (const auto& l : letters) file_one(store, *l);
      }
      const auto current = results_of(store, patient);
      BOOST_REQUIRE_EQUAL(current.size(), 1u);
      BOOST_TEST(*current[0].value.value_text == "0.016");
      BOOST_TEST((current[0].value.status == model::result_status::corrected));
      BOOST_TEST(current[0].version == 3);
      const auto all = results_of(store, patient, true);
      BOOST_REQUIRE_EQUAL(all.size(), 3u);
      std::vector<std::string> old{*all[1].value.value_text, *all[2].value.value_text};
      std::sort(old.begin(), old.end());
      BOOST_TEST(old[0] == "0.03");
      BOOST_TEST(old[1] == "0.06");
      std::vector<int> numbers{all[0].version, all[1].version, all[2].version};
      std::sort(numbers.begin(), numbers.end());
      BOOST_TEST((numbers == std::vector<int>{1, 2, 3}));
      for (const auto& r : all) BOOST_TEST((r.id == current[0].id));
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

BOOST_DATA_TEST_CASE(late_versions_and_replacements_in_one_batch_keep_their_numbers_apart, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "0", patient, potassium("4.0", 'F', 30)));
  std::vector<std::unique_ptr<letter>> letters;
  letters.push_back(write_letter(store, "1", patient, potassium("4.1", 'P', 10))); // late
  letters.push_back(write_letter(store, "2", patient, potassium("4.2", 'C', 40)));
  letters.push_back(write_letter(store, "3", patient, potassium("4.3", 'F', 20))); // late
  letters.push_back(write_letter(store, "4", patient, potassium("4.4", 'C', 50)));
  std::vector<ports::filing> batch;
  for (const auto& l : letters) batch.push_back(l->filing);
  must(store.session().commit(batch));
  const auto all = results_of(store, patient, true);
  BOOST_REQUIRE_EQUAL(all.size(), 5u);
  std::vector<int> numbers;
  for (const auto& r : all) numbers.push_back(r.version);
  std::sort(numbers.begin(), numbers.end());
  BOOST_TEST((numbers == std::vector<int>{1, 2, 3, 4, 5}));
  BOOST_TEST(*results_of(store, patient).at(0).value.value_text == "4.4");
  BOOST_TEST(results_of(store, patient).at(0).version == 5);
}

BOOST_DATA_TEST_CASE(a_withdrawn_result_shows_no_value_and_stays_withdrawn, both) {
  fresh_store store(sample);
  int round = 0;
  for (const char state : {'D', 'W'}) {
    const auto patient = add_patient(store, "M-" + std::to_string(++round));
    const std::string n = std::to_string(round);
    auto high = potassium("9.9", 'F', 10);
    high.critical = true;
    high.flag = model::abnormal_flag::critical_high;
    BOOST_TEST(file_one(store, *write_letter(store, "f" + n, patient, high)).critical == 1);
    auto withdrawn = potassium("9.9", state, 20);
    withdrawn.critical = true;
    BOOST_TEST(file_one(store, *write_letter(store, "w" + n, patient, withdrawn)).critical == 0);
    const auto check = [&] {
      const auto current = results_of(store, patient);
      BOOST_REQUIRE_EQUAL(current.size(), 1u);
      const auto& v = current[0].value;
      BOOST_TEST((v.status == model::result_status::cancelled));
      BOOST_TEST(v.retracts);
      BOOST_TEST(!v.value_text);
      BOOST_TEST(!v.value_numeric);
      BOOST_TEST(!v.flag);
      BOOST_TEST(!v.critical);
      BOOST_TEST(v.sent.value.empty());
    };
    check();
    // An older version that comes late changes nothing for whoever reads the results.
    file_one(store, *write_letter(store, "l" + n, patient, potassium("9.8", 'F', 5)));
    check();
    BOOST_TEST(results_of(store, patient, true).size() == 3u);
    // A later report is a new statement of the laboratory.
    file_one(store, *write_letter(store, "n" + n, patient, potassium("4.0", 'C', 30)));
    BOOST_TEST(*results_of(store, patient).at(0).value.value_text == "4.0");
  }
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox WHERE event_type = 'lab_result_critical'") == "2");
}

BOOST_DATA_TEST_CASE(what_a_person_verified_goes_into_the_history_with_its_version, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1)));
  store.ask("UPDATE lab_results SET verified_by = 5, verified_at = created_at");
  file_one(store, *write_letter(store, "2", patient, potassium("4.1", 'C', 2)));
  BOOST_TEST(store.ask("SELECT verified_by FROM lab_results") == "-");
  BOOST_TEST(store.ask("SELECT verified_by FROM lab_result_versions") == "5");
}

BOOST_DATA_TEST_CASE(other_orders_tests_sub_ids_and_laboratories_are_other_results, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto first = write_letter(store, "1", patient, potassium("1", 'F', 1));
  const auto add = [&](auto change) {
    auto r = potassium("2", 'F', 1);
    change(r);
    first->report.results.push_back(r);
  };
  first->report.orders.push_back({"PO-78", "", "", "", "", {}, {}});
  add([](auto& r) { r.test_code = "NA"; });
  add([](auto& r) { r.sub_id = "2"; });
  add([](auto& r) { r.ordinal = 2; });
  add([](auto& r) { r.performing_lab_code = "YML"; });
  add([](auto& r) { r.order = 1; });
  add([](auto& r) { r.order = model::no_order; });
  add([](auto& r) { r.order = model::no_order, r.observed_at->at += std::chrono::minutes{1}; });
  add([](auto& r) { r.order = model::no_order, r.observed_at.reset(); });
  BOOST_TEST(file_one(store, *first).results_created == 9);
  BOOST_TEST(results_of(store, patient).size() == 9u);
  // The same again in another message: each finds its own.
  auto second = write_letter(store, "2", patient, potassium("1", 'F', 1));
  second->report = first->report;
  file_one(store, *second);
  BOOST_TEST(results_of(store, patient).size() == 10u); // one without order and time stands alone
}

BOOST_DATA_TEST_CASE(attachments_are_kept_with_their_version_and_encrypted, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto pdf = potassium("", 'F', 1);
  pdf.kind = model::value_kind::attachment;
  pdf.attachments.push_back({"application/pdf", "%PDF" + std::string(60'017, '\0')});
  file_one(store, *write_letter(store, "1", patient, pdf));
  pdf.attachments.push_back({"application/pdf", "%PDF-2"});
  pdf.reported_at->at += std::chrono::minutes{5};
  auto second = write_letter(store, "2", patient, pdf);
  file_one(store, *second);
  const auto all = results_of(store, patient, true);
  BOOST_REQUIRE_EQUAL(all.size(), 2u);
  BOOST_TEST(all[0].attachment_ids.size() == 2u);
  BOOST_TEST(all[1].attachment_ids.size() == 1u);
  BOOST_TEST(store.ask("SELECT size FROM lab_result_attachments ORDER BY id") == "60021");
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_result_attachments WHERE content LIKE 'gAAAA%'") == "3");
  BOOST_TEST(
    must(store.admin().message_results(store.clinic, second->filing.log.id)).at(0).attachment_ids.size() ==
    2u);
}

BOOST_DATA_TEST_CASE(bytes_that_no_database_holds_as_text_are_escaped_and_versions_still_meet, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto odd = potassium("1", 'F', 1);
  odd.value_text = std::string("a\0b", 3);
  odd.test_code = std::string("K\0", 2);
  auto message = write_letter(store, std::string("\xff\0id", 4), patient, odd);
  file_one(store, *message);
  odd.reported_at->at += std::chrono::minutes{1};
  file_one(store, *write_letter(store, "2", patient, odd));
  BOOST_REQUIRE_EQUAL(results_of(store, patient).size(), 1u);
  BOOST_TEST(*results_of(store, patient)[0].value.value_text == "a\\x00b");
  BOOST_TEST(results_of(store, patient)[0].value.test_code == "K\\x00");
  ports::message_filter filter;
  filter.clinic = store.clinic;
  filter.control_id = std::string("\xff\0id", 4);
  BOOST_TEST(must(store.admin().messages(filter)).items.size() == 1u);
  BOOST_TEST(must(store.admin().message(store.clinic, message->filing.log.id))->raw == message->raw);
}

BOOST_DATA_TEST_CASE(numbers_of_any_size_keep_their_digits, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto message = write_letter(store, "1", patient, potassium("1", 'F', 1));
  message->report.results.clear();
  const std::vector<std::string> texts{
    "0",     "0.0",       "7.00",  "-0.50", "0.0001", "0.00012", "12345", "10000", "10000.0001", "999999.5",
    "-12.3", "100000000", "0.016", "228.1", "1.20",   "5000",    "0.5",   "65.88", "1234567.8"};
  for (size_t i = 0; i < texts.size(); ++i) {
    auto r = potassium(texts[i], 'F', 1);
    r.ordinal = uint16_t(i + 1);
    message->report.results.push_back(r);
  }
  file_one(store, *message);
  const auto stored = results_of(store, patient);
  BOOST_REQUIRE_EQUAL(stored.size(), texts.size());
  for (size_t i = 0; i < texts.size(); ++i) BOOST_TEST(stored[i].value.value_numeric->text() == texts[i]);
}

BOOST_AUTO_TEST_SUITE_END()

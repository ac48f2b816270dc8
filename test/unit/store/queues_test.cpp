// Orders, the review queue, events, unmapped codes, and messages that are run again.
#include "test/unit/store/stores.hpp"

using namespace aorta;
using namespace aorta::test;
using ports::filing;
using ports::message_status;

namespace {
std::string add_order(fresh_store& in, model::patient_id patient, const std::string& placer,
                      const std::string& filler) {
  const std::string id = to_text(in.ids.next(in.clock.now()));
  in.ask(
    "INSERT INTO lab_orders (id, patient_id, clinic_id, order_number, placer_order_number, filler_order_number) VALUES ('" +
    id + "', " + std::to_string(patient) + ", " + std::to_string(in.clinic) + ", '" + id + "', '" + placer +
    "', '" + filler + "')");
  return id;
}
std::unique_ptr<letter> unmatched(fresh_store& in, const std::string& id) {
  auto out = write_letter(in, id, 0, potassium("4.0", 'F', 1));
  out->filing.log.patient.reset();
  out->filing.log.status = message_status::unmatched;
  out->decision.is = identity::decision::kind::review;
  out->decision.patient.reset();
  out->decision.evidence = {"name and birth date fit two patients", "no number"};
  out->decision.candidates = {3, 4};
  return out;
}
} // namespace

BOOST_AUTO_TEST_SUITE(queues)

BOOST_DATA_TEST_CASE(results_belong_to_their_order_by_placer_number_first_then_by_filler_number, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1"), other = add_patient(store, "M-2");
  add_order(store, other, "PO-77", "F-9001");
  const auto by_filler = add_order(store, patient, "PO-1", "F-9001");
  const auto filed = [&](const std::string& id) {
    file_one(store, *write_letter(store, id, patient, potassium("4.0", 'F', 1)));
    return to_text(results_of(store, patient).at(0).lab_order_id.value_or(uuid{}));
  };
  BOOST_TEST(filed("1") == by_filler);
  const auto by_placer = add_order(store, patient, "PO-77", "");
  BOOST_TEST(filed("2") == by_placer);
  BOOST_TEST(store.ask("SELECT status FROM lab_orders WHERE id = '" + by_placer + "'") == "resulted");
  BOOST_TEST(store.ask("SELECT resulted_at FROM lab_orders WHERE id = '" + by_placer + "'") != "-");
  add_order(store, patient, "PO-77", ""); // two with one number: neither is taken, the filler number decides
  BOOST_TEST(filed("3") == by_filler);
}

BOOST_DATA_TEST_CASE(an_order_is_resulted_when_all_is_final_and_never_goes_back, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto order = add_order(store, patient, "PO-77", "");
  const auto state = [&] { return store.ask("SELECT status FROM lab_orders WHERE id = '" + order + "'"); };
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'P', 1)));
  BOOST_TEST(state() == "partially_resulted");
  file_one(store, *write_letter(store, "2", patient, potassium("4.0", 'F', 2)));
  BOOST_TEST(state() == "resulted");
  file_one(store, *write_letter(store, "3", patient, potassium("4.0", 'P', 3)));
  BOOST_TEST(state() == "resulted");
}

BOOST_DATA_TEST_CASE(an_order_that_the_laboratory_cancels_is_cancelled_with_and_without_results, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto state = [&](const std::string& id) {
    return store.ask("SELECT status FROM lab_orders WHERE id = '" + id + "'");
  };
  const auto says = [&](const std::string& id, const char* placer, const char* status,
                        std::vector<model::lab_result> results) {
    auto out = write_letter(store, id, patient, potassium("4.0", 'F', 1));
    out->report.orders[0].placer_number = placer;
    out->report.orders[0].filler_number = std::string("F-") + placer;
    out->report.orders[0].status = status;
    out->report.laboratory = "BIO";
    out->report.results = std::move(results);
    return file_one(store, *out);
  };
  auto cannot = potassium("", 'X', 1);
  cannot.status = model::result_status::cancelled;
  const auto bare = add_order(store, patient, "PO-1", ""), with_x = add_order(store, patient, "PO-2", ""),
             begun = add_order(store, patient, "PO-3", ""), done = add_order(store, patient, "PO-4", ""),
             with_value = add_order(store, patient, "PO-5", "");
  says("1", "PO-1", "X", {});
  BOOST_TEST(state(bare) == "cancelled");
  says("2", "PO-2", "X", {cannot});
  BOOST_TEST(state(with_x) == "cancelled");
  says("3", "PO-3", "P", {potassium("4.0", 'P', 1)});
  BOOST_TEST(state(begun) == "partially_resulted");
  says("4", "PO-3", "X", {});
  BOOST_TEST(state(begun) == "cancelled"); // what had come was no last word
  says("5", "PO-4", "F", {potassium("4.0", 'F', 1)});
  says("6", "PO-4", "X", {});
  BOOST_TEST(state(done) == "resulted");
  says("7", "PO-5", "X", {potassium("4.0", 'F', 1)}); // a value stands against it
  BOOST_TEST(state(with_value) == "partially_resulted");
}

BOOST_DATA_TEST_CASE(each_obr_is_a_report_also_without_results_and_an_older_one_does_not_come_back, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  const auto letter = [&](const std::string& id, const char* status, int minute) {
    auto out = write_letter(store, id, patient, potassium("4.0", 'F', minute));
    out->report.laboratory = "BIO";
    auto& order = out->report.orders[0];
    order.panel_code = "24323-8";
    order.panel_system = "LN";
    order.status = status;
    order.reported_at = model::moment{store.clock.now() + std::chrono::minutes{minute}};
    return out;
  };
  auto first = letter("1", "I", 1);
  first->report.results.clear();
  file_one(store, *first);
  const auto cell = [&](const std::string& column) {
    return store.ask("SELECT CAST(" + column + " AS text) FROM lab_reports");
  };
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_reports") == "1");
  BOOST_TEST(cell("status") == "I");
  BOOST_TEST(cell("results") == "0");
  file_one(store, *letter("2", "F", 3));
  file_one(store, *letter("3", "P", 2)); // came late
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_reports") == "1");
  BOOST_TEST(cell("status") == "F");
  BOOST_TEST(cell("results") == "1");
  BOOST_TEST(cell("panel_system") == "LN");
  BOOST_TEST(store.ask("SELECT CAST(report_id AS text) FROM lab_results") == cell("id"));
  auto other = letter("4", "F", 4);
  other->report.orders[0].panel_code = "57021-8"; // one number, two panels: two reports
  file_one(store, *other);
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_reports") == "2");
}

BOOST_DATA_TEST_CASE(results_without_an_order_are_stored, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1)));
  BOOST_TEST(!results_of(store, patient).at(0).lab_order_id);
  BOOST_TEST(results_of(store, patient).at(0).placer_number == "PO-77");
}

BOOST_DATA_TEST_CASE(an_unmatched_message_waits_with_its_reasons_until_a_person_links_it, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto message = unmatched(store, "1");
  BOOST_TEST(file_one(store, *message).results_created == 0);
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_results") == "0");
  const auto id = message->filing.log.id;
  const auto waiting = must(store.admin().message(store.clinic, id));
  BOOST_REQUIRE(waiting);
  BOOST_TEST((waiting->log.status == message_status::unmatched));
  BOOST_REQUIRE_EQUAL(waiting->reviews.size(), 1u);
  BOOST_TEST(waiting->reviews[0].kind == "unmatched");
  BOOST_TEST(waiting->reviews[0].reasons_json == R"(["name and birth date fit two patients","no number"])");
  BOOST_TEST(waiting->reviews[0].candidates_json == R"(["3","4"])");
  BOOST_TEST(waiting->reviews[0].state == "open");

  message->filing.how = filing::mode::again;
  message->filing.raw = {};
  message->filing.log.status = message_status::processed;
  message->filing.log.patient = patient;
  message->filing.log.trace = "{\"linked\":true}";
  BOOST_TEST(file_one(store, *message).results_created == 1);
  const auto linked = must(store.admin().message(store.clinic, id));
  BOOST_TEST((linked->log.status == message_status::processed));
  BOOST_TEST((linked->log.patient == patient));
  BOOST_TEST(linked->log.results_created == 1);
  BOOST_TEST(linked->raw == message->raw);
  BOOST_TEST(linked->log.trace == "{\"linked\":true}");
  BOOST_TEST(linked->log.ack_code == "AA");
  BOOST_TEST(linked->reviews.at(0).state == "resolved");
  BOOST_TEST(must(store.admin().message_results(store.clinic, id)).size() == 1u);
  BOOST_TEST(store.ask("SELECT count(*) FROM hl7_message_log") == "1");
}

BOOST_DATA_TEST_CASE(a_message_that_turns_out_to_be_another_patients_leaves_nothing_with_the_first, both) {
  fresh_store store(sample);
  const auto wrong = add_patient(store, "M-1"), right = add_patient(store, "M-2");
  auto message = write_letter(store, "1", wrong, potassium("4.0", 'F', 1));
  file_one(store, *message);
  message->filing.how = filing::mode::again;
  message->filing.log.patient = right;
  file_one(store, *message);
  BOOST_TEST(*results_of(store, right).at(0).value.value_text == "4.0");
  BOOST_REQUIRE_EQUAL(results_of(store, wrong).size(), 1u);
  const auto left = results_of(store, wrong)[0];
  BOOST_TEST((left.value.status == model::result_status::cancelled));
  BOOST_TEST(!left.value.value_text);
  BOOST_TEST(left.value.sent.value.empty());
  BOOST_TEST(results_of(store, wrong, true).size() == 2u);
  message->filing.log.patient = wrong; // and back
  file_one(store, *message);
  BOOST_TEST(*results_of(store, wrong).back().value.value_text == "4.0");
  BOOST_TEST((results_of(store, right).at(0).value.status == model::result_status::cancelled));
}

BOOST_DATA_TEST_CASE(linking_to_a_patient_of_another_clinic_is_refused, both) {
  fresh_store store(sample);
  const auto elsewhere = must(store.admin().access().ensure_clinic("OTHER", "Other"));
  const auto stranger = roster_row("X-1", "A", "B", "1");
  must(store.admin().put_patients(elsewhere.id, {&stranger, 1}));
  auto message = unmatched(store, "1");
  file_one(store, *message);
  message->filing.how = filing::mode::again;
  message->filing.log.status = message_status::processed;
  message->filing.log.patient = std::stoll(store.ask("SELECT patient_id FROM patients WHERE mrn = 'X-1'"));
  const auto refused = store.session().commit({&message->filing, 1});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == error_code::unknown_key));
  BOOST_TEST((must(store.admin().message(store.clinic, message->filing.log.id))->log.status ==
              message_status::unmatched));
}

BOOST_DATA_TEST_CASE(what_a_person_must_look_at_waits_by_kind, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto message = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  message->report.reviews = {{"OBX[1]-6", "unknown-unit", "mg%"},
                             {"OBX[2]-6", "unknown-unit", "foo"},
                             {"OBX[1]-5", "not-a-number", "NM"}};
  message->report.unmapped_codes = {"K"};
  file_one(store, *message);
  const auto detail = must(store.admin().message(store.clinic, message->filing.log.id));
  BOOST_REQUIRE_EQUAL(detail->reviews.size(), 2u);
  BOOST_TEST(detail->reviews[0].kind == "unknown-unit");
  BOOST_TEST(detail->reviews[0].reasons_json.find("mg%") != std::string::npos);
  BOOST_TEST(detail->reviews[0].reasons_json.find("foo") != std::string::npos);
  BOOST_TEST(detail->reviews[1].kind == "not-a-number");
  auto second = write_letter(store, "2", patient, potassium("4.0", 'F', 2));
  second->report.unmapped_codes = {"K"};
  file_one(store, *second);
  BOOST_TEST(
    store.ask(
      "SELECT count FROM unmapped_codes WHERE lab_code = 'BIO' AND code = 'K' AND name = 'Potassium'") ==
    "2");
}

BOOST_DATA_TEST_CASE(a_critical_result_leaves_one_event_without_values, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto critical = potassium("6.7", 'F', 1);
  critical.critical = true;
  critical.flag = model::abnormal_flag::critical_high;
  BOOST_TEST(file_one(store, *write_letter(store, "1", patient, critical)).critical == 1);
  BOOST_TEST(
    store.ask(
      "SELECT payload FROM event_outbox WHERE event_type = 'lab_result_critical' AND delivered_at IS NULL") ==
    R"({"loinc_code":"2823-3","test_code":"K","abnormal_flag":"critical_high","result_status":"final","current":true})");
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox") == "2"); // and that it was filed
  critical.reported_at->at -= std::chrono::hours{1}; // a late one never becomes current, but somebody must
                                                     // know
  BOOST_TEST(file_one(store, *write_letter(store, "2", patient, critical)).critical == 1);
  BOOST_TEST(store.ask("SELECT count(*) FROM event_outbox") == "4");
}

BOOST_AUTO_TEST_SUITE_END()

#include "test/unit/store/records.hpp"

#include <atomic>
#include <thread>

using namespace aorta;
using namespace aorta::test;
using model::table;

namespace {

constexpr const char* an_id = "01900000-0000-7000-8000-00000000000a";

model::record a_result(int64_t patient, const std::string& value) {
  return row_of(table::lab_results,
                {{"id", an_id},
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
                 {"version", "1"}});
}

} // namespace

BOOST_AUTO_TEST_SUITE(record_writes)

BOOST_DATA_TEST_CASE(an_update_of_a_result_moves_the_old_version_to_the_history, both) {
  record_store store(sample);
  const auto patient = write_patient(store, "M-1");
  store.write({change_of(store, "Observation", an_id, a_result(patient, "4.2"))});
  store.clock.at += std::chrono::minutes{1};
  store.write({change_of(store, "Observation", an_id, a_result(patient, "4.4"), 2)});
  store.write({change_of(store, "Observation", an_id, a_result(patient, "4.6"), 3)});
  const auto now = store.read(keyed(table::lab_results, {an_id})).at(0).row;
  BOOST_TEST(now.text("value_numeric") == "4.6");
  BOOST_TEST(now.text("version") == "3");
  store.begin(false);
  const auto old = must(store.with->result_versions(an_id));
  store.with->rollback();
  BOOST_REQUIRE_EQUAL(old.size(), 2u);
  BOOST_TEST(old[0].text("value_numeric") == "4.2");
  BOOST_TEST(old[1].text("version") == "2");
  BOOST_TEST(old[1].key() == an_id);
  // The admin session of the laboratory reads the same, and a message's correction finds the result.
  BOOST_TEST(results_of(store, patient, true).size() == 3u);
  auto corrected = potassium("4.9", 'C', 59);
  corrected.observed_at = model::moment{timestamp(std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}) +
                                        std::chrono::hours{7}};
  file_one(store, *write_letter(store, "1", patient, corrected));
  const auto after = results_of(store, patient);
  BOOST_REQUIRE_EQUAL(after.size(), 1u);
  BOOST_TEST(after[0].version == 4);
}

BOOST_DATA_TEST_CASE(history_comes_newest_first_in_pages_and_versions_by_number, both) {
  record_store store(sample);
  std::vector<std::string> contents;
  for (int v = 1; v <= 5; ++v) {
    auto one = change_of(store, "Basic", "a", std::nullopt, v),
         two = change_of(store, "Basic", "b", std::nullopt, v);
    one.version.content = "{\"v\":" + std::to_string(v) + "}";
    if (v == 5) {
      one.version.method = "DELETE";
      one.version.content.clear();
    }
    store.write({one, two});
    if (v % 2 == 0) store.clock.at += std::chrono::seconds{1};
  }
  ports::history_query query;
  query.type = "Basic";
  query.limit = 3;
  std::vector<std::string> seen;
  store.begin(false);
  do {
    const auto page = must(store.with->history(query));
    for (const auto& v : page.items) seen.push_back(v.id + std::to_string(v.version));
    query.after = page.next;
  } while (!query.after.empty());
  BOOST_TEST((seen == std::vector<std::string>{"b5", "a5", "b4", "b3", "a4", "a3", "b2", "b1", "a2", "a1"}));
  query = {};
  query.type = "Basic";
  query.id = "a";
  query.since = store.clock.at;
  const auto last = must(store.with->history(query)).items;
  BOOST_REQUIRE_EQUAL(last.size(), 1u);
  BOOST_TEST(last[0].method == "DELETE");
  BOOST_TEST(last[0].content.empty());
  BOOST_TEST(must(store.with->version("Basic", "a", 3))->content == "{\"v\":3}");
  BOOST_TEST(!must(store.with->version("Basic", "a", 9)).has_value());
  query.after = "nonsense";
  BOOST_TEST((store.with->history(query).error().code == error_code::invalid));
  store.begin(false, store.other);
  query = {};
  query.type = "Basic";
  BOOST_TEST(must(store.with->history(query)).items.empty());
}

BOOST_DATA_TEST_CASE(keys_that_are_taken_and_rows_that_are_not_there_refuse_the_write, both) {
  record_store store(sample);
  const auto first = write_patient(store, "M-1"), next = store.key_for(table::patients);
  BOOST_TEST(next > first);
  store.begin();
  BOOST_TEST((
    store.with->write(std::vector{change_of(store, "Patient", "9", patient_row(next, "M-1"))}).error().code ==
    error_code::conflict));
  store.with->rollback();
  store.begin(true, store.other); // another clinic may neither see nor change it
  BOOST_TEST(
    (store.with->write(std::vector{change_of(store, "Observation", an_id, a_result(first, "1.0"), 2)})
       .error()
       .code == error_code::unknown_key));
  store.with->rollback();
  store.begin();
  auto wrong = a_result(first, "1.0");
  wrong.set("result_datetime", "soon");
  BOOST_TEST((store.with->write(std::vector{change_of(store, "Observation", an_id, wrong)}).error().code ==
              error_code::invalid));
  must(store.with->write(
    std::vector{change_of(store, "Observation", an_id, a_result(first, "1.0"))})); // the transaction is still
                                                                                   // whole
  must(store.with->commit());
  BOOST_TEST(store.read(keyed(table::lab_results, {an_id})).size() == 1u);
  const auto row = roster_row("M-2", "A", "B", "7");
  must(store.admin().put_patients(store.clinic, {&row, 1})); // takes the next key by itself
  BOOST_TEST(std::stoll(store.ask("SELECT patient_id FROM patients WHERE mrn = 'M-2'")) > first);
}

BOOST_DATA_TEST_CASE(entries_of_a_batch_stand_alone_between_marks, both) {
  record_store store(sample);
  write_patient(store, "M-1");
  store.begin();
  for (const char* id : {"a", "b", "c"}) {
    must(store.with->mark());
    must(store.with->write(std::vector{change_of(store, "Basic", id, std::nullopt)}));
    if (*id != 'b') continue;
    BOOST_TEST(
      !store.with->write(std::vector{change_of(store, "Patient", "9", patient_row(900, "M-1"))}).ok());
    must(store.with->back_to_mark());
  }
  must(store.with->commit());
  ports::entry_query query;
  query.type = "Basic";
  const auto found = store.read(query);
  BOOST_REQUIRE_EQUAL(found.size(), 2u);
  BOOST_TEST(found[1].id == "c");
}

namespace {

/// Asks for a review and tells an event; or refuses, after it has done so.
class some_work final : public ports::record_work {
public:
  some_work(const uuid& message, model::patient_id patient) : message_(message), patient_(patient) {}
  bool refuses = false;
  int made = 0;

  status make(ports::record_session& in, ports::message_record& log) override {
    ++made;
    must(in.review(message_, {"unknown-unit", "[]", "[]", ""}));
    must(in.event("lab_result_critical", patient_, an_id, "{}"));
    if (refuses) return error{error_code::data_type, "Bundle.entry[0]", "it does not fit"};
    log.status = ports::message_status::unmatched;
    log.trace = R"({"entries":[]})";
    return done{};
  }

private:
  uuid message_;
  model::patient_id patient_;
};

} // namespace

BOOST_DATA_TEST_CASE(a_message_is_logged_once_with_what_it_changes, both) {
  record_store store(sample);
  const auto patient = write_patient(store, "M-1");
  const auto letter = write_letter(store, "B-1", patient, potassium("4.0", 'F', 1));
  auto filing = letter->filing;
  filing.report = nullptr;
  filing.claims = nullptr; // a bundle names its own patients
  filing.decision = nullptr;
  filing.log.message_type = "Bundle";
  some_work work(filing.log.id, patient);
  filing.records = &work;
  auto* lane = &store.session();
  BOOST_TEST(!must(lane->commit({&filing, 1}))[0].duplicate);
  const auto detail = must(store.admin().message(store.clinic, filing.log.id));
  BOOST_REQUIRE(detail.has_value());
  BOOST_TEST(detail->raw == letter->raw);
  BOOST_TEST((detail->log.status == ports::message_status::unmatched)); // as the work completed it
  BOOST_TEST(detail->reviews.size() == 1u);
  BOOST_TEST(store.ask("SELECT result_id FROM event_outbox") == an_id);
  const auto first = filing.log.id;
  const auto told_again = must(lane->commit({&filing, 1}))[0]; // as when the commit's answer was lost
  BOOST_TEST(told_again.done_before);
  BOOST_TEST(!told_again.duplicate);
  BOOST_TEST(told_again.first.trace == R"({"entries":[]})");
  BOOST_TEST(work.made == 1);
  filing.log.id = store.ids.next(store.clock.at);
  const auto again = must(lane->commit({&filing, 1}))[0];
  BOOST_TEST(again.duplicate);
  BOOST_TEST((again.first.id == first));
  BOOST_TEST(again.first.trace == R"({"entries":[]})");
  BOOST_TEST(work.made == 1); // a repeat changes nothing
  BOOST_TEST(store.ask("SELECT count(*) FROM hl7_message_log WHERE processing_status = 'duplicate'") == "1");
}

BOOST_DATA_TEST_CASE(what_a_message_changes_is_kept_with_it_or_not_at_all, both) {
  record_store store(sample);
  const auto patient = write_patient(store, "M-1");
  const auto letter = write_letter(store, "B-1", patient, potassium("4.0", 'F', 1));
  auto filing = letter->filing;
  filing.report = nullptr;
  filing.decision = nullptr;
  some_work work(filing.log.id, patient);
  filing.records = &work;
  work.refuses = true;
  auto* lane = &store.session();
  const auto refused = lane->commit({&filing, 1});
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == error_code::data_type));
  BOOST_TEST(!lane->perhaps_batch());
  for (const char* table : {"hl7_message_log", "hl7_message_keys", "review_queue", "event_outbox"})
    BOOST_TEST(store.ask(std::string("SELECT count(*) FROM ") + table) == "0", table);
  work.refuses = false;
  BOOST_TEST(!must(lane->commit({&filing, 1}))[0].duplicate);
  auto plain = filing;
  plain.records = nullptr;
  const std::vector two{filing, plain};
  BOOST_TEST(!lane->commit(two).ok()); // such messages are committed beside their like alone
}

BOOST_DATA_TEST_CASE(orders_are_found_by_any_of_their_numbers, both) {
  record_store store(sample);
  const auto patient = write_patient(store, "M-1");
  store.write({change_of(store, "ServiceRequest", an_id,
                         row_of(table::lab_orders,
                                {{"id", an_id},
                                 {"patient_id", std::to_string(patient)},
                                 {"order_number", "O"},
                                 {"placer_order_number", "P"},
                                 {"filler_order_number", "F"}}))});
  for (const char* number : {"O", "P", "F", "X"}) {
    store.begin(false);
    BOOST_TEST(must(store.with->orders_by_number({number})).size() == (*number == 'X' ? 0u : 1u), number);
    store.begin(false, store.other);
    BOOST_TEST(must(store.with->orders_by_number({number})).empty());
  }
  store.begin(false);
  BOOST_TEST(must(store.with->orders_by_number({"O"})).at(0).text("priority") == "routine");
}

BOOST_DATA_TEST_CASE(keys_tokens_and_assertions, both) {
  record_store store(sample);
  ports::api_key made;
  made.name = "app";
  made.scopes = {"system/Patient.read"};
  made.clinic = store.clinic;
  made.patient = 7;
  made.jwks = R"({"keys":[]})";
  must(store.admin().access().create_api_key(made, "secret"));
  const auto by_secret = must(store.with->access().find_api_key("secret"));
  BOOST_REQUIRE(by_secret.has_value());
  BOOST_TEST((by_secret->patient == 7));
  BOOST_TEST(!must(store.with->access().find_api_key("Secret")).has_value());
  BOOST_TEST(must(store.with->access().find_client("app"))->second == made.jwks);
  BOOST_TEST(!must(store.with->access().find_client("none")).has_value());
  BOOST_TEST(must(store.with->access().clinics()).size() == 2u);

  const auto until = store.clock.at + std::chrono::minutes{5};
  must(store.with->access().keep_token("t1", {"app", {"system/*.read"}, store.clinic, std::nullopt, until}));
  BOOST_TEST(
    (must(store.with->access().find_token("t1"))->scopes == std::vector<std::string>{"system/*.read"}));
  BOOST_TEST((must(store.with->access().find_token("t1"))->expires_at == until));
  BOOST_TEST(!must(store.with->access().find_token("t2")).has_value());
  BOOST_TEST(must(store.with->access().use_assertion("app", "j1", until)));
  BOOST_TEST(!must(store.with->access().use_assertion("app", "j1", until)));
  BOOST_TEST(must(store.with->access().use_assertion("other", "j1", until)));
  store.clock.at = until;
  BOOST_TEST(!must(store.with->access().find_token("t1")).has_value());
  must(store.with->access().use_assertion("app", "j2", until + std::chrono::minutes{1}));
  BOOST_TEST(store.ask("SELECT count(*) FROM used_assertions") == "1");
  must(store.with->access().keep_token("t3", {"app", {}, {}, {}, until + std::chrono::minutes{5}}));
  must(store.admin().access().revoke_api_key("app"));
  BOOST_TEST(!must(store.with->access().find_token("t3")).has_value());
  BOOST_TEST(!must(store.with->access().find_client("app")).has_value());
}

BOOST_DATA_TEST_CASE(the_audit_is_written_at_once_and_read_in_pages, both) {
  record_store store(sample);
  std::vector<ports::audit_entry> all;
  for (int i = 0; i < 7; ++i) {
    all.push_back({"app",
                   "127.0.0.1",
                   "GET",
                   "/fhir/r4/Patient/" + std::to_string(i),
                   "200",
                   i % 2,
                   i == 6 ? store.other : store.clinic,
                   store.clock.at + std::chrono::seconds{i / 2},
                   {}});
  }
  must(store.with->access().audit(all));
  const auto read = [&](std::optional<model::patient_id> patient, const std::string& id,
                        const std::string& cursor) {
    return must(
      store.with->access().audits(store.clinic, patient, id, std::nullopt, std::nullopt, cursor, 4));
  };
  const auto first = read(std::nullopt, "", ""), second = read(std::nullopt, "", first.next);
  BOOST_REQUIRE_EQUAL(first.items.size(), 4u);
  BOOST_REQUIRE_EQUAL(second.items.size(), 2u);
  BOOST_TEST(first.items[0].resource == "/fhir/r4/Patient/5");
  BOOST_TEST(second.items[1].resource == "/fhir/r4/Patient/0");
  BOOST_TEST(second.next.empty());
  BOOST_TEST(read(1, "", "").items.size() == 3u);
  BOOST_TEST(read(std::nullopt, first.items[2].id, "").items.at(0).resource == first.items[2].resource);
  const auto late = must(store.with->access().audits(store.clinic, std::nullopt, "",
                                                     store.clock.at + std::chrono::seconds{1},
                                                     store.clock.at + std::chrono::seconds{1}, "", 10));
  BOOST_TEST(late.items.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_patients_lock_makes_messages_and_other_sessions_wait) {
  record_store store(on::postgresql);
  const auto patient = write_patient(store, "M-1");
  const auto letter = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  store.begin();
  must(store.with->lock({"Patient/" + std::to_string(patient), "Thing/a"}));
  // the lock travelled with it
  BOOST_TEST(must(store.with->rows(keyed(table::patients, {std::to_string(patient)}))).size() == 1u);
  store.session();
  std::atomic<bool> filed{false};
  std::thread lane([&] { filed = store.session().commit({&letter->filing, 1}).ok(); });
  for (int i = 0; i < 200 &&
       store.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "0";
       ++i)
    std::this_thread::yield();
  BOOST_TEST(store.ask("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") == "1");
  BOOST_TEST(!filed);
  must(store.with->commit());
  lane.join();
  BOOST_TEST(filed);
}

BOOST_AUTO_TEST_CASE(a_session_outlives_its_server) {
  record_store store(on::postgresql);
  const auto patient = write_patient(store, "M-1");
  store.begin();
  BOOST_TEST(must(store.with->rows(keyed(table::patients, {std::to_string(patient)}))).size() == 1u);
  store.ask("CHECKPOINT"); // there is little to recover then
  server().checkpoint();
  server().stop();
  BOOST_TEST((store.with->rows(keyed(table::patients, {std::to_string(patient)})).error().code ==
              error_code::store_unavailable));
  store.with->rollback();
  BOOST_TEST((store.with->begin(store.clinic, false).error().code == error_code::store_unavailable));
  server().start();
  BOOST_TEST(store.read(keyed(table::patients, {std::to_string(patient)})).size() == 1u);
  server().stop(); // while nobody used the connection
  server().start();
  BOOST_TEST(store.read(keyed(table::patients, {std::to_string(patient)})).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

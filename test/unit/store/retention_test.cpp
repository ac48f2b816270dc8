// What goes by retention of messages that are done with, and what never does, in both databases.
#include "test/unit/store/other_session.hpp"
#include "test/unit/store/stores.hpp"

#include <future>
#include <map>

using namespace aorta;
using namespace aorta::test;
using namespace std::chrono_literals;
using ports::forgetting;
using ports::message_status;

namespace {

struct how {
  message_status status = message_status::processed;
  const char* ack = "AA";
  const char* to = nullptr; ///< a destination
};

struct old_log : fresh_store {
  explicit old_log(on kind) : fresh_store(kind), patient(add_patient(*this, "M-1")) {}

  uuid file(const std::string& id, const how& as = {}) {
    const auto what = write_letter(*this, id, patient, potassium("4.0", 'F', 1));
    what->filing.log.status = as.status;
    what->filing.log.ack_code = as.ack;
    const std::vector<identity::lookup_key> found_by{{"index:number", id}};
    what->filing.found_by = found_by;
    std::vector<ports::forward> forwards;
    if (as.to != nullptr) forwards.push_back({as.to, 0, 7, id, ""});
    what->filing.forwards = forwards;
    if (as.status != message_status::processed) {
      what->filing.report = nullptr;
      what->filing.log.patient.reset();
    }
    if (as.status == message_status::failed)
      what->filing.log.fault = error{error_code::unsupported_type, "MSH-9", "no route takes it"};
    file_one(*this, *what);
    return what->filing.log.id;
  }
  ports::forgotten forget(forgetting::part what, int most = 100, uuid after = {}) {
    return must(admin().forget_messages({clinic, what, clock.at - 24h, after, most}));
  }
  std::string bytes() const { return ask("SELECT count(*) FROM hl7_message_log WHERE raw_message <> ''"); }
  std::string rows(const char* table = "hl7_message_log") const {
    return ask("SELECT count(*) FROM " + std::string(table));
  }
  bool has_bytes(const uuid& id) const {
    return ask("SELECT count(*) FROM hl7_message_log WHERE raw_message <> '' AND id = '" + to_text(id) +
               "'") == "1";
  }

  model::patient_id patient;
};

} // namespace

BOOST_AUTO_TEST_SUITE(retention)

BOOST_DATA_TEST_CASE(bytes_go_before_rows_and_a_repeat_of_what_is_gone_is_a_repeat, both) {
  old_log store(sample);
  const auto first = store.file("1");
  store.clock.at += 48h;
  const auto young = store.file("2");
  BOOST_TEST(store.forget(forgetting::part::bytes).gone == 1);
  BOOST_TEST(store.forget(forgetting::part::bytes).gone == 0);
  BOOST_TEST(store.rows() == "2");
  const auto seen = must(store.admin().message(store.clinic, first));
  BOOST_TEST((seen && seen->gone && seen->raw.empty() && seen->log.control_id == "1"));
  BOOST_TEST(!must(store.admin().message(store.clinic, young))->gone);
  const auto stored = must(store.admin().stored(store.clinic, {first, young}));
  BOOST_REQUIRE_EQUAL(stored.size(), 2u);
  for (const auto& each : stored) BOOST_TEST(each.gone == (each.log.id == first));
  BOOST_TEST(store.rows("message_search_keys") == "2");
  BOOST_TEST(store.forget(forgetting::part::rows).gone == 1);
  BOOST_TEST((store.rows() == "1" && store.rows("message_search_keys") == "1"));
  BOOST_TEST((store.rows("hl7_message_keys") == "2" && store.rows("lab_results") == "1"));
  const auto versions = store.rows("lab_result_versions");
  const auto again = write_letter(store, "1", store.patient, potassium("4.0", 'F', 1));
  const auto receipt = file_one(store, *again);
  BOOST_TEST((receipt.duplicate && receipt.first.id == first && receipt.first.ack_code == "AA"));
  BOOST_TEST(store.rows("lab_result_versions") == versions);
}

BOOST_DATA_TEST_CASE(nothing_goes_of_what_waits, both) {
  old_log store(sample);
  std::map<std::string, uuid> waits;
  waits["for its patient"] = store.file("1", {message_status::unmatched});
  waits["was never answered"] = store.file("2", {message_status::failed, ""});
  for (const auto* state : {"waiting", "inflight", "parked"}) {
    waits[state] = store.file(state, {message_status::processed, "AA", state});
    store.ask("UPDATE delivery SET state = '" + std::string(state) + "' WHERE destination = '" + state + "'");
  }
  const auto sent = store.file("3", {message_status::processed, "AA", "sent"});
  store.ask("UPDATE delivery SET state = 'sent' WHERE destination = 'sent'");
  const auto resent = store.file("4");
  must(
    store.admin().deliveries().resend(store.clinic, resent, store.clock.at, {"ris", 0, 7, "again", "", {}}));
  waits["is sent once more"] = resent;
  waits["before a person"] = store.file("5");
  store.ask(
    "INSERT INTO review_queue (id, clinic_id, message_id, kind, reasons, candidates, state, created_at) VALUES ('" +
    to_text(store.ids.next(store.clock.at)) + "', " + std::to_string(store.clinic) + ", '" +
    to_text(waits["before a person"]) + "', 'doubt', '[]', '[]', 'open', '2026-11-20T08:00:00Z')");
  waits["accepted"] = store.file("6");
  store.ask("INSERT INTO accepted_messages (message_id, clinic_id, order_key) VALUES ('" +
            to_text(waits["accepted"]) + "', " + std::to_string(store.clinic) + ", 1)");
  waits["an alert that is open"] = store.file("8");
  const auto alert = to_text(store.ids.next(store.clock.at));
  store.ask(
    "INSERT INTO critical_alert (id, clinic_id, subject, why, message_id, test_code, band, content, detected_at, state)"
    " VALUES ('" +
    alert + "', " + std::to_string(store.clinic) + ", " +
    (sample == on::postgresql ? "'" + alert + "'" : "x'00112233445566778899aabbccddeeff'") + ", 'flag', '" +
    to_text(waits["an alert that is open"]) + "', 'K', 'high', '', '2026-11-20T08:00:00Z', 'notified')");
  const auto refused = store.file("7", {message_status::failed, "AR"});
  store.clock.at += 48h;
  BOOST_TEST(store.forget(forgetting::part::bytes).gone == 2);
  for (const auto& [why, id] : waits) BOOST_TEST(store.has_bytes(id), why);
  BOOST_TEST((!store.has_bytes(sent) && !store.has_bytes(refused)));
  BOOST_TEST(store.forget(forgetting::part::rows).gone == 1); // what was refused stays: so it is refused
                                                              // again
  for (const auto& [why, id] : waits) BOOST_TEST(store.has_bytes(id), why);
  auto repeat = write_letter(store, "7", 0, potassium("4.0", 'F', 1));
  repeat->filing.report = nullptr;
  repeat->filing.log.patient.reset();
  BOOST_TEST(file_one(store, *repeat).first.ack_code == "AR");
  store.ask("UPDATE delivery SET state = 'sent'");
  store.ask("UPDATE review_queue SET state = 'resolved' WHERE kind = 'doubt'");
  store.ask("DELETE FROM accepted_messages");
  store.ask("UPDATE critical_alert SET state = 'closed'");
  BOOST_TEST(store.forget(forgetting::part::bytes).gone == 7); // but the two that nobody has filed or
                                                               // answered
  BOOST_TEST(store.forget(forgetting::part::rows).gone == 7);
}

BOOST_DATA_TEST_CASE(nothing_goes_while_messages_are_run_again, both) {
  old_log store(sample);
  store.file("1");
  store.clock.at += 48h;
  store.ask("INSERT INTO jobs (id, clinic_id, kind, state, actor, asked, created_at) VALUES ('" +
            to_text(store.ids.next(store.clock.at)) + "', " + std::to_string(store.clinic) +
            ", 'reprocess', 'running', 'anna', '{}', '2026-11-20T08:00:00Z')");
  const auto none = store.forget(forgetting::part::bytes);
  BOOST_TEST((none.gone == 0 && none.reached == uuid{} && !none.more));
  store.ask("UPDATE jobs SET state = 'done'");
  BOOST_TEST(store.forget(forgetting::part::bytes).gone == 1);
}

BOOST_DATA_TEST_CASE(it_goes_on_page_by_page_past_what_waits, both) {
  old_log store(sample);
  for (int i = 0; i < 9; ++i) {
    store.clock.at += 1s;
    store.file(std::to_string(i), {i % 3 == 0 ? message_status::unmatched : message_status::processed});
  }
  store.clock.at += 48h;
  uuid at{};
  int64_t gone = 0;
  int pages = 0;
  for (bool more = true; more; ++pages) {
    const auto page = store.forget(forgetting::part::bytes, 2, at);
    gone += page.gone;
    more = page.more;
    at = page.reached;
  }
  BOOST_TEST((gone == 6 && pages == 5 && store.bytes() == "3"));
}

BOOST_DATA_TEST_CASE(what_is_gone_is_not_sent_once_more, both) {
  old_log store(sample);
  const auto id = store.file("1", {message_status::processed, "AA", "ris"});
  store.ask("UPDATE delivery SET state = 'skipped'");
  const auto received = store.clock.at;
  store.clock.at += 48h;
  BOOST_TEST(store.forget(forgetting::part::bytes).gone == 1);
  auto& log = store.admin().deliveries();
  BOOST_TEST((log.resend(store.clinic, id, received, {"ris", 0, 7, "a", "", {}}).error().code ==
              error_code::conflict));
  BOOST_TEST(must(log.resend(store.clinic, id, received, {"ris", 0, 7, "b", "MSH|a copy", {}})).resent);
  const auto skipped = *uuid_from_text(
    store.ask("SELECT CAST(id AS text) FROM delivery WHERE state = 'skipped'"));
  BOOST_TEST(!must(log.retry(store.clinic, skipped))->changed);
}

/// Who sends it again has the row locked: retention waits and sees the delivery then.
BOOST_AUTO_TEST_CASE(what_is_sent_again_at_the_same_moment_keeps_its_bytes) {
  old_log store(on::postgresql);
  const auto id = store.file("1");
  store.clock.at += 48h;
  other_session person(store), looks(store);
  person.run("BEGIN");
  person.run("SELECT '1' FROM hl7_message_log WHERE id = '" + to_text(id) + "' FOR SHARE");
  auto gone = std::async(std::launch::async, [&] {
    const auto other = store.open();
    return must(
      must(other->admin())->forget_messages({store.clinic, forgetting::part::bytes, store.clock.at, {}, 9}));
  });
  looks.until(
    "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR UPDATE%'",
    "t");
  person.run(
    "INSERT INTO delivery (id, clinic_id, destination, part, order_key, message_id, message_at, control_id,"
    " resent, created_at, changed_at) SELECT '" +
    to_text(store.ids.next(store.clock.at)) +
    "', clinic_id, 'ris', 0, 7, id, created_at, 'x', true, now(), now() FROM hl7_message_log");
  person.run("COMMIT");
  BOOST_TEST((gone.get().gone == 0 && store.has_bytes(id)));
}

BOOST_AUTO_TEST_SUITE_END()

// Partitions: ahead, attached, and never where a message waits.
#include "test/unit/store/other_session.hpp"
#include "test/unit/store/stores.hpp"

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(partitions)

namespace {

std::string parts_of(const fresh_store& store, const std::string& table) {
  return store.ask("SELECT count(*) FROM pg_inherits WHERE inhparent = '" + table + "'::regclass");
}

std::string part_of_message(const fresh_store& store, const std::string& control_id) {
  return store.ask("SELECT tableoid::regclass::text FROM hl7_message_log WHERE message_control_id = '" +
                   control_id + "'");
}

std::unique_ptr<letter> letter_of(fresh_store& store, const std::string& control_id,
                                  model::patient_id patient, std::chrono::sys_days day) {
  auto out = write_letter(store, control_id, patient,
                          potassium("4." + control_id, 'F', std::stoi(control_id)));
  out->filing.log.received_at = day;
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(migrate_makes_two_years_ahead_and_a_default_for_every_other_date) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  BOOST_TEST(parts_of(store, "hl7_message_log") == "26"); // this month, 24 more, DEFAULT
  BOOST_TEST(parts_of(store, "security_audit") == "4");
  using std::chrono::year;
  file_one(store, *letter_of(store, "1", patient, year{2026} / 11 / 30));
  file_one(store, *letter_of(store, "2", patient, year{2028} / 11 / 1));
  file_one(store, *letter_of(store, "3", patient, year{2041} / 1 / 1));
  BOOST_TEST(part_of_message(store, "1") == "hl7_message_log_2026_11");
  BOOST_TEST(part_of_message(store, "2") == "hl7_message_log_2028_11");
  BOOST_TEST(part_of_message(store, "3") == "hl7_message_log_default");
  must(store.admin().access().audit(std::vector<ports::audit_entry>{
    {"a", "b", "GET", "/", "200", patient, store.clinic, std::chrono::sys_days{year{2041} / 1 / 1}}}));
  BOOST_TEST(store.ask("SELECT tableoid::regclass::text FROM security_audit") == "security_audit_default");
  BOOST_TEST(
    store.ask(
      "SELECT count(*) FROM pg_class p JOIN pg_inherits i ON i.inhrelid = p.oid WHERE p.relkind = 'r' AND NOT p.relforcerowsecurity") ==
    "0");
}

BOOST_AUTO_TEST_CASE(a_dump_that_reads_holds_up_neither_filing_nor_the_timer_for_long) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  const auto opened = store.open();
  other_session dump(store);
  dump.run("BEGIN; SELECT count(*) FROM hl7_message_log");
  store.clock.at += std::chrono::days{62}; // two months past what was made
  const auto begin = std::chrono::steady_clock::now();
  const auto held = opened->make_ahead();
  BOOST_REQUIRE(!held);
  BOOST_TEST((held.error().code == error_code::store_unavailable), held.error().text);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)));
  file_one(store, *letter_of(store, "1", patient, std::chrono::year{2028} / 12 / 1)); // has no partition of
                                                                                      // its own yet
  BOOST_TEST(part_of_message(store, "1") == "hl7_message_log_default");
  dump.run("COMMIT");
  must(opened->make_ahead());
  BOOST_TEST(part_of_message(store, "1") == "hl7_message_log_2028_12"); // it moved with its month
  BOOST_TEST(store.ask("SELECT to_regclass('hl7_message_log_2029_01')::text") == "hl7_message_log_2029_01");
}

BOOST_AUTO_TEST_CASE(rows_in_the_default_partition_move_to_their_own_when_it_is_made) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  using std::chrono::year;
  const auto first = letter_of(store, "1", patient, year{2028} / 12 / 1),
             other = letter_of(store, "3", patient, year{2041} / 1 / 1);
  file_one(store, *first);
  file_one(store, *letter_of(store, "2", patient, year{2028} / 12 / 31));
  file_one(store, *other);
  must(store.admin().access().audit(std::vector<ports::audit_entry>{
    {"a", "b", "GET", "/", "200", patient, store.clinic, std::chrono::sys_days{year{2029} / 5 / 1}}}));
  BOOST_TEST(part_of_message(store, "2") == "hl7_message_log_default");
  const auto told = must(store.open()->examine());
  BOOST_TEST(told.empty());
  store.clock.at += std::chrono::days{400};
  must(store.open()->make_ahead());
  BOOST_TEST(part_of_message(store, "1") == "hl7_message_log_2028_12");
  BOOST_TEST(part_of_message(store, "2") == "hl7_message_log_2028_12");
  BOOST_TEST(part_of_message(store, "3") == "hl7_message_log_default"); // not of a month that was made
  BOOST_TEST(store.ask("SELECT tableoid::regclass::text FROM security_audit") == "security_audit_2029");
  BOOST_TEST(
    store.ask(
      "SELECT count(*) FROM pg_class p JOIN pg_inherits i ON i.inhrelid = p.oid WHERE p.relkind = 'r' AND NOT p.relforcerowsecurity") ==
    "0");
  BOOST_TEST(must(store.admin().message(store.clinic, first->filing.log.id))->raw == first->raw);
  BOOST_TEST(must(store.admin().message(store.clinic, other->filing.log.id))->raw == other->raw);
  must(store.open()->make_ahead());
}

BOOST_AUTO_TEST_CASE(more_rows_than_move_in_a_moment_wait_for_migrate_and_are_told) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *letter_of(store, "1", patient, std::chrono::year{2028} / 12 / 1));
  store.ask(
    "INSERT INTO hl7_message_log (id, message_control_id, processing_status, raw_message, clinic_id, created_at) SELECT gen_random_uuid(), 'MANY', 'failed', 'x', " +
    std::to_string(store.clinic) + ", '2028-12-02' FROM generate_series(1, 20001)");
  store.clock.at += std::chrono::days{62};
  must(store.open()->make_ahead());
  BOOST_TEST(part_of_message(store, "1") == "hl7_message_log_default");
  BOOST_TEST(
    store.ask(
      "SELECT count(*) FROM pg_class p JOIN pg_inherits i ON i.inhrelid = p.oid WHERE p.relkind = 'r' AND NOT p.relforcerowsecurity") ==
    "0");
  store.clock.at = std::chrono::sys_days{std::chrono::year{2028} / 12 / 3};
  const auto told = must(store.open()->examine());
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(
    told[0].text ==
    "hl7_message_log has no partition of its own for 2028-12-03, and its DEFAULT one takes the rows: run aorta migrate as its owner");
  BOOST_TEST((told[0].is == ports::finding::weight::warning));
  must(store.open()->migrate());
  BOOST_TEST(part_of_message(store, "1") == "hl7_message_log_2028_12");
  BOOST_TEST(must(store.open()->examine()).empty());
}

BOOST_AUTO_TEST_CASE(a_month_without_a_partition_is_told_before_it_comes) {
  fresh_store store(on::postgresql);
  const auto opened = store.open();
  BOOST_TEST(must(opened->examine()).empty());
  store.ask("DROP TABLE hl7_message_log_default, hl7_message_log_2026_12");
  auto told = must(opened->examine());
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST((told[0].is == ports::finding::weight::warning));
  BOOST_TEST(
    told[0].text ==
    "hl7_message_log has no partition for 2026-12-01 and no DEFAULT one: run aorta migrate as its owner");
  store.clock.at += std::chrono::days{15};
  told = must(opened->examine());
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST((told[0].is == ports::finding::weight::fault));
  must(opened->make_ahead());
  BOOST_TEST(must(opened->examine()).empty());
}

BOOST_AUTO_TEST_CASE(a_leftover_table_with_other_rows_keeps_only_its_own_month_from_being_made) {
  for (const bool with_default : {false, true}) {
    fresh_store store(on::postgresql);
    const auto opened = store.open();
    // What a partition that was taken off leaves: a table of the name, and in it something of another time.
    store.ask("ALTER TABLE hl7_message_log DETACH PARTITION hl7_message_log_2027_01");
    store.ask(
      "INSERT INTO hl7_message_log_2027_01 (id, message_control_id, processing_status, raw_message, clinic_id, created_at) VALUES"
      " (gen_random_uuid(), 'OTHER', 'failed', 'x', " +
      std::to_string(store.clinic) + ", '2020-05-05')");
    store.ask("DROP TABLE hl7_message_log_2027_02");
    if (!with_default) store.ask("DROP TABLE hl7_message_log_default");
    must(opened->make_ahead());
    BOOST_TEST(
      store.ask(
        "SELECT count(*) FROM pg_inherits WHERE inhrelid IN ('hl7_message_log_2027_02'::regclass, 'hl7_message_log_default'::regclass)") ==
      "2");
    BOOST_TEST(
      store.ask("SELECT count(*) FROM pg_inherits WHERE inhrelid = 'hl7_message_log_2027_01'::regclass") ==
      "0");
    BOOST_TEST(store.ask("SELECT message_control_id FROM hl7_message_log_2027_01") == "OTHER");
    BOOST_TEST(
      store.ask(
        "SELECT count(*) FROM pg_class p JOIN pg_inherits i ON i.inhrelid = p.oid WHERE p.relkind = 'r' AND NOT p.relforcerowsecurity") ==
      "0");
    must(store.open()->migrate());
  }
}

BOOST_AUTO_TEST_CASE(a_role_that_owns_nothing_files_and_is_told_what_it_cannot_do) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  const std::string database = store.url.substr(store.url.rfind('/') + 1), role = "mere_" + database;
  store.ask("CREATE ROLE " + role + " LOGIN");
  store.ask("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO " + role);
  store.ask("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO " + role);
  std::string url = store.url;
  const auto opened = must(
    store::open({url.replace(url.find("aorta@"), 5, role), key, &store.clock, &store.ids}));
  store.clock.at += std::chrono::days{62};
  must(opened->migrate()); // nothing is missing that this role could make
  must(opened->check());
  const auto lane = must(opened->session());
  const auto message = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  must(lane->commit({&message->filing, 1}));
  const auto made = opened->make_ahead();
  BOOST_REQUIRE(!made);
  BOOST_TEST(made.error().text.find(role) != std::string::npos, made.error().text);
  const auto told = must(opened->examine());
  BOOST_REQUIRE(told.size() == 2u);
  BOOST_TEST(told[0].text.find("may not make partitions of hl7_message_log") != std::string::npos,
             told[0].text);
  BOOST_TEST((told[0].is == ports::finding::weight::warning));
}

BOOST_AUTO_TEST_SUITE_END()

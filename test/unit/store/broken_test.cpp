// What the database breaks off, and what somebody else changes under the engine: nothing stays broken,
// nothing is believed of the server's defaults.
#include "engine/ports/records.hpp"
#include "test/unit/store/other_session.hpp"
#include "test/unit/store/stores.hpp"

#include <thread>

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(broken)

namespace {

std::string database_of(const fresh_store& store) { return store.url.substr(store.url.rfind('/') + 1); }

identity::claims somebody() {
  identity::claims who;
  who.names.emplace_back().family = "Παπαδόπουλος";
  who.names.back().given = "Γεώργιος";
  who.birth_date = std::chrono::year{1958} / 4 / 12;
  return who;
}

result<std::vector<ports::people>> look_up(fresh_store& store) {
  const auto who = somebody();
  const ports::wanted asked{&who};
  return store.session().candidates(store.clinic, {&asked, 1});
}

} // namespace

BOOST_AUTO_TEST_CASE(a_look_up_that_an_administrator_cancels_leaves_the_lane_at_work) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  must(look_up(store));
  other_session admin(store);
  admin.run("BEGIN; LOCK TABLE patients IN ACCESS EXCLUSIVE MODE");
  {
    std::jthread cancels([&] {
      other_session other(store);
      other.until(
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'aorta'", "1");
      other.run(
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename = 'aorta'");
    });
    const auto cancelled = look_up(store);
    BOOST_REQUIRE(!cancelled);
    BOOST_TEST((cancelled.error().code == error_code::store_unavailable), cancelled.error().text);
    BOOST_TEST(cancelled.error().text.find("57014") != std::string::npos, cancelled.error().text);
  }
  admin.run("COMMIT");
  must(look_up(store));
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1)));
  BOOST_TEST(results_of(store, patient).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_table_that_is_changed_while_serving_costs_a_new_connection_and_no_message) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1)));
  must(look_up(store));
  store.ask("ALTER TABLE patients ALTER mrn TYPE varchar(80)");
  must(look_up(store));
  store.ask(
    "ALTER TABLE lab_results ALTER performing_lab_code TYPE varchar(80), ALTER sub_id TYPE varchar(80)");
  file_one(store, *write_letter(store, "2", patient, potassium("4.1", 'F', 2)));
  BOOST_TEST(*results_of(store, patient).at(0).value.value_text == "4.1");
}

BOOST_AUTO_TEST_CASE(what_fails_says_the_role_the_table_and_the_remedy) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  must(look_up(store));
  store.ask("REVOKE INSERT ON lab_results FROM aorta");
  const auto message = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  const auto refused = store.session().commit({&message->filing, 1});
  BOOST_REQUIRE(!refused);
  for (const std::string& word : {std::string("lab_results"), std::string("role 'aorta'"), database_of(store),
                                  std::string("GRANT"), std::string("42501")})
    BOOST_TEST(refused.error().text.find(word) != std::string::npos, refused.error().text);
  const auto told = must(store.open()->examine());
  BOOST_REQUIRE(!told.empty());
  BOOST_TEST((told[0].is == ports::finding::weight::fault));
  BOOST_TEST(told[0].text == "role aorta lacks INSERT on lab_results: GRANT INSERT ON lab_results TO aorta");
  store.ask("GRANT INSERT ON lab_results TO aorta");
  file_one(store, *message);
}

BOOST_AUTO_TEST_CASE(a_sequence_that_the_role_may_not_draw_from_is_told_with_the_remedy) {
  fresh_store store(on::postgresql);
  for (const char* each : {"encounters_encounter_id_seq", "users_user_id_seq", "delivery_seq_seq"})
    store.ask(std::string("REVOKE ALL ON SEQUENCE ") + each + " FROM aorta");
  const auto told = must(store.open()->examine());
  BOOST_REQUIRE(told.size() == 1u); // no identity whose rows the server numbers alone needs it
  BOOST_TEST((told[0].is == ports::finding::weight::fault));
  BOOST_TEST(told[0].text ==
             "role aorta lacks USAGE on encounters_encounter_id_seq:"
             " GRANT USAGE ON SEQUENCE encounters_encounter_id_seq TO aorta");
  store.ask("GRANT USAGE ON SEQUENCE encounters_encounter_id_seq TO aorta");
  BOOST_TEST(must(store.open()->examine()).empty());
}

BOOST_AUTO_TEST_CASE(what_an_erasure_takes_out_of_the_audit_is_told_column_by_column) {
  fresh_store store(on::postgresql);
  store.ask("REVOKE UPDATE ON security_audit FROM aorta; GRANT UPDATE (criteria) ON security_audit TO aorta");
  const auto told = must(store.open()->examine());
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST(told[0].text ==
             "role aorta lacks UPDATE on fault, resource of security_audit:"
             " GRANT UPDATE (fault, resource) ON security_audit TO aorta");
  store.ask("GRANT UPDATE (fault, resource) ON security_audit TO aorta");
  BOOST_TEST(must(store.open()->examine()).empty());
}

/// What each transaction that files was, as the server saw it.
void note_settings(const fresh_store& store) {
  store.ask(
    "CREATE TABLE seen (what text); GRANT ALL ON seen TO aorta; CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
    " INSERT INTO seen SELECT string_agg(s || '=' || current_setting(s), ' ' ORDER BY s) FROM unnest(ARRAY['synchronous_commit',"
    " 'transaction_isolation', 'TimeZone', 'row_security', 'array_nulls', 'lock_timeout', 'statement_timeout', 'idle_session_timeout']) s;"
    " RETURN NEW; END $$; CREATE TRIGGER note AFTER INSERT ON hl7_message_keys FOR EACH ROW EXECUTE FUNCTION note()");
}

BOOST_AUTO_TEST_CASE(defaults_of_role_and_database_change_nothing_that_the_engine_promises) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  note_settings(store);
  for (const char* setting :
       {"synchronous_commit = off", "default_transaction_isolation = 'repeatable read'",
        "default_transaction_read_only = on", "TimeZone = 'Asia/Nicosia'", "row_security = off",
        "array_nulls = off", "lock_timeout = 200", "statement_timeout = 200", "idle_session_timeout = 500",
        "DateStyle = 'SQL, DMY'", "standard_conforming_strings = off",
        "search_path = pg_temp, \"$user\", public, pg_catalog"})
    store.ask("ALTER ROLE aorta IN DATABASE " + database_of(store) + " SET " + setting);
  const auto opened = store.open();
  constexpr int rounds = 12;
  std::vector<std::string> faults(2);
  {
    std::vector<std::jthread> lanes; // two lanes with versions of one result, each behind the other's lock
    for (int lane = 0; lane < 2; ++lane)
      lanes.emplace_back([&, lane] {
        auto mine = opened->session();
        if (!mine) return void(faults[size_t(lane)] = mine.error().text);
        for (int round = 0; round < rounds; ++round) {
          const auto message = write_letter(store, std::to_string(lane) + "/" + std::to_string(round),
                                            patient, potassium("4." + std::to_string(round), 'F', round));
          if (const auto done = (*mine)->commit({&message->filing, 1}); !done)
            faults[size_t(lane)] = done.error().text;
        }
      });
  }
  for (const auto& fault : faults) BOOST_TEST(fault == "");
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_results") == "1");
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_result_versions") == std::to_string(2 * rounds - 1));
  BOOST_TEST(store.ask("SELECT count(*) FROM hl7_message_keys") == std::to_string(2 * rounds));
  BOOST_TEST(
    store.ask("SELECT string_agg(DISTINCT what, '|') FROM seen") ==
    "TimeZone=UTC array_nulls=on idle_session_timeout=0 lock_timeout=20s row_security=on statement_timeout=30s synchronous_commit=on"
    " transaction_isolation=read committed");
  BOOST_TEST(results_of(store, patient).size() == 1u); // the admin session and its times too
  const auto records = must(opened->records());        // and FHIR
  must(records->begin(store.clinic, true));
  must(records->commit());
}

BOOST_AUTO_TEST_CASE(a_stronger_commit_than_on_stays) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  note_settings(store);
  store.ask("ALTER ROLE aorta IN DATABASE " + database_of(store) + " SET synchronous_commit = remote_apply");
  const auto lane = must(store.open()->session());
  const auto message = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  must(lane->commit({&message->filing, 1}));
  BOOST_TEST(store.ask("SELECT what LIKE '%synchronous_commit=remote_apply%' FROM seen") == "t");
}

BOOST_AUTO_TEST_CASE(settings_of_the_server_that_no_session_mends_are_told) {
  fresh_store store(on::postgresql);
  const auto texts = [](const std::vector<ports::finding>& all) {
    std::string out;
    for (const auto& each : all) out += each.text + "\n";
    return out;
  };
  BOOST_TEST(texts(must(store.open()->examine())) == "");
  store.ask("ALTER SYSTEM SET full_page_writes = off");
  store.ask("SELECT pg_reload_conf()");
  other_session(store).until("SHOW full_page_writes", "off");
  const auto warned = texts(must(store.open()->examine()));
  store.ask("ALTER SYSTEM RESET full_page_writes");
  store.ask("SELECT pg_reload_conf()");
  BOOST_TEST(warned.find("full_page_writes = off") != std::string::npos, warned);
  const auto root = must(store::open({server().superuser(store.url), key, &store.clock, &store.ids}));
  const auto about_root = texts(must(root->examine()));
  BOOST_TEST(about_root.find("is a superuser, so row-level security does not keep clinics apart") !=
               std::string::npos,
             about_root);
}

BOOST_AUTO_TEST_CASE(standbys_for_which_no_commit_waits_are_told) {
  fresh_store store(on::postgresql);
  const auto warned = [&] {
    for (const auto& each : must(store.open()->examine()))
      if (each.text.find("synchronous_standby_names is empty") != std::string::npos) return true;
    return false;
  };
  const auto url = server().superuser(store.url);
  const char* const names[] = {"dbname", "replication", nullptr};
  const char* const values[] = {url.c_str(), "true", nullptr};
  BOOST_TEST(!warned());
  const std::unique_ptr<PGconn, decltype(&PQfinish)> standby(PQconnectdbParams(names, values, 1), &PQfinish);
  BOOST_REQUIRE(PQstatus(standby.get()) == CONNECTION_OK);
  BOOST_TEST(warned());
  store.ask("ALTER SYSTEM SET synchronous_standby_names = 'FIRST 1 (other)'");
  store.ask("ALTER SYSTEM SET synchronous_commit = local"); // else every commit here waits
  store.ask("SELECT pg_reload_conf()");
  other_session(store).until("SHOW synchronous_standby_names", "FIRST 1 (other)");
  BOOST_TEST(!warned());
  store.ask("ALTER SYSTEM RESET synchronous_standby_names");
  store.ask("ALTER SYSTEM RESET synchronous_commit");
  store.ask("SELECT pg_reload_conf()");
  other_session(store).until("SHOW synchronous_standby_names", "");
}

BOOST_DATA_TEST_CASE(one_result_has_one_current_version_and_a_store_that_has_two_is_told, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  file_one(store, *write_letter(store, "1", patient, potassium("4.0", 'F', 1)));
  const std::string indexed = sample == on::sqlite
    ? "SELECT count(*) FROM sqlite_master WHERE name = 'lab_results_one_current'"
    : "SELECT count(*) FROM pg_class WHERE relname = 'lab_results_one_current'";
  BOOST_TEST(store.ask(indexed) == "1");
  const std::string id = sample == on::sqlite ? "'01a2090473-0000-7000-8000-000000000001'"
                                              : "gen_random_uuid()";
  store.ask("DROP INDEX lab_results_one_current");
  store.ask(
    "INSERT INTO lab_results (id, patient_id, clinic_id, performing_lab_code, test_code, result_status, order_key, sub_id, ordinal, version, created_at, collected_at)"
    " SELECT " +
    id +
    ", patient_id, clinic_id, performing_lab_code, test_code, result_status, order_key, sub_id, ordinal, version, created_at, collected_at FROM lab_results");
  must(store.open()->migrate());
  BOOST_TEST(store.ask(indexed) == "0");
  const auto told = must(store.open()->examine());
  BOOST_REQUIRE(!told.empty());
  BOOST_TEST(told.back().text.find("1 results have more than one") != std::string::npos, told.back().text);
  store.ask("DELETE FROM lab_results WHERE message_id IS NULL");
  must(store.open()->migrate());
  BOOST_TEST(store.ask(indexed) == "1");
  BOOST_TEST(must(store.open()->examine()).empty());
}

BOOST_AUTO_TEST_SUITE_END()

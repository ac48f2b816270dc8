// Keys, clinics apart from each other, lanes side by side, a server that goes away, tables that were there
// before.
#include "engine/base/base64.hpp"
#include "engine/store/protect/cipher.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "test/unit/store/stores.hpp"

#include <libpq-fe.h>

#include <thread>

using namespace aorta;
using namespace aorta::test;

BOOST_AUTO_TEST_SUITE(safety)

BOOST_AUTO_TEST_CASE(the_token_of_the_public_fernet_specification_is_read) {
  store::cipher locks(key);
  BOOST_TEST(
    locks
      .decrypt(
        "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==")
      .value_or("-") == "hello");
}

BOOST_AUTO_TEST_CASE(every_size_is_encrypted_and_read_back_and_any_change_is_noticed) {
  store::cipher locks(key), other("another key");
  for (const size_t size : {0u, 1u, 15u, 16u, 17u, 1000u, 100'000u}) {
    std::string plain;
    for (size_t i = 0; i < size; ++i) plain += char(i * 31);
    const std::string token = locks.encrypt(plain, {}), sealed = locks.seal(plain, {});
    BOOST_TEST((locks.decrypt(token) == plain));
    BOOST_TEST((locks.unseal(sealed) == plain));
    BOOST_TEST(!other.decrypt(token));
    for (size_t i = 0; i < token.size() && size <= 17; ++i) {
      std::string changed = token;
      changed[i] = changed[i] == 'A' ? 'B' : 'A';
      // The last letter before the padding holds bits that mean nothing.
      const auto read = locks.decrypt(changed);
      BOOST_TEST((!read || (read == plain && i + 3 >= token.size())));
    }
    BOOST_TEST(!locks.decrypt(std::string_view(token).substr(0, token.size() - 4)));
  }
  BOOST_TEST(!locks.decrypt(""));
  BOOST_TEST(!locks.unseal(locks.encrypt("not compressed", {})));
}

BOOST_AUTO_TEST_CASE(any_text_may_be_a_key_and_its_white_space_does_not_count) {
  const store::digest d = store::sha256("open sesame");
  store::cipher by_text(" open sesame\n"),
    by_hash(base64::encode({reinterpret_cast<const char*>(d.data()), d.size()}, base64::alphabet::url));
  BOOST_TEST((by_hash.decrypt(by_text.encrypt("x", {})) == "x"));
  BOOST_TEST((by_text.blind(1, "mrn", "7") == by_hash.blind(1, "mrn", "7")));
  BOOST_TEST((by_text.blind(1, "mrn", "7") != by_text.blind(2, "mrn", "7")));
}

BOOST_AUTO_TEST_CASE(the_first_of_several_keys_makes_and_all_of_them_read) {
  const timestamp then = std::chrono::sys_days{std::chrono::year{2020} / 2 / 3};
  store::cipher old("the old key"), both_keys(" the new key \r\n\n the old key\n"), fresh("the new key");
  const auto token = old.encrypt("Άννα", then);
  BOOST_TEST((both_keys.decrypt(token) == "Άννα"));
  BOOST_TEST((both_keys.made_by(token) == 1u && old.made_by(token) == 0u && !fresh.made_by(token)));
  const auto renewed = both_keys.renewed(token).value_or("");
  BOOST_TEST((fresh.decrypt(renewed) == "Άννα" && !old.decrypt(renewed) && both_keys.made_by(renewed) == 0u));
  BOOST_TEST((renewed.substr(0, 12) == token.substr(0, 12))); // when it was made
  BOOST_TEST((fresh.made_by(both_keys.encrypt("x", then)) == 0u));
  const auto sealed = both_keys.renewed(old.seal("compressed", then)).value_or("");
  BOOST_TEST((fresh.unseal(sealed) == "compressed"));
  BOOST_TEST(!both_keys.renewed("gAAAAA"));
}

BOOST_AUTO_TEST_CASE(lookup_keys_stay_what_they_were_under_another_key) {
  store::cipher old("the old key"), renewed("the new key", store::blind_key_of("the old key")),
    fresh("the new key");
  BOOST_TEST((renewed.blind(1, "mrn", "7") == old.blind(1, "mrn", "7")));
  BOOST_TEST((fresh.blind(1, "mrn", "7") != old.blind(1, "mrn", "7")));
  BOOST_TEST((store::key_id("the old key") != store::key_id("the new key")));
}

BOOST_AUTO_TEST_CASE(only_clean_texts_are_stored_as_they_are) {
  using store::cleaned;
  using store::is_clean;
  for (const std::string text :
       {"", "plain", "Γλυκόζη µmol", "12345678\n", "\xF0\x9F\xA9\xB8", "\xEF\xBF\xBF"})
    BOOST_TEST(is_clean(text));
  for (const std::string text :
       {"\xff", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82", "1234567\xCE"}) {
    BOOST_TEST(!is_clean(text));
    BOOST_TEST(is_clean(cleaned(text)));
  }
  BOOST_TEST(cleaned(std::string("a\0\xff\xce\xb1", 5)) == "a\\x00\\xFF\xce\xb1");
  BOOST_TEST(!is_clean(std::string("12345678\0", 9)));
}

BOOST_AUTO_TEST_CASE(times_are_written_so_that_texts_sort_as_times) {
  const timestamp start = std::chrono::sys_days{std::chrono::year{2026} / 1 / 2};
  BOOST_TEST(store::sortable(start) == "2026-01-02T00:00:00.000000Z");
  BOOST_TEST(store::sortable(start + std::chrono::microseconds{7}) == "2026-01-02T00:00:00.000007Z");
  BOOST_TEST(store::sortable(start - std::chrono::microseconds{1}) == "2026-01-01T23:59:59.999999Z");
  BOOST_TEST(store::sortable(timestamp{} - std::chrono::hours{1}) == "1969-12-31T23:00:00.000000Z");
}

BOOST_AUTO_TEST_CASE(a_missing_key_is_told_with_the_names_of_its_settings) {
  const still_clock clock;
  uuid_v7_source ids;
  const auto refused = store::open({"sqlite:///tmp/never.db", " \n", &clock, &ids});
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().text.find("AORTA_PII_KEY") != std::string::npos);
  BOOST_TEST(refused.error().text.find("security.pii_key_file") != std::string::npos);
}

BOOST_DATA_TEST_CASE(a_wrong_key_is_told_and_nothing_is_changed, both) {
  fresh_store store(sample);
  must(store.open()->check());
  const auto refused = store.open("another key")->check();
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().text.find("the PII key does not fit this store") != std::string::npos);
  BOOST_TEST(!store.open("another key")->migrate());
}

BOOST_DATA_TEST_CASE(a_store_without_schema_or_with_a_newer_one_is_told, both) {
  const fresh_store empty(sample, false);
  const auto refused = empty.open()->check();
  BOOST_REQUIRE(!refused);
  BOOST_TEST(refused.error().text.find("aorta migrate") != std::string::npos);
  must(empty.open()->migrate());
  must(empty.open()->migrate());
  must(empty.open()->check());
  empty.ask("INSERT INTO aorta_meta (key, value) VALUES ('migration-9999', 'later')");
  BOOST_TEST(!empty.open()->check());
  BOOST_TEST(!empty.open()->migrate());
}

BOOST_DATA_TEST_CASE(engines_that_migrate_at_the_same_time_wait_for_each_other, both) {
  const fresh_store empty(sample, false);
  std::array<std::optional<status>, 3> outcomes;
  {
    std::vector<std::jthread> all;
    for (auto& outcome : outcomes) all.emplace_back([&] { outcome = empty.open()->migrate(); });
  }
  for (const auto& outcome : outcomes)
    BOOST_TEST(outcome->ok(), (outcome->ok() ? "" : outcome->error().text));
  must(empty.open()->check());
}

BOOST_AUTO_TEST_CASE(urls_that_name_no_store_are_refused_without_their_password) {
  const still_clock clock;
  uuid_v7_source ids;
  for (const std::string url : {"mysql://u:geheim@h/d", "sqlite://", "", "sqlite:///no/such/folder/x.db",
                                "postgresql://u:geheim@127.0.0.1:1/d"}) {
    const auto refused = store::open({url, key, &clock, &ids});
    BOOST_REQUIRE(!refused);
    BOOST_TEST(refused.error().text.find("geheim") == std::string::npos);
    BOOST_TEST(refused.error().where.find("geheim") == std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(a_clinics_rows_are_invisible_to_another) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  auto critical = potassium("6.7", 'F', 1);
  critical.critical = true;
  auto message = write_letter(store, "1", patient, critical);
  message->report.unmapped_codes = {"K"};
  message->report.reviews = {{"OBX[1]-6", "unknown-unit", "x"}};
  file_one(store, *message);
  critical.reported_at->at += std::chrono::minutes{1};
  critical.attachments.push_back({"text/plain", "x"});
  file_one(store, *write_letter(store, "2", patient, critical));
  must(store.admin().access().audit(
    std::vector<ports::audit_entry>{{"a", "b", "GET", "/", "200", patient, store.clinic, store.clock.at}}));
  PGconn* db = PQconnectdb(store.url.c_str()); // the owner of the tables, who is no superuser
  const auto count = [&](const std::string& clinic, const std::string& table) {
    PQclear(PQexec(db, ("SELECT set_config('app.clinic_id', '" + clinic + "', false)").c_str()));
    PGresult* r = PQexec(db, ("SELECT count(*) FROM " + table).c_str());
    BOOST_CHECK_MESSAGE(PQresultStatus(r) == PGRES_TUPLES_OK, PQerrorMessage(db));
    const int out = std::atoi(PQgetvalue(r, 0, 0));
    PQclear(r);
    return out;
  };
  const std::string mine = std::to_string(store.clinic), other = std::to_string(store.clinic + 1);
  for (const char* table : {"patients", "patient_pii", "patient_blind_index", "lab_results",
                            "lab_result_versions", "lab_result_attachments", "hl7_message_log",
                            "review_queue", "unmapped_codes", "event_outbox", "security_audit"}) {
    BOOST_TEST(count(mine, table) > 0, table);
    BOOST_TEST(count(other, table) == 0, table);
    BOOST_TEST(count("", table) == 0, table);
  }
  BOOST_TEST(count(mine, "hl7_message_log_2026_11") == 0); // a partition asked directly
  PQfinish(db);
}

BOOST_DATA_TEST_CASE(lanes_that_file_for_the_same_patients_side_by_side_neither_block_nor_lose, both) {
  fresh_store store(sample);
  std::vector<model::patient_id> patients;
  for (int i = 0; i < 4; ++i) patients.push_back(add_patient(store, "M-" + std::to_string(i)));
  const auto opened = store.open();
  constexpr int lanes = 3, rounds = 15;
  std::vector<std::string> faults(lanes);
  {
    std::vector<std::jthread> all;
    for (int lane = 0; lane < lanes; ++lane)
      all.emplace_back([&, lane] {
        auto mine = opened->session();
        if (!mine) {
          faults[size_t(lane)] = mine.error().text;
          return;
        }
        for (int round = 0; round < rounds; ++round) {
          std::vector<std::unique_ptr<letter>> letters;
          std::vector<ports::filing> batch;
          for (size_t p = 0; p < patients.size(); ++p) { // each lane in another order, and all with the same
                                                         // keys
            const auto patient = patients[(p + size_t(lane)) % patients.size()];
            letters.push_back(write_letter(store, std::to_string(round) + "/" + std::to_string(patient),
                                           patient, potassium(std::to_string(round), 'F', round)));
            letters.back()->report.unmapped_codes = {"K"};
            batch.push_back(letters.back()->filing);
          }
          if (const auto done = (*mine)->commit(batch); !done) faults[size_t(lane)] = done.error().text;
        }
      });
  }
  for (const auto& fault : faults) BOOST_TEST(fault == "");
  for (const auto patient : patients) {
    const auto all = results_of(store, patient, true);
    BOOST_TEST(all.size() == size_t(rounds));
    BOOST_TEST(*results_of(store, patient).at(0).value.value_text == std::to_string(rounds - 1));
  }
  BOOST_TEST(store.ask("SELECT count(*) FROM hl7_message_log") == std::to_string(lanes * rounds * 4));
  BOOST_TEST(store.ask("SELECT count(*) FROM hl7_message_log WHERE processing_status = 'processed'") ==
             std::to_string(rounds * 4));
}

BOOST_AUTO_TEST_CASE(a_server_that_goes_away_is_unavailable_and_works_again_when_it_is_back) {
  fresh_store store(on::postgresql);
  const auto patient = add_patient(store, "M-1");
  const auto first = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  const auto second = write_letter(store, "2", patient, potassium("4.1", 'F', 2));
  file_one(store, *first);
  server().checkpoint();
  server().stop();
  for (int i = 0; i < 2; ++i) {
    const auto away = store.session().commit({&second->filing, 1});
    BOOST_REQUIRE(!away);
    BOOST_TEST((away.error().code == error_code::store_unavailable), away.error().text);
    const identity::claims who;
    const ports::wanted asked{&who};
    BOOST_TEST(store.session().candidates(store.clinic, {&asked, 1}).ok()); // nothing to ask for
    const auto admin_away = store.admin().ping();
    BOOST_REQUIRE(!admin_away);
    BOOST_TEST((admin_away.error().code == error_code::store_unavailable), admin_away.error().text);
  }
  server().start();
  BOOST_TEST(!file_one(store, *second).duplicate);
  BOOST_TEST(*results_of(store, patient).at(0).value.value_text == "4.1");
  must(store.admin().ping());
  // A restart between two calls: at most one of them is told so.
  server().stop();
  server().start();
  const auto third = write_letter(store, "3", patient, potassium("4.2", 'F', 3));
  if (const auto told = store.session().commit({&third->filing, 1}); !told)
    BOOST_TEST((told.error().code == error_code::store_unavailable));
  BOOST_TEST(!file_one(store, *third).duplicate);
  BOOST_TEST(results_of(store, patient, true).size() == 3u);
}

BOOST_AUTO_TEST_CASE(tables_that_the_clinic_system_owns_stay_as_they_are) {
  const fresh_store store(on::postgresql, false);
  PGconn* db = PQconnectdb(store.url.c_str());
  const auto run = [&](const std::string& sql) {
    PGresult* r = PQexec(db, sql.c_str());
    BOOST_CHECK_MESSAGE(PQresultStatus(r) == PGRES_COMMAND_OK || PQresultStatus(r) == PGRES_TUPLES_OK,
                        PQerrorMessage(db));
    std::string out = PQntuples(r) > 0 ? PQgetvalue(r, 0, 0) : "";
    PQclear(r);
    return out;
  };
  run(
    "CREATE TYPE patient_gender AS ENUM ('male', 'female', 'other', 'unknown');"
    "CREATE TABLE clinics (clinic_id serial PRIMARY KEY, name varchar(200) NOT NULL, code varchar(20) UNIQUE NOT NULL, gesy_provider_id varchar(20) UNIQUE,"
    " settings jsonb, is_active boolean NOT NULL DEFAULT true);"
    "CREATE TABLE patients (patient_id serial PRIMARY KEY, clinic_id int NOT NULL REFERENCES clinics, mrn varchar(50) NOT NULL, birth_date date NOT NULL,"
    " gender patient_gender NOT NULL, status varchar(20) NOT NULL DEFAULT 'active', gesy_beneficiary_id varchar(20), is_deleted boolean NOT NULL DEFAULT false,"
    " UNIQUE (clinic_id, mrn));"
    "CREATE TABLE lab_results (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), lab_order_id uuid, patient_id int NOT NULL REFERENCES patients, clinic_id int NOT NULL"
    " REFERENCES clinics, loinc_code varchar(20), test_code varchar(50), test_name varchar(200) NOT NULL, value_text text, value_numeric double precision, unit"
    " varchar(50), reference_range_low double precision, reference_range_high double precision, reference_range_text varchar(100), abnormal_flag varchar(20),"
    " critical_value boolean NOT NULL DEFAULT false, result_status varchar(20) NOT NULL, result_datetime timestamptz NOT NULL, performing_lab varchar(200),"
    " performing_lab_code varchar(50), entry_method varchar(20) NOT NULL, source_document_id uuid, comments text, verified_by int, verified_at timestamptz)");
  must(store.open()->migrate());
  must(store.open()->migrate());
  BOOST_TEST(
    run(
      "SELECT data_type FROM information_schema.columns WHERE table_name = 'lab_results' AND column_name = 'value_numeric'") ==
    "double precision");
  BOOST_TEST(run("SELECT relrowsecurity::text FROM pg_class WHERE relname = 'lab_results'") == "false");
  BOOST_TEST(run("SELECT relrowsecurity::text FROM pg_class WHERE relname = 'lab_result_versions'") ==
             "true");
  const auto opened = store.open();
  const auto admin = must(opened->admin());
  const auto clinic = must(admin->access().ensure_clinic("MAIN", "Main")).id;
  const auto row = roster_row("M-1", "A", "B", "1");
  must(admin->put_patients(clinic, {&row, 1}));
  fresh_store other(on::sqlite); // for the making of messages only
  other.clinic = clinic;
  const auto lane = must(opened->session());
  for (const int minute : {1, 2}) {
    const auto message = write_letter(other, std::to_string(minute), 1, potassium("7.00", 'F', minute));
    BOOST_TEST(must(lane->commit({&message->filing, 1})).at(0).results_created == 1);
  }
  ports::result_filter filter;
  filter.clinic = clinic;
  filter.patient = 1;
  BOOST_TEST(must(admin->patient_results(filter)).at(0).value.value_numeric->text() == "7.00");
  PQfinish(db);
}

BOOST_AUTO_TEST_SUITE_END()

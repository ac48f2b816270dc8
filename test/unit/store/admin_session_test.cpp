#include "engine/ports/records.hpp"
#include "test/unit/store/stores.hpp"

#include <set>

using namespace aorta;
using namespace aorta::test;
using ports::message_status;

BOOST_AUTO_TEST_SUITE(admin)

BOOST_DATA_TEST_CASE(messages_come_newest_first_in_pages, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  for (int i = 0; i < 7; ++i) {
    store.clock.at += std::chrono::minutes{1};
    auto message = write_letter(store, "c" + std::to_string(i), patient, potassium("4.0", 'F', i));
    if (i == 3) message->filing.log.status = message_status::failed;
    file_one(store, *message);
  }
  ports::message_filter filter;
  filter.clinic = store.clinic;
  filter.limit = 3;
  std::vector<std::string> seen;
  int pages = 0;
  do {
    const auto page = must(store.admin().messages(filter));
    for (const auto& m : page.items) seen.push_back(m.control_id);
    filter.cursor = page.next;
    ++pages;
  } while (!filter.cursor.empty());
  BOOST_TEST(pages == 3);
  BOOST_TEST((seen == std::vector<std::string>{"c6", "c5", "c4", "c3", "c2", "c1", "c0"}));
  filter = {};
  filter.clinic = store.clinic;
  filter.status = "failed";
  BOOST_TEST(must(store.admin().messages(filter)).items.at(0).control_id == "c3");
  filter.status.clear();
  filter.from = store.clock.at - std::chrono::minutes{2};
  filter.to = store.clock.at;
  BOOST_TEST(must(store.admin().messages(filter)).items.size() == 2u);
  filter = {};
  filter.clinic = store.clinic;
  filter.patient = patient;
  filter.type = "ORU^R01";
  filter.facility = "BIO";
  filter.control_id = "c5";
  const auto one = must(store.admin().messages(filter)).items;
  BOOST_REQUIRE_EQUAL(one.size(), 1u);
  BOOST_TEST(one[0].listener == "lab");
  BOOST_TEST((one[0].received_at == store.clock.at - std::chrono::minutes{1}));
  filter.cursor = "nonsense";
  BOOST_TEST((store.admin().messages(filter).error().code == error_code::invalid));
}

BOOST_DATA_TEST_CASE(a_message_is_kept_encrypted_and_comes_back_byte_for_byte, both) {
  fresh_store store(sample);
  const auto patient = add_patient(store, "M-1");
  auto message = write_letter(store, "1", patient, potassium("4.0", 'F', 1));
  for (int i = 0; i < 256; ++i) message->raw += char(i);
  message->filing.raw = message->raw;
  file_one(store, *message);
  const auto detail = must(store.admin().message(store.clinic, message->filing.log.id));
  BOOST_TEST(detail->raw == message->raw);
  BOOST_TEST(detail->log.trace == message->filing.log.trace);
  BOOST_TEST(store.ask("SELECT substr(raw_message, 1, 5) FROM hl7_message_log") == "gAAAA");
  BOOST_TEST(store.ask("SELECT count(*) FROM hl7_message_log WHERE raw_message LIKE '%812345%'") == "0");
  BOOST_TEST(!must(store.admin().message(store.clinic + 1, message->filing.log.id)));
  BOOST_TEST(!must(store.admin().message(store.clinic, store.ids.next(store.clock.now()))));
}

BOOST_DATA_TEST_CASE(a_roster_row_is_added_updated_or_left_as_it_is, both) {
  fresh_store store(sample);
  auto row = roster_row("M-0001", "Γεώργιος", "Παπαδόπουλος", "812345");
  using enum ports::roster_outcome;
  const auto put = [&] { return must(store.admin().put_patients(store.clinic, {&row, 1})).at(0); };
  BOOST_TEST((put() == added));
  BOOST_TEST((put() == unchanged));
  row.phone = "";
  row.city = "Πάφος";
  BOOST_TEST((put() == updated));
  const auto stored = must(store.admin().patient(store.clinic, 1));
  BOOST_REQUIRE(stored);
  BOOST_TEST(stored->first_name == "Γεώργιος");
  BOOST_TEST(stored->city == "Πάφος");
  BOOST_TEST(stored->phone.empty());
  BOOST_TEST(stored->email == "who@example.org");
  BOOST_TEST((stored->birth_date == row.birth_date));
  BOOST_TEST((stored->sex == model::gender::male));
  BOOST_TEST(store.ask("SELECT substr(first_name_encrypted, 1, 5) FROM patient_pii") == "gAAAA");
  BOOST_TEST(!must(store.admin().patient(store.clinic + 1, 1)));
}

BOOST_DATA_TEST_CASE(patients_are_found_by_each_of_their_numbers_and_by_a_name_in_either_script, both) {
  fresh_store store(sample);
  const std::vector<model::patient> roster{roster_row("M-0001", "Γεώργιος", "Παπαδόπουλος", "812345"),
                                           roster_row("M-0002", "Andreas", "Charalambous", "512340"),
                                           roster_row("M-0003", "Andreas", "Charalambous", "512999")};
  must(store.admin().put_patients(store.clinic, roster));
  const auto by_id = [](identity::id_kind kind, const std::string& value) {
    identity::claims c;
    c.ids.push_back({kind, identity::normalise(kind, value), ""});
    return c;
  };
  const auto by_name = [](const std::string& family, const std::string& given) {
    identity::claims c;
    c.names.push_back({family, given});
    c.birth_date = std::chrono::year{1958} / 4 / 12;
    return c;
  };
  const std::vector<identity::claims> who{by_id(identity::id_kind::cyprus_id, "CY0812345"),
                                          by_name("PAPADOPOULOS", "GEORGIOS"),
                                          by_name("ΠΑΠΑΔΟΠΟΥΛΟΣ", "ΓΕΩΡΓΙΟΣ"),
                                          by_name("Charalambous", "Andreas"),
                                          by_id(identity::id_kind::mrn, "M-0003"),
                                          by_id(identity::id_kind::cyprus_id, "712348"),
                                          {}};
  std::vector<ports::wanted> asked;
  for (const auto& w : who) asked.push_back({&w});
  const auto found = must(store.session().candidates(store.clinic, asked));
  BOOST_REQUIRE_EQUAL(found.size(), who.size());
  for (const size_t i : {0u, 1u, 2u}) {
    BOOST_REQUIRE_EQUAL(found[i].candidates.size(), 1u);
    BOOST_TEST(found[i].candidates[0].mrn == "M-0001");
    BOOST_TEST(found[i].candidates[0].last_name == "Παπαδόπουλος");
    BOOST_TEST(found[i].candidates[0].cyprus_id == "812345");
  }
  BOOST_TEST(found[3].candidates.size() == 2u);
  BOOST_REQUIRE_EQUAL(found[4].candidates.size(), 1u);
  BOOST_TEST(found[4].candidates[0].cyprus_id == "512999");
  BOOST_TEST(found[5].candidates.empty());
  BOOST_TEST(found[6].candidates.empty());
  BOOST_TEST(must(store.session().candidates(store.clinic + 1, asked))[0].candidates.empty());
  // A changed number finds the patient under the new one only.
  auto changed = roster[0];
  changed.cyprus_id = "712348";
  must(store.admin().put_patients(store.clinic, {&changed, 1}));
  const auto later = must(store.session().candidates(store.clinic, asked));
  BOOST_TEST(later[0].candidates.empty());
  BOOST_TEST(later[5].candidates.size() == 1u);
  store.ask("UPDATE patients SET is_deleted = true");
  BOOST_TEST(must(store.session().candidates(store.clinic, asked))[5].candidates.empty());
}

BOOST_DATA_TEST_CASE(patients_whom_the_clinic_system_added_are_found_after_migration, both) {
  fresh_store store(sample);
  const auto row = roster_row("M-0001", "Γεώργιος", "Παπαδόπουλος", "812345");
  must(store.admin().put_patients(store.clinic, {&row, 1}));
  store.ask("DELETE FROM patient_blind_index");
  must(store.open()->migrate());
  identity::claims who;
  who.ids.push_back({identity::id_kind::cyprus_id, "812345", ""});
  const ports::wanted asked{&who};
  BOOST_TEST(must(store.session().candidates(store.clinic, {&asked, 1}))[0].candidates.size() == 1u);
}

BOOST_DATA_TEST_CASE(keys_of_an_older_program_are_made_anew_at_migration, both) {
  fresh_store store(sample);
  const auto row = roster_row("M-0001", "Γεώργιος", "Παπαδόπουλος", "812345");
  must(store.admin().put_patients(store.clinic, {&row, 1}));
  identity::claims who;
  who.names = {{"PAPADOPOULOS", "GEORGIOS"}};
  who.birth_date = row.birth_date;
  const ports::wanted asked{&who};
  const auto found = [&] {
    return must(store.session().candidates(store.clinic, {&asked, 1}))[0].candidates.size();
  };
  const auto others = store.ask("SELECT count(*) FROM patient_blind_index WHERE kind <> 'name_dob'");
  store.ask("DELETE FROM patient_blind_index WHERE kind = 'name_dob'");
  must(store.open()->migrate());
  BOOST_TEST(found() == 0u); // this program's keys: nothing is made anew
  store.ask("DELETE FROM aorta_meta WHERE key = 'lookup-keys'");
  BOOST_TEST(!store.open()->check());
  must(store.open()->migrate());
  BOOST_TEST(found() == 1u);
  BOOST_TEST(store.ask("SELECT count(*) FROM patient_blind_index WHERE kind <> 'name_dob'") == others);
  must(store.open()->check());
}

BOOST_DATA_TEST_CASE(a_key_counts_until_it_expires_and_says_when_it_was_used, both) {
  fresh_store store(sample);
  const auto person = must(store.admin().access().user("anna@clinic.example", true));
  const auto begin = store.clock.at, end = begin + std::chrono::hours{1};
  ports::api_key key_row;
  key_row.name = "app";
  key_row.scopes = {"read"};
  key_row.user = person;
  key_row.jwks = R"({"keys":[]})";
  key_row.expires_at = end;
  const auto id = must(store.admin().access().create_api_key(key_row, "s3cret"));
  auto& access = store.admin().access();
  must(access.open_session("aortas_1", id, end + std::chrono::hours{1}));
  must(access.keep_token("t1", {"app", {"read"}, {}, {}, end + std::chrono::hours{1}}));
  const auto used = [&] { return must(store.admin().access().api_keys()).at(0).last_used_at; };
  BOOST_TEST(!used().has_value());
  BOOST_TEST((must(access.find_api_key("s3cret"))->expires_at == end));
  BOOST_TEST((used() == begin));
  store.clock.at = begin + std::chrono::seconds{59};
  must(access.find_api_key("s3cret"));
  BOOST_TEST((used() == begin)); // to the minute
  store.clock.at = begin + std::chrono::seconds{61};
  must(access.find_session("aortas_1"));
  BOOST_TEST((used() == store.clock.at));
  store.clock.at = end - std::chrono::microseconds{1};
  BOOST_TEST(must(access.find_api_key("s3cret")).has_value());
  BOOST_TEST(must(access.find_client("app")).has_value());
  BOOST_TEST(must(access.find_token("t1")).has_value());
  BOOST_TEST(must(access.works_in(person->id, store.clinic)));
  store.clock.at = end;
  BOOST_TEST(!must(access.find_api_key("s3cret")).has_value());
  BOOST_TEST(!must(access.find_client("app")).has_value());
  BOOST_TEST(!must(access.find_session("aortas_1")).has_value());
  BOOST_TEST(!must(access.find_token("t1")).has_value());
  BOOST_TEST(!must(access.works_in(person->id, store.clinic)));
  BOOST_TEST((used() == end - std::chrono::microseconds{1}));
}

BOOST_DATA_TEST_CASE(keys_are_found_by_their_secret_until_they_are_revoked, both) {
  fresh_store store(sample);
  ports::api_key key_row;
  key_row.name = "console";
  key_row.scopes = {"read", "system/Patient.read"};
  key_row.clinic = store.clinic;
  const auto id = must(store.admin().access().create_api_key(key_row, "s3cret"));
  BOOST_TEST(!store.admin().access().create_api_key(key_row, "other"));
  const auto found = must(store.admin().access().find_api_key("s3cret"));
  BOOST_REQUIRE(found);
  BOOST_TEST((found->id == id));
  BOOST_TEST((found->scopes == key_row.scopes));
  BOOST_TEST((found->clinic == store.clinic));
  BOOST_TEST(!must(store.admin().access().find_api_key("wrong")));
  BOOST_TEST(store.ask("SELECT count(*) FROM api_keys WHERE secret_hash LIKE '%s3cret%'") == "0");
  BOOST_TEST(must(store.admin().access().revoke_api_key("console")));
  BOOST_TEST(!must(store.admin().access().revoke_api_key("console")));
  BOOST_TEST(!must(store.admin().access().find_api_key("s3cret")));
  BOOST_TEST(must(store.admin().access().api_keys()).at(0).revoked_at.has_value());
}

BOOST_DATA_TEST_CASE(every_access_is_written_down_in_whatever_year, both) {
  fresh_store store(sample);
  ports::audit_entry entry{"console", "127.0.0.1", "GET",        "/api/patients/1/lab-results",
                           "200",     1,           store.clinic, store.clock.at};
  std::vector<ports::audit_entry> entries{entry, entry};
  entries[1].at += std::chrono::days{400};
  entries[1].clinic.reset();
  must(store.admin().access().audit(entries));
  BOOST_TEST(store.ask("SELECT count(*) FROM security_audit") == "2");
  BOOST_TEST(store.ask("SELECT actor FROM security_audit WHERE clinic_id IS NULL") == "console");
}

BOOST_DATA_TEST_CASE(a_path_that_was_refused_may_hold_a_card_number_and_is_sealed, both) {
  fresh_store store(sample);
  ports::audit_entry found{"console", "127.0.0.1", "GET",        "/fhir/r4/Patient/7",
                           "200",     1,           store.clinic, store.clock.at},
    refused = found;
  refused.resource = "/fhir/r4/Patient/812345";
  refused.outcome = "404";
  must(store.admin().access().audit(std::vector<ports::audit_entry>{found, refused}));
  const auto records = must(store.open()->records()); // FHIR writes them in its own way
  must(records->access().audit(std::vector<ports::audit_entry>{found, refused}));
  BOOST_TEST(store.ask("SELECT count(*) FROM security_audit WHERE resource LIKE '%812345%'") == "0");
  BOOST_TEST(store.ask("SELECT count(*) FROM security_audit WHERE resource = '/fhir/r4/Patient/7'") == "2");
  const auto all = must(records->access().audits(store.clinic, {}, "", {}, {}, "", 10));
  BOOST_TEST(std::count_if(all.items.begin(), all.items.end(),
                           [](const auto& e) { return e.resource == "/fhir/r4/Patient/812345"; }) == 2);
}

BOOST_DATA_TEST_CASE(what_was_searched_for_and_why_it_was_refused_are_sealed, both) {
  fresh_store store(sample);
  ports::audit_entry searched{"console", "127.0.0.1", "GET",        "/fhir/r4/Patient",
                              "400",     {},          store.clinic, store.clock.at};
  searched.criteria = "family=Hadjigeorgiou&birthdate=soon";
  searched.fault = "value: birthdate: 'soon' of Hadjigeorgiou is no date";
  auto plain = searched;
  plain.criteria.clear();
  plain.fault.clear();
  auto endless = searched;
  endless.criteria = std::string(16 * 1024 - 1, 'a') + "\xce\xa9" + std::string(1 << 20, 'b');
  must(store.admin().access().audit(std::vector<ports::audit_entry>{searched, plain}));
  const auto records = must(store.open()->records()); // FHIR writes them in its own way
  must(records->access().audit(std::vector<ports::audit_entry>{searched, endless}));
  BOOST_TEST(
    store.ask(
      "SELECT count(*) FROM security_audit WHERE criteria LIKE '%adjigeorgiou%' OR fault LIKE '%adjigeorgiou%'") ==
    "0");
  BOOST_TEST(store.ask("SELECT count(*) FROM security_audit WHERE criteria IS NULL AND fault IS NULL") ==
             "1");
  BOOST_TEST(store.ask("SELECT count(*) FROM security_audit WHERE length(criteria) > 30000") == "0");
  const auto all = must(records->access().audits(store.clinic, {}, "", {}, {}, "", 10));
  BOOST_REQUIRE_EQUAL(all.items.size(), 4u);
  BOOST_TEST(std::count_if(all.items.begin(), all.items.end(), [&](const auto& e) {
               return e.criteria == searched.criteria && e.fault == searched.fault;
             }) == 2);
  BOOST_TEST(std::count_if(all.items.begin(), all.items.end(), [](const auto& e) {
               return e.criteria == std::string(16 * 1024 - 1, 'a'); // a letter stays whole or is left out
             }) == 1);
}

BOOST_DATA_TEST_CASE(a_session_knows_tokens_until_they_end_or_their_key_is_revoked, both) {
  fresh_store store(sample);
  ports::api_key key;
  key.name = "analytics";
  key.scopes = {"system/Patient.read"};
  must(store.admin().access().create_api_key(key, "s3cret"));
  const auto records = must(store.open()->records());
  const auto until = store.clock.at + std::chrono::minutes{5};
  must(
    records->access().keep_token("t0ken", {"analytics", {"system/Patient.read"}, store.clinic, {}, until}));
  const auto found = must(store.admin().access().find_token("t0ken"));
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->client == "analytics");
  BOOST_TEST((found->scopes == std::vector<std::string>{"system/Patient.read"}));
  BOOST_TEST(found->clinic.value() == store.clinic);
  BOOST_TEST((found->expires_at == until));
  BOOST_TEST(!must(store.admin().access().find_token("other")));
  must(store.admin().access().revoke_api_key("analytics"));
  BOOST_TEST(!must(store.admin().access().find_token("t0ken")));
}

BOOST_DATA_TEST_CASE(clinics_are_made_once, both) {
  fresh_store store(sample);
  BOOST_TEST(must(store.admin().access().ensure_clinic("MAIN", "Another name")).id == store.clinic);
  must(store.admin().access().ensure_clinic("B", "Second"));
  const auto all = must(store.admin().access().clinics());
  BOOST_REQUIRE_EQUAL(all.size(), 2u);
  BOOST_TEST(all[0].name == "Main clinic");
  must(store.admin().ping());
}

BOOST_AUTO_TEST_SUITE_END()

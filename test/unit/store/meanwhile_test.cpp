// What the clinic's own system commits between a read and a write of the same row stays, but for the columns
// that the write is about. On PostgreSQL alone: SQLite's writer is alone from its first read.
#include "test/unit/store/other_session.hpp"
#include "test/unit/store/records.hpp"

using namespace aorta;
using namespace aorta::test;
using model::table;

namespace {

model::record read_in(record_store& store, table of, const std::string& key) {
  return must(store.with->rows(keyed(of, {key}))).at(0).row;
}

ports::change update_of(model::record row) {
  ports::change out;
  out.row = std::move(row);
  out.update_row = true;
  return out;
}

std::string index_of(const record_store& store) {
  return other_session(store).run(
    "SELECT string_agg(hash::text, ' ' ORDER BY hash) FROM patient_blind_index");
}

} // namespace

BOOST_AUTO_TEST_SUITE(meanwhile)

BOOST_AUTO_TEST_CASE(columns_that_a_change_says_nothing_of_keep_what_others_commit) {
  record_store store(on::postgresql);
  const auto key = std::to_string(write_patient(store, "M-1"));
  store.begin();
  auto row = read_in(store, table::patients, key);
  other_session(store).run("UPDATE patients SET gesy_beneficiary_id = 'G-7' WHERE patient_id = " + key);
  row.set("gender", "female");
  must(store.with->write(std::vector{update_of(row)}));
  must(store.with->commit());
  const auto now = store.read(keyed(table::patients, {key})).at(0).row;
  BOOST_TEST(now.text("gender") == "female");
  BOOST_TEST(now.text("gesy_beneficiary_id") == "G-7");
  BOOST_TEST(now.text("last_name") == "Παπαδόπουλος");
}

BOOST_AUTO_TEST_CASE(personal_data_is_written_where_it_changed) {
  record_store store(on::postgresql);
  const auto key = std::to_string(write_patient(store, "M-1"));
  const auto change = [&](std::string_view column, std::optional<std::string> value) {
    store.begin();
    auto row = read_in(store, table::patients, key);
    other_session(store).run("UPDATE patient_pii SET email_encrypted = last_name_encrypted");
    row.set(column, std::move(value));
    must(store.with->write(std::vector{update_of(row)}));
    must(store.with->commit());
    return store.read(keyed(table::patients, {key})).at(0).row;
  };
  const auto before = index_of(store);
  const auto now = change("address", "Ledra 1");
  BOOST_TEST(now.text("address") == "Ledra 1");
  BOOST_TEST(now.text("email") == "Παπαδόπουλος");
  BOOST_TEST(index_of(store) == before);
  BOOST_TEST(change("phone", "99 765432").text("phone") == "99 765432");
  const auto after = index_of(store);
  BOOST_TEST(after != before);
  BOOST_TEST(change("phone", "99 123456").text("phone") == "99 123456");
  BOOST_TEST(index_of(store) != after);
}

BOOST_DATA_TEST_CASE(what_was_set_and_set_back_in_one_transaction_is_written, both) {
  record_store store(sample);
  const auto key = std::to_string(write_patient(store, "M-1"));
  store.begin();
  auto row = read_in(store, table::patients, key);
  const auto first = row["phone"];
  row.set("phone", "+35799123456");
  must(store.with->write(std::vector{update_of(row)}));
  row.set("phone", first);
  must(store.with->write(std::vector{update_of(row)}));
  must(store.with->commit());
  BOOST_TEST(store.read(keyed(table::patients, {key})).at(0).row.text("phone") == first.value_or(""));
}

BOOST_DATA_TEST_CASE(what_went_back_to_a_mark_is_written_again, both) {
  record_store store(sample);
  const auto key = std::to_string(write_patient(store, "M-1"));
  store.begin();
  auto row = read_in(store, table::patients, key);
  row.set("phone", "+35799123456");
  must(store.with->mark());
  must(store.with->write(std::vector{update_of(row)}));
  must(store.with->back_to_mark());
  must(store.with->write(std::vector{update_of(row)}));
  must(store.with->commit());
  BOOST_TEST(store.read(keyed(table::patients, {key})).at(0).row.text("phone") == "+35799123456");
}

BOOST_DATA_TEST_CASE(a_person_without_personal_data_gets_some, both) {
  record_store store(sample);
  const auto key = std::to_string(write_patient(store, "M-1"));
  if (store.which == on::postgresql) other_session(store).run("DELETE FROM patient_pii");
  store.begin();
  auto row = read_in(store, table::patients, key);
  row.set("first_name", "Άννα");
  must(store.with->write(std::vector{update_of(row)}));
  must(store.with->commit());
  BOOST_TEST(store.read(keyed(table::patients, {key})).at(0).row.text("first_name") == "Άννα");
}

BOOST_AUTO_TEST_SUITE_END()

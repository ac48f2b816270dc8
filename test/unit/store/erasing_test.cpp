// A person is erased: every cell of every table is opened and read, whatever key it is sealed with.
#include "engine/records/erase.hpp"
#include "engine/store/protect/cipher.hpp"
#include "test/unit/store/merge_rig.hpp"

#include <sqlite3.h>

#include <fstream>
#include <sstream>

namespace aorta::test {
namespace {

using records::erase_outcome;
using kind = erase_outcome::kind;

const ports::person anna{1, "anna@clinic.example"}, nikos{2, "nikos@clinic.example"};

/// What the store seals with.
struct cipher_of {
  store::cipher locks{key};
  still_clock clock;
  std::string seal(const std::string& plain) { return locks.encrypt(plain, clock.at); }
  std::string pack(const std::string& plain) { return locks.seal(plain, clock.at); }
  std::string open(const std::string& token) { return locks.unseal(token).value_or("unreadable"); }
  std::string plain(const std::string& token) { return locks.decrypt(token).value_or("unreadable"); }
};

class erase_store : public merge_store {
public:
  explicit erase_store(on w) : merge_store(w) {}

  result<erase_outcome> erase(int64_t who, const ports::person& by, bool rehearsal = false) {
    must(with->begin(clinic, false));
    const auto people = records::people_of(*with, who);
    const auto found = people ? with->erasure().search(*people, {}) : result<ports::traces>(people.error());
    with->rollback();
    if (!found) return found.error();
    must(with->begin(clinic, true));
    auto out = records::erase_patient(*with, who, *found, by, "letter of 812345 Παπαδόπουλος", rehearsal);
    if (!out || rehearsal) {
      with->rollback();
      return out;
    }
    must(with->commit());
    BOOST_TEST(must(with->erasure().settle()));
    return out;
  }

  /// Tables in which a cell says one of these words, in clear or once it is opened.
  std::vector<std::string> tables_that_say(const std::vector<std::string>& words) const {
    store::cipher locks(key);
    std::vector<std::string> out;
    for (const auto& [table, rows] : everything()) {
      bool says = false;
      for (size_t at = 0; at < rows.size() && !says;) {
        const auto token = rows.find("gAAAA", at);
        const auto plain = std::string_view(rows).substr(at, (token == rows.npos ? rows.size() : token) - at);
        for (const auto& word : words) says = says || plain.find(word) != plain.npos;
        if (token == rows.npos) break;
        auto end = token;
        while (end < rows.size() &&
               (std::isalnum(static_cast<unsigned char>(rows[end])) != 0 || rows[end] == '-' ||
                rows[end] == '_' || rows[end] == '='))
          ++end;
        const auto cell = rows.substr(token, end - token);
        auto opened = locks.unseal(cell);
        if (!opened) opened = locks.decrypt(cell);
        BOOST_TEST(bool(opened), table);
        for (const auto& word : words) says = says || (opened && opened->find(word) != opened->npos);
        at = end;
      }
      if (says) out.push_back(table);
    }
    return out;
  }

  void refused(const std::string& control, const std::string& raw) {
    auto out = write_letter(*this, control, 0, potassium("4.0", 'F', 1));
    out->raw = raw;
    out->filing.raw = out->raw;
    out->filing.report = nullptr;
    out->filing.decision = nullptr;
    out->filing.claims = nullptr;
    out->filing.log.patient.reset();
    out->filing.log.status = ports::message_status::failed;
    file_one(*this, *out);
  }
  std::string raw_of(const std::string& control) const {
    return cipher_of().open(
      ask("SELECT raw_message FROM hl7_message_log WHERE message_control_id = '" + control + "'"));
  }

  /// A claim that is under way, and one that they have answered.
  void claim(int64_t who) {
    for (const std::string answer : {"", R"({"status":"under_review","rejection_reason":"Παπαδόπουλος"})"}) {
      ports::claim_row made;
      made.created = made.changed = clock.now();
      made.id = ids.next(made.created);
      made.delivery = ids.next(made.created);
      made.patient = who;
      made.content = R"({"beneficiary_id":"812345","note":"Παπαδόπουλος"})";
      must(with->begin(clinic, true));
      BOOST_TEST(must(with->claims().add(
        made, {"812345" + answer, "812345", made.content, "https://gesy.example", "gesy", 4})));
      auto now = made;
      now.answer = answer;
      now.number = answer.empty() ? "" : "C-1";
      if (!answer.empty()) BOOST_TEST(must(with->claims().told(made, now)));
      must(with->commit());
    }
  }

  /// What erasure must find: in each kind of place one.
  void fill(int64_t who) {
    const auto id = std::to_string(who), c = std::to_string(clinic);
    claim(who);
    store::cipher locks(key);
    ask("UPDATE clinical_notes SET title = 'Κα Παπαδόπουλου', document_number = 'D1' WHERE patient_id = " +
        id);
    const auto note = ask("SELECT max(note_id) FROM clinical_notes WHERE patient_id = " + id);
    ask("INSERT INTO note_versions (note_id, version, content_text) VALUES (" + note + ", 1, '" +
        locks.encrypt("Ο ΠΑΠΑΔΟΠΟΥΛΟΣ πονάει", clock.now()) + "')");
    ask("UPDATE lab_results SET comments = 'told Mr Papadopoulos himself' WHERE patient_id = " + id);
    ask("UPDATE appointments SET reason = 'Παπαδοπουλος: control' WHERE patient_id = " + id);
    ask(
      "INSERT INTO security_audit (id, at, actor, method, resource, outcome, clinic_id, criteria) VALUES ('" +
      to_text(ids.next(clock.now())) +
      "', '2026-11-20T08:00:00.000000Z', 'key:x', 'GET', '/fhir/r4/Patient', '200', " + c + ", '" +
      locks.encrypt("name=Παπαδόπουλος", clock.now()) + "')");
  }
};

const std::vector<std::string> said{"Παπαδόπουλ",   "ΠΑΠΑΔΟΠΟΥΛ", "Παπαδοπουλος",
                                    "Papadopoulos", "Γεώργιος",   "M1-9911"};

std::string file_of(const erase_store& store) {
  std::stringstream all;
  for (const char* end : {"", "-wal"}) all << std::ifstream(store.url.substr(9) + end).rdbuf();
  return all.str();
}

} // namespace

BOOST_AUTO_TEST_SUITE(erasing_a_person)

BOOST_DATA_TEST_CASE(two_persons_agree_and_nothing_says_who_it_was, both, where) {
  erase_store store(where);
  const auto a = store.person("M1-9911");
  store.fill(a);
  BOOST_TEST(store.tables_that_say(said).size() > 5u);
  const auto before = store.everything();
  const auto shown = must(store.erase(a, anna, true));
  BOOST_TEST(bool(shown.is == kind::shown));
  BOOST_TEST(shown.what.rows.at("hl7_message_log") == 2);
  check_same(before, store.everything());

  BOOST_TEST(bool(must(store.erase(a, anna)).is == kind::asked));
  const auto alone = store.erase(a, anna);
  BOOST_REQUIRE(!alone);
  BOOST_TEST(bool(alone.error().code == error_code::conflict));
  const auto done = must(store.erase(a, nikos));
  BOOST_TEST(bool(done.is == kind::done));
  BOOST_TEST(store.tables_that_say(said) == std::vector<std::string>(), boost::test_tools::per_element());
  BOOST_TEST(store.ask("SELECT count(*) FROM patient_blind_index") == "0");
  BOOST_TEST(results_of(store, a).size() == 1u); // what is clinical stays
  BOOST_TEST(store.ask("SELECT count(*) FROM lab_results WHERE comments = 'told Mr [erased] himself'") ==
             "1");
  BOOST_TEST(store.ask("SELECT count(*) FROM security_audit") == "1");
  if (where == on::sqlite) BOOST_TEST(file_of(store).find("M1-9911") == std::string::npos);
  const auto again = store.erase(a, nikos);
  BOOST_REQUIRE(!again);
  BOOST_TEST(bool(again.error().code == error_code::conflict));
  BOOST_TEST(bool(store.erase(4711, anna).error().code == error_code::unknown_key));
}

BOOST_DATA_TEST_CASE(what_is_somebody_elses_or_a_value_stays, both, where) {
  erase_store store(where);
  const auto a = store.person("55667788"), b = store.person("M2");
  const auto id = std::to_string(a);
  cipher_of store_locks;
  // A refused message of somebody else, whose order has the person's number; and one of the person.
  store.refused("X1", "MSH|^~\\&|LIS|BIO\rPID|1||900||CHRISTOU^MARIA\rOBR|1||55667788|K");
  store.refused("X2", "MSH|^~\\&|LIS|BIO\rPID|1||55667788^^^MAIN^MR||PAPADOPOULOS^GEORGIOS\rOBR|1||F-1|K");
  store.ask(
    "UPDATE lab_results SET value_text = '55667788', sent_value = '55667788', sent_observer = '7^GEORGIOU^NIKOS'"
    " WHERE patient_id = " +
    id);
  store.ask("UPDATE patient_study_links SET study_instance_uid = '1.2.55667788.1' WHERE patient_id = " + id);
  store.ask("INSERT INTO erasures (id, clinic_id, patient_id, reason, asked_by, asked_at) VALUES ('" +
            to_text(store.ids.next(store.clock.now())) + "', " + std::to_string(store.clinic) + ", " + id +
            ", '" + store_locks.seal("letter of Παπαδόπουλος") + "', 1, '2026-01-01T08:00:00.000000Z')");
  store.ask(
    "INSERT INTO told_rows (clinic_id, home, home_key, content) SELECT clinic_id, 'appointments', CAST(appointment_id AS"
    " text), '" +
    store_locks.pack(R"({"reason":"Echo for Papadopoulos"})") +
    "' FROM appointments WHERE patient_id = " + id);
  must(store.erase(a, anna));
  must(store.erase(a, nikos));
  BOOST_TEST(store.raw_of("X1") == "MSH|^~\\&|LIS|BIO\rPID|1||900||CHRISTOU^MARIA\rOBR|1||55667788|K");
  BOOST_TEST(store.raw_of("X2") == "");
  BOOST_TEST(
    store.ask("SELECT count(*) FROM lab_results WHERE value_text = '55667788' AND sent_value = '55667788' AND"
              " sent_observer = '7^GEORGIOU^NIKOS' AND patient_id = " +
              id) == "1");
  BOOST_TEST(store.ask("SELECT study_instance_uid FROM patient_study_links WHERE patient_id = " + id) ==
             "1.2.55667788.1");
  BOOST_TEST(store_locks.open(store.ask("SELECT content FROM told_rows WHERE home = 'appointments'")) ==
             R"({"reason":"Echo for [erased]"})");
  for (const auto* column : {"min", "max"})
    BOOST_TEST(store_locks.plain(store.ask("SELECT " + std::string(column) + "(reason) FROM erasures"))
                 .find("Παπαδ") == std::string::npos);
  BOOST_TEST(store.ask("SELECT count(*) FROM hl7_message_log WHERE patient_id = " + std::to_string(b)) ==
             "2");
}

BOOST_DATA_TEST_CASE(whoever_was_merged_goes_along_and_others_stay, both, where) {
  erase_store store(where);
  const auto a = store.person("M1-9911"), b = store.person("M2-9912"), c = store.person("M3-9913");
  const auto others = results_of(store, c);
  must(store.merge(a, b));
  const auto part = store.erase(b, anna);
  BOOST_REQUIRE(!part);
  BOOST_TEST(part.error().text.find("patient " + std::to_string(a)) != std::string::npos);
  must(store.erase(a, anna));
  const auto done = must(store.erase(a, nikos));
  BOOST_TEST(done.what.people == (std::vector<model::patient_id>{a, b}), boost::test_tools::per_element());
  BOOST_TEST(store.tables_that_say({"M1-9911", "M2-9912"}) == std::vector<std::string>(),
             boost::test_tools::per_element());
  BOOST_TEST(store.ask("SELECT count(*) FROM patients WHERE mrn = 'M3-9913'") == "1");
  BOOST_TEST(store.ask("SELECT count(*) FROM hl7_message_log WHERE patient_id = " + std::to_string(c)) ==
             "2");
  BOOST_TEST(results_of(store, c).size() == others.size());
  store.begin(false);
  for (const auto who : {a, b}) BOOST_TEST(bool(must(store.with->erasure().last(who))->done_at));
  store.with->rollback();
  const auto back = store.unmerge(a);
  BOOST_REQUIRE(!back);
  BOOST_TEST(back.error().text.find("was erased") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::test

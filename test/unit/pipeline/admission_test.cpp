// Admissions from bytes to rows, on real databases.
#include "../rest/fixture.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/pipeline/stage.hpp"

#include <algorithm>
#include <random>

namespace aorta::pipeline {
namespace {

using test::both;
using test::must;

struct lane_of final : lane {
  std::unique_ptr<ports::lane> of;
  int refusals = 0;
  ports::lane& store() override { return *of; }
  void refused(const envelope&, const error&) override { ++refusals; }
};

struct hospital {
  explicit hospital(test::on which, bool create = true) : at(which) {
    of.clinic = at.clinic;
    of.how.name = "admissions";
    of.how.create = create;
    of.clock = &at.clock;
    of.ids = &at.ids;
    store.of = must(at.store().session());
  }

  envelope_ptr letter(const std::string& event, const std::string& minute, const std::string& pid,
                      const std::string& pv1 = {}, const std::string& more = {}) {
    auto mail = std::make_shared<envelope>();
    mail->id = at.ids.next(at.clock.now());
    mail->received_at = at.clock.now();
    mail->bytes = "MSH|^~\\&|HIS|HOSP|||20261119" + minute + "||ADT^" + event + "|" + std::to_string(++sent) +
      "|P|2.5.1|||||||UNICODE UTF-8\rEVN||20261119" + minute + "\rPID|1||" + pid + "\r" +
      (pv1.empty() ? "" : "PV1|1|" + pv1 + "\r") + more;
    return mail;
  }
  envelope_ptr send(const std::string& event, const std::string& minute, const std::string& pid,
                    const std::string& pv1 = {}, const std::string& more = {}) {
    return pass(letter(event, minute, pid, pv1, more));
  }
  envelope_ptr pass(const envelope_ptr& mail) {
    pass_all({mail});
    return mail;
  }
  void pass_all(const std::vector<envelope_ptr>& all) {
    for (const auto& mail : all) (void)read_header(*mail);
    must(run({parse(), map_admission(), match_patient(), persist(), ack()}, of, all, store));
  }
  /// The stored message once more, with what a person says of it.
  envelope_ptr again(const envelope& first, ports::act why) {
    auto mail = std::make_shared<envelope>();
    mail->bytes = first.bytes;
    mail->id = first.id;
    mail->received_at = first.received_at;
    mail->how = ports::filing::mode::again;
    mail->act = std::make_shared<const ports::act>(std::move(why));
    return pass(mail);
  }
  model::record patient(const std::string& id = "1") { return row(model::table::patients, id); }
  model::record visit(const std::string& id = "1") { return row(model::table::encounters, id); }
  model::record row(model::table which, const std::string& id) {
    must(at.session->begin(at.clinic, false));
    ports::row_query ask;
    ask.of = which;
    ask.keys = {id};
    const auto found = must(at.session->rows(ask));
    must(at.session->commit());
    return found.empty() ? model::record(which) : found.front().row;
  }
  std::string sql(const std::string& what) { return at.sql(what); }

  test::house at;
  route of;
  lane_of store;
  int sent = 0;
};

/// PV1 from its second field on.
std::string pv1(const std::string& kind, const std::string& number = {}, const std::string& place = {},
                const std::string& start = {}) {
  std::string out = kind + "|" + place;
  for (int field = 4; field <= 19; ++field) out += "|";
  out += number;
  for (int field = 20; field <= 44; ++field) out += "|";
  return out + start;
}

const std::string maria = "M-1^^^MAIN^MR||Παπαδοπούλου^Μαρία||19700312|F";

} // namespace

BOOST_AUTO_TEST_SUITE(admissions)

BOOST_DATA_TEST_CASE(who_is_not_known_is_made_with_the_visit, both) {
  hospital h(sample);
  const auto mail = h.send(
    "A01", "0800", maria + "|||Λήδρας 5^^Λευκωσία^^1010^CY||+357 22123456^PRN^PH~^NET^Internet^m@x.cy",
    pv1("I", "V77^^^HOSP", "WARD2^12^B", "20261119075500"), "DG1|1||I21.9^Infarction^I10\r");
  BOOST_REQUIRE(mail->ok());
  BOOST_TEST(mail->ack_code == "AA");
  const auto who = h.patient();
  BOOST_TEST(who.text("mrn") == "M-1");
  BOOST_TEST(who.text("last_name") == "Παπαδοπούλου");
  BOOST_TEST(who.text("birth_date") == "1970-03-12");
  BOOST_TEST(who.text("phone") == "+357 22123456");
  BOOST_TEST(who.text("email") == "m@x.cy");
  BOOST_TEST(who.text("address") ==
             R"({"street":"Λήδρας 5","city":"Λευκωσία","postal_code":"1010","country":"CY"})");
  const auto stay = h.visit();
  BOOST_TEST(stay.text("patient_id") == "1");
  BOOST_TEST(stay.text("status") == "in_progress");
  BOOST_TEST(stay.text("encounter_type") == "inpatient");
  BOOST_TEST(stay.text("visit_number") == "V77");
  BOOST_TEST(stay.text("location") == "WARD2, 12, B");
  BOOST_TEST(stay.text("actual_start") == "2026-11-19T05:55:00Z");
  BOOST_TEST(
    h.sql("SELECT count(*) FROM hl7_message_log WHERE processing_status = 'processed' AND patient_id = 1") ==
    "1");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue") == "0");
  BOOST_TEST(h.sql("SELECT count(*) FROM event_outbox WHERE event_type = 'patient_created'") == "1");
}

BOOST_DATA_TEST_CASE(without_leave_to_create_a_person_is_asked_and_a_link_files_it, both) {
  hospital h(sample, false);
  const auto mail = h.send("A04", "0800", maria, pv1("O", "V1"));
  BOOST_TEST(h.sql("SELECT count(*) FROM patients") == "0");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue WHERE kind = 'unmatched' AND state = 'open'") == "1");
  auto admin = must(h.at.store().admin());
  model::patient other;
  other.mrn = "X-9", other.last_name = "Papadopoulou", other.first_name = "M";
  const auto id = must(admin->add_patient(h.at.clinic, other));
  ports::act why;
  why.is = ports::act::kind::link;
  why.word = "link";
  why.by = must(admin->access().user("a@b.cy", true));
  why.patient = must(admin->patient(h.at.clinic, id));
  const auto done = h.again(*mail, why);
  BOOST_REQUIRE(done->ok());
  BOOST_TEST(h.sql("SELECT max(kind || state) FROM review_queue WHERE state = 'open'") == "-");
  BOOST_TEST(h.sql("SELECT count(*) FROM message_links WHERE replaced_at IS NULL") == "1");
  BOOST_TEST(h.visit().text("patient_id") == std::to_string(id));
  BOOST_TEST(h.patient().text("last_name") == "Παπαδοπούλου");

  // Taken away again: the row is what it was, and a person is asked anew.
  ports::act away;
  away.is = ports::act::kind::unlink;
  away.word = "unlink";
  away.by = why.by;
  away.patient_seen = away.taken_from = id;
  away.link_seen = uuid_from_text(h.sql("SELECT id FROM message_links WHERE replaced_at IS NULL"));
  BOOST_REQUIRE(h.again(*mail, away)->ok());
  BOOST_TEST(h.patient().text("last_name") == "Papadopoulou");
  BOOST_TEST(h.patient().text("birth_date") == "");
  BOOST_TEST(h.visit().text("status") == "cancelled");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue WHERE kind = 'unmatched' AND state = 'open'") == "1");
}

BOOST_DATA_TEST_CASE(an_older_message_changes_nothing_that_a_newer_one_said, both) {
  hospital h(sample);
  (void)h.send("A28", "0800", maria + "|||||111");
  (void)h.send("A31", "1000", maria + "|||||333");
  (void)h.send("A31", "0900", maria + "|||Street^^Town||222");
  const auto who = h.patient();
  BOOST_TEST(who.text("phone") == "333");
  BOOST_TEST(who.text("address") == R"({"street":"Street","city":"Town"})"); // nothing newer had told it
  (void)h.send("A31", "1100", maria + "|||||\"\"");
  BOOST_TEST(h.patient().text("phone") == "");
  (void)h.send("A31", "1200", maria);
  BOOST_TEST(h.patient().text("address") == R"({"street":"Street","city":"Town"})");
  BOOST_TEST(h.sql("SELECT count(*) FROM patients") == "1");
}

BOOST_DATA_TEST_CASE(a_cancelled_discharge_opens_the_visit_again, both) {
  hospital h(sample);
  const auto visit = pv1("I", "V1");
  (void)h.send("A01", "0800", maria, visit);
  (void)h.send("A03", "0900", maria, visit);
  BOOST_TEST(h.visit().text("status") == "completed");
  BOOST_TEST(h.visit().text("actual_end") == "2026-11-19T07:00:00Z");
  (void)h.send("A13", "0930", maria, visit);
  BOOST_TEST(h.visit().text("status") == "in_progress");
  BOOST_TEST(h.visit().text("actual_end") == "");
  (void)h.send("A11", "0940", maria, visit);
  BOOST_TEST(h.visit().text("status") == "cancelled");
  BOOST_TEST(h.sql("SELECT count(*) FROM encounters") == "1");
}

BOOST_DATA_TEST_CASE(a_discharge_without_a_number_closes_the_only_open_visit_or_asks, both) {
  hospital h(sample);
  (void)h.send("A01", "0800", maria, pv1("I", "V1"));
  (void)h.send("A03", "0900", maria, "I");
  BOOST_TEST(h.visit().text("status") == "completed");
  (void)h.send("A03", "0930", maria, "I");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue WHERE kind = 'which-visit'") == "1");
  BOOST_TEST(h.sql("SELECT count(*) FROM encounters") == "1");
}

BOOST_DATA_TEST_CASE(whoever_is_joined_goes_to_the_survivor_with_everything, both) {
  hospital h(sample);
  (void)h.send("A01", "0800", maria, pv1("I", "V1"));
  (void)h.send("A01", "0810", "M-2^^^MAIN^MR||Παπαδοπούλου^Μ||", pv1("O", "V2"));
  BOOST_REQUIRE(h.sql("SELECT count(*) FROM patients") == "2");
  const auto mail = h.send("A40", "0900", maria, {}, "MRG|M-2^^^MAIN^MR\r");
  BOOST_REQUIRE(mail->ok());
  BOOST_TEST(h.sql("SELECT count(*) FROM encounters WHERE patient_id = 1") == "2");
  BOOST_TEST(h.sql("SELECT count(*) FROM patients WHERE NOT coalesce(is_deleted, FALSE)") == "1");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue WHERE state = 'open'") == "0");
}

BOOST_DATA_TEST_CASE(a_changed_number_finds_its_patient_and_so_does_the_old_one, both) {
  hospital h(sample);
  (void)h.send("A28", "0800", maria);
  const auto mail = h.send("A47", "0900", "M-77^^^MAIN^MR||Παπαδοπούλου^Μαρία||19700312|F", {},
                           "MRG|M-1^^^MAIN^MR\r");
  BOOST_REQUIRE(mail->ok());
  BOOST_TEST(h.patient().text("mrn") == "M-77");
  (void)h.send("A31", "1000", "M-77^^^MAIN^MR||Παπαδοπούλου^Μαρία||19700312|F|||||77");
  BOOST_TEST(h.patient().text("phone") == "77");
  BOOST_TEST(h.sql("SELECT count(*) FROM patients") == "1");
}

BOOST_DATA_TEST_CASE(nobody_is_made_of_what_says_too_little_or_of_a_cancellation, both) {
  hospital h(sample);
  (void)h.send("A28", "0800", "||ELIA^PETROS||");
  (void)h.send("A11", "0810", maria, pv1("I", "V1"));
  (void)h.send("A40", "0820", maria, {}, "MRG|M-2^^^MAIN^MR\r");
  BOOST_TEST(h.sql("SELECT count(*) FROM patients") == "0");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue WHERE kind = 'unmatched' AND state = 'open'") == "3");
}

BOOST_DATA_TEST_CASE(a_join_with_nobody_is_shown_to_a_person, both) {
  hospital h(sample);
  (void)h.send("A28", "0800", maria);
  (void)h.send("A40", "0900", maria, {}, "MRG|M-2^^^MAIN^MR\r");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue WHERE kind = 'merge-unclear' AND state = 'open'") ==
             "1");
}

BOOST_DATA_TEST_CASE(a_former_number_in_mrg_means_who_has_it_now, both) {
  hospital h(sample);
  const std::string other = "M-5^^^MAIN^MR||Παπαδοπούλου^Μ||";
  (void)h.send("A28", "0800", maria);
  (void)h.send("A47", "0810", "M-77^^^MAIN^MR||Παπαδοπούλου^Μαρία||19700312|F", {}, "MRG|M-1^^^MAIN^MR\r");
  (void)h.send("A28", "0815", other);
  BOOST_REQUIRE(h.sql("SELECT count(*) FROM patients") == "2");
  (void)h.send("A40", "0820", other, {}, "MRG|M-1^^^MAIN^MR\r");
  (void)h.send("A40", "0830", other, {}, "MRG|M-1^^^MAIN^MR\r"); // already so
  BOOST_TEST(h.sql("SELECT count(*) FROM patients WHERE NOT coalesce(is_deleted, FALSE)") == "1");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue WHERE state = 'open'") == "0");
}

BOOST_DATA_TEST_CASE(what_says_nothing_of_a_person_overwrites_nothing, both) {
  hospital h(sample);
  (void)h.send("A28", "0800", maria);
  const auto mail = h.send("A08", "0900", "M-1^^^MAIN^MR||UNKNOWN^UNKNOWN||19000101|U");
  BOOST_REQUIRE(mail->ok());
  BOOST_TEST(h.patient().text("last_name") == "Παπαδοπούλου");
  BOOST_TEST(h.patient().text("birth_date") == "1970-03-12");
  const std::string until_death = maria + std::string(22, '|');
  (void)h.send("A31", "1000", until_death + "Y");
  (void)h.send("A31", "1010", until_death + "\"\"");
  BOOST_TEST(h.patient().text("status") != "deceased");
}

BOOST_DATA_TEST_CASE(the_clinic_may_name_itself_by_a_universal_id, both) {
  hospital h(sample);
  (void)h.send("A28", "0800", "48213^^^&MAIN&L^MR||ELIA^PETROS||19700312|M");
  BOOST_TEST(h.patient().text("mrn") == "48213");
}

BOOST_DATA_TEST_CASE(a_cancelled_transfer_that_nobody_knows_moves_nobody, both) {
  hospital h(sample);
  (void)h.send("A01", "0800", maria, pv1("I", "V1", "W1"));
  (void)h.send("A12", "0900", maria, pv1("I", "V1"));
  BOOST_TEST(h.visit().text("location") == "W1");
  (void)h.send("A02", "1000", maria, pv1("I", "V1", "W2"));
  BOOST_TEST(h.visit().text("location") == "W2");
  (void)h.send("A12", "1100", maria, pv1("I", "V1"));
  BOOST_TEST(h.visit().text("location") == "W1");
}

BOOST_DATA_TEST_CASE(a_cancelled_admission_is_cancelled_though_an_unknown_discharge_was_too, both) {
  hospital h(sample);
  (void)h.send("A01", "0800", maria, pv1("I", "V1"));
  (void)h.send("A13", "0900", maria, pv1("I", "V1"));
  (void)h.send("A11", "1000", maria, pv1("I", "V1"));
  BOOST_TEST(h.visit().text("status") == "cancelled");
}

BOOST_DATA_TEST_CASE(a_deleted_diagnosis_is_not_listed, both) {
  hospital h(sample);
  (void)h.send("A01", "0800", maria, pv1("I", "V1"), "DG1|1||I21.0^Infarction^I10\rDG1|2||I50^Failure^I10\r");
  (void)h.send("A08", "0900", maria, pv1("I", "V1"),
               "DG1|1||I21.0^Infarction^I10" + std::string(18, '|') + "D\rDG1|2||I50^Failure^I10\r");
  BOOST_TEST(h.visit().text("diagnoses").find("I21") == std::string::npos);
  BOOST_TEST(h.visit().text("diagnoses").find("I50") != std::string::npos);
}

BOOST_DATA_TEST_CASE(a_changed_number_changes_no_other_number, both) {
  hospital h(sample);
  (void)h.send("A28", "0800", "M-1^^^MAIN^MR~812345^^^CYP^NI||Παπαδοπούλου^Μαρία||19700312|F");
  (void)h.send("A47", "0900", "M-1^^^MAIN^MR~777123^^^CYP^NI||Παπαδοπούλου^Μαρία||19700312|F", {},
               "MRG|M-1^^^MAIN^MR\r");
  BOOST_TEST(h.patient().text("cyprus_id") == "812345");
}

BOOST_DATA_TEST_CASE(death_that_was_denied_does_not_come_back_with_an_older_message, both) {
  hospital h(sample);
  const std::string until_death = maria + std::string(22, '|');
  (void)h.send("A28", "0800", maria);
  (void)h.send("A31", "1000", until_death + "N");
  (void)h.send("A31", "0900", until_death + "Y");
  BOOST_TEST(h.patient().text("status") == "active");
  (void)h.send("A31", "1100", until_death + "Y");
  BOOST_TEST(h.patient().text("status") == "deceased");
}

BOOST_DATA_TEST_CASE(a_visits_number_is_one_patients, both) {
  hospital h(sample);
  (void)h.send("A01", "0800", maria, pv1("I", "V1"));
  (void)h.send("A28", "0805", "M-2^^^MAIN^MR||Άλλος^Νίκος||19600101|M");
  (void)h.send("A08", "0900", "M-2^^^MAIN^MR||Άλλος^Νίκος||19600101|M", pv1("I", "V1"));
  BOOST_TEST(h.sql("SELECT count(*) FROM encounters") == "1");
  BOOST_TEST(h.sql("SELECT count(*) FROM review_queue WHERE kind = 'which-visit' AND state = 'open'") == "1");
  // A discharge of a time before the visit began closes nothing.
  (void)h.send("A03", "0700", maria, pv1("I"));
  BOOST_TEST(h.visit().text("status") == "in_progress");
}

BOOST_DATA_TEST_CASE(who_was_made_by_what_is_taken_back_goes, both) {
  hospital h(sample);
  const auto mail = h.send("A28", "0800", maria);
  auto admin = must(h.at.store().admin());
  ports::act away;
  away.is = ports::act::kind::unlink;
  away.word = "unlink";
  away.by = must(admin->access().user("a@b.cy", true));
  away.patient_seen = away.taken_from = 1;
  BOOST_REQUIRE(h.again(*mail, away)->ok());
  BOOST_TEST(h.patient().text("is_deleted") == "true");
}

const std::string nikos = "M-2^^^MAIN^MR||Άλλος^Νίκος||19600101|M";

BOOST_DATA_TEST_CASE(changes_that_come_together_are_committed_together, both) {
  hospital h(sample);
  (void)h.send("A28", "0700", maria), (void)h.send("A28", "0701", nikos);
  const auto first = h.letter("A08", "0800", maria + "|||||22111111");
  const auto twice = std::make_shared<envelope>();
  twice->id = h.at.ids.next(h.at.clock.now());
  twice->received_at = h.at.clock.now();
  twice->bytes = first->bytes;
  const std::vector<envelope_ptr> all{first, h.letter("A08", "0801", nikos + "|||||22333333"), twice,
                                      h.letter("A08", "0802", maria + "|||||22222222"),
                                      h.letter("A08", "0759", maria + "|||||22000000")};
  h.pass_all(all);
  for (const auto& each : all) BOOST_TEST(each->ok());
  BOOST_TEST(twice->receipt->duplicate);
  BOOST_TEST((twice->receipt->first.id == first->id));
  BOOST_TEST(h.patient("1").text("phone") == "22222222");
  BOOST_TEST(h.patient("2").text("phone") == "22333333");
  BOOST_TEST(h.sql("SELECT count(*) FROM hl7_message_keys") == "6");
  if (sample == test::on::postgresql)
    BOOST_TEST(h.sql("SELECT count(DISTINCT CAST(xmin AS text)) FROM hl7_message_log WHERE message_type LIKE"
                     " 'ADT^A08%'") == "1");
}

BOOST_DATA_TEST_CASE(one_that_the_database_refuses_harms_none_of_those_beside_it, both) {
  hospital h(sample);
  (void)h.send("A28", "0700", maria), (void)h.send("A28", "0701", nikos);
  if (sample == test::on::sqlite) {
    h.sql("CREATE TRIGGER refuse BEFORE UPDATE ON patient_pii WHEN OLD.patient_id = 2"
          " BEGIN SELECT RAISE(ABORT, 'no'); END");
  } else {
    h.sql("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF OLD.patient_id = 2 THEN"
          " RAISE EXCEPTION 'no'; END IF; RETURN NEW; END $$");
    h.sql("CREATE TRIGGER refuse BEFORE UPDATE ON patient_pii FOR EACH ROW EXECUTE FUNCTION refuse()");
  }
  const std::vector<envelope_ptr> all{h.letter("A08", "0800", maria + "|||||22111111"),
                                      h.letter("A08", "0801", nikos + "|||||22333333"),
                                      h.letter("A08", "0802", maria + "|||Str^^City")};
  h.pass_all(all);
  BOOST_TEST(all[0]->ok());
  BOOST_TEST(!all[1]->ok());
  BOOST_TEST(all[2]->ok());
  BOOST_TEST(h.patient("1").text("phone") == "22111111");
  BOOST_TEST(!h.patient("1").text("address").empty());
  BOOST_TEST(h.sql("SELECT count(*) FROM hl7_message_log WHERE processing_status = 'failed'") == "1");
}

/// Messages of one person in any order leave the same rows as in the order of their times.
BOOST_AUTO_TEST_CASE(the_order_of_arrival_does_not_matter) {
  struct letter {
    std::string event, minute, pid, pv1;
  };
  std::string right;
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    std::vector<letter> all{{"A05", "0800", maria + "|||||1", pv1("P", "V1")},
                            {"A01", "0810", maria + "|||||2", pv1("I", "V1", "W1")},
                            {"A02", "0820", maria + "|||||\"\"", pv1("I", "V1", "W2")},
                            {"A08", "0830", maria + "|||Str^^City", pv1("I", "V1")},
                            {"A03", "0840", maria + "|||||4", pv1("I", "V1")},
                            {"A13", "0850", maria, pv1("I", "V1")},
                            {"A11", "0900", maria, pv1("I", "V1")}};
    if (seed > 0) std::shuffle(all.begin(), all.end(), random);
    hospital h(test::on::sqlite);
    (void)h.send("A28", "0700", maria); // a transfer or a cancellation makes nobody
    for (const auto& each : all) BOOST_REQUIRE(h.send(each.event, each.minute, each.pid, each.pv1)->ok());
    std::string state;
    for (const auto& row : {h.patient(), h.visit()})
      for (const auto& cell : row.cells) state += cell.value_or("-") + "|";
    if (right.empty()) right = state;
    BOOST_TEST(state == right, "seed " << seed << ": " << state << " not " << right);
    BOOST_TEST(h.sql("SELECT count(*) FROM patients") == "1");
    BOOST_TEST(h.sql("SELECT count(*) FROM encounters") == "1");
  }
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::pipeline

// Appointments from bytes to rows, on real databases.
#include "test/unit/pipeline/told_clinic.hpp"

#include <algorithm>
#include <random>

namespace aorta::pipeline {
namespace {

using test::both;

struct schedule : told_clinic {
  using told_clinic::told_clinic;

  envelope_ptr send(const std::string& event, const std::string& minute, const std::string& sch,
                    const std::string& more = {}, const std::string& pid = maria) {
    return pass(letter("SIU^" + event + "^SIU_S12", minute,
                       "SCH|" + sch + "\r" + more_before(more) + "PID|1||" + pid + "\r" + more_behind(more)));
  }
  std::string cell(const std::string& column) {
    return sql("SELECT coalesce(CAST(" + column + " AS text), '') FROM appointments");
  }
  std::string count() { return sql("SELECT count(*) FROM appointments"); }
  /// What began when, whichever way the database writes it.
  std::string begins() {
    must_one();
    at.session->rollback();
    return row.text("start_time") + " " + row.text("end_time") + " " + row.text("duration_minutes");
  }

private:
  void must_one() {
    test::must(at.session->begin(at.clinic, false));
    ports::row_query ask;
    ask.of = model::table::appointments;
    const auto found = test::must(at.session->rows(ask));
    BOOST_REQUIRE(found.size() == 1u);
    row = found.front().row;
  }
  /// TQ1 stands in front of the patient.
  static std::string more_before(const std::string& more) {
    return more.starts_with("TQ1") ? more.substr(0, more.find('\r') + 1) : std::string();
  }
  static std::string more_behind(const std::string& more) {
    return more.starts_with("TQ1") ? more.substr(more.find('\r') + 1) : more;
  }
  model::record row;
};

/// SCH from its first field on: numbers, reason of the event (6), of the appointment (7), state (25).
std::string sch(const std::string& numbers, const std::string& why = {}, const std::string& reason = {},
                const std::string& state = {}) {
  return numbers + (numbers.find('|') == std::string::npos ? "|" : "") + "||||" + why + "|" + reason +
    (state.empty() ? "" : std::string(18, '|') + state);
}
std::string at(const std::string& from, const std::string& to) {
  return "TQ1|||||||202611" + from + "|202611" + to + "\r";
}

} // namespace

BOOST_AUTO_TEST_SUITE(appointments)

BOOST_DATA_TEST_CASE(an_appointment_is_booked_with_its_resources, both) {
  schedule s(sample);
  s.sql("INSERT INTO users (user_id, email, license_number) VALUES (77, 'd@x.cy', 'L-5')");
  const auto mail = s.send("S12", "0800", sch("A-1^HIS|B-1^SCHED", "", "FOLLOWUP^Follow-up"),
                           at("251000", "251030") +
                             "RGS|1\rAIS|1||ECHO^Echocardiography^L\r"
                             "AIL|1||CARDIO^R2^^CLINIC\rAIP|1||L-9^Nurse\rAIP|2||L-5^Georgiou\r");
  BOOST_REQUIRE(mail->ok());
  BOOST_TEST(mail->ack_code == "AA");
  BOOST_TEST(mail->reply.find("ACK^S12^ACK") != std::string::npos);
  BOOST_TEST(s.begins() == "2026-11-25T08:00:00Z 2026-11-25T08:30:00Z 30");
  BOOST_TEST(s.cell("patient_id") == "1");
  BOOST_TEST(s.cell("status") == "scheduled");
  BOOST_TEST(s.cell("appointment_type") == "echo");
  BOOST_TEST(s.cell("reason") == "Echocardiography");
  BOOST_TEST(s.cell("location") == "CARDIO, R2, CLINIC");
  BOOST_TEST(s.cell("provider_id") == "77");
  BOOST_TEST(s.cell("placer_appointment_number") == "A-1");
  BOOST_TEST(s.cell("filler_appointment_number") == "B-1");
  BOOST_TEST(s.sql("SELECT count(*) FROM event_outbox WHERE event_type = 'appointment_created'") == "1");
}

BOOST_DATA_TEST_CASE(it_is_moved_cancelled_and_booked_again, both) {
  schedule s(sample);
  (void)s.send("S12", "0800", sch("A-1"), at("251000", "251030"));
  (void)s.send("S13", "0810", sch("A-1"), at("261100", "261200"));
  BOOST_TEST(s.begins() == "2026-11-26T09:00:00Z 2026-11-26T10:00:00Z 60");
  (void)s.send("S15", "0820", sch("A-1", "PAT^Patient is ill"));
  BOOST_TEST(s.cell("status") == "cancelled");
  BOOST_TEST(s.cell("cancellation_reason") == "Patient is ill");
  BOOST_TEST(s.sql("SELECT count(*) FROM appointments WHERE cancelled_at IS NOT NULL") == "1");
  (void)s.send("S13", "0830", sch("A-1"), at("271100", "271200"));
  BOOST_TEST(s.cell("status") == "scheduled");
  BOOST_TEST(s.cell("cancellation_reason") == "");
  BOOST_TEST(s.count() == "1");
  (void)s.send("S17", "0840", sch("A-1"));
  BOOST_TEST(s.cell("status") == "cancelled");
  BOOST_TEST(s.cell("cancellation_reason") == "booked by mistake");
}

BOOST_DATA_TEST_CASE(what_is_moved_without_its_end_lasts_as_long_as_before, both) {
  schedule s(sample);
  (void)s.send("S12", "0800", sch("A-1"), at("251000", "251030"));
  (void)s.send("S13", "0810", "A-1||||||||||^^^202611261100");
  BOOST_TEST(s.begins() == "2026-11-26T09:00:00Z 2026-11-26T09:30:00Z 30");
}

BOOST_DATA_TEST_CASE(who_does_not_come_is_a_no_show, both) {
  schedule s(sample);
  (void)s.send("S12", "0800", sch("A-1"), at("191000", "191030"));
  (void)s.send("S15", "0930", sch("A-1", "Ill"));
  (void)s.send("S26", "1040", sch("A-1", "", "", "Noshow"));
  BOOST_TEST(s.cell("cancellation_reason") == "");
  BOOST_TEST(s.cell("status") == "no_show");
  // An older word of it changes nothing.
  (void)s.send("S14", "0900", sch("A-1", "", "Control", "Booked"), at("191000", "191045"));
  BOOST_TEST(s.cell("status") == "no_show");
  BOOST_TEST(s.cell("duration_minutes") == "45");
}

BOOST_DATA_TEST_CASE(what_is_changed_before_anybody_booked_it_is_booked, both) {
  schedule s(sample);
  (void)s.send("S14", "0830", sch("A-1"), at("251000", "251030"));
  BOOST_TEST(s.cell("status") == "scheduled");
  (void)s.send("S15", "0810", sch("A-1", "Ill"), ""); // older, and it says more
  BOOST_TEST(s.cell("status") == "cancelled");
  BOOST_TEST(s.count() == "1");
}

/// What came first about it may come late: a cancellation is not forgotten.
BOOST_AUTO_TEST_CASE(the_order_of_arrival_does_not_matter) {
  struct letter {
    std::string event, minute, sch, more;
  };
  std::string right;
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    std::vector<letter> all{{"S12", "0800", sch("A-1", "", "First"), at("251000", "251030")},
                            {"S14", "0810", sch("A-1", "", "Second"), "AIL|1||ROOM1\r"},
                            {"S13", "0820", sch("A-1"), at("261100", "261130")},
                            {"S15", "0830", sch("A-1", "Ill"), at("261100", "261130")},
                            {"S14", "0840", sch("A-1"), at("261100", "261145") + "AIL|1||ROOM2\r"}};
    if (seed > 0) std::shuffle(all.begin(), all.end(), random);
    if (all.front().more.starts_with("AIL"))
      std::swap(all.front(), all.back()); // it has no time: it makes none
    schedule s(test::on::sqlite);
    for (const auto& each : all) BOOST_REQUIRE(s.send(each.event, each.minute, each.sch, each.more)->ok());
    std::string state = s.begins();
    for (const auto* column : {"status", "reason", "location", "cancellation_reason"})
      state += "|" + s.cell(column);
    if (right.empty()) right = state;
    BOOST_TEST(state == right, "seed " << seed << ": " << state << " not " << right);
    BOOST_TEST(s.count() == "1");
  }
  BOOST_TEST(right == "2026-11-26T09:00:00Z 2026-11-26T09:45:00Z 45|cancelled|Second|ROOM2|Ill");
}

BOOST_DATA_TEST_CASE(another_patients_appointment_is_never_taken_over, both) {
  schedule s(sample);
  (void)s.send("S12", "0800", sch("A-1"), at("251000", "251030"));
  for (const auto* event : {"S12", "S13", "S15", "S26"})
    BOOST_REQUIRE(s.send(event, "0900", sch("A-1"), at("261000", "261030"), nikos)->ok());
  BOOST_TEST(s.count() == "1");
  BOOST_TEST(s.cell("patient_id") == "1");
  BOOST_TEST(s.cell("status") == "scheduled");
  BOOST_TEST(s.open_reviews() == "appointment-of-another");
  (void)s.send("S12", "0910", sch("A-1^ELSEWHERE"), at("261000", "261030"), nikos);
  BOOST_TEST(s.count() == "1"); // nobody has said whose number the first one is
}

BOOST_DATA_TEST_CASE(what_took_place_is_not_cancelled_by_a_message, both) {
  schedule s(sample);
  (void)s.send("S12", "0800", sch("A-1"), at("251000", "251030"));
  s.sql("UPDATE appointments SET status = 'completed'");
  for (const auto* event : {"S15", "S26", "S13", "S12", "S14"})
    (void)s.send(event, "0900", sch("A-1"), at("261000", "261030"));
  BOOST_TEST(s.cell("status") == "completed");
  BOOST_TEST(s.begins() == "2026-11-25T08:00:00Z 2026-11-25T08:30:00Z 30");
  BOOST_TEST(s.open_reviews() == "appointment-took-place");
}

BOOST_DATA_TEST_CASE(what_a_person_took_to_somebody_else_is_not_moved_under_the_first, both) {
  schedule s(sample);
  const auto mail = s.send("S12", "0800", sch("A-1"), at("251000", "251030"));
  auto link = s.act(ports::act::kind::link, "link");
  link.patient = test::must(test::must(s.at.store().admin())->patient(s.at.clinic, 2));
  link.patient_seen = link.taken_from = 1;
  BOOST_REQUIRE(s.again(*mail, link)->ok());
  for (const auto* event : {"S13", "S15"}) (void)s.send(event, "0900", sch("A-1"), at("261000", "261030"));
  BOOST_TEST(s.sql("SELECT status FROM appointments WHERE patient_id = 1") == "cancelled");
  BOOST_TEST(s.sql("SELECT status FROM appointments WHERE patient_id = 2") == "scheduled");
  BOOST_TEST(s.open_reviews() == "appointment-of-another");
}

BOOST_DATA_TEST_CASE(it_does_not_end_before_it_begins, both) {
  schedule s(sample);
  (void)s.send("S12", "0800", sch("A-1"), at("251000", "251030"));
  (void)s.send("S14", "0810", sch("A-1"), "TQ1||||||||20261125090000\r");
  BOOST_TEST(s.begins() == "2026-11-25T08:00:00Z 2026-11-25T08:30:00Z 30");
}

BOOST_DATA_TEST_CASE(a_cancellation_of_what_nobody_told_of_is_shown_to_a_person, both) {
  schedule s(sample);
  (void)s.send("S15", "0800", sch("A-9"));
  BOOST_TEST(s.count() == "0");
  BOOST_TEST(s.open_reviews() == "unknown-appointment");
}

BOOST_DATA_TEST_CASE(whoever_is_not_known_waits_and_a_link_files_it_and_an_unlink_takes_it_back, both) {
  schedule s(sample);
  const auto mail = s.send("S12", "0800", sch("A-1"), at("251000", "251030"),
                           "X-9^^^MAIN^MR||Neou^Anna||19800101|F");
  BOOST_TEST(s.count() == "0");
  BOOST_TEST(s.open_reviews() == "unmatched");
  auto link = s.act(ports::act::kind::link, "link");
  link.patient = test::must(test::must(s.at.store().admin())->patient(s.at.clinic, 2));
  BOOST_REQUIRE(s.again(*mail, link)->ok());
  BOOST_TEST(s.cell("patient_id") == "2");
  BOOST_TEST(s.open_reviews() == "");
  auto away = s.act(ports::act::kind::unlink, "unlink");
  away.patient_seen = away.taken_from = 2;
  away.link_seen = uuid_from_text(s.sql("SELECT id FROM message_links WHERE replaced_at IS NULL"));
  BOOST_REQUIRE(s.again(*mail, away)->ok());
  BOOST_TEST(s.cell("status") == "cancelled");
}

BOOST_DATA_TEST_CASE(a_repeat_books_nothing_twice, both) {
  schedule s(sample);
  const auto body = "SCH|" + sch("A-1") + "\r" + at("251000", "251030") + "PID|1||" + maria + "\r";
  (void)s.pass(s.letter("SIU^S12", "0800", body, "K1"));
  BOOST_TEST(s.pass(s.letter("SIU^S12", "0800", body, "K1"))->receipt->duplicate);
  BOOST_TEST(s.count() == "1");
}

BOOST_AUTO_TEST_CASE(times_come_from_where_they_are_told) {
  for (const auto& [schedule_part, more, right] :
       {std::tuple{std::string("A-1||||||||20|min|^^^202611251000"), std::string(),
                   "2026-11-25T08:00:00Z 2026-11-25T08:20:00Z 20"},
        {std::string("A-1"), std::string("AIS|1||X|202611251010|||40|min\rAIL|1||R|||202611251000\r"),
         "2026-11-25T08:00:00Z 2026-11-25T08:40:00Z 40"},
        {std::string("A-1||||||||60|s|^^^202611251000^202611251050"), std::string(),
         "2026-11-25T08:00:00Z 2026-11-25T08:50:00Z 50"},
        {std::string("A-1"), at("251000", "250900") + "AIS|1|D|X|202611240900\r",
         "2026-11-25T08:00:00Z  "}}) {
    schedule s(test::on::sqlite);
    BOOST_REQUIRE(s.send("S12", "0800", schedule_part, more)->ok());
    BOOST_TEST(s.begins() == right);
  }
  schedule s(test::on::sqlite);
  BOOST_TEST(s.send("S12", "0800", "")->ack_code == "AE");
  BOOST_TEST(s.send("S15", "0800", sch("A-9"))->ack_code == "AA"); // nobody told of it, and it has no time
  BOOST_TEST(s.count() == "0");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::pipeline

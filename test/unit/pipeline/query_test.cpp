// Look-ups of people, from bytes to answers, on real databases.
#include "test/unit/pipeline/told_clinic.hpp"

#include "engine/hl7/charset.hpp"
#include "engine/pipeline/frame.hpp"
#include "engine/query/query.hpp"

namespace aorta::pipeline {
namespace {

using test::both;
using test::must;

struct clinic : told_clinic {
  explicit clinic(test::on which) : told_clinic(which) {
    of.how.name = "queries";
    of.how.clinic = "MAIN";
    add("M-10", "Παπαδόπουλος", "Γεώργιος", 1958, "812345", model::gender::male);
    add("M-11", "Georgiou", "Eleni", 1971, "", model::gender::female);
    add("M-12", "Georgiou", "Eleni", 1971, "900111", model::gender::female);
  }

  model::patient_id add(const std::string& mrn, const std::string& family, const std::string& given, int year,
                        const std::string& card, model::gender sex, model::clinic_id in = 0) {
    model::patient who;
    who.mrn = mrn;
    who.last_name = family;
    who.first_name = given;
    who.birth_date = std::chrono::year{year} / 4 / 12;
    who.cyprus_id = card;
    who.sex = sex;
    return must(must(at.store().admin())->add_patient(in == 0 ? at.clinic : in, who));
  }

  envelope_ptr ask(const std::string& type, const std::string& body, const std::string& charset = {},
                   const std::string& version = "2.5.1") {
    auto mail = std::make_shared<envelope>();
    mail->id = at.ids.next(at.clock.now());
    mail->received_at = at.clock.now();
    mail->listener = "lab";
    mail->peer = "10.0.0.7:40000";
    mail->bytes = "MSH|^~\\&|ECG|ROOM1|||202611200800||" + type + "|" + std::to_string(++sent) + "|P|" +
      version + "||||||" + charset + "\r" + body;
    return question(mail);
  }
  envelope_ptr question(const envelope_ptr& mail) {
    (void)read_header(*mail);
    const std::vector<envelope_ptr> one{mail};
    must(run({parse(), map_query(), match_patient(), answer_query(), persist(), ack()}, of, one, store));
    return mail;
  }
  /// Q22 with these criteria.
  envelope_ptr who(const std::string& criteria, const std::string& rcp = "RCP|I\r") {
    return ask("QBP^Q22^QBP_Q21", "QPD|Q22^Find Candidates^HL7|T1|" + criteria + "\r" + rcp, "UNICODE UTF-8");
  }
  envelope_ptr numbers_of(const std::string& number, const std::string& domains = {}) {
    return ask("QBP^Q23^QBP_Q21", "QPD|Q23^Get IDs^HL7|T2|" + number + "|" + domains + "\rRCP|I\r");
  }
  std::string audits(const std::string& what) {
    return at.sql("SELECT " + what + " FROM security_audit WHERE method LIKE 'Q%'");
  }
};

/// The reply's segments from the third on, one a line; those of the header and MSA are told apart.
std::string lines(const envelope& mail, const std::string& name) {
  std::string out;
  for (size_t from = 0; from < mail.reply.size();) {
    const auto end = std::min(mail.reply.find('\r', from), mail.reply.size());
    const auto line = mail.reply.substr(from, end - from);
    if (line.starts_with(name)) out += (out.empty() ? "" : "\n") + line;
    from = end + 1;
  }
  return out;
}
std::string order_of(const envelope& mail) {
  std::string out;
  for (size_t from = 0; from < mail.reply.size(); from = mail.reply.find('\r', from) + 1)
    out += (out.empty() ? "" : " ") + mail.reply.substr(from, 3);
  return out;
}
/// ERR-2 and ERR-3.1 with the code of the acknowledgement.
std::string refusal(const envelope& mail) {
  const auto line = lines(mail, "ERR");
  const auto field = [&](size_t n) {
    size_t at = 0;
    for (; n > 0; --n) at = line.find('|', at) + 1;
    return line.substr(at, line.find('|', at) - at);
  };
  return mail.ack_code + " " + field(2) + " " + field(3).substr(0, 3);
}

std::string certain(clinic& c, const std::string& criteria) {
  return lines(*c.ask("QBP^Q22", "QPD|Q22|T|" + criteria + "|80\r"), "QAK");
}
std::string refused(clinic& c, const std::string& criteria, const std::string& rcp = "RCP|I\r") {
  const auto mail = c.who(criteria, rcp);
  BOOST_TEST(order_of(*mail) == "MSH MSA ERR QAK QPD");
  BOOST_TEST(lines(*mail, "QAK") == "QAK|T1|AE|Q22^Find Candidates^HL7");
  return refusal(*mail);
}

const std::string mr = "@PID.3.1^M-10~@PID.3.4^MAIN~@PID.3.5^MR";
const std::string eleni = "@PID.5.1^GEORGIOU~@PID.5.2^ELENI~@PID.7^19710412";

} // namespace

BOOST_AUTO_TEST_SUITE(queries)

BOOST_DATA_TEST_CASE(a_number_finds_exactly_and_the_answer_holds_numbers_alone, both) {
  clinic c(sample);
  const auto mail = c.who(mr);
  BOOST_TEST(mail->ack_code == "AA");
  BOOST_TEST(order_of(*mail) == "MSH MSA QAK QPD PID");
  BOOST_TEST(lines(*mail, "MSH").find("|RSP^K22^RSP_K22|") != std::string::npos);
  BOOST_TEST(lines(*mail, "QAK") == "QAK|T1|OK|Q22^Find Candidates^HL7|1|1|0");
  BOOST_TEST(lines(*mail, "QPD") == "QPD|Q22^Find Candidates^HL7|T1|" + mr);
  BOOST_TEST(lines(*mail, "PID") == "PID|1||M-10^^^MAIN^MR~812345^^^CY^NNCYP||~^^^^^^S");
}

BOOST_DATA_TEST_CASE(a_look_up_is_logged_and_audited_and_files_nothing, both) {
  clinic c(sample);
  (void)c.who(mr);
  BOOST_TEST(c.sql("SELECT processing_status FROM hl7_message_log") == "processed");
  BOOST_TEST(c.sql("SELECT count(*) FROM hl7_message_log WHERE patient_id IS NOT NULL") == "0");
  BOOST_TEST(c.sql("SELECT count(*) FROM hl7_message_keys") == "0");
  BOOST_TEST(c.open_reviews() == "");
  BOOST_TEST(c.audits("count(*)") == "1");
  BOOST_TEST(c.audits("patient_id") == "3");
  BOOST_TEST(c.audits("criteria").find("M-10") == std::string::npos);
  const auto all = must(must(c.at.store().admin())->access().audits(c.at.clinic, 3, {}, {}, {}, {}, 10));
  BOOST_REQUIRE(all.items.size() == 1);
  BOOST_TEST(all.items[0].actor == "listener:lab");
  BOOST_TEST(all.items[0].peer == "10.0.0.7:40000");
  BOOST_TEST(all.items[0].criteria.starts_with("QPD|Q22^Find Candidates^HL7|T1|" + mr));
  BOOST_TEST(all.items[0].outcome == "200");
}

BOOST_DATA_TEST_CASE(asked_twice_is_answered_twice, both) {
  clinic c(sample);
  const auto first = c.who(mr);
  auto again = std::make_shared<envelope>();
  again->id = c.at.ids.next(c.at.clock.now());
  again->received_at = c.at.clock.now();
  again->bytes = first->bytes;
  c.of.how.discloses = {"PID-3", "PID-8"};
  (void)c.question(again);
  BOOST_TEST(lines(*again, "PID") == "PID|1||M-10^^^MAIN^MR~812345^^^CY^NNCYP||~^^^^^^S|||M");
  BOOST_TEST(c.sql("SELECT count(*) FROM hl7_message_log WHERE processing_status = 'processed'") == "2");
  BOOST_TEST(c.audits("count(*)") == "2");
}

BOOST_DATA_TEST_CASE(what_the_route_discloses_is_told, both) {
  clinic c(sample);
  c.of.how.discloses = {"PID-3", "PID-5", "PID-7", "PID-8"};
  BOOST_TEST(lines(*c.who(mr), "PID") ==
             "PID|1||M-10^^^MAIN^MR~812345^^^CY^NNCYP||Παπαδόπουλος^Γεώργιος||19580412|M");
}

BOOST_DATA_TEST_CASE(name_and_birth_date_find_whom_the_matcher_would_offer, both) {
  clinic c(sample);
  const auto two = c.who(eleni);
  BOOST_TEST(lines(*two, "QAK").ends_with("|2|2|0"));
  BOOST_TEST(lines(*two, "PID").find("M-11^^^MAIN^MR||") != std::string::npos);
  BOOST_TEST(lines(*two, "PID").find("M-12^^^MAIN^MR~900111^^^CY^NNCYP") != std::string::npos);
  BOOST_TEST(c.audits("count(*)") == "2");
  const auto one = c.who(eleni, "RCP|I|1^RD\r");
  BOOST_TEST(lines(*one, "QAK").ends_with("|2|1|1"));
  BOOST_TEST(c.audits("count(*)") == "3");
  // In the other script, and in either order of fields and criteria.
  const auto greek = c.who("@PID.7.1^19580412~@PID.5.2^GEORGIOS~@PID.5.1.1^PAPADOPOULOS");
  BOOST_TEST(lines(*greek, "PID").starts_with("PID|1||M-10^"));
  BOOST_TEST(
    lines(*c.who("@PID.5^PAPADOPOULOS^GEORGIOS~@PID.7^19580412"), "PID").starts_with("PID|1||M-10^"));
  // A confidence is asked for: candidates have none, who is certain has all.
  BOOST_TEST(certain(c, eleni) == "QAK|T|NF|Q22|0|0|0");
  BOOST_TEST(certain(c, mr) == "QAK|T|OK|Q22|1|1|0");
}

BOOST_DATA_TEST_CASE(who_contradicts_anything_that_is_asked_is_not_told, both) {
  clinic c(sample);
  for (const auto* beside : {"~@PID.5.1^GEORGIOU~@PID.5.2^ELENI", "~@PID.7^19710412", "~@PID.8^F"}) {
    const auto mail = c.who(mr + beside);
    BOOST_TEST(mail->ack_code == "AA");
    BOOST_TEST(lines(*mail, "QAK") == "QAK|T1|NF|Q22^Find Candidates^HL7|0|0|0");
    BOOST_TEST(lines(*mail, "PID") == "");
  }
  BOOST_TEST(c.audits("count(patient_id)") == "0");
  BOOST_TEST(c.audits("count(*)") == "3");
  BOOST_TEST(lines(*c.who(mr + "~@PID.8^M~@PID.7^19580412"), "PID").starts_with("PID|1||M-10^"));
  BOOST_TEST(lines(*c.who(eleni + "~@PID.3.1^900111~@PID.3.5^NNCYP"), "QAK").ends_with("|1|1|0"));
}

BOOST_DATA_TEST_CASE(nobody_of_another_clinic_and_nobody_deleted_is_found, both) {
  clinic c(sample);
  c.add("X-1", "Neofytou", "Nikos", 1960, "700700", model::gender::male, c.at.other_clinic);
  BOOST_TEST(lines(*c.who("@PID.3.1^700700~@PID.3.5^NNCYP"), "QAK").find("|NF|") != std::string::npos);
  c.sql("UPDATE patients SET is_deleted = true WHERE mrn = 'M-10'");
  BOOST_TEST(lines(*c.who(mr), "QAK").find("|NF|") != std::string::npos);
}

BOOST_DATA_TEST_CASE(who_was_joined_with_somebody_is_found_as_the_survivor, both) {
  clinic c(sample);
  auto merge = c.letter(
    "ADT^A40", "0900",
    "EVN||202611200900\rPID|1||M-12^^^MAIN^MR||Georgiou^Eleni||19710412|F\rMRG|M-11^^^MAIN^MR\r");
  (void)read_header(*merge);
  const std::vector<envelope_ptr> one{merge};
  must(run({parse(), map_admission(), match_patient(), persist(), ack()}, c.of, one, c.store));
  BOOST_REQUIRE(merge->ack_code == "AA");
  const auto mail = c.who("@PID.3.1^M-11~@PID.3.5^MR");
  BOOST_TEST(lines(*mail, "QAK").ends_with("|1|1|0"));
  BOOST_TEST(lines(*mail, "PID") == "PID|1||M-12^^^MAIN^MR~900111^^^CY^NNCYP||~^^^^^^S");
  BOOST_TEST(lines(*c.numbers_of("M-11^^^MAIN^MR"), "PID") ==
             "PID|1||M-12^^^MAIN^MR~900111^^^CY^NNCYP||~^^^^^^S");
}

BOOST_DATA_TEST_CASE(corresponding_numbers_of_one_known_number, both) {
  clinic c(sample);
  const auto all = c.numbers_of("812345^^^CY^NI");
  BOOST_TEST(lines(*all, "MSH").find("|RSP^K23^RSP_K23|") != std::string::npos);
  BOOST_TEST(order_of(*all) == "MSH MSA QAK QPD PID");
  BOOST_TEST(lines(*all, "PID") == "PID|1||M-10^^^MAIN^MR~812345^^^CY^NNCYP||~^^^^^^S");
  BOOST_TEST(lines(*c.numbers_of("M-10^^^MAIN", "^^^CY"), "PID") == "PID|1||812345^^^CY^NNCYP||~^^^^^^S");
  BOOST_TEST(lines(*c.numbers_of("M-10^^^^MR", "^^^MAIN~^^^GESY"), "PID") ==
             "PID|1||M-10^^^MAIN^MR||~^^^^^^S");
  BOOST_TEST(lines(*c.numbers_of("M-10^^^MAIN^MR", "^^^GESY"), "QAK").find("|NF|") != std::string::npos);
  const auto none = c.numbers_of("M-99^^^MAIN^MR");
  BOOST_TEST(none->ack_code == "AA");
  BOOST_TEST(lines(*none, "QAK") == "QAK|T2|NF|Q23^Get IDs^HL7|0|0|0");
}

BOOST_DATA_TEST_CASE(the_original_query_is_answered_with_adr, both) {
  clinic c(sample);
  c.of.how.discloses = {"PID-3", "PID-7"};
  const std::string qrd = "QRD|202611200800|R|I|Q-77|||1^RD|M-10^^^^^^^^MAIN^^^^MR|DEM|\r";
  const auto mail = c.ask("QRY^A19", qrd + "QRF|WARD\r", "", "2.3");
  BOOST_TEST(order_of(*mail) == "MSH MSA QAK QRD QRF PID PV1");
  BOOST_TEST(lines(*mail, "MSH").find("|ADR^A19|") != std::string::npos);
  BOOST_TEST(lines(*mail, "QAK") == "QAK|Q-77|OK||1|1|0");
  BOOST_TEST(lines(*mail, "QRD") + "|\r" == qrd);
  BOOST_TEST(lines(*mail, "PID") == "PID|1||M-10^^^MAIN^MR~812345^^^CY^NNCYP||~^^^^^^S||19580412");
  BOOST_TEST(lines(*mail, "PV1") == "PV1|1|N");
  const auto other = c.ask("QRY^A19^QRY_A19", "QRD|2026|R|I|Q-78|||1^RD|M-10^Georgiou^Eleni^^^^^^MAIN|DEM\r");
  BOOST_TEST(lines(*other, "QAK") == "QAK|Q-78|NF||0|0|0");
}

BOOST_DATA_TEST_CASE(what_cannot_be_asked_is_refused_at_its_place, both) {
  clinic c(sample);
  BOOST_TEST(refused(c, "") == "AE QPD^1^3 101");
  BOOST_TEST(refused(c, "@PID.3.1^M-10") == "AE QPD^1^3 101"); // whose number?
  BOOST_TEST(refused(c, "@PID.3.1^M-10~@PID.3.4^ELSEWHERE") == "AE QPD^1^3 204");
  BOOST_TEST(refused(c, "@PID.5.1^GEORGIOU~@PID.5.2^ELENI") == "AE QPD^1^3 101"); // which of them?
  BOOST_TEST(refused(c, mr + "~@PID.11.3^NICOSIA") == "AE QPD^1^3^4^1 103");
  BOOST_TEST(refused(c, "@PID.5.1^GEO*~@PID.5.2^ELENI~@PID.7^19710412") == "AE QPD^1^3^1^2 102");
  BOOST_TEST(refused(c, "NAME^GEORGIOU") == "AE QPD^1^3^1^1 102");
  BOOST_TEST(refused(c, eleni + "x") == "AE QPD^1^3 102");
  BOOST_TEST(refused(c, mr + "~@PID.8^Q") == "AE QPD^1^3 103");
  BOOST_TEST(refused(c, mr, "RCP|D\r") == "AE RCP^1^1 103");
  BOOST_TEST(refused(c, mr, "RCP|I|many\r") == "AE RCP^1^2 102");
  BOOST_TEST(refused(c, mr, "RCP|I|5^LI\r") == "AE RCP^1^2^1^2 103");
  BOOST_TEST(refused(c, mr, "RCP|I||B\r") == "AE RCP^1^3 103");
  BOOST_TEST(refused(c, mr, "RCP|I\rDSC|7\r") == "AE DSC^1^1 103");
  BOOST_TEST(refused(c, mr + "|||||^^^ELSEWHERE") == "AE QPD^1^8 204");
  BOOST_TEST(refusal(*c.ask("QBP^Q22", "RCP|I\r")) == "AE QPD^1 100");
  BOOST_TEST(refusal(*c.ask("QRY^A19", "QRD|2026|D|I|Q||||M-10^^^^^^^^MAIN|DEM\r")) == "AE QRD^1^2 103");
  BOOST_TEST(refusal(*c.ask("QRY^A19", "QRD|2026|R|I|Q||||M-10^^^^^^^^MAIN|RES\r")) == "AE QRD^1^9 103");
  BOOST_TEST(refusal(*c.ask("QRY^A19", "QRD|2026|R|I|Q||||^Georgiou^Eleni|DEM\r")) == "AE QRD^1^8 101");
  BOOST_TEST(c.audits("count(*)") == "0");
  BOOST_TEST(c.sql("SELECT count(*) FROM hl7_message_log WHERE processing_status <> 'failed'") == "0");
  BOOST_TEST(c.sql("SELECT count(*) FROM hl7_message_keys") == "0");
  BOOST_TEST(c.open_reviews() == "");
}

BOOST_DATA_TEST_CASE(the_answer_is_in_the_charset_of_the_question, both) {
  clinic c(sample);
  c.of.how.discloses = {"PID-3", "PID-5"};
  const auto greek = must(hl7::decoder::make("8859/7"));
  const auto name = must(greek.encode("Παπαδόπουλος^Γεώργιος"));
  const std::string asks = "QPD|Q22|T|" + mr + "\rRCP|I\r";
  BOOST_TEST(lines(*c.ask("QBP^Q22", asks, "8859/7"), "PID").ends_with("||" + name));
  // Where none is named the answer says its own.
  const auto unnamed = c.ask("QBP^Q22", asks);
  BOOST_TEST(lines(*unnamed, "PID").ends_with("||Παπαδόπουλος^Γεώργιος"));
  BOOST_TEST(lines(*unnamed, "MSH").ends_with("|UNICODE UTF-8"));
  c.of.how.discloses = {"PID-3"};
  BOOST_TEST(lines(*c.ask("QBP^Q22", asks), "MSH").ends_with("|2.5.1")); // nothing but ASCII in it
  c.of.how.discloses = {"PID-3", "PID-5"};
  // A name is never spelt otherwise.
  BOOST_TEST(refusal(*c.ask("QBP^Q22", asks, "8859/1")) == "AE MSH^1^18 103");
  BOOST_TEST(c.audits("count(*)") == "3");
  c.of.how.charset = "windows-1253";
  const auto windows = must(hl7::decoder::make("windows-1253"));
  const auto by_name = c.ask("QBP^Q22",
                             "QPD|Q22|T|@PID.5^" + must(windows.encode("ΠΑΠΑΔΟΠΟΥΛΟΣ^ΓΕΩΡΓΙΟΣ")) +
                               "~@PID.7^19580412\rRCP|I\r");
  BOOST_TEST(lines(*by_name, "PID").ends_with("||" + must(windows.encode("Παπαδόπουλος^Γεώργιος"))));
  BOOST_TEST(lines(*by_name, "MSH").ends_with("|2.5.1"));
}

BOOST_AUTO_TEST_CASE(a_number_that_two_hold_is_answered_with_no_guess) {
  std::vector<model::patient> two(2);
  for (size_t i = 0; i < 2; ++i) {
    two[i].id = model::patient_id(i + 1);
    two[i].cyprus_id = "812345";
  }
  query::question asked;
  asked.is = query::kind::identifiers;
  asked.who.ids = {identity::type_id("812345", "NI", "CY", "MAIN")};
  const auto made = identity::decide(asked.who, two);
  const auto told = query::meant(asked, made, two);
  BOOST_REQUIRE(!told);
  BOOST_TEST((told.error().code == error_code::unknown_key));
  BOOST_TEST(told.error().where == "QPD-3");
  asked.is = query::kind::candidates; // to choose from
  BOOST_TEST(must(query::meant(asked, made, two)).size() == 2u);
}

BOOST_AUTO_TEST_CASE(other_delimiters_are_those_of_the_answer) {
  clinic c(test::on::sqlite);
  auto mail = std::make_shared<envelope>();
  mail->bytes = "MSH#*!\\$#ECG#ROOM1#####QBP*Q22#77#P#2.5.1\rQPD#Q22#T#@PID.3.1*M-10!@PID.3.5*MR\rRCP#I\r";
  (void)c.question(mail);
  BOOST_TEST(lines(*mail, "PID") == "PID#1##M-10***MAIN*MR!812345***CY*NNCYP##!******S");
}

BOOST_AUTO_TEST_CASE(a_frame_with_one_acknowledgement_still_answers_its_questions) {
  clinic c(test::on::sqlite);
  const std::string asks = "MSH|^~\\&|ECG|ROOM1|||2026||QBP^Q22|A|P|2.5.1\rQPD|Q22|T|" + mr + "\rRCP|I\r";
  frame_work frame(asks + asks, false);
  while (const auto part = frame.next(c.at.ids, c.at.clock.now())) frame.settle(*c.question(part));
  BOOST_REQUIRE(frame.settled());
  const auto reply = frame.answer(config::batch_answer::one, c.at.clock, c.at.ids);
  BOOST_TEST(reply.codes.size() == 3u);
  BOOST_TEST(reply.bytes.find("|ACK") < reply.bytes.find("|RSP^K22"));
  size_t people = 0;
  for (size_t at = 0; (at = reply.bytes.find("PID|1||M-10", at)) != std::string::npos; ++at) ++people;
  BOOST_TEST(people == 2u);
}

BOOST_AUTO_TEST_CASE(a_person_who_runs_it_again_is_told_nothing_and_the_audit_neither) {
  clinic c(test::on::sqlite);
  const auto first = c.who(mr);
  auto again = std::make_shared<envelope>();
  again->bytes = first->bytes;
  again->id = first->id;
  again->received_at = first->received_at;
  again->how = ports::filing::mode::again;
  again->act = std::make_shared<const ports::act>(c.act(ports::act::kind::reprocess, "reprocess"));
  (void)c.question(again);
  BOOST_TEST(again->ok());
  BOOST_TEST(c.audits("count(*)") == "1");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::pipeline

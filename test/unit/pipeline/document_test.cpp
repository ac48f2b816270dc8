// Documents from bytes to notes, on real databases.
#include "engine/base/base64.hpp"
#include "engine/document/content.hpp"
#include "test/unit/pipeline/told_clinic.hpp"

#include <algorithm>
#include <random>

namespace aorta::pipeline {
namespace {

using namespace std::string_literals;
using test::both;

const std::string pdf = "%PDF-1.4\n1 0 obj << >> endobj\n%%EOF\n";
const std::string other_pdf = "%PDF-1.7\n2 0 obj << /Type /Catalog /Pages 3 0 R >> endobj\n%%EOF\n";

std::string encoded(const std::string& content) {
  return "OBX|1|ED|PDF||^application^pdf^Base64^" + base64::encode(content) + "||||||F\r";
}
std::string line(const std::string& text) { return "OBX|1|TX|T^Text||" + text + "||||||F\r"; }

/// TXA from its number on: TXA-12, 13, and TXA-17 to 19.
std::string txa(const std::string& number, const std::string& parent = {}, const std::string& state = "AU",
                const std::string& available = "AV", const std::string& type = "DS") {
  return "TXA|1|" + type + "|TX|20261118093000|||||L-5^Georgiou^Anna^^^Dr|||" + number + "|" + parent +
    "|P-1|F-1||" + state + "|U|" + available + "\r";
}

struct archive : told_clinic {
  using told_clinic::told_clinic;

  envelope_ptr send(const std::string& event, const std::string& minute, const std::string& more,
                    const std::string& pid = maria) {
    return pass(letter("MDM^" + event + "^MDM_T02", minute,
                       "EVN||20261119" + minute + "\rPID|1||" + pid + "\rPV1|1|O\r" + more));
  }
  std::string cell(const std::string& column, const std::string& number = "D-1") {
    return sql("SELECT coalesce(CAST(" + column +
               " AS text), '') FROM clinical_notes WHERE document_number = '" + number + "'");
  }
  std::string content(const std::string& number = "D-1") {
    return sql(
      "SELECT coalesce(v.content_text, '-') FROM clinical_notes n JOIN note_versions v ON v.note_id = "
      "n.note_id AND v.version = n.current_version WHERE n.document_number = '" +
      number + "'");
  }
  std::string count() { return sql("SELECT count(*) FROM clinical_notes"); }
  std::string contents() { return sql("SELECT count(*) FROM document_contents"); }
  /// As FHIR shows the document of a note.
  std::string shown(const std::string& note) { return at.get("DocumentReference/note-" + note).body; }
};

} // namespace

BOOST_AUTO_TEST_SUITE(documents)

BOOST_DATA_TEST_CASE(a_document_is_filed_with_its_text_and_what_is_attached, both) {
  archive s(sample);
  s.sql("INSERT INTO users (user_id, email, license_number) VALUES (77, 'd@x.cy', 'L-5')");
  s.sql("INSERT INTO encounters (encounter_id, patient_id, clinic_id, visit_number) SELECT 5, 1, clinic_id, "
        "'V-1' FROM clinics WHERE code = 'MAIN'");
  const auto mail = s.pass(
    s.letter("MDM^T02^MDM_T02", "0800",
             "EVN||202611190800\rPID|1||" + maria + "\rPV1|1|O|||||||||||||||||V-1\r" + txa("D-1^HIS") +
               "OBX|1|TX|T^Text||Heart \\T\\ lungs~clear\\.br\\no pain||||||F\rOBX|2|TX|T^Text||||||||F\r"
               "OBX|3|ST|T^Text||The end||||||F\r" +
               encoded(pdf)));
  BOOST_REQUIRE(mail->ok());
  BOOST_TEST(mail->ack_code == "AA");
  BOOST_TEST(mail->reply.find("ACK^T02^ACK") != std::string::npos);
  BOOST_TEST(s.content() == "Heart & lungs\nclear\nno pain\n\nThe end");
  for (const auto& [column, right] : {std::pair{"patient_id", "1"},
                                      {"note_type", "discharge_summary"},
                                      {"title", "Discharge summary"},
                                      {"document_authority", "HIS"},
                                      {"document_type", "DS"},
                                      {"document_status", "current"},
                                      {"completion_status", "AU"},
                                      {"confidentiality", "U"},
                                      {"availability", "AV"},
                                      {"author_id", "77"},
                                      {"author_name", "Dr Anna Georgiou"},
                                      {"placer_order_number", "P-1"},
                                      {"filler_order_number", "F-1"},
                                      {"encounter_id", "5"},
                                      {"current_version", "1"}})
    BOOST_TEST(s.cell(column) == right, column << ": " << s.cell(column));
  BOOST_TEST(s.contents() == "1");
  BOOST_TEST(s.sql("SELECT count(*) FROM document_contents WHERE content LIKE 'gAAAA%'") == "1");
  BOOST_TEST(s.sql("SELECT count(*) FROM event_outbox WHERE event_type = 'document_created'") == "1");
  BOOST_TEST(s.open_reviews() == "");
  const auto shown = s.shown(s.cell("note_id"));
  for (const auto& part :
       {std::string(R"("status":"current","docStatus":"final")"), std::string(R"("value":"D-1")"),
        std::string(R"("code":"DS")"), std::string(R"("contentType":"text/plain; charset=utf-8")"),
        R"("contentType":"application/pdf","data":")" + base64::encode(pdf),
        R"("hash":")" + document::sha1(pdf), std::string(R"("start":"2026-11-18T07:30:00Z")"),
        std::string(R"("reference":"Practitioner/77")"), std::string(R"("reference":"Encounter/5")")})
    BOOST_TEST(shown.find(part) != std::string::npos, part << " in " << shown);
}

BOOST_DATA_TEST_CASE(every_value_that_can_be_read_is_a_line_of_its_text, both) {
  archive s(sample);
  (void)s.send("T02", "0800",
               txa("D-1") + "OBX|1|TX|1^Findings||No effusion||||||F\rOBX|2|TX|1^Findings||No mass||||||F\r" +
                 "NTE|1||Seen by two\rOBX|3|FT|2^Impression||Normal||||||F\r" +
                 "OBX|4|CE|3^Diagnosis||I10^Hypertension^I10~E11.9||||||F\rOBX|5|NM|4^EF||55|%|||||F\r" +
                 "OBX|6|TX|2^Impression||Taken back||||||D\rOBX|7|HD|5^Study||1.2.3||||||F\r");
  BOOST_TEST(
    s.content() ==
    "Findings:\nNo effusion\nNo mass\nSeen by two\nImpression:\nNormal\nDiagnosis: Hypertension, E11.9\n"
    "EF: 55 %");
}

BOOST_DATA_TEST_CASE(what_is_announced_gets_its_content_later, both) {
  archive s(sample);
  (void)s.send("T01", "0800", txa("D-1", "", "DI", "UN"));
  BOOST_TEST(s.content() == "-");
  BOOST_TEST(s.cell("completion_status") == "DI");
  (void)s.send("T04", "0810", txa("D-1", "", "AU", "AV") + line("Words"));
  BOOST_TEST(s.content() == "Words");
  BOOST_TEST(s.cell("completion_status") == "AU");
  (void)s.send("T01", "0820", txa("D-1", "", "LA", "AV"));
  BOOST_TEST(s.content() == "Words");
  BOOST_TEST(s.cell("completion_status") == "LA");
  BOOST_TEST(s.count() == "1");
  BOOST_TEST(s.open_reviews() == "");
}

BOOST_DATA_TEST_CASE(an_edit_is_a_version_and_the_one_before_stays, both) {
  archive s(sample);
  (void)s.send("T02", "0800", txa("D-1") + line("First"));
  (void)s.send("T08", "0810", txa("D-1") + line("Second") + encoded(pdf));
  BOOST_TEST(s.content() == "Second");
  BOOST_TEST(s.sql("SELECT content_text FROM note_versions WHERE version = 1") == "First");
  BOOST_TEST(s.count() == "1");
  // An older word of it changes nothing, neither does the same message once more.
  (void)s.send("T08", "0805", txa("D-1", "", "IP") + line("Late"));
  BOOST_TEST(s.content() == "Second");
  BOOST_TEST(s.cell("completion_status") == "AU");
  const auto versions = s.sql("SELECT count(*) FROM note_versions");
  const auto mail = s.letter("MDM^T08^MDM_T02", "0820", "PID|1||" + maria + "\r" + txa("D-1") + line("Third"),
                             "SAME");
  (void)s.pass(mail);
  (void)s.pass(
    s.letter("MDM^T08^MDM_T02", "0820", "PID|1||" + maria + "\r" + txa("D-1") + line("Third"), "SAME"));
  BOOST_TEST(s.content() == "Third");
  BOOST_TEST(std::stoi(s.sql("SELECT count(*) FROM note_versions")) == std::stoi(versions) + 1);
}

BOOST_DATA_TEST_CASE(a_replacement_leaves_the_one_before_superseded, both) {
  archive s(sample);
  (void)s.send("T02", "0800", txa("D-1") + line("First"));
  (void)s.send("T10", "0810", txa("D-2", "D-1") + line("Second"));
  BOOST_TEST(s.cell("document_status") == "superseded");
  BOOST_TEST(s.cell("title") == "Superseded: Discharge summary");
  BOOST_TEST(s.content() == "First");
  BOOST_TEST(s.cell("document_status", "D-2") == "current");
  BOOST_TEST(s.cell("parent_relation", "D-2") == "replaces");
  BOOST_TEST(s.content("D-2") == "Second");
  // Once more the first one, or a word of how it stands, does not bring it back.
  (void)s.send("T02", "0820", txa("D-1") + line("First"));
  (void)s.send("T04", "0830", txa("D-1", "", "LA") + line("First"));
  BOOST_TEST(s.cell("document_status") == "superseded");
  BOOST_TEST(s.cell("title") == "Superseded: Discharge summary");
  const auto shown = s.shown(s.cell("note_id", "D-2"));
  BOOST_TEST(shown.find(R"("relatesTo":[{"code":"replaces","target":{"reference":"DocumentReference/note-)" +
                        s.cell("note_id") + "\"}}]") != std::string::npos,
             shown);
  BOOST_TEST(s.shown(s.cell("note_id")).find(R"("status":"superseded")") != std::string::npos);
}

BOOST_DATA_TEST_CASE(an_addendum_continues_its_parent_which_stays, both) {
  archive s(sample);
  (void)s.send("T02", "0800", txa("D-1") + line("First"));
  (void)s.send("T06", "0810", txa("D-2", "D-1") + line("More"));
  BOOST_TEST(s.cell("document_status") == "current");
  BOOST_TEST(s.cell("title", "D-2") == "Addendum: Discharge summary");
  BOOST_TEST(s.cell("parent_relation", "D-2") == "appends");
  BOOST_TEST(s.cell("parent_note_id", "D-2") == s.cell("note_id"));
}

BOOST_DATA_TEST_CASE(a_cancelled_document_is_withdrawn_and_kept, both) {
  archive s(sample);
  (void)s.send("T02", "0800", txa("D-1") + line("First"));
  (void)s.send("T11", "0810", txa("D-1", "", "", ""));
  BOOST_TEST(s.cell("document_status") == "entered_in_error");
  BOOST_TEST(s.cell("title") == "Withdrawn: Discharge summary");
  BOOST_TEST(s.content() == "First");
  BOOST_TEST(s.sql("SELECT count(*) FROM event_outbox WHERE event_type = 'document_withdrawn'") == "1");
  BOOST_TEST(
    s.shown(s.cell("note_id")).find(R"("status":"entered-in-error","docStatus":"entered-in-error")") !=
    std::string::npos);
  (void)s.send("T04", "0805", txa("D-1") + line("Late")); // older
  BOOST_TEST(s.cell("document_status") == "entered_in_error");
}

BOOST_DATA_TEST_CASE(what_would_change_what_nobody_told_of_is_shown_to_a_person, both) {
  for (const auto* event : {"T06", "T10", "T11"}) {
    archive s(sample);
    (void)s.send(event, "0800", txa("D-2", "D-1") + line("More"));
    BOOST_TEST(s.count() == "0", event);
    BOOST_TEST(s.open_reviews() == "unknown-document", event);
  }
  for (const auto* event : {"T04", "T08"}) { // all of it is there
    archive s(sample);
    (void)s.send(event, "0800", txa("D-1") + line("Words"));
    BOOST_TEST(s.content() == "Words", event);
    BOOST_TEST(s.open_reviews() == "", event);
  }
}

BOOST_DATA_TEST_CASE(another_patients_document_is_never_changed, both) {
  archive s(sample);
  (void)s.send("T02", "0800", txa("D-1") + line("First"));
  for (const auto* event : {"T02", "T04", "T08", "T11"})
    BOOST_REQUIRE(s.send(event, "0900", txa("D-1") + line("Other"), nikos)->ok());
  BOOST_REQUIRE(s.send("T10", "0900", txa("D-3", "D-1") + line("Other"), nikos)->ok());
  BOOST_TEST(s.count() == "1");
  BOOST_TEST(s.content() == "First");
  BOOST_TEST(s.cell("patient_id") == "1");
  BOOST_TEST(s.cell("document_status") == "current");
  BOOST_TEST(s.open_reviews() == "document-of-another");
  // The number of somebody else is another number.
  (void)s.send("T02", "0910", txa("D-1^ELSEWHERE") + line("Other"), nikos);
  BOOST_TEST(s.count() == "2");
}

BOOST_DATA_TEST_CASE(a_note_that_the_clinic_locked_stands, both) {
  for (const auto* event : {"T04", "T08", "T11", "T10"}) {
    archive s(sample);
    (void)s.send("T02", "0800", txa("D-1") + line("First"));
    s.sql("UPDATE clinical_notes SET is_locked = true");
    const bool replaces = event == std::string("T10");
    (void)s.send(event, "0810", txa(replaces ? "D-2" : "D-1", replaces ? "D-1" : "") + line("Second"));
    BOOST_TEST(s.content() == "First", event);
    BOOST_TEST(s.cell("document_status") == "current", event);
    BOOST_TEST(s.count() == "1", event);
    BOOST_TEST(s.open_reviews() == "note-locked", event);
  }
}

BOOST_DATA_TEST_CASE(nothing_is_filed_under_a_wrong_type, both) {
  const std::string as = "OBX|1|ED|X||^", jpeg = "\xff\xd8\xff and so on \xff\xd9";
  for (const auto& wrong :
       {as + "application^pdf^Base64^" + base64::encode(jpeg),
        as + "image^jpeg^Base64^" + base64::encode(pdf), as + "text^plain^Base64^" + base64::encode(pdf),
        as + "application^pdf^Base64^", as + "application^pdf^Base64^####",
        as + "application^pdf^Base64^" + base64::encode("%PDF-1.4 cut off"),
        as + "text^xml^Base64^" + base64::encode("words"),
        as + "application^msword^Base64^" + base64::encode("words"),
        as + "application^zip^Base64^" + base64::encode(pdf)}) {
    archive s(sample);
    const auto mail = s.send("T02", "0800", txa("D-1") + line("First") + wrong + "||||||F\r");
    BOOST_REQUIRE(mail->ok());
    BOOST_TEST(s.count() == "0", wrong);
    BOOST_TEST(s.contents() == "0", wrong);
    BOOST_TEST(s.open_reviews() == "bad-attachment", wrong);
  }
}

BOOST_DATA_TEST_CASE(attachments_of_every_kind_are_kept_once_a_content, both) {
  archive s(sample);
  (void)s.send("T02", "0800",
               txa("D-1") + encoded(pdf) + encoded(pdf) +
                 "OBX|2|ED|X||^image^jpeg^Hex^ffd8ff00ffd9||||||F\rOBX|3|ED|X||^TEXT^^A^Plain words||||||F\r"
                 "OBX|4|ED|X||^text^xml^A^<?xml version=\"1.0\"?><a/>||||||F\r"
                 "OBX|5|RP|X||http://pacs.example/study/1^PACS^application^dicom||||||F\r"
                 "OBX|6|TX|X||" +
                 base64::encode(other_pdf) + "||||||F\r");
  BOOST_TEST(s.contents() == "5");
  (void)s.send("T10", "0810", txa("D-2", "D-1") + encoded(pdf));
  BOOST_TEST(s.contents() == "5");
  const auto shown = s.shown(s.cell("note_id"));
  for (const auto& part : {std::string("image/jpeg"), std::string("application/xml"),
                           std::string(R"("url":"http://pacs.example/study/1")"),
                           base64::encode("Plain words"), base64::encode(other_pdf)})
    BOOST_TEST(shown.find(part) != std::string::npos, part << " in " << shown);
}

BOOST_DATA_TEST_CASE(nothing_stands_in_place_of_a_document_but_another, both) {
  for (const auto* event : {"T08", "T10"}) {
    archive s(sample);
    (void)s.send("T02", "0800", txa("D-1") + line("First"));
    (void)s.send(event, "0810", event == std::string("T10") ? txa("D-2", "D-1") : txa("D-1"));
    BOOST_TEST(s.content() == "First");
    BOOST_TEST(s.cell("document_status") == "current");
    BOOST_TEST(s.open_reviews() == "no-content");
  }
}

BOOST_DATA_TEST_CASE(what_a_person_took_to_somebody_else_stays_there, both) {
  archive s(sample);
  const auto mail = s.send("T02", "0800", txa("D-1") + line("First"));
  auto link = s.act(ports::act::kind::link, "link");
  link.patient = test::must(test::must(s.at.store().admin())->patient(s.at.clinic, 2));
  link.patient_seen = link.taken_from = 1;
  BOOST_REQUIRE(s.again(*mail, link)->ok());
  for (const auto* event : {"T04", "T08", "T11"}) (void)s.send(event, "0900", txa("D-1") + line("Other"));
  BOOST_TEST(s.sql("SELECT document_status FROM clinical_notes WHERE patient_id = 1") == "entered_in_error");
  BOOST_TEST(
    s.sql("SELECT v.content_text FROM note_versions v JOIN clinical_notes n ON n.note_id = v.note_id AND "
          "n.current_version = v.version WHERE n.patient_id = 2") == "First");
  BOOST_TEST(s.sql("SELECT document_status FROM clinical_notes WHERE patient_id = 2") == "current");
  BOOST_TEST(s.open_reviews() == "document-of-another");
}

BOOST_DATA_TEST_CASE(a_replacement_that_leaves_its_patient_brings_the_one_before_back, both) {
  archive s(sample);
  (void)s.send("T02", "0800", txa("D-1") + line("First"));
  const auto mail = s.send("T10", "0810", txa("D-2", "D-1") + line("Second"));
  auto away = s.act(ports::act::kind::unlink, "unlink");
  away.patient_seen = away.taken_from = 1;
  BOOST_REQUIRE(s.again(*mail, away)->ok());
  BOOST_TEST(s.cell("document_status") == "current");
  BOOST_TEST(s.cell("title") == "Discharge summary");
  BOOST_TEST(s.content() == "First");
  BOOST_TEST(s.cell("document_status", "D-2") == "entered_in_error");
}

BOOST_DATA_TEST_CASE(whoever_is_not_known_waits_and_a_link_files_it, both) {
  archive s(sample);
  const auto mail = s.send("T02", "0800", txa("D-1") + line("First"), "X-9^^^MAIN^MR||Neou^Anna||19800101|F");
  BOOST_TEST(s.count() == "0");
  BOOST_TEST(s.open_reviews() == "unmatched");
  auto link = s.act(ports::act::kind::link, "link");
  link.patient = test::must(test::must(s.at.store().admin())->patient(s.at.clinic, 2));
  BOOST_REQUIRE(s.again(*mail, link)->ok());
  BOOST_TEST(s.cell("patient_id") == "2");
  BOOST_TEST(s.content() == "First");
}

/// Edits and words of how it stands, in any order.
BOOST_AUTO_TEST_CASE(the_order_of_arrival_does_not_matter) {
  struct letter {
    std::string event, minute, more;
  };
  std::string right;
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    std::vector<letter> all{{"T01", "0800", txa("D-1", "", "DI", "UN")},
                            {"T02", "0810", txa("D-1", "", "DO", "UN") + line("First")},
                            {"T08", "0820", txa("D-1", "", "IP", "UN") + line("Second")},
                            {"T04", "0830", txa("D-1", "", "AU", "AV") + line("Third") + encoded(pdf)}};
    if (seed > 0) std::shuffle(all.begin(), all.end(), random);
    archive s(test::on::sqlite);
    for (const auto& each : all) BOOST_REQUIRE(s.send(each.event, each.minute, each.more)->ok());
    const auto state = s.content() + "|" + s.cell("completion_status") + "|" + s.cell("availability") + "|" +
      s.cell("document_status") + "|" + s.count();
    if (right.empty()) right = state;
    BOOST_TEST(state == right, "seed " << seed << ": " << state << " not " << right);
  }
  BOOST_TEST(right == "Third|AU|AV|current|1");
}

BOOST_AUTO_TEST_CASE(what_is_no_document_is_refused_with_its_place) {
  archive s(test::on::sqlite);
  const auto why = [&](const std::string& type, const std::string& body) {
    const auto mail = s.pass(s.letter(type, "0800", body));
    return mail->trouble() ? mail->trouble()->where : std::string("nothing");
  };
  const auto pid = "PID|1||" + maria + "\r";
  BOOST_TEST(why("MDM^T02^MDM_T02", pid) == "TXA");
  BOOST_TEST(why("MDM^T02^MDM_T02", txa("D-1")) == "PID");
  BOOST_TEST(why("MDM^T02^MDM_T02", pid + txa("")) == "TXA-12");
  BOOST_TEST(why("MDM^T02^MDM_T02", pid + txa("D-1") + txa("D-2")) == "TXA[2]");
  BOOST_TEST(why("MDM^T03^MDM_T01", pid + txa("D-1")) == "MSH-9.2");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(document_contents)

BOOST_AUTO_TEST_CASE(the_first_bytes_say_what_it_is) {
  using document::type_of;
  BOOST_TEST(type_of(pdf) == "application/pdf");
  BOOST_TEST(type_of("II*\0rest"s) == "image/tiff");
  BOOST_TEST(type_of("{\\rtf1 x}") == "application/rtf");
  BOOST_TEST(type_of("\xef\xbb\xbf <?xml version=\"1.0\"?>") == "application/xml");
  BOOST_TEST(type_of("<ClinicalDocument xmlns=\"urn:hl7-org:v3\"/>") == "application/xml");
  BOOST_TEST(type_of("<!DOCTYPE html><p>") == "text/html");
  BOOST_TEST(type_of("Λέξεις") == "text/plain");
  BOOST_TEST(type_of("a\0b"s) == "");
  BOOST_TEST(type_of("") == "");
}

BOOST_AUTO_TEST_CASE(digests_are_those_of_the_standard) { // FIPS 180-4, of "abc"
  BOOST_TEST(document::sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(document::sha1("abc") == "qZk+NkcGgWq6PiVxeFDCbJzQ2J0=");
}

/// A report of one order, in a state, with its conclusion.
std::string report(const std::string& state, const std::string& text, const std::string& code = "ECHO") {
  return "PID|1||" + maria + "\rOBR|1|P-1|F-1|" + code + "^Echocardiogram^L||||||||||||||||||||CUS|" + state +
    "\rOBX|1|TX|T^Conclusion||" + text + "||||||" + state + "\r";
}

BOOST_DATA_TEST_CASE(a_report_is_a_document_in_whichever_order_its_versions_come, both) {
  struct version {
    const char *minute, *state, *text;
  };
  // The final one was sent before one of the preliminary ones.
  const std::vector<version> all{
    {"0800", "P", "First"}, {"0810", "F", "Final"}, {"0820", "P", "Late"}, {"0830", "C", "Corrected"}};
  std::vector<size_t> order{0, 1, 2, 3};
  int number = 0;
  archive s(sample);
  s.reports_are_documents = true;
  do {
    const auto code = "E" + std::to_string(++number);
    std::string arrived;
    for (const size_t each : order) {
      const auto& [minute, state, text] = all[each];
      arrived += state;
      BOOST_REQUIRE(s.pass(s.letter("ORU^R01", minute, report(state, text, code)))->ok());
      // What is final stands over what is preliminary, and a correction over what it corrects.
      const bool corrected = arrived.find('C') != std::string::npos,
                 final = arrived.find('F') != std::string::npos;
      if (corrected || final)
        BOOST_TEST(s.content("F-1/" + code) == (corrected ? "Corrected" : "Final"), arrived);
    }
    BOOST_TEST(s.cell("completion_status", "F-1/" + code) == "AU");
  } while (std::next_permutation(order.begin(), order.end()));
  BOOST_TEST(s.count() == "24");
  BOOST_TEST(s.open_reviews() == "");
}

BOOST_DATA_TEST_CASE(a_report_of_several_orders_is_several_documents, both) {
  archive s(sample);
  s.reports_are_documents = true;
  const auto second = "OBR|2|P-1|F-1|XR^Chest X-ray^L||||||||||||||||||||RAD|F\r"
                      "OBX|1|TX|T^Text||Clear||||||F\rOBX|2|SN|5^Size||<^5|mm||HH|||F\r" +
    encoded(pdf) + "NTE|1||Seen by two\r";
  const auto mail = s.pass(s.letter("ORU^R01", "0800", report("F", "Normal") + second));
  BOOST_REQUIRE(mail->ok());
  BOOST_TEST(s.count() == "2");
  BOOST_TEST(s.content("F-1/ECHO") == "Normal");
  BOOST_TEST(s.content("F-1/XR") == "Clear\nSize: <5 mm (HH)\nSeen by two");
  BOOST_TEST(s.cell("note_type", "F-1/ECHO") == "cardiodiagnostics");
  BOOST_TEST(s.cell("note_type", "F-1/XR") == "diagnostic_imaging");
  BOOST_TEST(s.cell("title", "F-1/XR") == "Chest X-ray");
  BOOST_TEST(s.contents() == "1");
  BOOST_TEST(s.sql("SELECT count(*) FROM lab_results") == "0");
  BOOST_TEST(s.open_reviews() == "critical-in-document");
  // The message is taken from its patient: both go with it.
  auto act = s.act(ports::act::kind::unlink, "unlink");
  act.patient_seen = 1, act.taken_from = 1;
  BOOST_REQUIRE(s.again(*mail, act)->ok());
  BOOST_TEST(s.sql("SELECT count(*) FROM clinical_notes WHERE document_status = 'entered_in_error'") == "2");
}

BOOST_DATA_TEST_CASE(what_a_report_takes_back_is_withdrawn_and_what_nobody_told_of_bothers_nobody, both) {
  archive s(sample);
  s.reports_are_documents = true;
  (void)s.pass(s.letter("ORU^R01", "0800", report("F", "Normal")));
  (void)s.pass(s.letter("ORU^R01", "0810", report("W", "Normal")));
  BOOST_TEST(s.cell("document_status", "F-1/ECHO") == "entered_in_error");
  const auto none = s.pass(s.letter("ORU^R01", "0820", report("X", "", "MRI")));
  BOOST_TEST(none->ok());
  BOOST_TEST(s.count() == "1");
  BOOST_TEST(s.open_reviews() == "");
  const auto nameless = s.pass(
    s.letter("ORU^R01", "0830", "PID|1||" + maria + "\rOBR|1|||MRI^MRI^L\rOBX|1|TX|T||Words||||||F\r"));
  BOOST_REQUIRE(!nameless->ok());
  BOOST_TEST(nameless->trouble()->where == "OBR[1]-3");
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::pipeline

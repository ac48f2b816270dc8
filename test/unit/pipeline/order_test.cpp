// Orders from bytes to rows and answers, on real databases.
#include "test/unit/pipeline/told_clinic.hpp"

#include <algorithm>
#include <random>

namespace aorta::pipeline {
namespace {

using test::both;
using test::must;

struct clinic : told_clinic {
  using told_clinic::told_clinic;

  envelope_ptr order(const std::string& minute, const std::string& body, const std::string& pid = maria) {
    return pass(letter("OML^O21^OML_O21", minute, "PID|1||" + pid + "\r" + body));
  }
  /// A final result of the order of this placer's number.
  envelope_ptr result(const std::string& placer, const std::string& panel = "CBC",
                      const std::string& status = "F") {
    return pass(letter("ORU^R01", "1200",
                       "PID|1||" + maria + "\rOBR|1|" + placer + "|F-" + placer + panel + "|" + panel +
                         "|||20261119080000|||||||||||||||20261119115900|||" + status +
                         "\rOBX|1|NM|HB||13.1|g/dL|12-16|N|||" + status + "|||20261119080000\r"));
  }
  std::string state_of(const std::string& patient) {
    return sql("SELECT status FROM lab_orders WHERE patient_id = " + patient);
  }
  /// Cells of the only order, or of the one of this panel.
  std::string cell(const std::string& column, const std::string& panel = {}) {
    return sql("SELECT coalesce(CAST(" + column + " AS text), '') FROM lab_orders" +
               (panel.empty() ? "" : " WHERE panel_code = '" + panel + "'"));
  }
};

/// Segments of a reply of this name, one a line.
std::string answered(const envelope& mail, const std::string& name = "ORC") {
  std::string out;
  for (size_t from = 0; from < mail.reply.size();) {
    const auto end = std::min(mail.reply.find('\r', from), mail.reply.size());
    const auto line = mail.reply.substr(from, end - from);
    if (line.starts_with(name)) out += (out.empty() ? "" : "\n") + line;
    from = end + 1;
  }
  return out;
}

std::string refused(const std::string& code, const std::string& numbers, const std::string& state,
                    const std::string& why) {
  return "ORC|" + code + "|" + numbers + "||" + state + std::string(11, '|') + "^" + why;
}

std::string orc(const std::string& control, const std::string& number, const std::string& more = {}) {
  return "ORC|" + control + "|" + number + more + "\r";
}
std::string obr(const std::string& panel, const std::string& more = {}) {
  return "OBR|1|||" + panel + more + "\r";
}

std::string why(clinic& c, const std::string& body) { return answered(*c.order("0800", body)); }

} // namespace

BOOST_AUTO_TEST_SUITE(orders)

BOOST_DATA_TEST_CASE(a_new_order_is_a_row_and_is_accepted, both) {
  clinic c(sample);
  c.sql("INSERT INTO users (user_id, email, license_number) VALUES (77, 'd@x.cy', 'L-5')");
  const auto mail = c.order("0800",
                            "ORC|NW|P-1^HIS|F-1^LAB|||||20261119075900|20261119075900|||L-5^Georgiou\r"
                            "TQ1|1||||||||S\rOBR|1|P-1^HIS|F-1^LAB|CBC^Blood count^L|||20261119073000\r");
  BOOST_REQUIRE(mail->ok());
  BOOST_TEST(mail->ack_code == "AA");
  BOOST_TEST(answered(*mail, "MSH").find("|ORL^O22^ORL_O22|") != std::string::npos);
  BOOST_TEST(answered(*mail, "MSA") == "MSA|AA|1");
  BOOST_TEST(answered(*mail) == "ORC|OK|P-1^HIS|F-1^LAB||IP");
  BOOST_TEST(answered(*mail, "OBR") == "OBR|1|P-1^HIS|F-1^LAB|CBC^Blood count^L");
  BOOST_TEST(c.cell("patient_id") == "1");
  BOOST_TEST(c.cell("placer_order_number") == "P-1");
  BOOST_TEST(c.cell("placer_authority") == "HIS");
  BOOST_TEST(c.cell("filler_order_number") == "F-1");
  BOOST_TEST(c.cell("panel_code") == "CBC");
  BOOST_TEST(c.cell("panel_name") == "Blood count");
  BOOST_TEST(c.cell("priority") == "stat");
  BOOST_TEST(c.cell("status") == "collected");
  BOOST_TEST(c.cell("ordering_provider_id") == "77");
  BOOST_TEST(
    c.sql("SELECT count(*) FROM lab_orders WHERE collected_at IS NOT NULL AND order_date IS NOT NULL") ==
    "1");
  BOOST_TEST(c.sql("SELECT count(*) FROM event_outbox WHERE event_type = 'lab_order_created'") == "1");
  BOOST_TEST(c.open_reviews() == "");
}

BOOST_DATA_TEST_CASE(a_repeat_files_nothing_twice_and_is_answered_as_the_first, both) {
  clinic c(sample);
  const auto body = "PID|1||" + maria + "\r" + orc("NW", "P-1") + obr("CBC") + orc("CA", "P-9");
  const auto first = c.pass(c.letter("ORM^O01", "0800", body, "K1")),
             second = c.pass(c.letter("ORM^O01", "0800", body, "K1"));
  BOOST_TEST(answered(*first) ==
             "ORC|OK|P-1|||SC\n" + refused("UC", "P-9|", "", "no order of this patient has this number"));
  BOOST_TEST(answered(*second) == answered(*first));
  BOOST_TEST(answered(*second, "MSH").find("|ORR^O02^ORR_O02|") != std::string::npos);
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "1");
}

BOOST_DATA_TEST_CASE(an_order_is_changed_and_cancelled, both) {
  clinic c(sample);
  (void)c.order("0800", orc("NW", "P-1") + obr("CBC^Blood count"));
  const auto changed = c.order("0810", orc("XO", "P-1") + obr("LIPID^Lipids", "|A"));
  BOOST_TEST(answered(*changed) == "ORC|XR|P-1|||SC");
  BOOST_TEST(c.cell("panel_code") == "LIPID");
  BOOST_TEST(c.cell("priority") == "urgent");
  BOOST_TEST(answered(*c.order("0820", orc("CA", "P-1"))) == "ORC|CR|P-1|||CA");
  BOOST_TEST(c.cell("status") == "cancelled");
  BOOST_TEST(answered(*c.order("0830", orc("XO", "P-1") + obr("CBC"))) ==
             refused("UX", "P-1|", "CA", "the order is cancelled"));
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "1");
}

BOOST_DATA_TEST_CASE(the_laboratory_tells_how_an_order_stands, both) {
  clinic c(sample);
  (void)c.order("0800", orc("NW", "P-1") + obr("CBC"));
  BOOST_TEST(answered(*c.order("0810", "ORC|SC|P-1|F-7||IP\r")) == "ORC|OK|P-1|F-7||IP");
  BOOST_TEST(c.cell("status") == "processing");
  BOOST_TEST(c.cell("filler_order_number") == "F-7");
  // By its own number alone, and an older word of it changes nothing.
  BOOST_TEST(answered(*c.order("0830", "ORC|SC||F-7||CM\r")) == "ORC|OK||F-7||CM");
  BOOST_TEST(answered(*c.order("0820", "ORC|SC||F-7||IP\r")) ==
             refused("UX", "|F-7", "CM", "what was said later of the order stands"));
  BOOST_TEST(c.cell("status") == "resulted");
  BOOST_TEST(answered(*c.order("0840", "ORC|SC||F-7||HD\r")).starts_with("ORC|OK"));
}

BOOST_DATA_TEST_CASE(what_has_results_is_not_cancelled_and_a_person_hears_of_it, both) {
  clinic c(sample);
  (void)c.order("0800", orc("NW", "P-1") + obr("CBC"));
  (void)c.result("P-1");
  BOOST_TEST(c.cell("status") == "resulted");
  for (const auto& [control, refused] :
       {std::pair{"CA", "UC"}, {"DC", "UD"}, {"OC", "UC"}, {"RP", "UM"}, {"RU", "UM"}})
    BOOST_TEST(
      answered(*c.order("1300", orc(control, "P-1"))).starts_with(std::string("ORC|") + refused + "|P-1"));
  BOOST_TEST(answered(*c.order("1310", orc("XO", "P-1") + obr("LIPID"))).starts_with("ORC|UX"));
  BOOST_TEST(c.cell("status") == "resulted");
  BOOST_TEST(c.cell("panel_code") == "CBC");
  BOOST_TEST(c.open_reviews() == "cancel-refused");
}

BOOST_DATA_TEST_CASE(results_that_came_first_belong_to_the_order, both) {
  clinic c(sample);
  (void)c.result("P-1");
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_results WHERE lab_order_id IS NULL") == "1");
  const auto mail = c.order("0800", orc("NW", "P-1") + obr("CBC"));
  BOOST_TEST(answered(*mail) == "ORC|OK|P-1|||CM");
  BOOST_TEST(c.cell("status") == "resulted");
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders WHERE resulted_at IS NOT NULL") == "1");
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_results r JOIN lab_orders o ON o.id = r.lab_order_id") == "1");
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_reports r JOIN lab_orders o ON o.id = r.lab_order_id") == "1");
}

/// The laboratory's number comes to the order later than results under it.
BOOST_DATA_TEST_CASE(results_are_linked_when_the_order_learns_their_number, both) {
  clinic c(sample);
  (void)c.order("0800", orc("NW", "P-1") + obr("CBC"));
  (void)c.result(""); // under F-CBC alone
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_results WHERE lab_order_id IS NULL") == "1");
  (void)c.order("0810", "ORC|SC|P-1|F-CBC||IP\r");
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_results r JOIN lab_orders o ON o.id = r.lab_order_id") == "1");
  BOOST_TEST(c.cell("status") == "resulted");
}

/// Two panels under one number: each result goes to its own, whichever comes first.
BOOST_DATA_TEST_CASE(one_number_of_two_panels_is_two_orders, both) {
  for (const bool results_first : {true, false}) {
    clinic c(sample);
    const auto both_panels = orc("NW", "P-1") + obr("CBC") + obr("LIPID");
    if (!results_first) BOOST_TEST(answered(*c.order("0800", both_panels)).starts_with("ORC|OK|P-1"));
    (void)c.result("P-1", "LIPID");
    if (results_first) BOOST_TEST(answered(*c.order("0800", both_panels)).starts_with("ORC|OK|P-1"));
    BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "2");
    BOOST_TEST(c.cell("status", "LIPID") == "resulted");
    BOOST_TEST(c.cell("status", "CBC") == "ordered");
    BOOST_TEST(
      c.sql("SELECT max(o.panel_code) FROM lab_results r JOIN lab_orders o ON o.id = r.lab_order_id") ==
      "LIPID");
    // A change must say which; a cancellation without a panel means both, and one has results.
    BOOST_TEST(answered(*c.order("1300", orc("XO", "P-1") + obr("URINE"))).starts_with("ORC|UX"));
    BOOST_TEST(answered(*c.order("1310", orc("CA", "P-1"))).starts_with("ORC|UC"));
    BOOST_TEST(answered(*c.order("1320", orc("CA", "P-1") + obr("CBC"))).starts_with("ORC|CR"));
    BOOST_TEST(c.cell("status", "CBC") == "cancelled");
  }
}

BOOST_DATA_TEST_CASE(of_several_under_one_number_the_laboratorys_own_tells_which, both) {
  clinic c(sample);
  (void)c.order("0800", orc("NW", "P-1") + obr("CBC") + obr("LIPID"));
  (void)c.order("0810", orc("SC", "P-1", "|F-1") + obr("CBC"));
  (void)c.order("0820", orc("SC", "P-1", "|F-2") + obr("LIPID"));
  BOOST_TEST(answered(*c.order("0830", orc("OC", "P-1", "|F-2"))).starts_with("ORC|OK|P-1|F-2"));
  BOOST_TEST(c.cell("status", "CBC") != "cancelled");
  BOOST_TEST(c.cell("status", "LIPID") == "cancelled");
}

BOOST_DATA_TEST_CASE(two_specimens_of_one_order_were_collected_when_the_first_was, both) {
  clinic c(sample);
  const auto spm = [](const std::string& hour) {
    return "SPM|1|||BLD" + std::string(13, '|') + "20261119" + hour + "\r";
  };
  (void)c.order("1100", orc("NW", "P-1") + obr("CBC") + spm("0700") + spm("0900"));
  BOOST_TEST(c.cell("collected_at").find("05:00") != std::string::npos);
}

BOOST_DATA_TEST_CASE(an_older_message_changes_nothing_that_a_newer_one_said, both) {
  clinic c(sample);
  (void)c.order("0800", orc("NW", "P-1") + obr("CBC"));
  (void)c.order("1000", orc("XO", "P-1") + obr("LIPID", "|S"));
  const auto late = c.order("0900", orc("XO", "P-1") + obr("URINE", "|A"));
  BOOST_TEST(answered(*late) == refused("UX", "P-1|", "SC", "what was said later of the order stands"));
  BOOST_TEST(c.cell("panel_code") == "LIPID");
  BOOST_TEST(c.cell("priority") == "stat");
}

/// Messages of one order in any order of arrival behind the first leave the same row.
BOOST_AUTO_TEST_CASE(the_order_of_arrival_does_not_matter) {
  struct letter {
    std::string minute, body;
  };
  std::string right;
  for (unsigned seed = 0; seed < 12; ++seed) {
    std::mt19937 random(seed);
    std::vector<letter> all{{"0810", orc("XO", "P-1") + obr("LIPID", "|A")},
                            {"0820", "ORC|SC|P-1|F-1||IP\r"},
                            {"0830", orc("XO", "P-1") + obr("LIPID^Lipids", "|S")},
                            {"0840", "ORC|SC|P-1|F-2||SC\r"},
                            {"0850", "ORC|SC|P-1|F-2||IP\r"}};
    if (seed > 0) std::shuffle(all.begin(), all.end(), random);
    clinic c(test::on::sqlite);
    (void)c.order("0800", orc("NW", "P-1") + obr("CBC^Blood count"));
    for (const auto& each : all) BOOST_REQUIRE(c.order(each.minute, each.body)->ok());
    std::string state;
    for (const auto* column : {"panel_code", "panel_name", "priority", "status", "filler_order_number"})
      state += c.cell(column) + "|";
    if (right.empty()) right = state;
    BOOST_TEST(state == right, "seed " << seed << ": " << state << " not " << right);
  }
  BOOST_TEST(right == "LIPID|Lipids|stat|processing|F-2|");
}

BOOST_DATA_TEST_CASE(an_order_of_another_patient_is_never_taken_over, both) {
  clinic c(sample);
  (void)c.order("0800", orc("NW", "P-1") + obr("CBC"));
  for (const auto& body :
       {orc("NW", "P-1") + obr("CBC"), orc("CA", "P-1"), orc("XO", "P-1") + obr("LIPID")}) {
    const auto mail = c.order("0900", body, nikos);
    BOOST_TEST(answered(*mail).find("the number is that of an order of another patient") !=
               std::string::npos);
  }
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "1");
  BOOST_TEST(c.cell("patient_id") == "1");
  BOOST_TEST(c.cell("status") == "ordered");
  BOOST_TEST(c.open_reviews() == "order-of-another");
  // Whoever else gives numbers may give the same one.
  (void)c.order("0910", orc("NW", "P-2^HIS") + obr("CBC"));
  BOOST_TEST(answered(*c.order("0920", orc("NW", "P-2^OTHER") + obr("CBC"), nikos)).starts_with("ORC|OK"));
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders WHERE placer_order_number = 'P-2'") == "2");
}

BOOST_DATA_TEST_CASE(an_order_is_replaced, both) {
  clinic c(sample);
  (void)c.order("0800", orc("NW", "P-1") + obr("CBC"));
  const auto mail = c.order("0810", orc("RP", "P-1") + obr("CBC") + orc("RO", "P-2") + obr("LIPID"));
  BOOST_TEST(answered(*mail) == "ORC|RQ|P-1|||CA\nORC|OK|P-2|||SC");
  BOOST_TEST(c.cell("status", "CBC") == "cancelled");
  BOOST_TEST(c.cell("status", "LIPID") == "ordered");
  // What cannot be replaced is not ordered twice; what the laboratory has replaced by itself is a fact.
  const auto refused = c.order("0820", orc("RP", "P-9") + orc("RO", "P-3") + obr("URINE"));
  BOOST_TEST(answered(*refused).find("ORC|UA|P-3") != std::string::npos);
  BOOST_TEST(answered(*c.order("0830", orc("RU", "P-2") + orc("RO", "P-4") + obr("URINE"))) ==
             "ORC|OK|P-2|||CA\nORC|OK|P-4|||SC");
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "3");
}

BOOST_DATA_TEST_CASE(an_order_whose_patient_is_not_known_waits_and_a_link_files_it, both) {
  clinic c(sample);
  const auto mail = c.order("0800", orc("NW", "P-1") + obr("CBC"), "X-9^^^MAIN^MR||Neou^Anna||19800101|F");
  BOOST_TEST(answered(*mail) == "ORC|RR|P-1");
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "0");
  BOOST_TEST(c.open_reviews() == "unmatched");
  auto link = c.act(ports::act::kind::link, "link");
  link.patient = must(must(c.at.store().admin())->patient(c.at.clinic, 2));
  BOOST_REQUIRE(c.again(*mail, link)->ok());
  BOOST_TEST(c.cell("patient_id") == "2");
  BOOST_TEST(c.open_reviews() == "");
  // Its repeat hears what came of it.
  auto repeat = c.letter("OML^O21^OML_O21", "0800",
                         "PID|1||X-9^^^MAIN^MR||Neou^Anna||19800101|F\r" + orc("NW", "P-1") + obr("CBC"),
                         std::string(mail->header.control_id));
  BOOST_TEST(c.pass(repeat)->receipt->duplicate);
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "1");
  // Taken away again: cancelled, and to whom it is linked next has it.
  auto away = c.act(ports::act::kind::unlink, "unlink");
  away.patient_seen = away.taken_from = 2;
  away.link_seen = uuid_from_text(c.sql("SELECT id FROM message_links WHERE replaced_at IS NULL"));
  BOOST_REQUIRE(c.again(*mail, away)->ok());
  BOOST_TEST(c.cell("status") == "cancelled");
  auto other = c.act(ports::act::kind::link, "link");
  other.patient = must(must(c.at.store().admin())->patient(c.at.clinic, 1));
  other.link_seen = uuid_from_text(c.sql("SELECT id FROM message_links WHERE replaced_at IS NULL"));
  BOOST_REQUIRE(c.again(*mail, other)->ok());
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders WHERE patient_id = 1 AND status = 'ordered'") == "1");
}

/// The patient whom later messages still name has nothing of it any more.
BOOST_DATA_TEST_CASE(an_order_that_a_person_took_to_somebody_else_is_not_cancelled_under_the_first, both) {
  clinic c(sample);
  const auto mail = c.order("0800", orc("NW", "P-1") + obr("CBC"));
  auto link = c.act(ports::act::kind::link, "link");
  link.patient = must(must(c.at.store().admin())->patient(c.at.clinic, 2));
  link.patient_seen = link.taken_from = 1;
  BOOST_REQUIRE(c.again(*mail, link)->ok());
  BOOST_TEST(c.state_of("1") == "cancelled");
  BOOST_TEST(c.state_of("2") == "ordered");
  for (const auto& body : {orc("CA", "P-1"), orc("NW", "P-1") + obr("CBC")})
    BOOST_TEST(answered(*c.order("0900", body)).find("an order of another patient") != std::string::npos);
  BOOST_TEST(c.state_of("1") == "cancelled");
  BOOST_TEST(c.state_of("2") == "ordered");
  BOOST_TEST(c.open_reviews() == "order-of-another");
}

BOOST_DATA_TEST_CASE(a_number_that_begins_anew_is_another_order, both) {
  clinic c(sample);
  (void)c.order("0800", orc("NW", "P-1", "|||||||20261119075900") + obr("CBC"));
  (void)c.result("P-1");
  BOOST_TEST(c.cell("status") == "resulted");
  // The same order told once more, and a later one.
  (void)c.order("1300", orc("NW", "P-1", "|||||||20261119075900") + obr("CBC"));
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "1");
  (void)c.order("1310", orc("NW", "P-1", "|||||||20261119130500") + obr("CBC"));
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders WHERE status = 'ordered'") == "1");
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders WHERE status = 'resulted'") == "1");
}

/// A message that is run again says what it said, whatever has come since.
BOOST_DATA_TEST_CASE(a_second_run_changes_nothing, both) {
  clinic c(sample);
  const auto placed = c.order("0800", orc("NW", "P-1") + obr("CBC^Blood count"));
  const auto changed = c.order("0810", orc("XO", "P-1") + obr("CBC^Blood count", "|S"));
  (void)c.result("P-1");
  const auto before = c.sql("SELECT status || panel_name || priority FROM lab_orders");
  for (const auto& mail : {placed, changed}) {
    auto again = c.act(ports::act::kind::reprocess, "reprocess");
    again.patient_seen = 1;
    BOOST_REQUIRE(c.again(*mail, again)->ok());
    BOOST_TEST(c.sql("SELECT status || panel_name || priority FROM lab_orders") == before);
  }
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "1");
  BOOST_TEST(c.open_reviews() == "");
}

BOOST_AUTO_TEST_CASE(what_is_no_laboratory_order_is_refused_for_a_reason) {
  clinic c(test::on::sqlite);
  BOOST_TEST(why(c, "ORC|NW|P-1\rRQD|1|23455^Hip\rRQ1||GPC\r") ==
             refused("UA", "P-1|", "", "RQD stands in place of OBR: no order for a laboratory"));
  BOOST_TEST(why(c, orc("NW", "P-1") + "OBR|1|||24725-4^CT Head^LN||||||||||||||||||||RAD\r")
               .find("OBR-24 names a section that is no laboratory") != std::string::npos);
  BOOST_TEST(why(c, orc("NW", "") + obr("CBC")).find("ORC|UA|") == 0u);
  BOOST_TEST(why(c, orc("HD", "P-1")).starts_with("ORC|UH|"));
  BOOST_TEST(why(c, orc("NW", "P-1")).find("no OBR says what is ordered") != std::string::npos);
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "0");
  // Results of before are no orders.
  BOOST_TEST(why(c, orc("NW", "P-1") + obr("CBC") + "PV1|1|O\rORC|PR|P-0\r" + obr("OLD")) ==
             "ORC|OK|P-1|||SC");
  BOOST_TEST(c.sql("SELECT count(*) FROM lab_orders") == "1");
  const auto mixed = c.order("0800",
                             orc("NW", "P-3") + obr("CBC") + "PV1|1|O\r" + orc("SC", "P-0") + obr("OLD"));
  BOOST_TEST(mixed->ack_code == "AE");
  BOOST_TEST(answered(*mixed, "MSA").starts_with("MSA|AE"));
  BOOST_TEST(answered(*c.order("0800", obr("CBC")), "MSA").starts_with("MSA|AE"));
  BOOST_TEST(answered(*c.order("0800", "ORC||P-1\r" + obr("CBC")), "MSA").starts_with("MSA|AE"));
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace aorta::pipeline

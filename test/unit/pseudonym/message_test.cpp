// Whole messages: what is not of a person stays byte for byte, and nothing that is known survives.
#include "engine/pseudonym/message.hpp"

#include "engine/base/base64.hpp"
#include "engine/hl7/message_charset.hpp"
#include "engine/identity/identity.hpp"
#include "engine/lab/attachment.hpp"

#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

using namespace aorta;
using namespace aorta::pseudonym;

namespace {

constexpr std::chrono::days moved{-7 * 70};

struct disguise {
  people who;
  std::string message;
};

disguise disguised(const std::string& bytes, uint64_t seed = 1, std::vector<model::patient> roster = {},
                   std::set<std::string> vocabulary = {}) {
  disguise out;
  const auto msg = hl7::parse(bytes);
  BOOST_REQUIRE(msg);
  learn(*msg, "", out.who);
  for (const auto& each : roster) learn(each, out.who);
  pseudonyms by(seed, out.who.known, std::move(vocabulary), moved, out.who.births);
  out.message = rewritten(*msg, "", by);
  return out;
}

std::string at(const std::string& bytes, std::string_view where) {
  const auto msg = hl7::parse(bytes);
  const auto path = hl7::parse_path(where);
  BOOST_REQUIRE(msg && path);
  return std::string(hl7::get(*msg, *path).raw);
}

const std::string report =
  "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|BIO-1001|P|2.5.1|||||CYP|UNICODE UTF-8\r"
  "PID|1||CY0812345^^^CYP^NI~M-0001^^^MAIN^MR||ΠΑΠΑΔΟΠΟΥΛΟΣ^ΓΕΩΡΓΙΟΣ||19580412|M|||ΛΗΔΡΑΣ 10^^ΛΕΥΚΩΣΙΑ^^1010^CY||+357 99123456\r"
  "NK1|1|PAPADOPOULOU^MARIA|SPO^Spouse||99111222\r"
  "PV1|1|O|WARD7|||||L-77^GEORGIOU^ANNA^^^Dr\r"
  "ORC|RE|PO-77|F-9001\r"
  "OBR|1|PO-77|F-9001|LIPREN^Lipids and renal^L|||20261120070500|||||||||L-77^GEORGIOU^ANNA\r"
  "OBX|1|NM|CREAT^Creatinine^L||97|umol/L|62-106|N|||F|||20261120082000\r"
  "OBX|2|TX|COMM^Comment^L||Mr Papadopoulos called\\.br\\from 99 123456||||||F\r"
  "OBX|3|ST|BLOOD^Group^L||O positive||||||F\r"
  "NTE|1|L|Ο κ. Παπαδόπουλος θα ξανάρθει\r"
  "ZPI|1|GEORGIOS|812345\r";

/// Families and given names in both scripts, as spelt in messages.
struct names {
  const char *greek, *latin;
};
constexpr names families[] = {{"ΠΑΠΑΔΟΠΟΥΛΟΣ", "Papadopoulos"}, {"Γεωργίου", "GEORGIOU"},
                              {"Χ\"Γεωργίου", "Hadjigeorgiou"}, {"Οικονόμου", "Economou"},
                              {"Καλογερίδης", "Kalogeridis"},   {"Νικολάου", "Nicolaou"}};
constexpr names givens[] = {{"ΓΕΩΡΓΙΟΣ", "Giorgos"}, {"Μαρία", "MARIA"},         {"Ανδρέας", "Andreas"},
                            {"Ελένη", "Eleni"},      {"Κωνσταντίνος", "COSTAS"}, {"Σοφία", "Sophie"}};

} // namespace

BOOST_AUTO_TEST_CASE(what_is_of_no_person_stays_and_the_rest_is_consistent) {
  const auto made = disguised(report).message;
  for (const auto* kept : {"MSH-3", "MSH-4", "MSH-9",   "MSH-12",  "MSH-18",   "PID-8",   "OBR-4",    "OBX-2",
                           "OBX-3", "OBX-5", "OBX-6",   "OBX-7",   "OBX-8",    "OBX-11",  "OBX[3]-5", "ORC-1",
                           "PV1-2", "NK1-3", "PID-3.4", "PID-3.5", "PID-11.6", "OBX[2]-3"})
    BOOST_TEST(at(made, kept) == at(report, kept), kept);
  for (const auto* other :
       {"MSH-7",    "MSH-10", "PID-3.1", "PID-3[2].1", "PID-5.1", "PID-5.2", "PID-7",   "PID-11.1",
        "PID-11.3", "PID-13", "NK1-2.1", "NK1-5",      "PV1-3",   "PV1-8.1", "PV1-8.2", "ORC-2",
        "ORC-3",    "OBR-7",  "OBX-14",  "OBX[2]-5",   "NTE-3",   "ZPI-2",   "ZPI-3"})
    BOOST_TEST(at(made, other) != at(report, other), other);
  BOOST_TEST(at(made, "ORC-2") == at(made, "OBR-2"));
  BOOST_TEST(at(made, "ORC-3") == at(made, "OBR-3"));
  BOOST_TEST(at(made, "OBR-16.2") == at(made, "PV1-8.2"));
  BOOST_TEST(at(made, "OBX[2]-5").find("\\.br\\") != std::string::npos);
  BOOST_TEST(at(made, "PID-3.1").size() == 9u);
}

BOOST_AUTO_TEST_CASE(the_patient_of_the_roster_stays_the_one_of_the_message) {
  model::patient known;
  known.mrn = "M-0001", known.first_name = "Georgios", known.last_name = "Papadopoulos",
  known.cyprus_id = "812345";
  known.birth_date = std::chrono::year{1958} / 4 / 12;
  known.city = "Λευκωσία";
  people who;
  const auto msg = hl7::parse(report);
  learn(*msg, "", who);
  learn(known, who);
  pseudonyms by(7, who.known, {}, moved, who.births);
  const auto row = rewritten(known, by);
  const auto made = rewritten(*msg, "", by);
  BOOST_TEST(at(made, "PID-3.1") == "CY0" + row.cyprus_id);
  BOOST_TEST(at(made, "PID-3[2].1") == row.mrn);
  BOOST_TEST(identity::fold_exactly(at(made, "PID-5.1")) == identity::fold_exactly(row.last_name));
  BOOST_TEST(identity::fold_exactly(at(made, "PID-5.2")) == identity::fold_exactly(row.first_name));
  BOOST_TEST(at(made, "PID-7") == by.birth("19580412"));
  BOOST_REQUIRE(row.birth_date);
  BOOST_TEST((*row.birth_date == by.birth(*known.birth_date)));
}

BOOST_AUTO_TEST_CASE(a_known_name_in_a_kept_code_is_told_by_its_place_and_not_by_itself) {
  auto bytes = report;
  bytes.replace(bytes.find("CREAT^"), 5, "GEORGIOS");
  const auto made = disguised(bytes);
  const auto msg = hl7::parse(made.message);
  const auto leak = find_leak(*msg, "", made.who.known);
  BOOST_REQUIRE(leak);
  BOOST_TEST(leak->where == "OBX-3.1");
  BOOST_TEST(leak->what == "a name");
  const auto clean = disguised(report);
  BOOST_TEST(!find_leak(*hl7::parse(clean.message), "", clean.who.known));
}

BOOST_AUTO_TEST_CASE(documents_become_neutral_ones_of_their_type) {
  const auto pdf = base64::encode("%PDF-1.4\n(Papadopoulos)\n%%EOF");
  const auto text = base64::encode("%PDF-1.4\n" + std::string(80, 'x'));
  const auto made = disguised(report + "OBX|4|ED|PDF^Report^L||BIO^application^pdf^Base64^" + pdf +
                              "||||||F\r" + "OBX|5|TX|PDF^Report^L||" + text + "||||||F\r" +
                              "OBX|6|ED|PDF^Report^L||^application^pdf^Base64^!!||||||F\r")
                      .message;
  const auto content = base64::decode(at(made, "OBX[4]-5.5"), lab::as_sent);
  BOOST_REQUIRE(content);
  BOOST_TEST(lab::type_of_content(*content) == "application/pdf");
  BOOST_TEST(!lab::is_cut_off(*content));
  BOOST_TEST(content->find("Papa") == std::string::npos);
  const auto cut = base64::decode(at(made, "OBX[5]-5"), lab::as_sent);
  BOOST_REQUIRE(cut);
  BOOST_TEST(lab::is_cut_off(*cut));
  BOOST_TEST(!base64::decode(at(made, "OBX[6]-5.5"), lab::as_sent));
}

BOOST_AUTO_TEST_CASE(a_charset_of_one_byte_and_other_delimiters_are_written_again) {
  auto utf8 = report;
  utf8.replace(utf8.find("UNICODE UTF-8"), 13, "8859/7");
  const auto greek = hl7::decoder::make("8859/7");
  const auto bytes = greek->encode(utf8);
  BOOST_REQUIRE(bytes);
  const auto made = disguised(*bytes);
  const auto text = greek->decode(at(made.message, "PID-5.1"));
  BOOST_REQUIRE(text);
  BOOST_TEST((*text != "ΠΑΠΑΔΟΠΟΥΛΟΣ"));
  BOOST_TEST(!hl7::is_ascii(*text));
  BOOST_TEST(!find_leak(*hl7::parse(made.message), "", made.who.known));
  // Bytes that are of no charset are people's words as well.
  auto broken = report;
  broken.replace(broken.find("ΓΕΩΡΓΙΟΣ"), 2, "\xff\xfe");
  BOOST_TEST(hl7::is_utf8(disguised(broken).message));
}

BOOST_AUTO_TEST_CASE(no_known_string_survives) {
  std::mt19937_64 random(20261126);
  const auto pick = [&](const auto& of) { return of[random() % std::size(of)]; };
  const auto digits = [&](size_t count) {
    std::string out(1, char('1' + random() % 9));
    while (out.size() < count) out += char('0' + random() % 10);
    return out;
  };
  for (int round = 0; round < 400; ++round) {
    const auto family = pick(families), given = pick(givens), other = pick(givens);
    const auto id = digits(6), phone = "99" + digits(6), mrn = digits(5), zip = digits(4);
    const auto day = "19" + std::to_string(40 + random() % 50) + "0" + std::to_string(1 + random() % 9) +
      std::to_string(10 + random() % 19);
    const bool greek = random() % 2 == 0;
    const std::string last = greek ? family.greek : family.latin, first = greek ? given.greek : given.latin;
    const std::string bytes = "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|C" + mrn +
      "|P|2.5.1|||||CYP|UNICODE UTF-8\r"
      "PID|1|" +
      mrn + "|CY0" + id + "^^^CYP^NI~" + mrn + "^^^MAIN^MR||" + last + "^" + first + "^" + other.latin +
      "||" + day + "|M||" + "|" + first + " 5^^" + last + "^^" + zip + "^CY||" + phone +
      "^PRN^PH~^NET^Internet^" + first +
      "@x.cy\r"
      "PV1|1|O|" +
      last + "|||||" + id + "^" + last + "^" + first +
      "\r"
      "GT1|1||" +
      family.latin + "^" + other.greek + "|||" + phone +
      "\r"
      "OBR|1|" +
      id + "|F" + mrn + "|A^" + last + "^L||" + day + "|" + day + "1015||||||" + last + " " + day +
      "\r"
      "OBX|1|ST|T^Test^L||" +
      given.latin + "||||||F|||" + day +
      "\r"
      "OBX|2|FT|T^Test^L||" +
      first + "\\.br\\" + last + " " + phone +
      "||||||F\r"
      "NTE|1|L|" +
      family.greek + " " + family.latin + " " + id +
      "\r"
      "ZZZ|" +
      last + "^" + day + "&" + id + "|x" + phone + "x\r";
    const auto made = disguised(bytes, random());
    BOOST_TEST_CONTEXT(bytes << "\n" << made.message) {
      for (const auto& text : {last, first, std::string(other.latin), id, phone, mrn, day, zip}) {
        if (text.size() == 4)
          continue; // four digits may be part of any number; the finder knows where they begin
        BOOST_TEST(made.message.find(text) == std::string::npos, text);
      }
      BOOST_TEST(!find_leak(*hl7::parse(made.message), "", made.who.known));
      BOOST_TEST(at(made.message, "PID-3.1").size() == 9u);
      BOOST_TEST(at(made.message, "OBX-3") == "T^Test^L");
    }
  }
}

BOOST_AUTO_TEST_CASE(every_golden_message_comes_out_whole_and_without_its_people) {
  namespace fs = std::filesystem;
  size_t seen = 0;
  for (const auto* kind : {"oru", "adt", "orders", "siu", "mdm"})
    for (const auto& each : fs::recursive_directory_iterator(fs::path(AORTA_SOURCE) / "test/golden" / kind)) {
      if (each.path().extension() != ".hl7" || !each.path().filename().string().ends_with("in.hl7")) continue;
      std::ifstream in(each.path(), std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), {}};
      const auto msg = hl7::parse(bytes);
      if (!msg) continue;
      ++seen;
      BOOST_TEST_CONTEXT(each.path().string()) {
        const auto made = disguised(bytes, seen);
        const auto again = hl7::parse(made.message);
        BOOST_REQUIRE(again);
        BOOST_REQUIRE(again->segments() == msg->segments());
        for (size_t i = 0; i < msg->segments(); ++i)
          BOOST_TEST(again->segment(i).fields() == msg->segment(i).fields());
        const auto leak = find_leak(*again, "", made.who.known);
        BOOST_TEST(!leak, (leak ? leak->where : ""));
      }
    }
  BOOST_TEST(seen > 60u);
}

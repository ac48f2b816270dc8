// What a message says of itself and of its patient, and what is refused with its place.
#include "engine/lab/choose.hpp"
#include "test/unit/lab/only.hpp"
#include "test/support/foreign.hpp"

#include <filesystem>

using namespace sample;
using model::value_kind;

BOOST_AUTO_TEST_SUITE(report_message)

BOOST_AUTO_TEST_CASE(what_cannot_be_mapped_says_where) {
  const auto where = [](const std::string& bytes) {
    const auto r = map(bytes, laboratory("BIO"));
    return r.ok() ? std::string("ok") : std::string(name(r.error().code)) + " " + r.error().where;
  };
  const std::string k = "OBX|1|NM|K^K^L||4|mmol/L|||||F";
  BOOST_TEST(where(oru({obr, k})) == std::string(name(error_code::segment_missing)) + " PID");
  BOOST_TEST(where(oru({pid})) == std::string(name(error_code::segment_missing)) + " OBR");
  BOOST_TEST(where(oru({pid, obr, k, "OBX|2|ST|X\xff^x^L||a|"})) ==
             std::string(name(error_code::data_type)) + " OBX[2]-3");
  BOOST_TEST(where(oru({pid, obr, std::string("OBX|2|ST|X^x^L||a\0b|", 20)})) ==
             std::string(name(error_code::data_type)) + " OBX[1]-5");
  BOOST_TEST(where(oru({pid, "PV1|1|\xff", obr, k})) == "ok"); // what nobody reads cannot be read wrongly
  BOOST_TEST(where(oru({pid, obr, k, "NTE|1||\xe1"}, "KLINGON")) ==
             std::string(name(error_code::table_value)) + " MSH-18");
  BOOST_TEST(where(oru({pid, obr, k}, "KLINGON")) == "ok"); // every byte is ASCII
  BOOST_TEST(where(oru({pid, obr, k, "PID|2||934567^^^CYP^NI||CHRISTODOULOU^EVANGELIA||19711130|F"})) ==
             std::string(name(error_code::segment_sequence)) + " PID[2]");
  BOOST_TEST(where(oru({pid, obr, "OBX|1|ST|X^x^L||\\X00\\|"})) == "ok");
}

BOOST_AUTO_TEST_CASE(a_result_that_names_no_test_is_kept_for_a_person_and_the_others_are_filed) {
  const auto r = map(oru({pid, obr, "OBX|1|NM|K^K^L||4|mmol/L|||||F", "OBX|2|NM|||4"}), laboratory("BIO"));
  BOOST_REQUIRE(r.ok());
  BOOST_REQUIRE(r->results.size() == 2u);
  BOOST_TEST(!r->results[0].needs_review);
  BOOST_TEST(r->results[1].needs_review);
  BOOST_TEST(r->results[1].test_code == "");
  BOOST_TEST(r->reviews.front().rule == "no-test");
  BOOST_TEST(r->unmapped_codes.empty());
}

BOOST_AUTO_TEST_CASE(a_charset_that_nobody_knows_does_not_matter_to_ascii) {
  for (const char* charset : {"8859", "EL", "KLINGON"}) {
    const auto r = map(oru({pid, obr}, charset), laboratory("BIO"));
    BOOST_REQUIRE_MESSAGE(r.ok(), charset);
    BOOST_TEST(noted(*r, "charset"), charset);
    BOOST_TEST(r->charset == "ASCII");
  }
  BOOST_TEST(map(oru({pid, obr}, "8859/7"), laboratory("BIO"))->charset == "ISO-8859-7");
}

BOOST_AUTO_TEST_CASE(the_same_patient_twice_is_one_patient) {
  const std::string again = "PID|2||0812345^^^CYP^NI||PAPADOPOULOS^GEORGIOS||19580412|M "; // the same card,
                                                                                           // padded
  const auto r = map(oru({pid, again, obr}), laboratory("BIO"));
  BOOST_REQUIRE(r.ok());
  BOOST_TEST(r->who.ids.size() == 1u);
  BOOST_TEST(r->who.names.size() == 1u);
  for (const char* other : {"PID|2||812346^^^CYP^NI||PAPADOPOULOS^GEORGIOS||19580412|M",
                            "PID|2||812345^^^CYP^NI||PAPADOPOULOS^GEORGIA||19580412|M",
                            "PID|2||812345^^^CYP^NI||PAPADOPOULOS^GEORGIOS||19580413|M",
                            "PID|2||812345^^^CYP^NI||PAPADOPOULOS^GEORGIOS||19580412|F", "PID|2"}) {
    const auto refused = map(oru({pid, obr, other, obr}), laboratory("BIO"));
    BOOST_TEST(!refused, other);
    BOOST_TEST(refused.error().where == "PID[2]", other);
  }
}

BOOST_AUTO_TEST_CASE(a_padded_sender_is_the_same_sender) {
  const auto bio = laboratory("BIO");
  BOOST_TEST(lab::choose({&bio}, "LIS", "BIO       ") == &bio);
  BOOST_TEST(lab::choose({&bio}, " bio ", " ") == &bio);
  BOOST_TEST(lab::choose({&bio}, "LIS", "BIO2") == nullptr);
}

BOOST_AUTO_TEST_CASE(the_profiles_charset_overrides_the_messages) {
  auto p = laboratory("BIO");
  p.charset = "windows-1253";
  const auto r = map(oru({pid, obr, "OBX|1|ST|X^\xc3\xeb\xf5\xea\xfc\xe6\xe7^L||\\XC3EB\\||||||F"}), p);
  BOOST_REQUIRE(r.ok());
  BOOST_TEST(r->results[0].test_name == "Γλυκόζη");
  BOOST_TEST(*r->results[0].value_text == "Γλ");
  BOOST_TEST(noted(*map(oru({pid, obr}, "UNICODE UTF-8~8859/7"), laboratory("BIO")), "charset"));
}

BOOST_AUTO_TEST_CASE(doubtful_times_are_marked) {
  const auto ambiguous = one("OBX|1|NM|K^K^L||4|mmol/L|||||F|||202610250330");
  BOOST_TEST(ambiguous->results[0].observed_at->ambiguous);
  BOOST_TEST(ambiguous->results[0].needs_review);
  BOOST_TEST(reviewed(*ambiguous, "ambiguous-time"));
  BOOST_TEST(reviewed(*one("OBX|1|NM|K^K^L||4|mmol/L|||||F|||202603290330"), "impossible-time"));
  const auto wrong = one("OBX|1|NM|K^K^L||4|mmol/L|||||F|||yesterday");
  BOOST_TEST(reviewed(*wrong, "unreadable-time"));
  BOOST_TEST(wrong->results[0].needs_review);
  BOOST_TEST(to_iso(wrong->results[0].observed_at->at) == "2026-11-20T06:00:00Z"); // OBR-7
}

BOOST_AUTO_TEST_CASE(null_is_no_statement) {
  const auto r = map(oru({"PID|1|\"\"|812345^^^CYP^NI~\"\"||\"\"||\"\"|\"\"", obr,
                          "OBX|1|NM|K^K^L|\"\"|\"\"|\"\"|\"\"|\"\"|||F"}),
                     laboratory("BIO"));
  BOOST_REQUIRE(r.ok());
  BOOST_TEST(r->who.ids.size() == 1u);
  BOOST_TEST(r->who.names.empty());
  BOOST_TEST(!r->who.birth_date.has_value());
  const auto& x = r->results[0];
  BOOST_TEST((x.kind == value_kind::none));
  BOOST_TEST(x.sub_id == "");
  BOOST_TEST(!x.unit.has_value());
  BOOST_TEST(!x.range_text.has_value());
  BOOST_TEST(x.sent.value == "\"\"");
}

BOOST_AUTO_TEST_CASE(patients_have_typed_identifiers_and_legal_names_first) {
  const auto r = map(
    oru(
      {"PID|1|745210^^^CYP^NI|X1^^^BIO^PI~M-7^^^MAIN^MR|old|MARIA^M^^^^^N~CONSTANTINOU&van^MARIA^^^^^L||1966091712|F",
       obr}),
    laboratory("BIO"));
  BOOST_REQUIRE_EQUAL(r->who.ids.size(), 3u);
  BOOST_TEST((r->who.ids[2].kind == identity::id_kind::cyprus_id));
  BOOST_TEST(r->who.names.at(0).family == "CONSTANTINOU");
  BOOST_TEST(r->who.names.at(1).family == "MARIA");
  BOOST_TEST((r->who.birth_date == std::chrono::year_month_day{std::chrono::year{1966} / 9 / 17}));
}

BOOST_AUTO_TEST_CASE(attachments_that_cannot_be_read_are_shown_to_a_person) {
  const auto r = one("OBX|1|ED|PDF^Report^L||^application^pdf^Base64^JVBE*|||||||F");
  BOOST_TEST(reviewed(*r, "bad-attachment"));
  BOOST_TEST(!r->results[0].value_text.has_value());
  BOOST_TEST(r->results[0].sent.value == "application/pdf, unreadable");
  BOOST_TEST(*only("OBX|1|RP|X^x^L||https://example.org/1^^IM^PNG||||||F").value_text ==
             "https://example.org/1");
}

BOOST_AUTO_TEST_CASE(profiles_are_chosen_by_facility_then_application) {
  auto bio = laboratory("BIO"), yml = laboratory("YML");
  yml.senders = {"YLAB"};
  const std::vector<const lab::profile*> all{&bio, &yml};
  BOOST_TEST(lab::choose(all, "LIS", "bio") == &bio);
  BOOST_TEST(lab::choose(all, "YLAB", "BIO") == &bio);
  BOOST_TEST(lab::choose(all, "ylab", "?") == &yml);
  BOOST_TEST(lab::choose(all, "", "Laboratory YML") == &yml);
  BOOST_TEST(!lab::choose(all, "", ""));
}

BOOST_AUTO_TEST_CASE(every_report_of_the_corpus_is_mapped_or_refused_with_its_place,
                     *boost::unit_test::precondition(foreign::is_there)) {
  size_t mapped = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(AORTA_SHARED) + "/corpus/hl7")) {
    const auto bytes = file("hl7/" + entry.path().filename().string());
    const auto name = entry.path().filename().string();
    if (name.find("ORU") == std::string::npos && name.find("OUL") == std::string::npos &&
        name.find("LRI") == std::string::npos)
      continue;
    const auto r = map(bytes, laboratory("BIO"));
    if (r.ok()) {
      ++mapped;
      BOOST_TEST(r->results.size() > 0u, name);
    } else {
      BOOST_TEST_MESSAGE(name << ": " << r.error().where << " " << r.error().text);
      BOOST_TEST(!r.error().where.empty(), name);
    }
  }
  BOOST_TEST(mapped >= 4u);
}

BOOST_AUTO_TEST_CASE(a_whole_blood_count_from_elsewhere, *boost::unit_test::precondition(foreign::is_there)) {
  const auto r = map(file("hl7/LRI_2.0-NG_CBC_Typ_Message.hl7"), laboratory("BIO"));
  BOOST_REQUIRE(r.ok());
  BOOST_TEST(r->results.size() == 28u);
  BOOST_TEST(*r->results[3].value_text == "105.60");
  BOOST_TEST(*r->results[3].unit == "10*3/uL");
  BOOST_TEST(*r->results[3].range_text == "4.30-10.80");
  BOOST_TEST(r->results[3].critical);
  BOOST_TEST(r->results[1].needs_review); // haemoglobin in g/mL
  BOOST_TEST(*r->results[1].value_text == "12.5");
}

BOOST_AUTO_TEST_SUITE_END()

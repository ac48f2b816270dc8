// Orders, their comments, times and specimens, and what they say of their results.
#include "engine/hl7/ack.hpp"
#include "test/unit/lab/only.hpp"

using namespace sample;
using model::result_status;

BOOST_AUTO_TEST_SUITE(report_order)

BOOST_AUTO_TEST_CASE(comments_of_results_and_orders) {
  const auto r = map(
    oru({pid, "NTE|1||patient's", obr, "NTE|1||of the order", "OBX|1|NM|K^K^L||4|mmol/L|||||F",
         "NTE|1||one~two", "NTE|2||three", "OBX|2|NM|NA^N^L||140|mmol/L|||||F"}),
    laboratory("BIO"));
  BOOST_TEST(r->results[0].comments == "patient's\nof the order\none\ntwo\nthree");
  BOOST_TEST(r->results[1].comments == "patient's\nof the order");
}

BOOST_AUTO_TEST_CASE(comments_belong_to_what_they_follow) {
  const std::string k = "OBX|1|NM|K^K^L||4|mmol/L|||||F", na = "OBX|1|NM|NA^N^L||140|mmol/L|||||F";
  const auto orc = map(
    oru({pid, "ORC|RE||A", "OBR|1||A|P^p", k, "ORC|RE||B", "NTE|1||clotted", "OBR|2||B|P^p", na}),
    laboratory("BIO"));
  BOOST_TEST(orc->results[0].comments == "");
  BOOST_TEST(orc->results[1].comments == "clotted");
  const auto behind = map(oru({pid, obr, k, "SPM|1|||SER", "NTE|1||haemolysed"}), laboratory("BIO"));
  BOOST_TEST(behind->results[0].comments == "haemolysed");
  const auto visit = map(oru({pid, "PV1|1", "NTE|1||fasting", obr, k, "ZZZ|1", "NTE|1||its own"}),
                         laboratory("BIO"));
  BOOST_TEST(visit->results[0].comments == "fasting\nits own");
  auto oul = oru({pid, "SPM|1|||SER", "NTE|1||lipaemic", "OBR|1||A|P^p", k, "OBR|2||B|P^p", "NTE|1||of B", na,
                  "SPM|2|||UR", "OBR|3||C|P^p", k});
  oul.replace(oul.find("ORU^R01^ORU_R01"), 15, "OUL^R22^OUL_R22");
  const auto specimen = map(oul, laboratory("BIO"));
  BOOST_TEST(specimen->results[0].comments == "lipaemic");
  BOOST_TEST(specimen->results[1].comments == "lipaemic\nof B");
  BOOST_TEST(specimen->results[2].comments == "");
}

BOOST_AUTO_TEST_CASE(an_order_that_brings_comments_alone_is_a_text) {
  const auto r = map(oru({pid, obr, "OBX|1|NM|K^K^L||4|mmol/L|||||F",
                          "OBR|2||F-2|PAP^Cytology^L|||20261120080000|||||||||||||||20261120082500||CH|F",
                          "NTE|1||High-grade lesion.", "NTE|2||Colposcopy advised."}),
                     laboratory("BIO"));
  BOOST_REQUIRE_EQUAL(r->results.size(), 2u);
  const auto& text = r->results[1];
  BOOST_TEST(text.test_code + "|" + text.test_name == "PAP|Cytology");
  BOOST_TEST(*text.value_text == "High-grade lesion.\nColposcopy advised.");
  BOOST_TEST((text.status == result_status::final));
  BOOST_TEST(text.comments == "");
  BOOST_TEST(text.order == 1u);
  BOOST_TEST((text.observed_at->at == r->results[0].observed_at->at));
  const auto cancelled = map(
    oru({pid, "OBR|1||F-1|P^Panel^L" + std::string(21, '|') + "X", "NTE|1||haemolysed, send again"}),
    laboratory("BIO"));
  BOOST_REQUIRE_EQUAL(cancelled->results.size(), 1u);
  BOOST_TEST((cancelled->results[0].status == result_status::cancelled));
  BOOST_TEST(!cancelled->results[0].value_text);
  BOOST_TEST(cancelled->results[0].comments == "haemolysed, send again");
  const auto nothing_else = map(oru({pid, "NTE|1||specimen lost", "OBR|1||F-1|P^Panel^L"}),
                                laboratory("BIO"));
  BOOST_REQUIRE_EQUAL(nothing_else->results.size(), 1u);
  BOOST_TEST(*nothing_else->results[0].value_text == "specimen lost");
}

BOOST_AUTO_TEST_CASE(a_long_comment_is_kept_once) {
  std::string bytes = oru({pid, obr, "NTE|1||" + std::string(200'000, 'x')});
  for (int i = 1; i <= 1'000; ++i)
    bytes += "OBX|" + std::to_string(i) + "|NM|K" + std::to_string(i) + "^K^L||4|mmol/L|||||F\r";
  const auto r = map(bytes, laboratory("BIO"));
  BOOST_TEST(r->results[0].comments.size() == 200'000u);
  size_t others = 0;
  for (size_t i = 1; i < r->results.size(); ++i) others += r->results[i].comments.size();
  BOOST_TEST(others < 100'000u);
  BOOST_TEST(r->results[999].comments == "The comment on several results stands with the first of them, K1.");
}

BOOST_AUTO_TEST_CASE(lines_that_are_no_segments_are_told_or_belong_to_a_text) {
  const auto broken = one("OBX|1|TX|G^Gram stain^L||Gram-positive cocci\rin 2 of 2 bottles||||||F");
  BOOST_TEST(*broken->results[0].value_text == "Gram-positive cocci\nin 2 of 2 bottles");
  BOOST_TEST((broken->results[0].status == result_status::final));
  BOOST_TEST(broken->reviews.empty());
  BOOST_TEST(noted(*broken, "broken-line"));
  const auto small = one("OBX|1|NM|K^K^L||4.2|mmol/L|||||F\robx|2|NM|NA^NA^L||118|mmol/L|136-145|LL|||F");
  BOOST_REQUIRE_EQUAL(small->results.size(), 2u);
  BOOST_TEST(small->results[1].critical);
  BOOST_TEST(small->results[1].needs_review);
  BOOST_TEST(reviewed(*small, "odd-line"));
  BOOST_TEST(reviewed(*one("OBX|1|NM|K^K^L||4.2|mmol/L|||||F\rsodium 118, called to ward"), "broken-line"));
  // three capitals are a segment, and perhaps a text
  BOOST_TEST(reviewed(*one("OBX|1|TX|G^G^L||seen\rECG\rlater||||||F"), "broken-line"));
  BOOST_TEST(reviewed(*one("OBX|1|TX|G^G^L||seen\rECG"), "odd-line"));
  BOOST_TEST(reviewed(*one("OBX|1|NM|K^K^L||4.2|mmol/L|||||F\rDSC|CONT-1|F"), "incomplete-message"));
  BOOST_TEST(one("OBX|1|NM|K^K^L||4.2|mmol/L|||||F\rDSC||")->reviews.empty());
  BOOST_TEST(one("OBX|1|NM|K^K^L||4.2|mmol/L|||||F\rXYZ|1|pass through")->reviews.empty());
  const auto second = map(oru({pid, obr, " PID|2||934567^^^CYP^NI"}), laboratory("BIO"));
  BOOST_REQUIRE(!second.ok());
  BOOST_TEST(second.error().where == "PID[2]");
  const auto pdf = one("OBX|1|ED|R^R^L||LIS^application^pdf^Base64^JVBERi0x\r\nLjQKJSVF\r\nT0YK||||||F");
  BOOST_TEST(pdf->results[0].attachments.at(0).content == "%PDF-1.4\n%%EOF\n");
  const auto added = one("OBX|1|FT|D^D^L||first \rADD|second||||||F");
  BOOST_TEST(*added->results[0].value_text == "first second");
  BOOST_TEST(added->reviews.empty());
}

BOOST_AUTO_TEST_CASE(an_order_that_is_withdrawn_withdraws_its_results) {
  const auto r = [](const char* of_order, const char* own) {
    auto bytes = oru({pid, "OBR|1||F-1|P^Panel^L" + std::string(21, '|') + of_order,
                      std::string("OBX|1|NM|K^K^L||4|mmol/L|||||") + own});
    const auto out = map(bytes, laboratory("BIO"));
    return std::string(1, out->results[0].observation_status) + (out->results[0].retracts ? " retracts" : "");
  };
  BOOST_TEST(r("W", "") == "W retracts");
  BOOST_TEST(r("W", "F") == "W retracts");
  BOOST_TEST(r("D", "F") == "D retracts");
  BOOST_TEST(r("X", "F") == "F");
  BOOST_TEST(r("X", "") == "X");
  BOOST_TEST(r("C", "P") == "P");
}

BOOST_AUTO_TEST_CASE(what_maps_to_many_times_its_own_bytes_is_refused) {
  std::string bytes = oru({pid, obr});
  for (int i = 0; i < 65'536; ++i) bytes += "OBX|1\r";
  const auto r = map(bytes, laboratory("BIO"));
  BOOST_REQUIRE(!r.ok());
  BOOST_TEST(r.error().where == "OBX[65536]");
  BOOST_TEST(hl7::rule_for(r.error().code).ack == "AR");
  std::string orders = oru({pid});
  for (int i = 0; i < 65'536; ++i) orders += "OBR|1\r";
  BOOST_TEST(map(orders, laboratory("BIO")).error().where == "OBR[65536]");
}

BOOST_AUTO_TEST_CASE(orders_and_their_results) {
  const auto r = map(oru({pid, "OBX|1|NM|K^K^L||4|mmol/L|||||F", "ORC|RE|PO-1|F-1", "OBR|1||X|A^a",
                          "OBX|1|NM|K^K^L||4|mmol/L|||||F", "ORC|RE|PO-2", "OBX|1|NM|K^K^L||4|mmol/L|||||F",
                          "OBR|2|Y|F-2|B^b"}),
                     laboratory("BIO"));
  BOOST_REQUIRE(r.ok());
  BOOST_REQUIRE_EQUAL(r->orders.size(), 2u);
  BOOST_TEST(r->orders[0].placer_number == "PO-1");
  BOOST_TEST(r->orders[0].filler_number == "X"); // its own number, not the accession's
  BOOST_TEST(r->orders[1].placer_number == "Y");
  BOOST_TEST(r->orders[1].filler_number == "F-2");
  BOOST_TEST(r->results[0].order == model::no_order);
  BOOST_TEST(r->results[1].order == 0u);
  BOOST_TEST(r->results[2].order == model::no_order);
  BOOST_TEST(r->results[2].set_id == 3);
  BOOST_TEST(map(oru({pid, obr}), laboratory("BIO"))->results.empty());
}

BOOST_AUTO_TEST_CASE(in_oul_messages_the_common_order_follows_and_a_specimen_comes_first) {
  auto bytes = oru({pid, "SPM|1|S1", "OBX|1|NM|K^K^L||1|mmol/L|||||F", "OBR|1|||A^a", "ORC|SC|PO-1|F-1",
                    "OBX|1|NM|K^K^L||4|mmol/L|||||F", "SPM|2|S2", "OBX|1|NM|K^K^L||2|mmol/L|||||F",
                    "OBR|2|PO-2||B^b", "OBX|1|NM|K^K^L||5|mmol/L|||||F"});
  bytes.replace(bytes.find("ORU^R01^ORU_R01"), 15, "OUL^R22^OUL_R22");
  const auto r = map(bytes, laboratory("BIO"));
  BOOST_REQUIRE(r.ok());
  BOOST_TEST(r->results[0].order == model::no_order);
  BOOST_TEST(r->results[1].order == 0u);
  BOOST_TEST(r->results[2].order == model::no_order);
  BOOST_TEST(r->results[3].order == 1u);
  BOOST_TEST(r->orders[0].placer_number == "PO-1");
  BOOST_TEST(r->orders[1].placer_number == "PO-2");
}

namespace {

/// Clinical time, issued, version time of the only result.
std::string times(const std::string& header_time, const std::string& order, const std::string& obx14,
                  const std::string& spm17 = "") {
  auto bytes = oru(
    {pid, order, "OBX|1|NM|K^K^L||4|mmol/L|||||F|||" + obx14, "SPM|1|||SER|||||||||||||" + spm17});
  bytes.replace(bytes.find("20261120083000"), 14, header_time);
  const auto r = map(bytes, laboratory("BIO"));
  if (!r.ok()) return r.error().text;
  const auto told = [](const std::optional<model::moment>& at) {
    return at ? to_iso(at->at, std::chrono::minutes(at->offset_minutes)) : std::string("-");
  };
  const auto& x = r->results.at(0);
  return told(x.observed_at) + " " + told(x.issued_at) + " " + told(x.reported_at) +
    (x.needs_review ? " review" : "");
}

} // namespace

BOOST_AUTO_TEST_CASE(the_clinical_time_is_that_of_the_observation_else_of_the_specimen) {
  const std::string both = "OBR|1||F-1|P^Panel^L|||20261120080000|||||||||||||||20261120082500||CH|F",
                    none = "OBR|1||F-1|P^Panel^L";
  BOOST_TEST(times("20261120083000", both, "20261120081500") ==
             "2026-11-20T08:15:00+02:00 2026-11-20T08:25:00+02:00 2026-11-20T08:25:00+02:00");
  BOOST_TEST(times("20261120083000", both, "") ==
             "2026-11-20T08:00:00+02:00 2026-11-20T08:25:00+02:00 2026-11-20T08:25:00+02:00");
  BOOST_TEST(times("20261120083000", both, "00000000000000") == times("20261120083000", both, ""));
  BOOST_TEST(times("20261120083000", none, "", "20261120075000") ==
             "2026-11-20T07:50:00+02:00 - 2026-11-20T08:30:00+02:00");
  BOOST_TEST(times("20261120083000", none, "") == "- - 2026-11-20T08:30:00+02:00"); // neither the report nor
                                                                                    // the message tells it
  BOOST_TEST(times("", none, "") == "- - -");
  BOOST_TEST(times("just now", none, "") == "- - - review");
  BOOST_TEST(times("20261120063000+0000", both, "20261120081500") ==
             "2026-11-20T08:15:00+00:00 2026-11-20T08:25:00+00:00 2026-11-20T08:25:00+00:00");
  BOOST_TEST(times("20261120083000", "OBR|1||F-1|P^Panel^L|||in the morning", "", "20261120075000") ==
             "2026-11-20T07:50:00+02:00 - 2026-11-20T08:30:00+02:00 review");
}

BOOST_AUTO_TEST_CASE(an_orc_names_the_orders_up_to_the_next_one) {
  const auto r = map(
    oru({pid, "ORC|RE|P-9|ACC-9", "OBR|1||A-1|X^x", "OBX|1|NM|K^K^L||4|mmol/L|||||F", "OBR|2|||X^x",
         "OBX|1|NM|K^K^L||5|mmol/L|||||F", "ORC|RE", "OBR|3|||X^x", "OBX|1|NM|K^K^L||6|mmol/L|||||F"}),
    laboratory("BIO"));
  BOOST_REQUIRE_EQUAL(r->orders.size(), 3u);
  BOOST_TEST(r->orders[0].filler_number == "A-1");
  BOOST_TEST(r->orders[0].placer_number == "P-9");
  BOOST_TEST(r->orders[1].filler_number == "ACC-9");
  BOOST_TEST(r->orders[2].filler_number.empty());
  BOOST_TEST(r->orders[2].placer_number.empty());
}

namespace {

/// `filler=test` of each result of an OUL message.
std::string oul_orders(std::initializer_list<std::string> segments) {
  auto bytes = oru(segments);
  bytes.replace(bytes.find("ORU^R01^ORU_R01"), 15, "OUL^R22^OUL_R22");
  const auto r = map(bytes, laboratory("BIO"));
  if (!r.ok()) return r.error().text;
  std::string out;
  for (const auto& x : r->results)
    out += (x.order < r->orders.size() ? r->orders[x.order].filler_number : "?") + "=" + x.test_code + " ";
  return out;
}

} // namespace

BOOST_AUTO_TEST_CASE(in_oul_an_orc_stands_behind_its_order_or_in_front_of_it) {
  const std::string k = "OBX|1|NM|K^K^L||4|mmol/L|||||F", na = "OBX|1|NM|NA^N^L||140|mmol/L|||||F";
  BOOST_TEST(oul_orders({pid, "SPM|1|||SER", "OBR|1|||P^p", "ORC|RE||A", k, "OBR|2|||P^p", "ORC|RE||B",
                         na}) == "A=K B=NA ");
  BOOST_TEST(oul_orders({pid, "SPM|1|||SER", "ORC|RE||A", "OBR|1|||P^p", k, "ORC|RE||B", "OBR|2|||P^p",
                         na}) == "A=K B=NA ");
  BOOST_TEST(oul_orders({pid, "SPM|1|||SER", "OBR|1||A|P^p", "ORC|RE||ACC", k, "OBR|2||B|P^p", "ORC|RE||ACC",
                         na}) == "A=K B=NA ");
  BOOST_TEST(oul_orders({pid, "SPM|1|||SER", "ORC|RE||A", "OBR|1|||P^p", k, "SPM|2|||UR", "OBR|2|||P^p",
                         na}) == "A=K =NA ");
}

BOOST_AUTO_TEST_CASE(who_measured_a_result_is_kept) {
  const auto who = [](const char* obx15, const char* obx23) {
    const auto r = one(std::string("OBX|1|NM|K^K^L||4|mmol/L|||||F||||") + obx15 + "||||||||" + obx23);
    return r->results[0].performer + "|" + r->results[0].performer_code + "|" +
      r->results[0].performing_lab_code;
  };
  BOOST_TEST(who("REF^Reference Lab^L", "") == "Reference Lab|REF|BIO");
  BOOST_TEST(who("REF^Reference Lab^L", "Reference Lab^L") == "Reference Lab|REF|BIO");
  BOOST_TEST(who("REF^Reference Lab^L", "Other Lab^^^^^^^^^OTH") == "Other Lab|OTH|BIO");
  BOOST_TEST(who("", "") == "||BIO");
}

BOOST_AUTO_TEST_CASE(a_susceptibility_names_its_organism) {
  const auto r = map(
    oru({pid, "OBR|1||F-1|BC^Culture^L", "OBX|1|CE|ORG^Organism^L|1|ECO^E. coli^L||||||F",
         "OBX|2|ST|CTX^Cefotaxime^L|1|S|||S|||F", "OBX|3|CE|ORG^Organism^L|2|KPN^K. pneumoniae^L||||||F",
         "OBX|4|ST|CTX^Cefotaxime^L|2|R|||R|||F", "OBX|5|ST|GEN^Gentamicin^L||S|||S|||F",
         "OBR|2||F-2|AST^Susceptibility^L||||||||||||||||||||||ORG&Organism^2^K. pneumoniae|||PO-1^F-1",
         "OBX|1|ST|CIP^Ciprofloxacin^L||R|||R|||F",
         "OBR|3||F-3|AST^Susceptibility^L||||||||||||||||||||||ORG&Organism^1^C. albicans|||^F-9",
         "OBX|1|ST|FLU^Fluconazole^L||SDD||||||F"}),
    laboratory("BIO"));
  BOOST_REQUIRE_EQUAL(r->results.size(), 7u);
  const auto organism = [&](size_t i) { return r->results[i].organism + "|" + r->results[i].organism_code; };
  BOOST_TEST(organism(0) == "|");
  BOOST_TEST(organism(1) == "E. coli|ECO");
  BOOST_TEST(organism(3) == "K. pneumoniae|KPN");
  BOOST_TEST(organism(4) == "|"); // of neither: nobody can say
  BOOST_TEST(organism(5) == "K. pneumoniae|KPN");
  BOOST_TEST(organism(6) == "C. albicans|"); // the culture came before, in another message
  const auto& parent = r->orders[1].parent;
  BOOST_TEST(parent.code + parent.sub_id + parent.text + parent.placer_number + parent.filler_number ==
             "ORG2K. pneumoniaePO-1F-1");
}

BOOST_AUTO_TEST_SUITE_END()

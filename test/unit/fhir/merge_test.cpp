#include "some_rows.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;
using namespace aorta::fhir;

namespace {

std::string merged(const std::string& sent, const std::string& then, const std::string& now) {
  auto a = document::parse(sent), b = document::parse(then), c = document::parse(now);
  BOOST_REQUIRE(a.ok() && b.ok() && c.ok());
  document d;
  return write(*merge(d, *a->root, *b->root, *c->root));
}

} // namespace

BOOST_AUTO_TEST_SUITE(merging)

BOOST_AUTO_TEST_CASE(an_unchanged_row_gives_back_what_was_sent) {
  const std::string sent = R"({"b":1.50,"a":[{"x":null},2],"_c":{"extension":[]}})";
  BOOST_TEST(merged(sent, R"({"q":1})", R"({"q":1})") == sent);
}

BOOST_AUTO_TEST_CASE(a_changed_member_replaces_and_the_rest_stays) {
  BOOST_TEST(merged(R"({"gender":"male","multipleBirthInteger":2})", R"({"gender":"male"})",
                    R"({"gender":"female"})") == R"({"gender":"female","multipleBirthInteger":2})");
  BOOST_TEST(merged(R"({"a":1,"b":2})", R"({"a":1})", R"({})") == R"({"b":2})");
  BOOST_TEST(merged(R"({"b":2})", R"({})", R"({"a":1})") == R"({"b":2,"a":1})");
}

BOOST_AUTO_TEST_CASE(an_identifier_of_elsewhere_survives_when_another_changes) {
  BOOST_TEST(merged(R"({"identifier":[{"system":"x","value":"1"},{"system":"y","value":"2","use":"usual"}]})",
                    R"({"identifier":[{"system":"y","value":"2"}]})",
                    R"({"identifier":[{"system":"y","value":"3"}]})") ==
             R"({"identifier":[{"system":"x","value":"1"},{"system":"y","value":"3","use":"usual"}]})");
  BOOST_TEST(merged(R"({"identifier":[{"system":"x","value":"1"},{"system":"y","value":"2"}]})",
                    R"({"identifier":[{"system":"y","value":"2"}]})",
                    R"({})") == R"({"identifier":[{"system":"x","value":"1"}]})");
}

BOOST_AUTO_TEST_CASE(of_two_phones_the_one_that_the_row_knew_changes) {
  BOOST_TEST(
    merged(R"({"telecom":[{"system":"phone","value":"1"},{"system":"phone","value":"2","use":"work"}]})",
           R"({"telecom":[{"system":"phone","value":"1"}]})",
           R"({"telecom":[{"system":"phone","value":"9"}]})") ==
    R"({"telecom":[{"system":"phone","value":"9"},{"system":"phone","value":"2","use":"work"}]})");
}

BOOST_AUTO_TEST_CASE(a_nickname_stays_beside_a_new_name) {
  BOOST_TEST(
    merged(
      R"({"name":[{"family":"A","given":["B","C"],"_given":[null,{"id":"x"}]},{"use":"nickname","given":["Z"]}]})",
      R"({"name":[{"use":"official","family":"A","given":["B","C"]}]})",
      R"({"name":[{"use":"official","family":"A","given":["D"]}]})") ==
    R"({"name":[{"family":"A","given":["D"]},{"use":"nickname","given":["Z"]}]})");
}

BOOST_AUTO_TEST_CASE(one_choice_takes_the_place_of_another) {
  BOOST_TEST(merged(R"({"onsetString":"in youth","code":1})", R"({})", R"({"onsetDateTime":"1970-01-01"})") ==
             R"({"code":1,"onsetDateTime":"1970-01-01"})");
}

BOOST_AUTO_TEST_CASE(who_lives_again_has_no_time_of_death) {
  BOOST_TEST(merged(R"({"deceasedDateTime":"2026","active":true})", R"({"deceasedBoolean":true})",
                    R"({"q":1})") == R"({"active":true,"q":1})");
}

BOOST_AUTO_TEST_CASE(a_narrative_of_former_values_goes_and_a_written_one_stays) {
  BOOST_TEST(merged(R"({"text":{"status":"generated","div":"x"},"a":1})", R"({"a":1})", R"({"a":2})") ==
             R"({"a":2})");
  BOOST_TEST(merged(R"({"text":{"status":"additional","div":"x"},"a":1})", R"({"a":1})", R"({"a":2})") ==
             R"({"text":{"status":"additional","div":"x"},"a":2})");
  BOOST_TEST(merged(R"({"text":{"status":"generated"},"a":1})", R"({"a":1})", R"({"a":1})") ==
             R"({"text":{"status":"generated"},"a":1})");
}

BOOST_AUTO_TEST_CASE(what_qualified_the_former_value_goes_with_it) {
  BOOST_TEST(merged(R"({"birthDate":"1970-01-01","_birthDate":{"extension":[1]}})",
                    R"({"birthDate":"1970-01-01"})",
                    R"({"birthDate":"1971-01-01"})") == R"({"birthDate":"1971-01-01"})");
}

BOOST_AUTO_TEST_CASE(codings_of_another_system_go_when_the_row_says_another_thing) {
  const std::string sent =
    R"({"medicationCodeableConcept":{"coding":[{"system":"rxnorm","code":"17767","display":"Amlodipine"}],"text":"Amlodipine"}})";
  BOOST_TEST(merged(sent, R"({"medicationCodeableConcept":{"text":"Amlodipine"}})",
                    R"({"medicationCodeableConcept":{"text":"Bisoprolol"}})") ==
             R"({"medicationCodeableConcept":{"text":"Bisoprolol"}})");
  BOOST_TEST(merged(R"({"route":{"coding":[{"system":"x","code":"1"}]},"b":1})", R"({"b":1})",
                    R"({"b":1,"route":{"text":"oral"}})") == R"({"route":{"text":"oral"},"b":1})");
}

BOOST_AUTO_TEST_CASE(a_dose_goes_with_the_words_that_it_belonged_to) {
  const std::string sent =
    R"({"dosageInstruction":[{"text":"one","additionalInstruction":[{"text":"with food"}],"doseAndRate":[{"doseQuantity":{"value":1}}]}]})";
  const std::string then = R"({"dosageInstruction":[{"text":"one"}]})";
  BOOST_TEST(merged(sent, then, R"({"dosageInstruction":[{"text":"as told"}]})") ==
             R"({"dosageInstruction":[{"text":"as told","additionalInstruction":[{"text":"with food"}]}]})");
  BOOST_TEST(
    merged(sent, then,
           R"({"dosageInstruction":[{"text":"2 mg","doseAndRate":[{"doseQuantity":{"value":2}}]}]})") ==
    R"({"dosageInstruction":[{"text":"2 mg","additionalInstruction":[{"text":"with food"}],"doseAndRate":[{"doseQuantity":{"value":2}}]}]})");
}

BOOST_AUTO_TEST_CASE(an_interpretation_goes_with_the_value_that_it_was_made_of) {
  const std::string sent =
    R"({"valueQuantity":{"value":72},"interpretation":[{"text":"N"}],"note":[{"text":"at rest"}]})";
  BOOST_TEST(merged(sent, R"({"valueQuantity":{"value":72}})", R"({"valueQuantity":{"value":140}})") ==
             R"({"valueQuantity":{"value":140},"note":[{"text":"at rest"}]})");
  BOOST_TEST(
    merged(sent, R"({"valueQuantity":{"value":72},"b":1})", R"({"valueQuantity":{"value":72},"b":2})") ==
    R"({"valueQuantity":{"value":72},"interpretation":[{"text":"N"}],"note":[{"text":"at rest"}],"b":2})");
}

BOOST_AUTO_TEST_CASE(a_name_in_words_goes_when_its_parts_change) {
  BOOST_TEST(merged(R"({"name":[{"text":"Maria Georgiou","family":"Georgiou","prefix":["Dr"]}]})",
                    R"({"name":[{"family":"Georgiou"}]})", R"({"name":[{"family":"Pavlou"}]})") ==
             R"({"name":[{"family":"Pavlou","prefix":["Dr"]}]})");
}

BOOST_AUTO_TEST_CASE(merging_a_rows_own_resource_gives_what_the_row_says_now) {
  std::mt19937 dice(3);
  const identifier_systems systems;
  for (size_t t = 0; t < model::tables; ++t)
    for (int i = 0; i < 60; ++i) {
      const auto before = test::some_row(model::table(t), dice, true);
      auto after = test::some_row(model::table(t), dice, true);
      after.cells[0] = before.cells[0];
      for (const auto type : served_types())
        for (const auto of : tables_of(type))
          if (of == before.of)
            for (const auto& part : parts_of(type, before)) {
              document d;
              const auto* then = to_resource(d, type, before, part, {}, systems);
              const auto* now = to_resource(d, type, after, part, {}, systems);
              BOOST_CHECK(equal(*merge(d, *then, *then, *then), *then));
              const auto* out = merge(d, *then, *then, *now);
              BOOST_CHECK_MESSAGE(equal(*out, *now), write(*out) + "\n" + write(*now));
            }
    }
}

BOOST_AUTO_TEST_SUITE_END()

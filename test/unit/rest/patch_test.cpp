// PATCH: JSON Patch through the way of every update.
#include "engine/rest/patch.hpp"
#include "test/unit/rest/fixture.hpp"

using namespace aorta;
using test::both;
using test::house;
using test::must;

namespace {

const std::map<std::string, std::string> json_patch{{"content-type", "application/json-patch+json"}};

/// The resource after the patch, or the fault's text.
std::string after(const std::string& resource, const std::string& patch) {
  const auto of = must(fhir::document::parse(resource));
  fhir::document into;
  const auto done = rest::json_patched(into, *of.root, patch);
  if (done) return fhir::write(**done);
  return (done.error().code == error_code::invalid ? "400 " : "422 ") + done.error().where;
}

std::string person() {
  return R"({"resourceType":"Patient","identifier":[{"system":"urn:aorta:mrn","value":"M-1"}],)"
         R"("name":[{"family":"Kosta","given":["Anna"]}],"gender":"female","birthDate":"1950-05-02"})";
}

} // namespace

BOOST_AUTO_TEST_SUITE(patches)

BOOST_AUTO_TEST_CASE(operations_do_what_rfc_6902_says) {
  const std::string a = R"({"a":[1,2,3],"b":{"c":"x"}})";
  BOOST_TEST(after(a, R"([{"op":"add","path":"/a/1","value":9}])") == R"({"a":[1,9,2,3],"b":{"c":"x"}})");
  BOOST_TEST(after(a, R"([{"op":"add","path":"/a/-","value":9}])") == R"({"a":[1,2,3,9],"b":{"c":"x"}})");
  BOOST_TEST(after(a, R"([{"op":"add","path":"/a/3","value":9}])") == R"({"a":[1,2,3,9],"b":{"c":"x"}})");
  BOOST_TEST(after(a, R"([{"op":"add","path":"/b/c","value":9}])") == R"({"a":[1,2,3],"b":{"c":9}})");
  BOOST_TEST(after(a, R"([{"op":"remove","path":"/a/0"}])") == R"({"a":[2,3],"b":{"c":"x"}})");
  BOOST_TEST(after(a, R"([{"op":"remove","path":"/a/2"},{"op":"add","path":"/a/-","value":4}])") ==
             R"({"a":[1,2,4],"b":{"c":"x"}})");
  BOOST_TEST(after(a, R"([{"op":"remove","path":"/b"}])") == R"({"a":[1,2,3]})");
  BOOST_TEST(after(a, R"([{"op":"replace","path":"/a/1","value":[]}])") == R"({"a":[1,[],3],"b":{"c":"x"}})");
  BOOST_TEST(after(a, R"([{"op":"move","from":"/b/c","path":"/d"}])") == R"({"a":[1,2,3],"b":{},"d":"x"})");
  BOOST_TEST(after(a, R"([{"op":"copy","from":"/a","path":"/b/c"}])") ==
             R"({"a":[1,2,3],"b":{"c":[1,2,3]}})");
  BOOST_TEST(after(a, R"([{"op":"test","path":"/b","value":{"c":"x"}}])") == a);
  BOOST_TEST(
    after(R"({"a/b":1,"~":2})", R"([{"op":"remove","path":"/a~1b"},{"op":"remove","path":"/~0"}])") == "{}");
  BOOST_TEST(after(a, "[]") == a);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_told_with_its_place) {
  const std::string a = R"({"a":[1],"b":{"c":"x"}})";
  for (const auto* none :
       {"", "{}", "null", "[1]", "[", R"([],"x":[])", R"([{"op":"add","path":"b","value":1}])",
        R"([{"op":"colour","path":"/b"}])", R"([{"op":"add","path":"/b"}])", R"([{"op":"move","path":"/b"}])",
        R"([{"path":"/b","value":1}])", R"([{"op":"remove","path":"/~2"}])",
        R"([{"op":"move","from":"/b","path":"/b/d"}])"})
    BOOST_TEST(after(a, none).starts_with("400"), none);
  for (const auto* cannot :
       {R"([{"op":"remove","path":"/d"}])", R"([{"op":"replace","path":"/d","value":1}])",
        R"([{"op":"add","path":"/d/e","value":1}])", R"([{"op":"add","path":"/a/2","value":1}])",
        R"([{"op":"add","path":"/a/01","value":1}])", R"([{"op":"remove","path":"/a/1"}])",
        R"([{"op":"remove","path":"/a/-"}])", R"([{"op":"test","path":"/b/c","value":"y"}])",
        R"([{"op":"copy","from":"/d","path":"/e"}])", R"([{"op":"remove","path":""}])"})
    BOOST_TEST(after(a, cannot) == "422 [0]", cannot);
  BOOST_TEST(after(a, R"([{"op":"remove","path":"/b"},{"op":"remove","path":"/b"}])") == "422 [1]");
}

BOOST_AUTO_TEST_CASE(a_patch_makes_nothing_deeper_or_larger_than_what_may_come) {
  std::string doubling = R"([{"op":"add","path":"/x","value":["a"]})";
  for (int i = 0; i < 60; ++i) doubling += R"(,{"op":"copy","from":"/x","path":"/x/-"})";
  BOOST_TEST(after("{}", doubling + "]").starts_with("422 ["));
  const auto chain = [](int levels) {
    std::string out = "1";
    for (int i = 0; i < levels; ++i) out = R"({"a":)" + out + "}";
    return out;
  };
  const auto path = [](int levels) {
    std::string out = "/x";
    for (int i = 0; i < levels; ++i) out += "/a";
    return out;
  };
  const auto add = R"([{"op":"add","path":"/x","value":)" + chain(60) + "}";
  BOOST_TEST(after("{}", add + "]").starts_with("{"));
  BOOST_TEST(after("{}", add + R"(,{"op":"copy","from":"/x","path":")" + path(59) + "/b\"}]") == "422 [1]");
  BOOST_TEST(
    after("{}", add + R"(,{"op":"replace","path":")" + path(59) + R"(","value":)" + chain(60) + "}]") ==
    "422 [1]");
  BOOST_TEST(after("{}", add + R"(,{"op":"move","from":"/x/a","path":")" + path(3'000) + "\"}]") ==
             "422 [1]");
}

/// Parts of one operation.
std::string fhirpath_after(const std::string& resource, const std::string& parts) {
  const auto of = must(fhir::document::parse(resource));
  const auto told = must(fhir::document::parse(
    R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[)" + parts + "]}]}"));
  fhir::document into;
  const auto done = rest::fhirpath_patched(into, *of.root, *told.root);
  if (done) return fhir::write(**done);
  return (done.error().code == error_code::invalid ? "400 " : "422 ") + done.error().where;
}
std::string operation(const std::string& type, const std::string& path, const std::string& more = {}) {
  return R"({"name":"type","valueCode":")" + type + R"("},{"name":"path","valueString":")" + path + R"("})" +
    more;
}

BOOST_AUTO_TEST_CASE(fhirpath_operations_do_what_r4_says) {
  const std::string a =
    R"({"resourceType":"Patient","name":[{"use":"official","given":["A","B"]},{"use":"old"}],"deceasedBoolean":false})";
  const auto changed = [&](const std::string& from, const std::string& to) {
    auto out = a;
    return out.replace(out.find(from), from.size(), to);
  };
  BOOST_TEST(
    fhirpath_after(
      a,
      operation("add", "Patient",
                R"(,{"name":"name","valueString":"birthDate"},{"name":"value","valueDate":"1930-01-01"})")) ==
    changed("false}", R"(false,"birthDate":"1930-01-01"})"));
  BOOST_TEST(fhirpath_after(
               a,
               operation("add", "Patient.name.where(use = 'official')",
                         R"(,{"name":"name","valueString":"given"},{"name":"value","valueString":"C"})")) ==
             changed(R"("B"])", R"("B","C"])"));
  BOOST_TEST(
    fhirpath_after(
      a,
      operation(
        "add", "Patient",
        R"(,{"name":"name","valueString":"contact"},{"name":"value","part":[{"name":"name","valueHumanName":{"text":"x"}}]})")) ==
    changed("false}", R"(false,"contact":[{"name":{"text":"x"}}]})"));
  BOOST_TEST(
    fhirpath_after(a,
                   operation("insert", "Patient.name[0].given",
                             R"(,{"name":"index","valueInteger":1},{"name":"value","valueString":"C"})")) ==
    changed(R"("A",)", R"("A","C",)"));
  BOOST_TEST(fhirpath_after(a, operation("delete", "Patient.name.first().given[0]")) ==
             changed(R"("A",)", ""));
  BOOST_TEST(fhirpath_after(a, operation("delete", "Patient.name[1]")) == changed(R"(,{"use":"old"})", ""));
  BOOST_TEST(fhirpath_after(a, operation("delete", "Patient.photo")) == a);
  BOOST_TEST(
    fhirpath_after(
      a, operation("replace", "Patient.name[1].use", R"(,{"name":"value","valueCode":"nickname"})")) ==
    changed("\"old\"", "\"nickname\""));
  BOOST_TEST(fhirpath_after(
               a, operation("replace", "Patient.deceased", R"(,{"name":"value","valueDateTime":"2026"})")) ==
             changed(R"("deceasedBoolean":false)", R"("deceasedDateTime":"2026")"));
  BOOST_TEST(fhirpath_after(
               a,
               operation("move", "Patient.name[0].given",
                         R"(,{"name":"source","valueInteger":1},{"name":"destination","valueInteger":0})")) ==
             changed(R"("A","B")", R"("B","A")"));
}

BOOST_AUTO_TEST_CASE(fhirpath_operations_that_cannot_be_done_are_told) {
  const std::string a =
    R"({"resourceType":"Patient","name":[{"use":"official","given":["A","B"]},{"use":"old"}],"gender":"male"})";
  for (const auto& bad :
       {operation("colour", "Patient"), operation("add", "Patient"), operation("delete", "Patient..name"),
        operation("delete", "Patient.name.where(use ~ 'x')"), operation("delete", "Patient.name.tail()"),
        operation("delete", "Patient.name[x]"), operation("delete", ""),
        operation("replace", "Patient.gender"),
        operation("insert", "Patient.gender",
                  R"(,{"name":"index","valueInteger":0},{"name":"value","valueCode":"x"})"),
        operation("add", "Patient",
                  R"(,{"name":"name","valueString":"colour"},{"name":"value","valueString":"x"})"),
        operation("add", "Patient",
                  R"(,{"name":"name","valueString":"deceased"},{"name":"value","valueString":"x"})")})
    BOOST_TEST(fhirpath_after(a, bad) == "400 [0]", bad);
  for (const auto& cannot :
       {operation("delete", "Patient.name"), operation("delete", "Patient"),
        operation("replace", "Patient.photo", R"(,{"name":"value","valueString":"x"})"),
        operation("add", "Patient",
                  R"(,{"name":"name","valueString":"gender"},{"name":"value","valueCode":"female"})"),
        operation("insert", "Patient.name[0].given",
                  R"(,{"name":"index","valueInteger":3},{"name":"value","valueString":"C"})"),
        operation("move", "Patient.name",
                  R"(,{"name":"source","valueInteger":2},{"name":"destination","valueInteger":0})")})
    BOOST_TEST(fhirpath_after(a, cannot) == "422 [0]", cannot);
  // What stands beside a primitive would be left behind, or by another value.
  const std::string e =
    R"({"resourceType":"Patient","name":[{"given":["A","B"],"_given":[{"id":"x"},null]}],"birthDate":"1950-05-02","_birthDate":{"id":"y"}})";
  for (const auto& cannot :
       {operation("delete", "Patient.birthDate"), operation("delete", "Patient.name[0].given[0]"),
        operation("replace", "Patient.birthDate", R"(,{"name":"value","valueDate":"1950"})"),
        operation("add", "Patient.name[0]",
                  R"(,{"name":"name","valueString":"given"},{"name":"value","valueString":"C"})"),
        operation("move", "Patient.name[0].given",
                  R"(,{"name":"source","valueInteger":1},{"name":"destination","valueInteger":0})")})
    BOOST_TEST(fhirpath_after(e, cannot) == "422 [0]", cannot);
}

BOOST_DATA_TEST_CASE(a_patch_is_an_update_of_a_row, both, where) {
  house at(where);
  const auto id = at.create("Patient", person());
  const auto done = at.ask("PATCH", "Patient/" + id,
                           R"([{"op":"test","path":"/gender","value":"female"},)"
                           R"({"op":"add","path":"/name/0/given/-","value":"Maria"},)"
                           R"({"op":"replace","path":"/birthDate","value":"1951-05-02"}])",
                           json_patch);
  BOOST_TEST(done.status == 200, done.body);
  BOOST_TEST(test::header(done, "ETag") == "W/\"2\"");
  const auto now = at.get("Patient/" + id).body;
  BOOST_TEST(now.find(R"("given":["Anna","Maria"])") != now.npos);
  BOOST_TEST(at.sql("SELECT birth_date FROM patients WHERE patient_id = " + id).substr(0, 10) ==
             "1951-05-02");
  BOOST_TEST(at.get("Patient/" + id + "/_history/1").status == 200);
  const auto with = [&](const std::string& match, const std::string& patch) {
    auto headers = json_patch;
    if (!match.empty()) headers["if-match"] = match;
    return at.ask("PATCH", "Patient/" + id, patch, headers).status;
  };
  BOOST_TEST(with("W/\"1\"", R"([{"op":"remove","path":"/gender"}])") == 412);
  BOOST_TEST(with("W/\"2\"", R"([{"op":"replace","path":"/gender","value":"male"}])") == 200);
  BOOST_TEST(with("", R"([{"op":"replace","path":"/gender","value":"colourful"}])") == 422);
  BOOST_TEST(with("", R"([{"op":"replace","path":"/id","value":"8"}])") == 422);
  BOOST_TEST(with("", R"([{"op":"replace","path":"","value":[]}])") == 422);
  BOOST_TEST(with("", R"([{"op":"remove","path":"/photo"}])") == 422);
  BOOST_TEST(with("", "nonsense") == 400);
  BOOST_TEST(at.ask("PATCH", "Patient/" + id, "{}").status == 400);
  BOOST_TEST(
    at.ask("PATCH", "Patient/" + id, "{}", {{"content-type", "application/merge-patch+json"}}).status == 415);
  BOOST_TEST(at.ask("PATCH", "Patient/999999", "[]", json_patch).status == 404);
  BOOST_TEST(test::header(at.get("Patient/" + id), "ETag") == "W/\"3\""); // what was refused made no version
  const auto other = at.ask(
    "PATCH", "Patient/" + id,
    R"({"resourceType":"Parameters","parameter":[{"name":"operation","part":[)" +
      operation("replace", "Patient.gender", R"(,{"name":"value","valueCode":"other"})") + "]}]}");
  BOOST_TEST(other.status == 200, other.body);
  BOOST_TEST(other.body.find(R"("gender":"other")") != std::string::npos);
  at.who = house::grant(at.clinic, {"system/Patient.u"});
  BOOST_TEST(at.ask("PATCH", "Patient/" + id, "[]", json_patch).status == 403);
  at.who = house::grant(at.other_clinic, {"admin"});
  BOOST_TEST(at.ask("PATCH", "Patient/" + id, "[]", json_patch).status == 404);
}

BOOST_DATA_TEST_CASE(a_patch_of_what_fhir_alone_keeps_and_a_patients_key, both, where) {
  house at(where);
  const auto a = at.create("Patient", person());
  const auto goal = [](const std::string& of) {
    return R"({"resourceType":"Goal","lifecycleStatus":"active","description":{"text":"walk"},"subject":{"reference":"Patient/)" +
      of + R"("}})";
  };
  const auto mine = at.create("Goal", goal(a));
  at.who = house::grant(at.clinic, {"patient/*.*"}, std::stoll(a));
  const auto done = at.ask("PATCH", "Goal/" + mine,
                           R"([{"op":"replace","path":"/lifecycleStatus","value":"completed"}])", json_patch);
  BOOST_TEST(done.status == 200, done.body);
  BOOST_TEST(at.ask("PATCH", "Goal/" + mine,
                    R"([{"op":"replace","path":"/subject/reference","value":"Patient/999"}])", json_patch)
               .status >= 400);
  at.who = house::grant(at.clinic, {"admin"});
  BOOST_TEST(at.ask("DELETE", "Goal?lifecycle-status=active").status == 204); // none: nothing was there
  BOOST_TEST(at.get("Goal/" + mine).status == 200);
  at.create("Goal", goal(a));
  BOOST_TEST(at.ask("DELETE", "Goal?patient=" + a).status == 412); // two
  BOOST_TEST(at.ask("DELETE", "Goal").status == 412);
  BOOST_TEST(at.ask("DELETE", "Goal?lifecycle-status=completed").status == 204);
  BOOST_TEST(at.get("Goal/" + mine).status == 410);
  BOOST_TEST(at.ask("PATCH", "Goal/" + mine, "[]", json_patch).status == 410);
}

BOOST_AUTO_TEST_SUITE_END()

// The table of interactions, and what the CapabilityStatement says of it.
#include "engine/rest/interactions.hpp"
#include "test/unit/rest/fixture.hpp"

#include <map>
#include <set>

using namespace aorta;
using test::house;
using test::must;

namespace {

/// A request for each interaction that a CapabilityStatement may tell of a type (FHIR R4 3.1.0).
const std::map<std::string, std::pair<std::string, std::string>> asked_by = {
  {"read", {"GET", "{type}/x-1"}},
  {"vread", {"GET", "{type}/x-1/_history/1"}},
  {"history-instance", {"GET", "{type}/x-1/_history"}},
  {"history-type", {"GET", "{type}/_history"}},
  {"search-type", {"GET", "{type}?_id=x-1"}},
  {"create", {"POST", "{type}"}},
  {"update", {"PUT", "{type}/x-1"}},
  {"patch", {"PATCH", "{type}/x-1"}},
  {"delete", {"DELETE", "{type}/x-1"}},
  {"$validate", {"POST", "{type}/$validate"}},
  {"$everything", {"GET", "{type}/x-1/$everything"}},
  {"$lastn", {"GET", "{type}/$lastn?patient=1"}},
  {"$export", {"GET", "{type}/$export"}},
};

std::set<std::string> told_of(const fhir::node& type) {
  std::set<std::string> out;
  for (const auto* each = type.get("interaction")->first; each != nullptr; each = each->next)
    out.insert(std::string(each->str("code")));
  const auto* operations = type.get("operation");
  for (const auto* each = operations != nullptr ? operations->first : nullptr; each != nullptr;
       each = each->next)
    out.insert("$" + std::string(each->str("name")));
  return out;
}

bool is_offered(const rest::reply& answer) {
  return answer.status != 405 && answer.status != 501 &&
    answer.body.find("there is no such address") == std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(interactions)

BOOST_AUTO_TEST_CASE(the_statement_tells_of_each_type_what_is_answered_and_nothing_else) {
  house in;
  const auto told = in.get("metadata");
  BOOST_REQUIRE_EQUAL(told.status, 200);
  const auto statement = must(fhir::document::parse(told.body));
  const auto* rest = statement.root->get("rest")->first;
  for (const auto* type = rest->get("resource")->first; type != nullptr; type = type->next) {
    const std::string name(type->str("type"));
    const auto codes = told_of(*type);
    for (const auto& code : codes) BOOST_TEST(asked_by.contains(code), code);
    for (const auto& [code, request] : asked_by) {
      auto target = request.second;
      target.replace(0, 6, name);
      const auto body = request.first == "GET" || request.first == "DELETE" ? "" : "{}";
      BOOST_TEST(is_offered(in.ask(request.first, target, body)) == codes.contains(code),
                 name << " " << code);
    }
  }
  std::set<std::string> of_system;
  for (const auto* each = rest->get("interaction")->first; each != nullptr; each = each->next)
    of_system.insert(std::string(each->str("code")));
  BOOST_TEST((of_system == std::set<std::string>{"transaction", "batch", "search-system"}));
  BOOST_TEST(is_offered(in.ask("POST", "", "{}")));
  BOOST_TEST(is_offered(in.get("?_type=Patient")));
  std::set<std::string> operations;
  for (const auto* each = rest->get("operation")->first; each != nullptr; each = each->next)
    operations.insert(std::string(each->str("name")) + " " + std::string(each->str("definition")));
  BOOST_TEST((operations ==
              std::set<std::string>{"export http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
                                    "validate http://hl7.org/fhir/OperationDefinition/Resource-validate"}));
}

BOOST_AUTO_TEST_CASE(what_an_address_does_not_take_is_told_with_what_it_takes) {
  house in;
  const auto allowed = [&](const char* method, const char* target) {
    const auto answer = in.ask(method, target);
    BOOST_TEST(answer.status == 405, target);
    return test::header(answer, "Allow");
  };
  BOOST_TEST(allowed("POST", "Patient/7") == "GET, HEAD, PUT, DELETE, PATCH");
  BOOST_TEST(allowed("PATCH", "Patient") == "GET, HEAD, POST, PUT, DELETE");
  BOOST_TEST(allowed("PUT", "AuditEvent/7") == "GET, HEAD");
  BOOST_TEST(allowed("POST", "AuditEvent") == "GET, HEAD");
  BOOST_TEST(allowed("GET", "Patient/_search") == "POST");
  BOOST_TEST(allowed("GET", "Patient/$validate") == "POST");
  BOOST_TEST(allowed("POST", "metadata") == "GET, HEAD");
  BOOST_TEST(allowed("PUT", "") == "POST, GET, HEAD");
}

BOOST_AUTO_TEST_CASE(rows_that_no_other_part_answers_have_a_handler_and_say_who_may) {
  for (const auto& row : rest::interactions()) {
    const auto what = std::string(row.is.method) + " " + std::string(row.is.path);
    const bool elsewhere = row.by == rest::work::token || row.by == rest::work::route;
    BOOST_TEST((row.handle == nullptr) == elsewhere, what);
    const bool open = row.by == rest::work::open || row.by == rest::work::token;
    BOOST_TEST((row.is.may == http::scope::open) == open, what);
    if (row.is.may == http::scope::resource_write)
      BOOST_TEST((row.by == rest::work::writes || row.by == rest::work::route), what);
    BOOST_TEST((row.code.empty() || row.code == "transaction" || row.code == "$export" ||
                row.code == "search-system" || row.is.path == "/fhir/r4/$validate" ||
                !rest::types_of(row).empty()),
               what);
  }
  const auto is_read = [](const char* method, std::vector<std::string> path) {
    return rest::only_reads({.method = method, .path = std::move(path)});
  };
  BOOST_TEST(is_read("POST", {"Patient", "_search"}));
  BOOST_TEST(is_read("POST", {"Encounter", "7", "$everything"}));
  BOOST_TEST(is_read("HEAD", {"Patient", "7"}));
  BOOST_TEST(!is_read("POST", {"Patient"}));
  BOOST_TEST(!is_read("POST", {}));
  BOOST_TEST(!is_read("GET", {"$export"})); // begins a job
  BOOST_TEST(is_read("GET", {"$export", "7"}));
}

BOOST_AUTO_TEST_CASE(metrics_name_a_row_and_its_type_and_no_id) {
  const auto label = [](const std::vector<std::string>& path) {
    return http::label(http::find(rest::interactions(), "GET", path).path->is, path);
  };
  BOOST_TEST(label({"fhir", "r4", "Patient", "7"}) == "/fhir/r4/Patient/{id}");
  BOOST_TEST(label({"fhir", "r4", "Patient", "7", "Observation"}) == "/fhir/r4/Patient/{id}/Observation");
  BOOST_TEST(label({"fhir", "r4"}) == "/fhir/r4");
  BOOST_TEST((rest::find_interaction("GET", {"Subscription", "7"}).path == nullptr));
}

BOOST_AUTO_TEST_SUITE_END()

#include "engine/api/resources.hpp"
#include "engine/http/document.hpp"
#include "engine/http/target.hpp"
#include "engine/rest/interactions.hpp"
#include "test/unit/api/bare_admin.hpp"

#include <boost/test/unit_test.hpp>
#include <rapidjson/document.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace aorta;

namespace {

const std::string some_uuid = "01890000-0000-7000-8000-000000000001";

std::string title(const http::endpoint& row) { return std::string(row.method) + " " + std::string(row.path); }

/// The rows of both sides of the door, as the handbook and the description have them.
std::vector<const http::endpoint*> all_rows() {
  auto out = http::described(api::endpoints());
  const auto fhir = http::described(rest::interactions());
  out.insert(out.end(), fhir.begin(), fhir.end());
  return out;
}

/// A path of the row, with an id that could be one.
std::string target_of(const http::endpoint& row) {
  std::string out(row.path);
  if (const auto at = out.find("{id}"); at != std::string::npos)
    out.replace(at, 4, out.starts_with("/api/patients") ? "7" : some_uuid);
  if (const auto at = out.find("{name}"); at != std::string::npos) out.replace(at, 6, "ris");
  if (const auto at = out.find("{folder}"); at != std::string::npos) out.replace(at, 8, "labs");
  if (const auto at = out.find("{file}"); at != std::string::npos) out.replace(at, 6, "x.toml");
  return out;
}

http::response ask(std::string_view method, const std::string& target, std::string body = {},
                   std::vector<std::string> scopes = {"admin"}) {
  bare_admin admin(std::move(scopes));
  api::engine_view engine;
  engine.not_ready = [] { return std::vector<std::string>{}; };
  engine.routes = [] { return std::vector<api::route_view>{}; };
  engine.metrics = [](bool) { return std::string("aorta_store_up 1\n"); };
  engine.destinations = [](model::clinic_id) { return std::vector<api::destination_view>{}; };
  engine.check_webhook_url = [](const std::string&) { return status(done{}); };
  engine.new_webhook_secret = [] { return std::string("whsec_AAAA"); };
  engine.version = "1.2.3";
  engine.beside = http::described(rest::interactions());
  http::request asked;
  asked.method = method;
  asked.bearer = "s3cret";
  asked.body = std::move(body);
  const auto parts = http::split_target(target);
  BOOST_REQUIRE(parts);
  asked.path = parts->path;
  for (const auto& [key, value] : parts->params) asked.query[key] = value;
  return api::handle(asked, &admin, engine, {}).reply;
}

/// A value that the input could have.
std::string sample(const http::input& of) {
  if (!of.choices.empty()) return std::string(of.choices.front());
  if (of.of == http::kind::flag) return "true";
  if (of.name == "from" || of.name == "to") return "2026-11-20T00:00:00Z";
  if (of.name == "cursor" || of.name == "result_id" || of.name == "message_id" || of.name == "event_id" ||
      of.name == "frame")
    return some_uuid;
  if (of.name == "overdue") return "24h";
  return of.name == "clinic" ? "MAIN" : "7";
}

std::string allowed_by(const http::response& reply) {
  for (const auto& [name, value] : reply.headers)
    if (name == "Allow") return value;
  return {};
}

bool is_sentence(std::string_view text) {
  return text.size() > 10 && text.back() == '.' && text.find('\n') == text.npos &&
    text.find('|') == text.npos;
}

rapidjson::Document description() {
  rapidjson::Document out;
  const auto reply = ask("GET", "/api/openapi.json");
  BOOST_REQUIRE(reply.status == 200);
  out.Parse(reply.body.data(), reply.body.size());
  BOOST_REQUIRE(!out.HasParseError());
  return out;
}

/// The operation of a row in the description; it must be there.
const rapidjson::Value& operation_of(const rapidjson::Document& told, const http::endpoint& row) {
  std::string method(row.method);
  for (auto& c : method) c = char(std::tolower(c));
  const auto& paths = told["paths"];
  const std::string path(row.path);
  BOOST_REQUIRE_MESSAGE(paths.HasMember(path.c_str()) && paths[path.c_str()].HasMember(method.c_str()),
                        title(row));
  return paths[path.c_str()][method.c_str()];
}

const rapidjson::Value* parameter(const rapidjson::Value& operation, std::string_view name,
                                  std::string_view in) {
  for (const auto& each : operation["parameters"].GetArray())
    if (name == each["name"].GetString() && in == each["in"].GetString()) return &each;
  return nullptr;
}

} // namespace

BOOST_AUTO_TEST_CASE(each_row_says_in_a_sentence_what_it_does_and_has_who_does_it) {
  for (const auto& row : api::endpoints()) BOOST_TEST(row.handle != nullptr, title(row.is));
  for (const auto* row : all_rows()) {
    BOOST_TEST(is_sentence(row->sentence), title(*row));
    BOOST_TEST((row->path.starts_with('/') && !row->path.ends_with('/')), title(*row));
    BOOST_TEST(row->media.empty() == (row->status == 204), title(*row));
    for (const auto* inputs : {&row->segments, &row->query, &row->body})
      for (const auto& each : *inputs)
        BOOST_TEST(is_sentence(each.sentence), title(*row) << " " << each.name << ": " << each.sentence);
  }
}

BOOST_AUTO_TEST_CASE(no_two_rows_take_the_same_requests) {
  const auto all = api::endpoints();
  for (size_t i = 0; i < all.size(); ++i) {
    const auto parts = http::split_target(target_of(all[i].is));
    BOOST_REQUIRE(parts);
    for (size_t j = 0; j < all.size(); ++j)
      BOOST_TEST((i == j || all[i].is.method != all[j].is.method || !http::fits(all[j].is, parts->path) ||
                  http::is_nearer(all[i].is.path, all[j].is.path)),
                 title(all[i].is) << " and " << title(all[j].is));
  }
}

BOOST_AUTO_TEST_CASE(every_path_takes_head_where_it_takes_get_and_tells_what_it_takes) {
  for (const auto& row : api::endpoints()) {
    const auto target = target_of(row.is);
    BOOST_TEST(ask(row.is.method, target).status != 405, title(row.is));
    if (row.is.method == "GET")
      BOOST_TEST(ask("HEAD", target).status == ask("GET", target).status, title(row.is));
    const auto refused = ask("BREW", target);
    BOOST_TEST(refused.status == 405, title(row.is));
    std::string taken;
    for (const auto& each : api::endpoints())
      if (each.is.path == row.is.path) http::allow(taken, each.is.method);
    BOOST_TEST(allowed_by(refused) == taken, title(row.is));
  }
}

BOOST_AUTO_TEST_CASE(a_key_needs_the_scope_of_the_row) {
  for (const auto& row : api::endpoints()) {
    const bool everybody = name(row.is.may).empty();
    BOOST_TEST((ask(row.is.method, target_of(row.is), {}, {"system/Patient.read"}).status == 403) ==
                 !everybody,
               title(row.is));
    BOOST_TEST(ask(row.is.method, target_of(row.is), {}, {std::string(name(row.is.may))}).status != 403,
               title(row.is));
  }
}

BOOST_AUTO_TEST_CASE(what_a_row_says_it_takes_is_read) {
  for (const auto& row : api::endpoints()) {
    for (const auto& each : row.is.query) {
      std::string query = "?" + std::string(each.name) + "=" + sample(each);
      for (const auto& other : row.is.query) // without which nothing is answered
        if (other.is == http::need::required && other.name != each.name)
          query += "&" + std::string(other.name) + "=" + sample(other);
      const auto reply = ask(row.is.method, target_of(row.is) + query);
      BOOST_TEST(reply.body.find("-parameter\"") == reply.body.npos,
                 title(row.is) << " " << each.name << ": " << reply.body);
      BOOST_TEST(reply.body.find("no such clinic") == reply.body.npos, title(row.is));
    }
    // Webhooks, exports, mappings, configurations, sessions and what is run again are said in their own
    // words.
    const bool act = !row.is.path.starts_with("/api/webhooks") && row.is.path != "/api/export/bulk" &&
      row.is.path != "/api/unmapped/map" && row.is.path != "/api/session" &&
      !row.is.path.starts_with("/api/labs") && !row.is.path.starts_with("/api/config") &&
      row.is.path != "/api/keys" && row.is.path != "/api/reprocess";
    for (const auto& each : row.is.body)
      BOOST_TEST(
        (!act || api::read_act("{\"" + std::string(each.name) + "\": \"" + sample(each) + "\"}").has_value()),
        title(row.is) << " " << each.name);
  }
}

BOOST_AUTO_TEST_CASE(the_description_has_every_row_with_all_that_it_takes_and_gives) {
  const auto told = description();
  BOOST_TEST(std::string(told["openapi"].GetString()) == "3.1.0");
  BOOST_TEST(std::string(told["info"]["version"].GetString()) == "1.2.3");
  size_t operations = 0;
  for (const auto& path : told["paths"].GetObject()) operations += path.value.MemberCount();
  BOOST_TEST(operations == all_rows().size());
  for (const auto* each_row : all_rows()) {
    const auto& row = *each_row;
    const auto& operation = operation_of(told, row);
    BOOST_TEST(row.sentence == operation["summary"].GetString());
    const auto names = http::parameters_of(row.path);
    for (const auto name : names) {
      const auto* declared = parameter(operation, name, "path");
      BOOST_REQUIRE_MESSAGE(declared != nullptr, title(row) << " " << name);
      BOOST_TEST((*declared)["required"].GetBool());
      BOOST_TEST((*declared)["schema"].HasMember("type"));
    }
    for (const auto& each : row.query)
      BOOST_TEST((parameter(operation, each.name, "query") != nullptr), title(row) << " " << each.name);
    BOOST_TEST(operation["parameters"].Size() == names.size() + row.query.size());
    BOOST_TEST(operation.HasMember("requestBody") == (!row.body.empty() || !row.takes.empty()));
    BOOST_TEST(operation["responses"].HasMember(std::to_string(row.status).c_str()));
    BOOST_TEST(operation["security"].Empty() == (row.may == http::scope::open));
    for (const auto& each : row.segments) {
      const auto& schema = (*parameter(operation, each.name, "path"))["schema"];
      BOOST_TEST((schema.HasMember("enum") ? schema["enum"].Size() : 0u) == each.choices.size(), title(row));
    }
  }
  const auto& act = operation_of(told, [] {
    for (const auto& row : api::endpoints())
      if (row.is.path == "/api/review/{id}/resolve") return row.is;
    return http::endpoint{};
  }())["requestBody"]["content"]["application/json"]["schema"];
  BOOST_TEST(std::string(act["required"][0].GetString()) == "action");
  BOOST_TEST(std::string(act["properties"]["action"]["enum"][1].GetString()) == "create-patient");
  BOOST_TEST(
    told["components"]["responses"]["failure"]["content"]["application/json"]["schema"].HasMember("$ref"));
  BOOST_TEST(
    told["components"]["schemas"]["failure"]["properties"]["error"]["properties"].HasMember("details"));
}

BOOST_AUTO_TEST_CASE(the_description_is_for_every_key_and_for_nobody_else) {
  for (const char* scope : {"read", "metrics", "system/Patient.read"})
    BOOST_TEST(ask("GET", "/api/openapi.json", {}, {scope}).status == 200);
  BOOST_TEST(ask("GET", "/api/openapi.json", {}, {}).status == 401); // the admin session knows no such key
}

BOOST_AUTO_TEST_CASE(the_handbook_is_what_the_table_says) { // BLESS=1 in the environment writes it anew
  const auto path = std::string(AORTA_SOURCE) + "/docs/http.md";
  const auto said = http::handbook(all_rows());
  if (std::getenv("BLESS") != nullptr) std::ofstream(path, std::ios::binary) << said;
  std::stringstream file;
  file << std::ifstream(path, std::ios::binary).rdbuf();
  BOOST_TEST((file.str() == said),
             "docs/http.md is not what the tables say: BLESS=1 build/dev/test_api writes it anew");
}

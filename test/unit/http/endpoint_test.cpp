#include "engine/http/endpoint.hpp"
#include "engine/http/target.hpp"

#include <boost/test/unit_test.hpp>

using namespace aorta;

namespace {

struct call {
  std::string answered_by;
};

template <int N>
void number(call& on) {
  on.answered_by = std::to_string(N);
}

const std::vector<http::row<call>>& table() {
  static const std::vector<http::row<call>> rows = {
    {{.method = "GET", .path = "/health", .sentence = "."}, number<0>},
    {{.method = "GET", .path = "/api/jobs/{id}", .sentence = "."}, number<1>},
    {{.method = "DELETE", .path = "/api/jobs/{id}", .sentence = "."}, number<2>},
    {{.method = "GET", .path = "/api/jobs/newest", .sentence = "."}, number<3>},
    {{.method = "POST", .path = "/api/jobs/{id}/steps/{step}", .sentence = "."}, number<4>},
    {{.method = "GET",
      .path = "/colours/{colour}/{id}",
      .segments = {{"colour", ".", http::need::required, http::kind::text, {"red", "blue"}},
                   {"id", ".", http::need::required, http::kind::id}},
      .sentence = "."},
     number<5>},
    {{.method = "PUT",
      .path = "/colours/{colour}/{id}",
      .segments = {{"colour", ".", http::need::required, http::kind::text, {"red"}},
                   {"id", ".", http::need::required, http::kind::id}},
      .sentence = "."},
     number<6>},
  };
  return rows;
}

http::match<http::row<call>> look_up(std::string_view method, std::string_view target) {
  const auto parts = http::split_target(target);
  BOOST_REQUIRE(parts);
  return http::find(std::span<const http::row<call>>(table()), method, parts->path);
}

std::string answered(std::string_view method, std::string_view target) {
  const auto found = look_up(method, target);
  if (found.path == nullptr) return "404";
  if (found.taken == nullptr) return "405 " + found.allowed;
  call on;
  found.taken->handle(on);
  return on.answered_by;
}

} // namespace

BOOST_AUTO_TEST_CASE(a_row_is_found_by_method_and_path) {
  BOOST_TEST(answered("GET", "/health") == "0");
  BOOST_TEST(answered("GET", "/api/jobs/7") == "1");
  BOOST_TEST(answered("DELETE", "/api/jobs/7") == "2");
  BOOST_TEST(answered("POST", "/api/jobs/7/steps/first") == "4");
}

BOOST_AUTO_TEST_CASE(path_parameters_are_told_by_their_names) {
  const auto found = look_up("POST", "/api/jobs/7/steps/b%20c?id=9");
  BOOST_TEST(found.values["id"] == "7");
  BOOST_TEST(found.values["step"] == "b c");
  BOOST_TEST(found.values["other"] == "");
  BOOST_TEST(
    (http::parameters_of("/api/jobs/{id}/steps/{step}") == std::vector<std::string_view>{"id", "step"}));
}

BOOST_AUTO_TEST_CASE(an_encoded_slash_stays_inside_its_segment) {
  const auto found = look_up("GET", "/api/jobs/a%2Fb");
  BOOST_REQUIRE(found.taken != nullptr);
  BOOST_TEST(found.values["id"] == "a/b");
  BOOST_TEST(answered("GET", "/api%2Fjobs/7") == "404");
}

BOOST_AUTO_TEST_CASE(words_stand_before_parameters) {
  BOOST_TEST(answered("GET", "/api/jobs/newest") == "3");
  BOOST_TEST(answered("DELETE", "/api/jobs/newest") == "405 GET, HEAD"); // the path is the nearer one's,
                                                                         // whatever the method
  BOOST_TEST(http::is_nearer("/a/{x}/c", "/{y}/b/c"));
  BOOST_TEST(!http::is_nearer("/a/{x}", "/a/{y}"));
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_404_and_what_takes_other_methods_405) {
  for (const auto* target : {"/", "/api", "/api/jobs", "/api/jobs/7/steps", "/api/jobs/7/steps/1/more",
                             "/Health", "/healthy", "/health/x"})
    BOOST_TEST(answered("GET", target) == "404", target);
  BOOST_TEST(answered("POST", "/health") == "405 GET, HEAD");
  BOOST_TEST(answered("PUT", "/api/jobs/7") == "405 GET, HEAD, DELETE");
  BOOST_TEST(answered("GET", "/api/jobs/7/steps/1") == "405 POST");
  BOOST_TEST(answered("get", "/health") == "405 GET, HEAD"); // methods have a case (RFC 9110 9.1)
}

BOOST_AUTO_TEST_CASE(head_is_answered_where_get_is) {
  BOOST_TEST(answered("HEAD", "/health") == "0");
  BOOST_TEST(answered("HEAD", "/api/jobs/7") == "1");
  BOOST_TEST(answered("HEAD", "/api/jobs/7/steps/1") == "405 POST");
}

BOOST_AUTO_TEST_CASE(one_slash_at_the_end_is_no_other_path) {
  BOOST_TEST(answered("GET", "/health/") == "0");
  BOOST_TEST(answered("GET", "/api/jobs/7/") == "1");
  BOOST_TEST(answered("GET", "/health//") == "404");
  BOOST_TEST(look_up("POST", "/api/jobs//steps/1").values["id"] == ""); // an empty id is the handler's to
                                                                        // refuse
}

BOOST_AUTO_TEST_CASE(a_segment_is_taken_only_where_it_is_one_of_the_rows_choices) {
  BOOST_TEST(answered("GET", "/colours/blue/7") == "5");
  BOOST_TEST(answered("PUT", "/colours/red/7") == "6");
  BOOST_TEST(answered("PUT", "/colours/blue/7") == "405 GET, HEAD"); // its rows alone count
  BOOST_TEST(answered("PATCH", "/colours/red/7") == "405 GET, HEAD, PUT");
  for (const auto* target : {"/colours/green/7", "/colours/red/$7", "/colours/red/_7"})
    BOOST_TEST(answered("GET", target) == "404", target);
}

BOOST_AUTO_TEST_CASE(metrics_name_what_is_bounded_and_no_ids) {
  const auto named = [](std::string_view target) {
    const auto parts = http::split_target(target);
    return http::label(look_up("GET", target).path->is, parts->path);
  };
  BOOST_TEST(named("/colours/blue/7") == "/colours/blue/{id}");
  BOOST_TEST(named("/api/jobs/7") == "/api/jobs/{id}");
}

#include "engine/telemetry/log.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <functional>
#include <regex>
#include <string>
#include <unistd.h>

namespace telemetry = aorta::telemetry;

namespace {

/// What `action` writes to stderr.
std::string stderr_of(const std::function<void()>& action) {
  std::FILE* file = std::tmpfile();
  const int before = dup(STDERR_FILENO);
  dup2(fileno(file), STDERR_FILENO);
  action();
  telemetry::flush_log();
  dup2(before, STDERR_FILENO);
  close(before);
  std::string text;
  const long size = lseek(fileno(file), 0, SEEK_END);
  text.resize(static_cast<size_t>(size));
  BOOST_REQUIRE_EQUAL(pread(fileno(file), text.data(), text.size(), 0), size);
  std::fclose(file);
  return text;
}

} // namespace

BOOST_AUTO_TEST_SUITE(log_events)

BOOST_AUTO_TEST_CASE(an_event_is_one_line_with_time_level_id_and_fields) {
  telemetry::open_log("info", false);
  const auto text = stderr_of([] { telemetry::log(telemetry::level::info, "message-filed", {{"route", "lab-results"}, {"id", "42"}}); });
  BOOST_TEST(std::regex_match(text, std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info message-filed route=lab-results id=42\n)")),
             text);
}

BOOST_AUTO_TEST_CASE(a_value_cannot_forge_a_second_event) {
  telemetry::open_log("info", false);
  const auto text = stderr_of([] { telemetry::log(telemetry::level::warn, "odd", {{"peer", "a\nb \"c\" {}"}, {"empty", ""}}); });
  BOOST_TEST(text.ends_with(R"( warn odd peer="a\u000ab \"c\" {}" empty="")"
                            "\n"),
             text);
}

BOOST_AUTO_TEST_CASE(json_is_one_object_a_line_and_always_utf_8) {
  telemetry::open_log("debug", true);
  const auto text = stderr_of([] { telemetry::log(telemetry::level::debug, "odd", {{"text", "\xCE\xB1 \xE9 \""}}); });
  BOOST_TEST(text.starts_with(R"({"time":"2)"), text);
  BOOST_TEST(text.ends_with("\",\"level\":\"debug\",\"event\":\"odd\",\"text\":\"\xCE\xB1 \xEF\xBF\xBD \\\"\"}\n"), text);
}

BOOST_AUTO_TEST_CASE(levels_beneath_the_chosen_one_are_silent) {
  telemetry::open_log("warn", false);
  const auto text = stderr_of([] {
    telemetry::log(telemetry::level::info, "quiet");
    telemetry::log(telemetry::level::error, "loud");
  });
  BOOST_TEST(text.find("quiet") == std::string::npos);
  BOOST_TEST(text.find("error loud\n") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

#include "engine/telemetry/log.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <regex>
#include <string>
#include <poll.h>
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
  const auto text = stderr_of([] {
    telemetry::log(telemetry::level::info, "message-filed", {{"route", "lab-results"}, {"id", "42"}});
  });
  BOOST_TEST(
    std::regex_match(
      text,
      std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z info message-filed route=lab-results id=42\n)")),
    text);
}

BOOST_AUTO_TEST_CASE(a_value_cannot_forge_a_second_event) {
  telemetry::open_log("info", false);
  const auto text = stderr_of([] {
    telemetry::log(telemetry::level::warn, "odd", {{"peer", "a\nb \"c\" {}"}, {"empty", ""}});
  });
  BOOST_TEST(text.ends_with(R"( warn odd peer="a\u000ab \"c\" {}" empty="")"
                            "\n"),
             text);
}

BOOST_AUTO_TEST_CASE(json_is_one_object_a_line_and_always_utf_8) {
  telemetry::open_log("debug", true);
  const auto text = stderr_of([] {
    telemetry::log(telemetry::level::debug, "odd", {{"text", "\xCE\xB1 \xE9 \""}});
  });
  BOOST_TEST(text.starts_with(R"({"time":"2)"), text);
  BOOST_TEST(
    text.ends_with("\",\"level\":\"debug\",\"event\":\"odd\",\"text\":\"\xCE\xB1 \xEF\xBF\xBD \\\"\"}\n"),
    text);
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

BOOST_AUTO_TEST_CASE(every_level_of_the_configuration_means_something_and_may_change_while_it_runs) {
  const auto all = [] {
    for (const auto at :
         {telemetry::level::debug, telemetry::level::info, telemetry::level::warn, telemetry::level::error})
      telemetry::log(at, "x");
  };
  const std::pair<const char*, long> wanted[] = {{"trace", 4}, {"debug", 4}, {"info", 3},
                                                 {"warn", 2},  {"error", 1}, {"off", 0}};
  for (const auto& [name, lines] : wanted) {
    telemetry::open_log(name, false);
    const auto text = stderr_of(all);
    BOOST_TEST(std::count(text.begin(), text.end(), '\n') == lines, name);
  }
}

BOOST_AUTO_TEST_CASE(a_reader_that_stands_still_holds_nobody_up_and_is_told_what_it_missed) {
  telemetry::open_log("info", false);
  telemetry::flush_log();
  int ends[2];
  BOOST_REQUIRE_EQUAL(pipe(ends), 0);
  const int before = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
  const std::string filler(200, 'x');
  constexpr int lines = 20'000;
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < lines; ++i)
    telemetry::log(telemetry::level::info, "spam", {{"n", std::to_string(i)}, {"filler", filler}});
  telemetry::flush_log(); // gives up
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)));
  // What was dropped is told where it is missing, so perhaps in several places.
  std::string text;
  char piece[65536];
  const auto accounted = [&] {
    long out = 0;
    const std::regex told(R"( info spam | error log-lines-dropped lines=(\d+)\n)");
    for (std::sregex_iterator each(text.begin(), text.end(), told), end; each != end; ++each)
      out += (*each)[1].matched ? std::stol((*each)[1]) : 1;
    return out;
  };
  pollfd more{ends[0], POLLIN, 0};
  while (accounted() < lines && ::poll(&more, 1, 5'000) == 1) {
    const auto size = read(ends[0], piece, sizeof piece);
    BOOST_REQUIRE(size > 0);
    text.append(piece, static_cast<size_t>(size));
  }
  dup2(before, STDERR_FILENO);
  close(before);
  BOOST_TEST(accounted() == lines);
  BOOST_TEST(text.find("log-lines-dropped") != std::string::npos);
  close(ends[0]);
}

BOOST_AUTO_TEST_SUITE_END()

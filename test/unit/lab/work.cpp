// Work grows with the message, never with its square: one message must not hold up those behind it.
#include "test/unit/lab/sample.hpp"

#include <boost/test/unit_test.hpp>

#include <ctime>
#include <functional>

using namespace sample;

namespace {

std::string many(size_t n, std::string_view text) {
  std::string out;
  out.reserve(n * text.size());
  for (size_t i = 0; i < n; ++i) out += text;
  return out;
}

/// Processor time of this process: others may be busy.
double seconds(const std::string& bytes) {
  const auto begun = std::clock();
  (void)map(bytes, laboratory("BIO"));
  return double(std::clock() - begun) / CLOCKS_PER_SEC;
}

/// Twice as much takes twice as long, give or take what else the machine does; squared work takes four times
/// as long.
void grows_in_proportion(size_t n, const std::function<std::string(size_t)>& message) {
  seconds(message(n / 8)); // what is made once
  const double once = seconds(message(n)), twice = seconds(message(2 * n));
  BOOST_TEST(twice < 3 * once + 0.3, n << " took " << once << " s, twice as many " << twice << " s");
}

} // namespace

BOOST_AUTO_TEST_SUITE(work)

BOOST_AUTO_TEST_CASE(repetitions_of_a_text) {
  for (const auto* type : {"ST", "TX", "FT", ""})
    for (const auto* line : {"~", "x~"})
      grows_in_proportion(10'000, [&](size_t n) {
        return oru({pid, obr, "OBX|1|" + std::string(type) + "|REM^Remark^L||" + many(n, line) + "||||||F"});
      });
}

BOOST_AUTO_TEST_CASE(lines_of_a_document) {
  const std::string first = "OBX|1|TX|REP^Report^L||JVBERi0xLjQK" + many(16, "eHh4") + "||||||F\r",
                    line = "OBX|2|TX|REP^Report^L||" + many(19, "eHh4") + "||||||F\r";
  grows_in_proportion(4'000, [&](size_t n) { return oru({pid, obr}) + first + many(n, line); });
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_characters) {
  for (const auto* charset : {"UNICODE UTF-8", "8859/7", "ASCII"})
    for (const auto* bytes : {"\xd2", "a\xd2 ", "\xd2~"})
      grows_in_proportion(10'000, [&](size_t n) {
        return oru({pid, obr, "OBX|1|NM|K^K^L||4.1|mmol/L|||||F",
                    "OBX|2|TX|REM^Remark^L||" + many(n, bytes) + "||||||F", "NTE|1|L|" + many(n, bytes)},
                   charset);
      });
}

BOOST_AUTO_TEST_CASE(words_of_a_name) {
  const auto named = [](const std::string& name) {
    return map(
      oru({"PID|1||812345^^^CYP^NI||" + name + "||19580412|M", obr, "OBX|1|NM|K^K^L||4.1|mmol/L|||||F"}),
      laboratory("BIO"));
  };
  const auto refused = named(many(30'000, "ab ")); // no person's: finding out whose it is would take seconds
  BOOST_REQUIRE(!refused);
  BOOST_TEST((refused.error().code == error_code::data_type));
  BOOST_TEST(refused.error().where == "PID[1]-5");
  const auto several = named(
    "PAPADOPOULOS^GEORGIOS" +
    many(99, "~HADJI NEOCLEOUS PAPADOPOULOU ECONOMOU CHARALAMBOUS^MARIA ELENI IRENE ANDRIANI"));
  BOOST_REQUIRE(several);
  BOOST_TEST(several->who.names.size() == 100u);
}

BOOST_AUTO_TEST_SUITE_END()

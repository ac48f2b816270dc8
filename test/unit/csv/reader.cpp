#include "engine/csv/reader.hpp"

#include <boost/test/unit_test.hpp>

#include <random>

using namespace aorta;
using namespace aorta::csv;

namespace {

using rows = std::vector<std::vector<std::string>>;

rows read(std::string_view text, dialect how = {}) {
  rows all;
  auto got = read_all(text, how);
  BOOST_REQUIRE_MESSAGE(got.ok(), (got.ok() ? "" : got.error().where + " " + got.error().text));
  for (auto& one : *got) all.push_back(one.fields);
  return all;
}

void check_rows(const rows& got, const rows& expected) {
  BOOST_REQUIRE_EQUAL(got.size(), expected.size());
  for (size_t i = 0; i < got.size(); ++i) BOOST_TEST(got[i] == expected[i], boost::test_tools::per_element());
}

void check_refused(std::string_view text, const std::string& where) {
  const auto got = read_all(text);
  BOOST_REQUIRE(!got.ok());
  BOOST_TEST(got.error().where == where, got.error().text);
}

std::string written(const rows& all, char delimiter, const char* line_end) {
  std::string out;
  for (const auto& one : all) {
    for (size_t i = 0; i < one.size(); ++i) {
      if (i > 0) out += delimiter;
      out += '"';
      for (const char c : one[i]) out += c == '"' ? "\"\"" : std::string(1, c);
      out += '"';
    }
    out += line_end;
  }
  return out;
}

} // namespace

BOOST_AUTO_TEST_SUITE(csv_reader)

BOOST_AUTO_TEST_CASE(fields_are_given_as_they_are) {
  check_rows(read("a,b,c\r\n 1 ,,\r\n"), {{"a", "b", "c"}, {" 1 ", "", ""}});
  check_rows(read("a\n\nb"), {{"a"}, {"b"}});
  check_rows(read("a,b\rc,d\r"), {{"a", "b"}, {"c", "d"}});
  check_rows(read("\"\"\n"), {{""}});
  check_rows(read(",\n"), {{"", ""}});
  check_rows(read("a,"), {{"a", ""}});
  check_rows(read(""), {});
}

BOOST_AUTO_TEST_CASE(quotes_hold_delimiters_line_ends_and_quotes) {
  check_rows(read("\"a,b\",\"c\r\nd\",\"say \"\"no\"\"\"\n"), {{"a,b", "c\r\nd", "say \"no\""}});
  check_rows(read("\"a\",\"b\""), {{"a", "b"}});
}

BOOST_AUTO_TEST_CASE(the_delimiter_is_a_choice) {
  check_rows(read("a;b,c;d\n", {';'}), {{"a", "b,c", "d"}});
  check_rows(read("a\tb\n", {'\t'}), {{"a", "b"}});
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_dropped_only_at_the_start) {
  check_rows(read("\xEF\xBB\xBFmrn,x\n"), {{"mrn", "x"}});
  check_rows(read("\xEF\xBB\xBF\"mrn\"\n"), {{"mrn"}});
  check_rows(read("a\n\xEF\xBB\xBF"
                  "b\n"),
             {{"a"},
              {"\xEF\xBB\xBF"
               "b"}});
  check_rows(read("\xEF\xBB"), {{"\xEF\xBB"}});
  check_rows(read("\xEF\xBBx\n"), {{"\xEF\xBBx"}});
}

BOOST_AUTO_TEST_CASE(rows_know_the_line_where_they_begin) {
  const auto got = read_all("h\r\n\"a\r\nb\"\r\n\nc\r\"x\ny\nz\"\rd");
  BOOST_REQUIRE(got.ok());
  std::vector<uint64_t> lines;
  for (const auto& one : *got) lines.push_back(one.line);
  BOOST_TEST(lines == (std::vector<uint64_t>{1, 2, 5, 6, 9}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(faults_are_refused_with_their_line) {
  check_refused("a\nb\"c\n", "line 2");
  check_refused("a\n\"b\"c\n", "line 2");
  check_refused("a\nb,\"c\nd\ne", "line 2");
  check_refused("\"", "line 1");
}

BOOST_AUTO_TEST_CASE(limits_hold) {
  BOOST_TEST(!read_all("\"" + std::string(200, 'x'), {',', 100}).ok());
  BOOST_TEST(!read_all(std::string(200, 'x'), {',', 100}).ok());
  BOOST_TEST(!read_all(std::string(20, ','), {',', 100, 10}).ok());
  BOOST_TEST(read_all(std::string(9, ','), {',', 100, 10}).ok());
}

BOOST_AUTO_TEST_CASE(rows_before_a_fault_are_handed_over_and_nothing_after_it) {
  size_t seen = 0;
  reader one({}, [&](const row&) { ++seen; });
  BOOST_TEST(!one.feed("a\nb\nc\"\nd\n"));
  BOOST_TEST(!one.feed("e\n"));
  BOOST_TEST(!one.finish());
  BOOST_TEST(seen == 2u);
}

BOOST_AUTO_TEST_CASE(any_split_reads_the_same) {
  const std::string text = "\xEF\xBB\xBFmrn,name\r\n1,\"a\r\n\"\"b\"\"\",\r\n\r\n2,\"\"\n3,x\ry";
  const auto whole = read_all(text);
  BOOST_REQUIRE(whole.ok());
  for (size_t first = 0; first <= text.size(); ++first) {
    for (size_t second = first; second <= text.size(); ++second) {
      std::vector<record> got;
      reader split({}, [&](const row& one) {
        got.push_back({one.line, {one.fields.begin(), one.fields.end()}});
      });
      split.feed(std::string_view(text).substr(0, first));
      split.feed(std::string_view(text).substr(first, second - first));
      split.feed(std::string_view(text).substr(second));
      BOOST_REQUIRE(split.finish());
      BOOST_REQUIRE_EQUAL(got.size(), whole->size());
      for (size_t i = 0; i < got.size(); ++i)
        BOOST_REQUIRE(got[i].line == (*whole)[i].line && got[i].fields == (*whole)[i].fields);
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_written_reads_back) {
  std::mt19937 random(4180);
  const std::string alphabet = "ab,;\"\r\n \t";
  for (int round = 0; round < 500; ++round) {
    rows all(1 + random() % 5);
    for (auto& one : all) {
      one.resize(1 + random() % 4);
      for (auto& field : one)
        for (size_t n = random() % 6; n > 0; --n) field += alphabet[random() % alphabet.size()];
    }
    for (const char* line_end : {"\r\n", "\n", "\r"})
      check_rows(read(written(all, ';', line_end), {';'}), all);
  }
}

BOOST_AUTO_TEST_SUITE_END()

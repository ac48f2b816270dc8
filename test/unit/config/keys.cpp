// The table of keys is what is read, and docs/configuration.md is what the table says.
#include "engine/config/load.hpp"
#include "engine/config/keys.hpp"

#include "vocabulary.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

using namespace aorta;
using kind = config::key_row::kind;

namespace {

/// A value of no key's type.
constexpr const char* strange = "1999-05-27";

/// Each key of the group under this heading with a strange value, as a file of its own.
std::string file_of(const config::key_group& group, std::string_view heading) {
  std::string out = heading.empty() ? "" : "[" + std::string(heading) + "]\n";
  for (const auto& each : group.keys)
    if (heading.empty() || (each.is != kind::section && each.is != kind::sections))
      out += std::string(each.name) + " = " + strange + "\n";
  return out;
}

std::string complaints_about(const config::key_group& group, std::string_view heading) {
  config::text_files files{
    {"aorta.toml", ""}, {{"routes/r.toml", ""}}, {{"labs/l.toml", ""}}, {{"destinations/d.toml", ""}}};
  if (group.file == "gesy.toml") files.gesy = {"gesy.toml", ""};
  auto& text = group.file == "aorta.toml" ? files.main.text
    : group.file == "routes/*.toml"       ? files.routes[0].text
    : group.file == "destinations/*.toml" ? files.destinations[0].text
    : group.file == "gesy.toml"           ? files.gesy->text
                                          : files.labs[0].text;
  text = heading == "[critical]" ? "" : file_of(group, heading);
  if (heading == "[edit]" || heading == "[index]") text = "[route]\n" + text; // they are a route's
  if (heading == "[critical]") files.labs[0].text = file_of(group, heading);
  const auto read = config::understand(files, {}, test_vocabulary(),
                                       [](const std::string&) { return std::optional<std::string>(); });
  return config::report(read);
}

/// What a reader says of a value that is of another type.
std::string wanted(const config::key_row& of) {
  switch (of.is) {
    case kind::text:
    case kind::word: return " must be a text, this is a date or time";
    case kind::flag: return " must be true or false, this is a date or time";
    case kind::whole: return " must be a whole number, this is a date or time";
    case kind::number: return " must be a number, this is a date or time";
    case kind::numbers: return " must be a list of whole numbers, this is a date or time";
    case kind::texts: return " must be a list of texts, this is a date or time";
    case kind::section: return " must be a section, this is a date or time";
    case kind::sections:
      return " must be a list of sections, [[" + std::string(of.name) + "]], this is a date or time";
    case kind::heading: return " must be a heading, or a column's place from 1";
    case kind::free: break;
  }
  return std::string();
}

std::vector<std::string_view> headings_of(const config::key_group& group) {
  return group.headings.empty() ? std::vector<std::string_view>{""} : group.headings;
}

bool is_sentence(std::string_view text) {
  return text.size() > 5 && text.back() == '.' && text.find('\n') == text.npos && text.find('|') == text.npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(every_key_of_the_table_is_read_as_what_the_table_says) {
  for (const auto* group : config::all_keys())
    for (const auto heading : headings_of(*group)) {
      const auto said = complaints_about(*group, heading);
      BOOST_TEST(said.find("unknown key") == said.npos, said);
      for (const auto& each : group->keys) {
        if (!heading.empty() && (each.is == kind::section || each.is == kind::sections)) continue;
        const auto complaint = std::string(each.name) + wanted(each);
        BOOST_TEST(said.find(complaint) != said.npos, heading << " " << complaint << "\n" << said);
      }
    }
}

BOOST_AUTO_TEST_CASE(every_section_of_the_table_is_a_heading_of_another_group) {
  std::set<std::string, std::less<>> headings;
  for (const auto* group : config::all_keys())
    headings.insert(group->headings.begin(), group->headings.end());
  for (const auto* group : config::all_keys())
    for (const auto heading : headings_of(*group))
      for (const auto& each : group->keys) {
        if (each.is != kind::section && each.is != kind::sections) continue;
        const auto full = (heading.empty() ? "" : std::string(heading) + ".") + std::string(each.name);
        const auto begins = [&](const std::string& start) {
          const auto found = headings.lower_bound(start);
          return found != headings.end() && found->starts_with(start);
        };
        BOOST_TEST((begins(full) || begins("[" + full)), full);
      }
}

BOOST_AUTO_TEST_CASE(every_row_says_in_a_sentence_what_it_does) {
  for (const auto* group : config::all_keys()) {
    if (group->headings.empty()) continue;
    BOOST_TEST((group->sentence.empty() || is_sentence(group->sentence)), group->headings.front());
    for (const auto& each : group->keys) {
      if (each.is == kind::section) continue;
      BOOST_TEST(is_sentence(each.sentence), group->headings.front() << " " << each.name);
      BOOST_TEST((each.is == kind::word) == !each.words.empty(), each.name);
      BOOST_TEST((!each.required || each.by_default.empty()), each.name);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_key_of_the_main_file_is_found_by_its_full_name) {
  const auto name = [](const char* full) {
    const auto* row = config::server_key(full);
    return row == nullptr ? std::string("-") : std::string(row->name);
  };
  BOOST_TEST(name("http.listen") == "listen");
  BOOST_TEST(name("listener.lab.tls.cert") == "cert");
  BOOST_TEST(name("listener.a.b.allow") == "allow"); // a listener may be called so
  BOOST_TEST(name("clinic.MAIN.critical") == "critical");
  BOOST_TEST(name("routes/lab-results.toml") == "-");
  BOOST_TEST(name("listener.allow") == "-");
}

BOOST_AUTO_TEST_CASE(the_page_is_what_the_table_says) { // BLESS=1 in the environment writes it anew
  const auto path = std::string(AORTA_SOURCE) + "/docs/configuration.md";
  const auto said = config::handbook();
  if (std::getenv("BLESS") != nullptr) std::ofstream(path, std::ios::binary) << said;
  std::stringstream file;
  file << std::ifstream(path, std::ios::binary).rdbuf();
  BOOST_TEST(
    (file.str() == said),
    "docs/configuration.md is not what engine/config/keys.cpp says: BLESS=1 build/dev/test_config writes it anew");
}

BOOST_AUTO_TEST_SUITE_END()

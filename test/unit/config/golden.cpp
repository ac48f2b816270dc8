// Every folder of test/golden/check: what `aorta check` prints about it. BLESS=1 in the environment rewrites
// the expectations.
#include "engine/config/load.hpp"

#include "vocabulary.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

using namespace aorta;
namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::string> lines(const fs::path& path) {
  std::vector<std::string> all;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

/// `env.txt` replaces the environment, `set.txt` holds overrides, one a line.
config::source source_of(const fs::path& folder) {
  config::source from;
  from.path = folder.string();
  from.overrides = lines(folder / "set.txt");
  from.environment["AORTA_PII_KEY"] = "a key for tests";
  if (fs::exists(folder / "env.txt")) from.environment.clear();
  for (const auto& line : lines(folder / "env.txt"))
    from.environment[line.substr(0, line.find('='))] = line.substr(line.find('=') + 1);
  return from;
}

std::string without(std::string text, const std::string& part) {
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at))
    text.erase(at, part.size());
  return text;
}

std::vector<fs::path> cases() {
  std::vector<fs::path> all;
  for (const auto& entry : fs::directory_iterator(fs::path(AORTA_SOURCE) / "test/golden/check"))
    if (entry.is_directory()) all.push_back(entry.path());
  std::sort(all.begin(), all.end());
  return all;
}

} // namespace

BOOST_AUTO_TEST_SUITE(golden_check)

BOOST_AUTO_TEST_CASE(every_broken_configuration_is_told_as_expected) {
  const auto all = cases();
  BOOST_TEST(all.size() >= 26u);
  const bool bless = std::getenv("BLESS") != nullptr;
  for (const auto& folder : all) {
    const auto said = without(config::report(config::load(source_of(folder), test_vocabulary())),
                              folder.string() + "/");
    if (bless) std::ofstream(folder / "expected.txt", std::ios::binary) << said;
    const auto expected = content(folder / "expected.txt");
    BOOST_TEST(said == expected,
               folder.filename().string() << "\n--- expected\n"
                                          << expected << "--- said\n"
                                          << said);
  }
}

BOOST_AUTO_TEST_CASE(each_case_but_the_first_is_refused) {
  for (const auto& folder : cases()) {
    const bool fine = folder.filename().string().substr(0, 2) == "00";
    BOOST_TEST(config::load(source_of(folder), test_vocabulary()).ok() == fine, folder.filename().string());
  }
}

BOOST_AUTO_TEST_SUITE_END()

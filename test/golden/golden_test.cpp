// The golden cases of messages, through the steps of serve, with a real store. README.md in this folder says
// what a case is and how one is run and blessed.
#include "test/golden/engine.hpp"
#include "test/golden/shown.hpp"
#include "test/support/difference.hpp"

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

struct golden_case {
  fs::path folder;
  std::vector<fs::path> sent; ///< in order

  explicit golden_case(const fs::path& of) : folder(of) {
    for (const auto& each : fs::directory_iterator(of)) {
      const auto name = each.path().filename().string();
      if (name.ends_with("in.hl7") || name.ends_with("in.raw") || name.ends_with("lab.toml") ||
          name.ends_with("route.toml"))
        sent.push_back(each.path());
    }
    std::sort(sent.begin(), sent.end());
  }
  bool of_messages() const {
    return !sent.empty() &&
      std::none_of(sent.begin(), sent.end(), [](const auto& each) { return each.extension() == ".raw"; });
  }
};

std::vector<golden_case> cases(const char* kind) {
  std::vector<golden_case> out;
  for (const auto& each : fs::directory_iterator(fs::path(AORTA_SOURCE) / "test/golden" / kind))
    if (golden_case found(each.path()); found.of_messages()) out.push_back(std::move(found));
  return out;
}

/// `# added to conf/labs/bioanalytica.toml, below [lab]`, and the lines.
void change_lab(golden::engine& in, const std::string& step) {
  const auto end = step.find('\n');
  std::istringstream first(step.substr(0, end));
  std::string hash, added, to, file;
  first >> hash >> added >> to >> file;
  in.change_lab(file.substr(0, file.find(',')), step.substr(end + 1));
}

/// `# instead of conf/routes/lab-results.toml`, and the whole file.
void change_route(golden::engine& in, const std::string& step) {
  std::istringstream first(step.substr(0, step.find('\n')));
  std::string hash, instead, of, file;
  first >> hash >> instead >> of >> file;
  in.replace(file, step);
}

/// What must come of it: a file's name, and what it says now.
std::vector<std::pair<const char*, std::string>> what_comes_of(const golden_case& of) {
  golden::engine in;
  std::vector<std::string> replies;
  for (const auto& step : of.sent)
    if (step.filename().string().ends_with("route.toml")) change_route(in, content(step));
    else if (step.extension() == ".toml") change_lab(in, content(step));
    else replies.push_back(in.send(content(step)));
  const auto kept = in.messages();
  std::vector<std::pair<const char*, std::string>> out{{"ack.hl7", golden::shown_replies(replies)},
                                                       {"rows.json", golden::shown_rows(kept)},
                                                       {"trace.json", golden::shown_traces(kept)}};
  const auto kind = of.folder.parent_path().filename();
  if (kind == "adt") out.emplace_back("people.json", golden::shown_records(in.told_records()));
  if (kind == "orders") out.emplace_back("orders.json", golden::shown_records(in.told_records()));
  if (kind == "siu") out.emplace_back("appointments.json", golden::shown_records(in.told_records()));
  if (kind == "mdm") out.emplace_back("notes.json", golden::shown_records(in.told_records()));
  return out;
}

void run_case(const golden_case& of) {
  const bool bless = std::getenv("BLESS") != nullptr;
  std::string told;
  for (const auto& [name, now] : what_comes_of(of)) {
    const auto file = of.folder / name;
    if (bless) std::ofstream(file, std::ios::binary) << now;
    if (const auto found = support::difference(content(file), now); !found.empty())
      told += "\n--- " + file.lexically_relative(AORTA_SOURCE).string() + " (-), now (+)\n" + found;
  }
  BOOST_TEST(told.empty(), of.folder.filename().string() << ": " << content(of.folder / "case.txt") << told);
}

/// A test case each, of the folder's name.
const bool registered = [] {
  for (const char* kind : {"oru", "adt", "orders", "siu", "mdm", "queries"}) {
    auto* suite = BOOST_TEST_SUITE(kind);
    for (const auto& each : cases(kind))
      suite->add(boost::unit_test::make_test_case([each] { run_case(each); }, each.folder.filename().string(),
                                                  __FILE__, __LINE__));
    boost::unit_test::framework::master_test_suite().add(suite);
  }
  return true;
}();

} // namespace

BOOST_AUTO_TEST_CASE(there_are_golden_cases) {
  BOOST_TEST(
    (registered && cases("oru").size() > 130 && cases("adt").size() > 5 && cases("orders").size() > 5));
}

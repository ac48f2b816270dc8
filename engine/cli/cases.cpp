// `aorta test`: the cases beside the configuration, each in a folder: what is sent, and what must come of it.
#include "engine/cli/case_runner.hpp"
#include "engine/cli/commands.hpp"

#include <algorithm>
#include <cstdio>
#include <stdexcept>

namespace aorta::cli {
namespace {

namespace fs = std::filesystem;

/// The folders with an `in.hl7` or an `in.csv`: `path` itself, or those in it.
std::vector<fs::path> cases_in(const fs::path& path) {
  if (fs::exists(path / "in.hl7") || fs::exists(path / "in.csv")) return {path};
  std::vector<fs::path> out;
  std::error_code failed;
  for (const auto& each : fs::directory_iterator(path, failed))
    if (each.is_directory() && !each.path().filename().string().starts_with('.')) out.push_back(each.path());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> differences_in(case_runner& cases, const fs::path& folder) {
  try {
    return cases.run(folder);
  } catch (const std::runtime_error& why) { return {why.what()}; }
}

} // namespace

api::run_cases run_all_cases(const config::settings& by) {
  api::run_cases out;
  case_runner cases(by);
  for (const auto& each : cases_in(fs::path(by.base) / "cases")) {
    ++out.count;
    auto differs = differences_in(cases, each);
    if (!differs.empty()) out.failed.push_back({each.filename().string(), std::move(differs)});
  }
  return out;
}

int test_cases(const common& with, const test_options& how) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const fs::path at = how.path.empty() ? fs::path(settings->base) / "cases" : fs::path(how.path);
  const auto all = cases_in(at);
  if (all.empty()) {
    std::fprintf(
      stderr, "aorta: there are no cases in %s: a case is a folder with in.hl7 or in.csv, and expect.json\n",
      at.string().c_str());
    return 1;
  }
  case_runner cases(*settings);
  size_t failed = 0;
  for (const auto& each : all) {
    const auto differs = differences_in(cases, each);
    if (!differs.empty()) ++failed;
    std::printf("%s %s\n", differs.empty() ? "ok  " : "FAIL", each.filename().string().c_str());
    for (const auto& line : differs) std::printf("  %s\n", line.c_str());
  }
  std::printf("%zu cases, %zu failed\n", all.size(), failed);
  if (how.coverage)
    for (const auto& line : cases.left_out()) std::printf("not exercised: %s\n", line.c_str());
  return failed == 0 ? 0 : 1;
}

} // namespace aorta::cli

#include "engine/cli/commands.hpp"

#include <cstdio>

namespace aorta::cli {
namespace {

/// What the store's own server and tables say. Faults count, warnings are told.
int ask_store(const config::settings& settings) {
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(settings, false, clock, ids);
  if (!store) return 1;
  const auto found = store->examine();
  if (!found) {
    std::fprintf(stdout, "store: error: %s\n", found.error().text.c_str());
    return 1;
  }
  return print_findings(*found) ? 1 : 0;
}

} // namespace

bool print_findings(const std::vector<ports::finding>& all) {
  bool faults = false;
  for (const auto& each : all) {
    const bool fault = each.is == ports::finding::weight::fault;
    std::fprintf(stdout, "store: %s: %s\n", fault ? "error" : "warning", each.text.c_str());
    faults = faults || fault;
  }
  return faults;
}

int check(const common& with, bool online) {
  const auto loaded = load_configuration(with);
  std::fputs(config::report(loaded).c_str(), stdout);
  if (!loaded.ok()) return 1;
  return online ? ask_store(loaded.value) : 0;
}

} // namespace aorta::cli

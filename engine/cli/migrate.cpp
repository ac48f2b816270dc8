#include "engine/cli/commands.hpp"

#include <cstdio>

namespace aorta::cli {

int migrate(const common& with) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, true, clock, ids);
  if (!store) return 1;
  if (const auto found = store->examine()) print_findings(*found);
  std::puts("ok: the store's schema is up to date");
  return 0;
}

} // namespace aorta::cli

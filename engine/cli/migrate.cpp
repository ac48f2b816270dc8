#include "engine/cli/commands.hpp"

#include <cstdio>

namespace aorta::cli {

int migrate(const common& with) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const system_clock_source clock;
  uuid_v7_source ids;
  if (!open_store(*settings, true, clock, ids)) return 1;
  std::puts("ok: the store's schema is up to date");
  return 0;
}

} // namespace aorta::cli

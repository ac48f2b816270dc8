#include "engine/cli/commands.hpp"

#include <cstdio>

namespace aorta::cli {

int check(const common& with) {
  const auto loaded = load_configuration(with);
  std::fputs(config::report(loaded).c_str(), stdout);
  return loaded.ok() ? 0 : 1;
}

} // namespace aorta::cli

#include "engine/cli/commands.hpp"
#include "engine/store/open.hpp"
#include "routes/table.hpp"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace aorta::cli {

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string out{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) return std::nullopt;
  return out;
}

config::loaded load_configuration(const common& with) {
  config::source from;
  from.path = with.config;
  from.overrides = with.overrides;
  for (const char* name : {"AORTA_STORE_URL", "AORTA_REDIS_URL", "AORTA_PII_KEY"})
    if (const char* value = std::getenv(name)) from.environment[name] = value;
  return config::load(from, routes::vocabulary());
}

std::optional<config::settings> read_settings(const common& with) {
  auto loaded = load_configuration(with);
  if (!loaded.complaints.empty()) std::fputs(config::report(loaded).c_str(), stderr);
  if (!loaded.ok()) return std::nullopt;
  return std::move(loaded.value);
}

std::unique_ptr<ports::store> open_store(const config::settings& settings, bool migrate, const clock_source& clock, id_source& ids) {
  const auto fail = [](const error& why) {
    std::fprintf(stderr, "aorta: %s\n", why.text.c_str());
    return nullptr;
  };
  auto opened = store::open({settings.store_url, settings.pii_key, &clock, &ids});
  if (!opened) return fail(opened.error());
  if (migrate)
    if (const auto done = (*opened)->migrate(); !done) return fail(done.error());
  if (const auto good = (*opened)->check(); !good) return fail(good.error());
  return std::move(*opened);
}

} // namespace aorta::cli

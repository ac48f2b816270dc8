// `aorta rotate-keys`.
#include "engine/cli/commands.hpp"
#include "engine/store/protect/rotate.hpp"

#include <cinttypes>
#include <cstdio>

namespace aorta::cli {

int rotate_keys(const common& with) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  if (const auto fault = key_fault(settings->pii_key)) return fail(*fault);
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto told = [](const std::string& table, int64_t renewed) {
    std::printf("%s: %" PRId64 "\n", table.c_str(), renewed);
    std::fflush(stdout);
  };
  const auto done = store::rotate_keys({settings->store_url, settings->pii_key, &clock, &ids}, told);
  if (!done) return fail(done.error().text);
  std::printf("%" PRId64 " values were re-encrypted with the key %s\n", done->renewed, done->key.c_str());
  if (done->done) {
    std::puts(
      "ok: nothing is under another key; keep the other keys with the backups that were made under them, and take"
      " them out of AORTA_PII_KEY or security.pii_key_file");
    return 0;
  }
  for (const auto& [table, count] : done->unreadable)
    std::fprintf(stderr, "aorta: %s: none of the keys opens %" PRId64 " values\n", table.c_str(), count);
  for (const auto& host : done->behind)
    std::fprintf(
      stderr,
      "aorta: an engine on %s makes values with another key: give it this one as its first, and restart it\n",
      host.c_str());
  return fail("the other keys must stay: run this again");
}

} // namespace aorta::cli

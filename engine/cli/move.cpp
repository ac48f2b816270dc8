// `aorta move`: from SQLite to PostgreSQL.
#include "engine/cli/commands.hpp"
#include "engine/store/move/move.hpp"

#include <cinttypes>
#include <cstdio>

namespace aorta::cli {

int move_store(const common& with, const std::string& to) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  if (const auto fault = key_fault(settings->pii_key)) return fail(*fault);
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto told = [](const store::moved_table& what) {
    std::printf("%s: %" PRId64 " rows, sha256 %s\n", what.name.c_str(), what.rows, what.digest.c_str());
    std::fflush(stdout);
  };
  const auto moved = store::move({settings->store_url, settings->pii_key, &clock, &ids}, to, told);
  if (!moved) return fail(moved.error().text);
  int64_t rows = 0;
  for (const auto& each : *moved) rows += each.rows;
  std::printf(
    "ok: %zu tables, %" PRId64
    " rows were copied, read again and compared. Let store.url (or AORTA_STORE_URL) name the database now;\n"
    "no engine starts on the SQLite store any more, which stays as it was\n",
    moved->size(), rows);
  return 0;
}

} // namespace aorta::cli

// `aorta backup` and `aorta restore`.
#include "engine/cli/commands.hpp"
#include "engine/store/backup/backup.hpp"
#include "engine/store/protect/cipher.hpp"

#include <cstdio>

namespace aorta::cli {
namespace {

constexpr int for_another_tool = 2;

/// The store's address without its role and password.
std::string shown(const std::string& url) {
  const auto start = url.find("//") + 2, at = url.find('@', start);
  return at == std::string::npos ? url : url.substr(0, start) + url.substr(at + 1);
}

int tell_dump(const std::string& url) {
  std::fprintf(
    stderr,
    "aorta: the store is PostgreSQL, whose own tools back it up. As ROLE, which row-level security must not hold (a superuser, or one that\n"
    "was made with: CREATE ROLE ... LOGIN BYPASSRLS IN ROLE pg_read_all_data), with its password in ~/.pgpass:\n"
    "  pg_dump --format=custom --username=ROLE --file=FILE '%s'\n"
    "pg_dump encrypts nothing: keep FILE where only its owner reads it. For large stores, and to lose no minute: pgbackrest, which keeps the log (WAL) too.\n"
    "The key (security.pii_key_file) and the configuration's folder are not in it: keep them apart.\n",
    shown(url).c_str());
  return for_another_tool;
}

int tell_load(const std::string& url) {
  std::fprintf(
    stderr,
    "aorta: the store is PostgreSQL, whose own tools restore it. With every engine stopped, as OWNER, the role that migrates, to whom the empty database belongs:\n"
    "  pg_restore --exit-on-error --no-owner --no-privileges --username=OWNER --dbname='%s' FILE\n"
    "Then the rights of other roles, and: aorta check --online\n",
    shown(url).c_str());
  return for_another_tool;
}

void tell_newer_program() {
  std::puts(
    "its schema is older than this program: run aorta migrate before serve, unless store.migrate does");
}

} // namespace

int backup(const common& with, const std::string& file) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  if (!store::sqlite_path(settings->store_url)) return tell_dump(settings->store_url);
  if (const auto fault = key_fault(settings->pii_key)) return fail(*fault);
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto made = store::back_up({settings->store_url, settings->pii_key, &clock, &ids}, file);
  if (!made) return fail(made.error().text);
  std::printf(
    "ok: %s holds the store of %s (%zu bytes of %zu), read back and compared\n"
    "the key that opens it, %s, is not in it, nor is the configuration's folder: keep them apart from the data\n",
    file.c_str(), made->made_at.c_str(), made->file_bytes, made->store_bytes,
    store::key_id(store::keys_by_line(settings->pii_key).front()).c_str());
  return 0;
}

int restore(const common& with, const std::string& file, const std::string& replaces) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  if (!store::sqlite_path(settings->store_url)) return tell_load(settings->store_url);
  if (const auto fault = key_fault(settings->pii_key)) return fail(*fault);
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto made = store::restore({settings->store_url, settings->pii_key, &clock, &ids}, file, replaces);
  if (!made) return fail(made.error().text);
  std::printf("ok: the store of %s, made by aorta %s, is back (%zu bytes)\n", made->made_at.c_str(),
              made->version.c_str(), made->store_bytes);
  if (!made->kept_as.empty()) std::printf("the store that it replaced is kept: %s\n", made->kept_as.c_str());
  if (!made->knows_erasures)
    std::puts(
      "there was no list of erasures (STORE.erasures), nor a store that told: whoever was erased after the backup is in it, "
      "and has to be erased again by hand");
  if (made->erased_since > 0)
    std::printf(
      "%d of its patients were erased after the backup was made: the engine erases them again when it starts\n",
      made->erased_since);
  if (made->behind) tell_newer_program();
  return 0;
}

} // namespace aorta::cli

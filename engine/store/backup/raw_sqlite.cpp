#include "engine/store/backup/raw_sqlite.hpp"

#include "engine/store/sql/failure.hpp"

#include <cstdio>

namespace aorta::store {

raw_sqlite::raw_sqlite(const std::string& name, raw_access how) {
  const int flags = SQLITE_OPEN_URI |
    (how == raw_access::writes ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
  const int code = sq::sqlite3_open_v2(name.c_str(), &to_, flags, nullptr);
  if (code == SQLITE_OK) return;
  close();
  throw from_sqlite(code, {{}, name});
}

raw_sqlite::~raw_sqlite() { close(); }

void raw_sqlite::close() noexcept {
  sq::sqlite3_close(to_);
  to_ = nullptr;
}

namespace {
std::string uri_of(const std::string& path) {
  std::string out = "file:";
  for (const char c : path)
    if (c == '?' || c == '#' || c == '%') {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", unsigned(c));
      out += code;
    } else out += c;
  return out;
}
} // namespace

std::string unchanging(const std::string& path) { return uri_of(path) + "?nolock=1"; }
std::string held(const std::string& path) { return uri_of(path) + "?immutable=1"; }

std::optional<std::string> fault_in(sq::sqlite3* on) {
  try {
    auto said = sqlite_statement(on, "PRAGMA integrity_check(1)").one_text();
    if (said == "ok") return std::nullopt;
    return said;
  } catch (const failure& e) { return e.why().text; }
}

} // namespace aorta::store

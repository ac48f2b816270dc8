#include "engine/store/sql/sqlite_file.hpp"

#include "engine/store/sql/native_sqlite.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace aorta::store {
namespace {

constexpr mode_t for_owner = 0600;

[[noreturn]] void away(const std::string& text) { throw failure({error_code::store_unavailable, "", text}); }

/// What exists already is narrowed by its name: to open and close the file would drop the locks that SQLite
/// holds on it (fcntl, POSIX).
void narrow(const std::string& path) {
  struct ::stat now {};
  if (::stat(path.c_str(), &now) == 0 && now.st_uid == ::geteuid() && (now.st_mode & 0777) != for_owner)
    ::chmod(path.c_str(), for_owner);
}

} // namespace

void sqlite_file::make() {
  const int made = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, for_owner);
  if (made >= 0) ::close(made);
  else if (errno != EEXIST)
    away("the SQLite file " + path_ + " cannot be made (" + std::strerror(errno) +
         "): its folder must exist and belong to the engine's user");
  for (const char* end : {"", "-wal", "-shm"}) narrow(path_ + end);
  struct ::stat now {};
  if (::stat(path_.c_str(), &now) != 0)
    away("the SQLite file " + path_ + " cannot be found (" + std::strerror(errno) + ")");
  device_ = now.st_dev;
  inode_ = now.st_ino;
}

interrupters::entry sqlite_file::connect(soci::session& session) {
  breaks_.check();
  const std::lock_guard one(first_);
  if (path_.find('"') != std::string::npos)
    throw failure({error_code::invalid, "store.url", "the path of an SQLite store may not hold a quote"});
  if (known_) look_at_file();
  else make();
  try {
    session.open(soci::sqlite3, "db=\"" + path_ + "\" timeout=10");
  } catch (...) { throw current_fault("opening the store", {{}, path_}); }
  set_up_sqlite(native_sqlite(session), breaks_);
  if (!known_) logged_ = sqlite_statement(native_sqlite(session), "PRAGMA journal_mode").one_text() == "wal";
  known_ = true;
  return breaks_.add_sqlite(native_sqlite(session));
}

bool sqlite_file::is_same() const {
  struct ::stat now {};
  return ::stat(path_.c_str(), &now) == 0 && now.st_dev == device_ && now.st_ino == inode_;
}

void sqlite_file::look_at_file() const {
  if (damaged_) away("the SQLite file " + path_ + " is damaged: stop the engine and restore a backup");
  if (!is_same())
    away("the SQLite file " + path_ +
         " was deleted or replaced while the engine runs: put it back, or restart the engine on the new one");
}

void sqlite_file::look() const {
  look_at_file();
  if (logged_ && ::access((path_ + "-wal").c_str(), F_OK) != 0)
    away("the SQLite file's log " + path_ +
         "-wal was deleted while the engine runs: put it back, or restore a backup");
}

void sqlite_file::before_work() const {
  breaks_.check();
  look();
}

void sqlite_file::note(const failure& why) noexcept {
  if (why.traits().damaged) damaged_ = true;
}

} // namespace aorta::store

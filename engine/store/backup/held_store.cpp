#include "engine/store/backup/held_store.hpp"

#include "engine/store/backup/raw_sqlite.hpp"
#include "engine/store/sql/failure.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace aorta::store {
namespace {

/// The bytes that SQLite locks (sqlite.org/fileformat2.html, the lock-byte page): a connection in WAL mode
/// holds one of them as long as it is open.
constexpr off_t lock_bytes = 0x40000000, how_many_lock_bytes = 512;

/// Of a damaged store the log is kept.
file_end open_settled(const std::string& path) {
  try {
    const raw_sqlite once(path, raw_access::writes);
    sqlite_script(once.get(), "PRAGMA wal_checkpoint(TRUNCATE)");
  } catch (const failure& e) {
    if (!passes(e.why().code)) throw;
  }
  return file_end::open(path, O_RDWR);
}

} // namespace

held_store::held_store(const std::string& path) : file_(open_settled(path)) {
  struct ::flock all {};
  all.l_type = F_WRLCK;
  all.l_whence = SEEK_SET;
  all.l_start = lock_bytes;
  all.l_len = how_many_lock_bytes;
  if (::fcntl(file_.fd(), F_OFD_SETLK, &all) == 0) return;
  if (errno != EAGAIN && errno != EACCES) file_.refuse("locked");
  throw failure(
    {error_code::invalid, "",
     "the store " + path + " is open: stop the engine that serves it, and whatever else reads it"});
}

} // namespace aorta::store

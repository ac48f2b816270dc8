#include "engine/store/backup/backup.hpp"

#include "engine/store/backup/raw_sqlite.hpp"
#include "engine/store/backup/sealed_pieces.hpp"
#include "engine/store/schema/migrate.hpp"
#include "engine/store/sql/failure.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>

namespace aorta::store {
namespace {

[[noreturn]] void no_restore(std::string text) { throw failure({error_code::invalid, "", std::move(text)}); }

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

/// The bytes that SQLite locks (sqlite.org/fileformat2.html, the lock-byte page): a connection in WAL mode
/// holds one of them as long as it is open.
constexpr off_t lock_bytes = 0x40000000, how_many_lock_bytes = 512;

/// The store that is to be replaced, which nobody can open meanwhile, whether it is whole or damaged.
class held_store {
public:
  explicit held_store(const std::string& path) : file_(open_settled(path)) {
    struct ::flock all {};
    all.l_type = F_WRLCK;
    all.l_whence = SEEK_SET;
    all.l_start = lock_bytes;
    all.l_len = how_many_lock_bytes;
    if (::fcntl(file_.fd(), F_OFD_SETLK, &all) == 0) return;
    if (errno != EAGAIN && errno != EACCES) file_.refuse("locked");
    no_restore("the store " + path + " is open: stop the engine that serves it, and whatever else reads it");
  }

private:
  /// What is in its log comes into the file, if it can be: of a damaged store the log is kept too.
  static file_end open_settled(const std::string& path) {
    try {
      const raw_sqlite once(path, raw_access::writes);
      sqlite_script(once.get(), "PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (const failure& e) {
      if (!passes(e.why().code)) throw;
    }
    return file_end::open(path, O_RDWR);
  }
  file_end file_;
};

/// The store while it is none yet.
class arriving {
public:
  explicit arriving(const std::string& store) : file_(file_end::make_beside(store + "-restore")) {}
  ~arriving() {
    for (const char* end : {"", "-wal", "-shm"}) ::unlink((file_.path() + end).c_str());
  }
  arriving(const arriving&) = delete;
  arriving& operator=(const arriving&) = delete;
  const file_end& file() const noexcept { return file_; }

private:
  file_end file_;
};

backup_facts facts_of(const std::string& head) {
  backup_facts out;
  const auto first = head.find('\n'), second = head.find('\n', first + 1);
  out.made_at = head.substr(0, first);
  out.version = head.substr(first + 1, second - first - 1);
  std::from_chars(head.data() + second + 1, head.data() + head.size(), out.schema);
  return out;
}

/// The whole file, whose every piece is good.
backup_facts unseal_into(const file_end& store, const file_end& backup, std::string_view key) {
  piece_reader reader(backup, key);
  auto out = facts_of(reader.head());
  while (const auto piece = reader.next()) {
    store.write(*piece);
    out.store_bytes += piece->size();
  }
  store.sync();
  out.file_bytes = backup.size();
  return out;
}

/// True when the program has more migrations than it.
bool examine_arrived(const options& how, const std::string& store, const std::string& backup) {
  auto there = how;
  there.url = "sqlite://" + store;
  database of;
  point_at(of, there);
  {
    soci::session session;
    const auto broken_by = connect(of, session);
    if (const auto fault = fault_in(native_sqlite(session)))
      no_restore(backup + " holds a damaged store: " + *fault);
  }
  return proven_schema(of).behind;
}

/// Both names stay until the new store has its own: a power cut leaves one of them in its place.
std::string put_aside(const std::string& path) {
  const auto kept = path + ".replaced";
  for (const char* end : {"", "-wal"}) {
    if (!is_there(path + end)) continue;
    if (::link((path + end).c_str(), (kept + end).c_str()) != 0)
      file_end(-1, path + end).refuse("kept as " + kept + end);
  }
  sync_folder_of(path);
  for (const char* end : {"-wal", "-shm"}) ::unlink((path + end).c_str());
  return kept;
}

void expect_free(const std::string& path, const std::string& replaces) {
  if (!is_there(path)) {
    if (is_there(path + "-wal"))
      no_restore(
        path +
        "-wal, a store's log, is there without its store: move it away, it would be read into the new one");
    if (!replaces.empty()) no_restore("there is no store at " + path + " that could be replaced");
    return;
  }
  if (replaces.empty())
    no_restore("there is a store at " + path + ": to have it replaced, name it with --replace " + path);
  if (replaces != path) no_restore("--replace names " + replaces + ", but the store is " + path);
  for (const char* end : {".replaced", ".replaced-wal"})
    if (is_there(path + end))
      no_restore(path + end + " is there already, from an earlier restore: move it away");
}

} // namespace

result<backup_facts> restore(const options& how, const std::string& file, const std::string& replaces) {
  return guarded<backup_facts>("restore", [&] {
    const auto path = sqlite_path(how.url).value();
    expect_free(path, replaces);
    std::optional<held_store> former;
    if (!replaces.empty()) former.emplace(path);
    const auto backup = file_end::open(file, O_RDONLY);
    const arriving store(path);
    auto out = unseal_into(store.file(), backup, how.pii_key);
    out.behind = examine_arrived(how, store.file().path(), file);
    store.file().sync();
    if (former) {
      out.kept_as = put_aside(path);
      if (::rename(store.file().path().c_str(), path.c_str()) != 0) store.file().refuse("renamed to " + path);
    } else if (::link(store.file().path().c_str(), path.c_str()) != 0) {
      store.file().refuse("named " + path);
    }
    sync_folder_of(path);
    return out;
  });
}

} // namespace aorta::store

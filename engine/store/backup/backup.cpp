#include "engine/store/backup/backup.hpp"

#include "engine/base/version.hpp"
#include "engine/store/backup/raw_sqlite.hpp"
#include "engine/store/backup/sealed_pieces.hpp"
#include "engine/store/schema/migrate.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/native_sqlite.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace aorta::store {
namespace {

constexpr int pages_at_once = 2048;
/// Bytes 18 and 19 of a file say whether a log may lie beside it (sqlite.org/fileformat2.html 1.3.3). While
/// it is examined it says no, since it has no name that a log could have.
constexpr size_t log_bytes = 18;
constexpr std::string_view without_log = "\1\1", with_log = "\2\2";

[[noreturn]] void no_backup(std::string text) { throw failure({error_code::invalid, "", std::move(text)}); }

/// A copy without a name: whatever ends this process leaves nothing of it. Only its owner reads it.
class hidden_copy {
public:
  explicit hidden_copy(const std::string& store)
      : file_(file_end::make_beside(store + "-backup")),
        into_(file_.path(), raw_access::writes),
        looks_(unchanging(file_.path()), raw_access::reads) {
    ::unlink(file_.path().c_str());
    sqlite_script(into_.get(),
                  "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA locking_mode=EXCLUSIVE");
  }
  /// One read transaction: writers go on, and the copy is of one moment.
  void take(sq::sqlite3* from) {
    sqlite_script(from, "BEGIN");
    sqlite_statement(from, "SELECT count(*) FROM sqlite_master").run();
    auto* copying = sq::sqlite3_backup_init(into_.get(), "main", from, "main");
    int code = copying == nullptr ? sq::sqlite3_extended_errcode(into_.get()) : SQLITE_OK;
    while (code == SQLITE_OK) code = sq::sqlite3_backup_step(copying, pages_at_once);
    sq::sqlite3_backup_finish(copying);
    sqlite_script(from, "ROLLBACK");
    if (code != SQLITE_DONE) throw from_sqlite(code, {{}, file_.path()});
    into_.close();
  }
  void examine() {
    file_.write_at(log_bytes, without_log);
    if (const auto fault = fault_in(looks_.get()))
      no_backup("the store is damaged and was not backed up: " + *fault);
    file_.write_at(log_bytes, with_log);
  }
  const file_end& file() const noexcept { return file_; }

private:
  file_end file_;
  raw_sqlite into_, looks_;
};

void seal(const file_end& copy, piece_writer& to) {
  for (size_t at = 0;;) {
    const auto some = copy.read_at(at, piece_size);
    if (some.empty()) return to.end();
    to.add(some);
    at += some.size();
  }
}

/// From the disk, not from memory, as far as the system lets it be asked for.
void compare(const file_end& copy, const file_end& written, std::string_view key) {
  ::posix_fadvise(written.fd(), 0, 0, POSIX_FADV_DONTNEED);
  piece_reader reader(written, key);
  size_t at = 0;
  while (const auto piece = reader.next()) {
    if (copy.read_at(at, piece->size()) != *piece)
      no_backup(written.path() + " was not written as it should be");
    at += piece->size();
  }
  if (at != copy.size()) no_backup(written.path() + " was not written as it should be");
}

/// The file while it is no backup yet. One that an earlier run left is used again; two runs at once are not.
class unfinished {
public:
  explicit unfinished(const std::string& name)
      : name_(name),
        file_(file_end::open(name + ".part", O_RDWR | O_CREAT)) {
    // Another run may have held it, and given it its name in between: then it is that one's backup.
    if (::flock(file_.fd(), LOCK_EX | LOCK_NB) != 0 || !file_.is_named())
      no_backup(file_.path() + " is being written by another backup");
    file_.truncate();
  }
  ~unfinished() {
    if (!finished_) ::unlink(file_.path().c_str());
  }
  unfinished(const unfinished&) = delete;
  unfinished& operator=(const unfinished&) = delete;
  const file_end& file() const noexcept { return file_; }
  void finish() {
    expect_none(name_);
    if (::rename(file_.path().c_str(), name_.c_str()) != 0) file_.refuse("renamed");
    finished_ = true;
    sync_folder_of(name_);
  }
  static void expect_none(const std::string& name) {
    if (::access(name.c_str(), F_OK) == 0) no_backup(name + " exists already: a backup overwrites nothing");
  }

private:
  std::string name_;
  file_end file_;
  bool finished_ = false;
};

/// For who watches. A store that takes no writes at this moment has its backup all the same.
void note_backup(database& of, const std::string& at) {
  (void)guarded<done>("noting the backup", [&] {
    soci::session session;
    const auto broken_by = connect(of, session);
    conversation with(of, session, std::nullopt, true);
    with.tell(
      "INSERT INTO aorta_meta (key, value) VALUES (:a, :b) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      {backup_note, at});
    with.commit();
    return done{};
  });
}

} // namespace

result<backup_facts> back_up(const options& how, const std::string& file) {
  return guarded<backup_facts>("backup", [&] {
    const auto path = sqlite_path(how.url).value();
    unfinished::expect_none(file);
    if (::access(path.c_str(), F_OK) != 0) no_backup("there is no store at " + path);
    backup_facts out;
    database of;
    point_at(of, how);
    const auto proven = proven_schema(of);
    out.schema = proven.done;
    out.behind = proven.behind;
    unfinished making(file);
    hidden_copy copy(path);
    const auto begun = how.clock->now();
    out.made_at = to_iso(begun);
    out.version = version;
    {
      soci::session session;
      const auto broken_by = connect(of, session);
      copy.take(native_sqlite(session));
    }
    copy.examine();
    const auto head = out.made_at + "\n" + out.version + "\n" + std::to_string(out.schema) + "\n";
    piece_writer pieces(making.file(), how.pii_key, to_text(how.ids->next(begun)), head, begun);
    seal(copy.file(), pieces);
    making.file().sync();
    compare(copy.file(), making.file(), how.pii_key);
    making.finish();
    note_backup(of, out.made_at);
    out.store_bytes = copy.file().size();
    out.file_bytes = making.file().size();
    return out;
  });
}

} // namespace aorta::store

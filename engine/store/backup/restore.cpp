#include "engine/store/backup/backup.hpp"

#include "engine/store/backup/erasure_list.hpp"
#include "engine/store/backup/held_store.hpp"
#include "engine/store/backup/raw_sqlite.hpp"
#include "engine/store/backup/sealed_pieces.hpp"
#include "engine/store/schema/migrate.hpp"
#include "engine/store/sql/failure.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

namespace aorta::store {
namespace {

[[noreturn]] void no_restore(std::string text) { throw failure({error_code::invalid, "", std::move(text)}); }

bool is_there(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

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

constexpr const char* done_erasures =
  "SELECT id, clinic_id, patient_id, asked_by, asked_at, done_by FROM erasures WHERE done_by IS NOT NULL";

std::vector<noted_erasure> erasures_in(sq::sqlite3* store) {
  std::vector<noted_erasure> out;
  for (sqlite_statement ask(store, done_erasures); ask.step();) {
    const auto row = ask.texts(6);
    out.push_back({row[0], row[1], row[2], row[3], row[4], row[5]});
  }
  return out;
}

constexpr const char* last_patient =
  "SELECT COALESCE(max(seq), 0) FROM sqlite_sequence WHERE name = 'patients'";
/// More than a clinic registers between a backup and its restore.
constexpr int64_t numbers_left_out = 100'000;

/// What is known of those who were erased, and of the numbers that patients have had.
struct known_past {
  std::vector<noted_erasure> erased;
  int64_t last_patient = 0;
  bool knows = false; ///< there was something that tells who was erased
};

known_past past_of(const std::string& path, bool replaces, cipher& locks) {
  known_past out;
  const auto list = erasure_list_of(path);
  out.knows = is_there(list);
  out.erased = read_erasures(list, locks).all;
  if (replaces) {
    try {
      const raw_sqlite former(path, raw_access::reads);
      for (auto& each : erasures_in(former.get())) out.erased.push_back(std::move(each));
      if (sqlite_statement ask(former.get(), last_patient); ask.step())
        out.last_patient = ask.column_integer(0);
      out.knows = true;
    } catch (const failure&) {
      // damaged, or older than erasures: `knows` tells
    }
  }
  for (const auto& each : out.erased)
    out.last_patient = std::max(out.last_patient, int64_t{std::stoll(each.patient)});
  return out;
}

/// Whoever is registered from now on has no number that somebody had who is not in the backup: erasures,
/// other systems and people know patients by it.
void leave_numbers_out(const std::string& store, int64_t last) {
  const raw_sqlite to(store, raw_access::writes);
  int64_t reached = 0;
  if (sqlite_statement ask(to.get(), last_patient); ask.step()) reached = ask.column_integer(0);
  const auto next = std::to_string(std::max(reached, last) + numbers_left_out);
  sqlite_script(
    to.get(),
    "DELETE FROM sqlite_sequence WHERE name = 'patients'; INSERT INTO sqlite_sequence (name, seq) "
    "VALUES ('patients', " +
      next + ")");
}

/// Written into the store that arrives, as asked for and agreed to: the engine does it again. How many.
int note_erasures(const std::string& store, const std::vector<noted_erasure>& all, cipher& locks,
                  timestamp now) {
  if (all.empty()) return 0;
  const raw_sqlite to(store, raw_access::writes);
  const auto reason = locks.encrypt("erased before the store was restored", now);
  int noted = 0;
  for (const auto& each : all) {
    sqlite_statement add(
      to.get(),
      "INSERT INTO erasures (id, clinic_id, patient_id, reason, asked_by, asked_at, done_by) SELECT ?1, p.clinic_id, "
      "p.patient_id, ?2, ?3, ?4, ?5 FROM patients p WHERE p.patient_id = ?6 AND p.clinic_id = ?7 AND NOT EXISTS "
      "(SELECT 1 FROM erasures e WHERE e.id = ?1 OR (e.patient_id = p.patient_id AND e.done_by IS NOT NULL))");
    add.text(each.id).text(reason).integer(std::stoll(each.asked_by)).text(each.asked_at);
    add.integer(std::stoll(each.done_by)).integer(std::stoll(each.patient)).integer(std::stoll(each.clinic));
    add.run();
    sqlite_statement count(to.get(), "SELECT changes()");
    noted += count.step() ? int(count.column_integer(0)) : 0;
  }
  return noted;
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
    cipher locks(how.pii_key);
    const auto past = past_of(path, !replaces.empty(), locks);
    std::optional<held_store> former;
    if (!replaces.empty()) former.emplace(path);
    const auto backup = file_end::open(file, O_RDONLY);
    const arriving store(path);
    auto out = unseal_into(store.file(), backup, how.pii_key);
    out.behind = examine_arrived(how, store.file().path(), file);
    out.erased_since = note_erasures(store.file().path(), past.erased, locks, how.clock->now());
    out.knows_erasures = past.knows;
    leave_numbers_out(store.file().path(), past.last_patient);
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

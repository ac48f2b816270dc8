// The file of an SQLite store: its rights, and whether it still is the file that was opened. SQLite itself
// goes on writing into a file that was deleted or replaced under it, and what was acknowledged would be
// nowhere.
#pragma once

#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/interrupters.hpp"

#include <soci/soci.h>
#include <sys/types.h>

#include <atomic>
#include <mutex>
#include <string>

namespace aorta::store {

/// Any thread.
class sqlite_file {
public:
  explicit sqlite_file(interrupters& breaks) : breaks_(breaks) {}
  void set_path(std::string path) { path_ = std::move(path); }
  const std::string& path() const noexcept { return path_; }
  std::mutex& writer() noexcept {
    return writer_;
  } ///< SQLite has one writer at a time: lanes queue up here instead of polling the file's lock

  /// Opens a session on the file. The first makes the file if need be, for its owner alone (0600, and so what
  /// SQLite lays beside it), whatever the umask; later ones find the same file. Throws `failure`. The entry
  /// lives as long as the session.
  [[nodiscard]] interrupters::entry connect(soci::session& session);
  /// Throws `failure` (`store_unavailable`) when the file was deleted or replaced, its write-ahead log
  /// deleted, or damage was found in it. To be asked before work begins (`before_work`) and after it was
  /// committed, by whoever is connected: the last to leave takes the log with him.
  void look() const;
  void before_work() const; ///< the same, and the engine is not ending
  /// Damage is remembered: nothing is written into a damaged file until the engine starts on a whole one.
  void note(const failure& why) noexcept;

private:
  void make();
  void look_at_file() const;
  bool is_same() const;
  interrupters& breaks_;
  std::string path_;
  std::mutex writer_, first_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::atomic<bool> known_{false}, logged_{false}, damaged_{false}; ///< logged: it has a write-ahead log
};

} // namespace aorta::store

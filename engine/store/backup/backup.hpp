// A whole SQLite store as one sealed file, and back.
#pragma once

#include "engine/store/open.hpp"

#include <string>

namespace aorta::store {

struct backup_facts {
  std::string made_at, version; ///< when (UTC, ISO 8601) and by which aorta
  size_t schema = 0;            ///< migrations that the store had
  size_t store_bytes = 0, file_bytes = 0;
  bool behind = false;         ///< the program has more migrations than that
  std::string kept_as;         ///< restore: the store that was replaced
  bool knows_erasures = false; ///< restore: there was a list of them, or a store that could be read
  int erased_since = 0; ///< restore: who is in it and was erased afterwards: the engine erases them again
};

inline constexpr const char* backup_note = "last-backup"; ///< of `aorta_meta`: when the last one was made

/// Writes a backup of an SQLite store, which others may read and write meanwhile, to `file`: what was
/// committed when it began, all or nothing. The copy is examined (PRAGMA integrity_check), sealed, synced,
/// read again and compared before it has its name. A file of this name is not overwritten. While it copies, a
/// copy as large as the store lies without a name in the store's folder, and the store's log grows.
result<backup_facts> back_up(const options& how, const std::string& file);

/// Makes the store of `how` out of a backup. All of it is read, opened with the key and examined
/// the same way before anything is there. Who was erased since the backup, as `STORE.erasures` or the store
/// that is replaced has it, is noted in it. A store that is there is refused, unless `replaces` is
/// its path: it stays beside, as `kept_as`. One that any program has open is refused.
result<backup_facts> restore(const options& how, const std::string& file, const std::string& replaces);

} // namespace aorta::store

// Whom people have erased, beside an SQLite store and outside of its backups: a restore brings them back, and
// has them erased again by it. Lines are sealed; they hold numbers of rows, and nothing of a person.
#pragma once

#include "engine/store/backup/file_end.hpp"
#include "engine/store/protect/cipher.hpp"

#include <string>
#include <vector>

namespace aorta::store {

/// Columns of `erasures`, as texts.
struct noted_erasure {
  std::string id, clinic, patient, asked_by, asked_at, done_by;
};

/// `STORE.erasures`
std::string erasure_list_of(const std::string& store);
struct erasure_list {
  std::vector<noted_erasure> all;
  bool renews = false; ///< some of it is under another key than the first
};
/// Empty when there is no such file. Throws `failure` when it cannot be read with the keys.
erasure_list read_erasures(const std::string& list, cipher& locks);
/// In the place of what stood there, on the disk when it returns. Throws `failure`.
void write_erasures(const std::string& list, const std::vector<noted_erasure>& all, cipher& locks,
                    timestamp now);

/// Nobody else changes it meanwhile, in any process: from before the store is asked until it is written.
class held_list {
public:
  explicit held_list(const std::string& list);

private:
  file_end file_;
};
/// Under the first key.
void renew_erasures(const std::string& list, cipher& locks, timestamp now);

} // namespace aorta::store

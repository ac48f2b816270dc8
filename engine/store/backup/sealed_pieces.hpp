// The form of a backup's file: a line that names it, then a line for each piece. A piece is sealed
// (cipher.hpp) under a key of its own that is derived from the installation's, and holds the backup's id and
// its number: what was changed, left out, put elsewhere or taken from another backup is found.
//
//   aorta-backup 1 ID PROOF          PROOF: a keyed hash of ID, by which a wrong key is told from a changed
//   file TOKEN                            ID 0 head\n... TOKEN                            ID 1 data\n... (a
//   megabyte of the store) TOKEN                            ID N end\n
#pragma once

#include "engine/store/backup/file_end.hpp"
#include "engine/store/protect/cipher.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace aorta::store {

constexpr size_t piece_size = size_t{1} << 20;

/// Throws `failure`. What is written is good only once `end` has returned.
class piece_writer {
public:
  piece_writer(const file_end& to, std::string_view pii_key, std::string id, std::string_view head,
               timestamp at);
  void add(std::string_view data); ///< up to `piece_size` bytes
  void end();

private:
  void put(std::string_view kind, std::string_view bytes);
  const file_end& to_;
  cipher locks_;
  std::string id_;
  size_t number_ = 0;
  timestamp at_;
};

/// Throws `failure` (`invalid`) for a file that is none, is cut off, was changed or was made with another
/// key.
class piece_reader {
public:
  piece_reader(const file_end& from, std::string_view pii_key);
  const std::string& head() const noexcept { return head_; }
  std::optional<std::string> next(); ///< nothing after the last, which was found to be the last

private:
  std::string line();
  std::string piece(std::string_view& kind);
  [[noreturn]] void refuse(std::string_view why) const;
  const file_end& from_;
  cipher locks_;
  std::string id_, head_, buffer_, opened_;
  size_t at_ = 0, offset_ = 0, number_ = 0; ///< at: in the buffer; offset: of the file after it
};

} // namespace aorta::store

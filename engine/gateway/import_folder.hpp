// A folder in which a laboratory puts its files.
#pragma once

#include "engine/base/ids.hpp"
#include "engine/base/result.hpp"
#include "engine/config/files.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace aorta::gateway {

/// A file is taken by a move into `.taken`, under the number of its import: of several nodes one succeeds,
/// and after a crash its name says which import it belongs to.
class import_folder {
public:
  explicit import_folder(config::lab_files how) : how_(std::move(how)) {}

  struct taken {
    uuid id;
    std::string name; ///< as the laboratory called it
    std::filesystem::path path;
  };
  /// Takes those of `*.csv` whose size and time have stood still since the last call, the oldest first.
  /// Errors: the folder, or a file in it, cannot be read; what cannot stays where it is.
  status take(id_source& ids, timestamp now);
  /// All that lie in `.taken`, whoever took them, in the order in which they were taken.
  std::vector<taken> all_taken() const;
  /// Moves it on: `reason` empty, to `done`; else to `failed`, with the reason beside it. What has that name
  /// already stays.
  status put_away(const taken& what, const std::string& reason) const;
  /// Somebody still wrote to it: it is to be taken in once more, under another number.
  status take_again(const taken& what, const uuid& id) const;

private:
  struct sight {
    uint64_t size = 0;
    std::filesystem::file_time_type written;
    bool operator==(const sight&) const = default;
  };
  std::filesystem::path taken_folder() const { return std::filesystem::path(how_.folder) / ".taken"; }

  config::lab_files how_;
  std::map<std::string, sight> seen_; ///< at the last call
};

} // namespace aorta::gateway

// An SQLite store that nobody can open meanwhile.
#pragma once

#include "engine/store/backup/file_end.hpp"

#include <string>

namespace aorta::store {

/// Whole or damaged; what is in its log comes into the file, if it can be. Throws `failure` where anything
/// has it open.
class held_store {
public:
  explicit held_store(const std::string& path);

private:
  file_end file_;
};

} // namespace aorta::store

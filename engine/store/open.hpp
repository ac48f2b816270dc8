// Opens the database that an URL names.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/base/ids.hpp"
#include "engine/ports/store.hpp"

#include <memory>
#include <optional>
#include <string>

namespace aorta::store {

struct options {
  std::string url;     ///< sqlite://PATH or postgresql://user:password@host:port/database
  std::string pii_key; ///< by lines (see `keys_in`): Fernet keys, 32 bytes in URL-safe base64, or any texts
                       ///< (then SHA-256 of one). Empty is an error
  const clock_source* clock = nullptr;
  id_source* ids = nullptr;
};

/// What of a store's URL is the file of SQLite; nothing for other databases.
std::optional<std::string> sqlite_path(const std::string& url);

/// Connects once to see that it is there; sessions connect for themselves. Errors never hold the password.
result<std::unique_ptr<ports::store>> open(const options& how);

} // namespace aorta::store

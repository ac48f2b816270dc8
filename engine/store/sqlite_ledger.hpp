#pragma once

#include "engine/store/ledger.hpp"

#include <mutex>

namespace aorta::store {

/// `writer`: one writer at a time within the process, so that lanes queue up in order instead of polling the file's lock.
std::unique_ptr<ledger> make_sqlite_ledger(const std::string& path, std::mutex& writer);

} // namespace aorta::store

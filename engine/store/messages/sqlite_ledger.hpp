#pragma once

#include "engine/store/messages/ledger.hpp"

namespace aorta::store {

class sqlite_file;

std::unique_ptr<ledger> make_sqlite_ledger(sqlite_file& file);

} // namespace aorta::store

#pragma once

#include "engine/store/ledger.hpp"

namespace aorta::store {

std::unique_ptr<ledger> make_postgresql_ledger(const std::string& url);

} // namespace aorta::store

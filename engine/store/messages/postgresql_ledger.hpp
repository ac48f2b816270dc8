#pragma once

#include "engine/store/messages/ledger.hpp"

namespace aorta::store {

class interrupters;

std::unique_ptr<ledger> make_postgresql_ledger(const std::string& url, interrupters& breaks);

} // namespace aorta::store

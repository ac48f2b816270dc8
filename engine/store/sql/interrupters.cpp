#include "engine/store/sql/interrupters.hpp"

#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/native_sqlite.hpp"

#include <libpq-fe.h>

#include <array>
#include <vector>

namespace aorta::store {

interrupters::entry interrupters::add(target what) {
  const std::lock_guard hold(lock_);
  open_.emplace(++last_, std::move(what));
  return {*this, last_};
}

interrupters::entry interrupters::add_postgresql(std::shared_ptr<pg_cancel> connection) {
  return add({std::move(connection), nullptr});
}
interrupters::entry interrupters::add_sqlite(void* connection) { return add({nullptr, connection}); }

void interrupters::entry::end() noexcept {
  auto* const of = std::exchange(of_, nullptr);
  if (of == nullptr) return;
  const std::lock_guard hold(of->lock_);
  of->open_.erase(number_);
}

void interrupters::interrupt() {
  interrupted_ = true;
  std::vector<std::shared_ptr<pg_cancel>> servers;
  {
    const std::lock_guard hold(lock_); // a file is not closed meanwhile
    for (const auto& [number, each] : open_) {
      if (each.sqlite != nullptr) sq::sqlite3_interrupt(static_cast<sq::sqlite3*>(each.sqlite));
      else servers.push_back(each.postgresql);
    }
  }
  // Not under the lock: a server that stands still keeps whoever asks it. It takes no harm from the key of a
  // connection that has ended meanwhile.
  std::array<char, 256> ignored{};
  for (const auto& each : servers) PQcancel(each.get(), ignored.data(), int(ignored.size()));
}

void interrupters::check() const {
  if (interrupted_)
    throw failure(
      {error_code::store_unavailable, "", "the engine is ending: its work in the store was broken off"});
}

} // namespace aorta::store

// Somebody else's connection to a PostgreSQL store: an administrator who locks, cancels and looks, above
// row-level security.
#pragma once

#include "test/unit/store/stores.hpp"

#include <libpq-fe.h>

#include <thread>

namespace aorta::test {

class other_session {
public:
  explicit other_session(const fresh_store& store)
      : db_(PQconnectdb(server().superuser(store.url).c_str()), &PQfinish) {}

  /// The first cell.
  std::string run(const std::string& sql) {
    const std::unique_ptr<PGresult, decltype(&PQclear)> r(PQexec(db_.get(), sql.c_str()), &PQclear);
    const auto state = PQresultStatus(r.get());
    BOOST_CHECK_MESSAGE(state == PGRES_TUPLES_OK || state == PGRES_COMMAND_OK, PQerrorMessage(db_.get()));
    return PQntuples(r.get()) > 0 ? PQgetvalue(r.get(), 0, 0) : "";
  }
  /// The server tells nobody when somebody starts to wait.
  void until(const std::string& sql, const std::string& value) {
    for (int i = 0; i < 1000 && run(sql) != value; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }

private:
  std::unique_ptr<PGconn, decltype(&PQfinish)> db_;
};

} // namespace aorta::test

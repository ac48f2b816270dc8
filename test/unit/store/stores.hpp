// Both databases for the store's tests, and messages to file in them.
#pragma once

#include "engine/lab/report.hpp"
#include "engine/ports/lane.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/store.hpp"
#include "engine/store/open.hpp"
#include "test/support/postgres.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

struct pg_conn;

namespace aorta::test {

enum class on : uint8_t { sqlite, postgresql };
inline std::ostream& operator<<(std::ostream& to, on which) {
  return to << (which == on::sqlite ? "SQLite" : "PostgreSQL");
}
inline const auto both = boost::unit_test::data::make({on::sqlite, on::postgresql});

/// One server for the whole run, started when the first test asks for it.
support::postgres& server();

class still_clock final : public clock_source {
public:
  timestamp now() const override { return at; }
  timestamp at = timestamp(std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}) + std::chrono::hours{8};
};

constexpr const char* key = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

/// An empty, migrated store with the clinic MAIN.
class fresh_store {
public:
  explicit fresh_store(on which, bool migrated = true);
  ~fresh_store();
  fresh_store(const fresh_store&) = delete;
  void prepare(); ///< schema and clinic, and everything closed again
  std::unique_ptr<ports::store> open(const std::string& pii_key = key) const;
  ports::lane& session();
  ports::message_log& admin();
  /// The first cell of the first row, through the database's own interface; `-` for NULL or no row.
  std::string ask(const std::string& sql) const;

  on which;
  std::string url;
  still_clock clock;
  mutable uuid_v7_source ids;
  model::clinic_id clinic = 0;

private:
  std::string ask_postgresql(const std::string& sql) const;
  std::filesystem::path file_;
  mutable std::shared_ptr<pg_conn> superuser_; ///< what `ask` asks through: a new one costs ten questions
  std::unique_ptr<ports::store> store_;
  std::unique_ptr<ports::lane> session_;
  std::unique_ptr<ports::message_log> admin_;
};

/// A message with results of one order, and its parts.
struct letter {
  std::string raw;
  lab::report report;
  identity::decision decision;
  ports::filing filing;
  letter() = default;
  letter(const letter&) = delete;
};

model::lab_result potassium(const std::string& value, char state, int reported_minute);
/// Processed, for `patient`, with one result unless more are added.
std::unique_ptr<letter> write_letter(fresh_store& in, const std::string& control_id,
                                     model::patient_id patient, model::lab_result result);
model::patient roster_row(const std::string& mrn, const std::string& first, const std::string& last,
                          const std::string& cyprus_id);
model::patient_id add_patient(fresh_store& in, const std::string& mrn);

template <class T>
T must(result<T> r) {
  if (!r)
    BOOST_FAIL("failed: " + std::string(name(r.error().code)) + " " + r.error().where + " " + r.error().text);
  return std::move(*r);
}
ports::receipt file_one(fresh_store& in, const letter& what);
std::vector<ports::stored_result> results_of(fresh_store& in, model::patient_id patient,
                                             bool all_versions = false);

} // namespace aorta::test

#include "engine/store/record_talk.hpp"

#include "engine/store/failure.hpp"
#include "engine/store/pg_link.hpp"
#include "engine/store/pg_partitions.hpp"
#include "engine/store/stored_rows.hpp"

#include <algorithm>
#include <limits>

namespace aorta::store {
namespace {

constexpr std::string_view patient = "Patient/";

/// The number that the ledger takes for this patient. Others are negative, so that no patient has the same lock.
int64_t lock_number(const std::string& name) {
  if (name.starts_with(patient))
    if (const int64_t id = read_integer(std::string_view(name).substr(patient.size()), 0); id > 0) return id;
  const digest d = sha256(name);
  uint64_t out = 0;
  for (size_t i = 0; i < 8; ++i) out = out << 8 | d[i];
  return int64_t(out) | std::numeric_limits<int64_t>::min();
}

sql_text set_clinic(dialect speaks, const std::optional<model::clinic_id>& clinic) {
  sql_text out(speaks);
  out << "SELECT set_config('app.clinic_id', " << out.arg(clinic ? std::to_string(*clinic) : "", "text") << ", true)";
  return out;
}

} // namespace

record_talk::record_talk(std::shared_ptr<database> of)
    : of_(std::move(of)), locks_(of_->how.pii_key), in_{of_->speaks, 0, &tables_, &locks_}, link_(make_record_link(*of_)),
      turn_(of_->writer, std::defer_lock) {}

void record_talk::connect() {
  link_->ready();
  tables_.read(*link_);
}

void record_talk::say(const char* sql) {
  link_->add(sql, {});
  ++ahead_;
}

void record_talk::tell(const sql_text& what) {
  link_->add(what);
  ++ahead_;
}

void record_talk::begin(model::clinic_id clinic, bool changes) {
  rollback();
  link_->ready();
  in_.clinic = clinic;
  if (of_->speaks == dialect::sqlite) {
    if (changes) turn_.lock();
    try {
      link_->add(changes ? "BEGIN IMMEDIATE" : "BEGIN", {});
      link_->flow();
    } catch (const failure&) {
      if (turn_.owns_lock()) turn_.unlock();
      throw;
    }
    open_ = true;
    return;
  }
  open_ = true;
  say("BEGIN");
  tell(set_clinic(of_->speaks, clinic));
}

void record_talk::commit() {
  if (!open_) throw failure({error_code::internal, "", "nothing to commit"});
  say("COMMIT");
  flow();
  of_->resources_written += wrote_;
  open_ = marked_ = false;
  if (turn_.owns_lock()) turn_.unlock();
  if (std::exchange(wrote_, 0) > 0) refresh_statistics();
}

/// After a bulk load the planner knows nothing of what was loaded until autovacuum comes by: then a search by code reads the whole clinic. Each
/// time that what was written has doubled the tables are looked at anew; prepared plans are made anew with that.
void record_talk::refresh_statistics() noexcept {
  const auto written = of_->resources_written.load();
  auto due = of_->statistics_due.load();
  if (of_->speaks == dialect::sqlite || written < due || !of_->statistics_due.compare_exchange_strong(due, 2 * written)) return;
  try {
    sql_text owned = text(); // OpenHeart's tables may be another role's, who looks after them
    owned << "SELECT string_agg(quote_ident(schemaname) || '.' || quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = current_schema()"
          << " AND pg_has_role(tableowner, 'USAGE') AND tablename IN ('fhir_resources', 'fhir_resource_versions', 'fhir_codes', 'fhir_identifiers',"
          << " 'patients', 'patient_pii', 'patient_blind_index', 'encounters', 'vitals', 'appointments', 'prescriptions', 'patient_problems',"
          << " 'lab_orders', 'lab_results', 'patient_study_links')";
    const auto found = alone({owned}, false);
    if (found.at(0).empty() || !found[0][0][0]) return;
    sql_text look = text();
    look << "ANALYZE " << *found[0][0][0];
    alone({look}, false);
  } catch (const std::exception&) {
    link_->forget(); // a help, no more: autovacuum makes them later
  }
}

void record_talk::rollback() noexcept {
  link_->forget();
  ahead_ = 0;
  marked_ = false;
  wrote_ = 0;
  if (open_) {
    open_ = false;
    try {
      link_->add("ROLLBACK", {});
      link_->flow();
    } catch (const std::exception&) {
      link_->forget(); // the connection is gone and its transaction with it, or SQLite has rolled back by itself
    }
  }
  if (turn_.owns_lock()) turn_.unlock();
}

void record_talk::mark() {
  if (marked_) say("RELEASE SAVEPOINT entry");
  say("SAVEPOINT entry");
  marked_ = true;
  if (of_->speaks == dialect::sqlite) flow();
}

void record_talk::back_to_mark() {
  if (!marked_) throw failure({error_code::internal, "", "there is no mark"});
  say("ROLLBACK TO SAVEPOINT entry");
  flow();
}

/// In the order of their numbers, as the ledger takes its patients'.
void record_talk::lock(std::vector<std::string> names) {
  if (of_->speaks == dialect::sqlite || names.empty()) return; // SQLite's transaction is the only writer
  std::vector<int64_t> numbers;
  for (const auto& name : names) numbers.push_back(lock_number(name));
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  std::vector<std::optional<std::string>> texts;
  for (const auto n : numbers) texts.emplace_back(std::to_string(n));
  sql_text sql = text();
  sql << "SELECT pg_advisory_xact_lock(7020310002::bigint << 28 # p) FROM unnest(" << sql.arg(array_text(texts), "bigint[]") << ") AS p";
  tell(sql);
}

answers_of record_talk::flow() {
  const size_t ahead = std::exchange(ahead_, 0);
  auto all = link_->flow();
  all.erase(all.begin(), all.begin() + std::ptrdiff_t(std::min(ahead, all.size())));
  return all;
}

std::vector<text_row> record_talk::ask(const sql_text& what) {
  link_->add(what);
  return std::move(flow().at(0));
}

answers_of record_talk::alone(const std::vector<sql_text>& all, bool changes, std::optional<model::clinic_id> clinic) {
  if (open_) throw failure({error_code::internal, "", "asked inside of a clinic's transaction"});
  link_->ready();
  std::unique_lock<std::mutex> turn(of_->writer, std::defer_lock);
  if (of_->speaks == dialect::sqlite && changes) turn.lock();
  const bool named = clinic && of_->speaks == dialect::postgresql;
  if (changes || named) say("BEGIN");
  open_ = changes || named;
  if (named) tell(set_clinic(of_->speaks, clinic));
  try {
    for (const auto& sql : all) link_->add(sql);
    if (open_) link_->add("COMMIT", {});
    auto out = flow();
    open_ = false;
    return out;
  } catch (...) {
    rollback();
    throw;
  }
}

void record_talk::need_month(timestamp when) {
  if (of_->speaks == dialect::sqlite) return;
  const auto month = month_of(when);
  if (std::find(months_.begin(), months_.end(), month) != months_.end()) return;
  soci::session aside; // rare, and no command for a pipeline
  connect_postgresql(aside, of_->place);
  make_log_partition(native_postgresql(aside), month);
  months_.push_back(month);
}

void record_talk::need_years(std::span<const ports::audit_entry> entries) {
  if (of_->speaks == dialect::sqlite) return;
  for (const auto& e : entries) {
    const auto year = month_of(e.at).year();
    if (std::find(years_.begin(), years_.end(), year) != years_.end()) continue;
    soci::session aside;
    connect_postgresql(aside, of_->place);
    make_audit_partition(native_postgresql(aside), year);
    years_.push_back(year);
  }
}

} // namespace aorta::store

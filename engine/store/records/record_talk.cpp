#include "engine/store/records/record_talk.hpp"

#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/pg_link.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>
#include <limits>

namespace aorta::store {
namespace {

constexpr std::string_view patient = "Patient/";

/// Who only reads sees one state of the clinic, however many questions it takes, as SQLite's readers do: a
/// document that leaves the house must not hold half of what somebody changed meanwhile.
constexpr const char* begin_snapshot = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// The number that the ledger takes for this patient. Others are negative, so that no patient has the same
/// lock.
int64_t lock_number(const std::string& name) {
  if (name.starts_with(patient))
    if (const int64_t id = read_integer(std::string_view(name).substr(patient.size()), 0); id > 0) return id;
  const digest d = sha256(name);
  uint64_t out = 0;
  for (size_t i = 0; i < 8; ++i) out = out << 8 | d[i];
  return int64_t(out) | std::numeric_limits<int64_t>::min();
}

sql_text set_clinic(const std::optional<model::clinic_id>& clinic) {
  return sql_text::whole(dialect::postgresql, enter_clinic, {clinic ? std::to_string(*clinic) : ""});
}

} // namespace

record_talk::record_talk(std::shared_ptr<database> of)
    : of_(std::move(of)),
      locks_(of_->how.pii_key, of_->blind_key),
      in_{of_->speaks, 0, &tables_, &locks_},
      link_(make_record_link(*of_)),
      turn_(of_->file.writer(), std::defer_lock) {}

void record_talk::connect() {
  if (link_->ready()) known_ = false;
  if (known_) return;
  tables_.read(*link_);
  known_ = true;
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
  connect();
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
  say(changes ? begin_transaction : begin_snapshot);
  tell(set_clinic(clinic));
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

/// After a bulk load the planner knows nothing of what was loaded until autovacuum comes by: then a search by
/// code reads the whole clinic. Each time that what was written has doubled the tables are looked at anew;
/// prepared plans are made anew with that.
void record_talk::refresh_statistics() noexcept {
  const auto written = of_->resources_written.load();
  auto due = of_->statistics_due.load();
  if (of_->speaks == dialect::sqlite || written < due ||
      !of_->statistics_due.compare_exchange_strong(due, 2 * written))
    return;
  try {
    sql_text owned = text(); // OpenHeart's tables may be another role's, who looks after them
    owned
      << "SELECT string_agg(quote_ident(schemaname) || '.' || quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = current_schema()"
      << " AND pg_has_role(tableowner, 'USAGE') AND tablename IN ('fhir_resources', 'fhir_resource_versions', 'fhir_codes', 'fhir_identifiers', 'fhir_words', 'fhir_spans',"
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
      link_->forget(); // the connection is gone and its transaction with it, or SQLite has rolled back by
                       // itself
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
  sql << "SELECT pg_advisory_xact_lock(7020310002::bigint << 28 # p) FROM unnest("
      << sql.arg(array_text(texts), "bigint[]") << ") AS p";
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

answers_of record_talk::ask_all(const std::vector<sql_text>& all) {
  for (const auto& sql : all) link_->add(sql);
  return flow();
}

answers_of record_talk::alone(const std::vector<sql_text>& all, bool changes,
                              std::optional<model::clinic_id> clinic) {
  if (open_) throw failure({error_code::internal, "", "asked inside of a clinic's transaction"});
  connect();
  std::unique_lock<std::mutex> turn(of_->file.writer(), std::defer_lock);
  if (of_->speaks == dialect::sqlite && changes) turn.lock();
  const bool named = clinic && of_->speaks == dialect::postgresql;
  if (changes || named) say(of_->speaks == dialect::sqlite ? "BEGIN" : begin_transaction);
  open_ = changes || named;
  if (named) tell(set_clinic(clinic));
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

} // namespace aorta::store

#include "engine/store/records/record_session.hpp"

#include "engine/store/critical/alert_note.hpp"

#include "engine/store/access/access_session.hpp"
#include "engine/store/gesy/claim_rows.hpp"
#include "engine/store/gesy/code_rows.hpp"
#include "engine/store/jobs/job_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/records/erasing.hpp"
#include "engine/store/records/kept_terms.hpp"
#include "engine/store/records/merging.hpp"
#include "engine/store/records/record_batch.hpp"
#include "engine/store/records/record_log.hpp"
#include "engine/store/records/record_talk.hpp"
#include "engine/store/records/record_told.hpp"
#include "engine/store/records/record_write.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace aorta::store {
namespace {

using ports::change;
using ports::entry_query;
using ports::fhir_entry;
using ports::fhir_version;
using ports::filing;
using ports::found;
using ports::history_query;
using ports::page;
using ports::receipt;
using ports::review_item;
using ports::row_query;
using ports::told_row;

class database_filing_session final : public filing_session {
public:
  explicit database_filing_session(std::shared_ptr<database> of)
      : talk_(std::move(of)),
        access_(talk_.base(), *in().locks, [this](const auto& all, bool changes, auto clinic) {
          const bool inside = talk_.open() && !changes; // an AuditEvent is read like any other resource
          return inside ? talk_.ask_all(all) : talk_.alone(all, changes, clinic);
        }) {}
  void greet() { talk_.connect(); }

  status begin(model::clinic_id clinic, bool changes) override {
    reserved_.clear();
    noticed_.clear();
    perhaps_batch_ = false;
    forget();
    changes_ = changes;
    return doing("beginning", [&] { talk_.begin(clinic, changes); });
  }
  status commit() override {
    forget();
    auto done = doing("commit", [&] { talk_.commit(); });
    if (done) keep_noticed();
    return done;
  }
  void rollback() noexcept override {
    forget();
    noticed_.clear();
    talk_.rollback();
  }
  status mark() override {
    return doing("a savepoint", [&] { talk_.mark(); });
  }
  status back_to_mark() override {
    known_rows_.clear();
    known_entries_.clear();
    met_.clear(); // some of it was written since the mark
    return doing("going back to a savepoint", [&] { talk_.back_to_mark(); });
  }

  result<std::vector<std::string>> kept_types(model::patient_id who) override {
    return guarded<std::vector<std::string>>("reading what is kept of a patient", [&] {
      std::vector<std::string> out;
      for (const auto& row : talk_.ask(kept_types_sql(in(), who))) out.push_back(required(row[0]));
      return out;
    });
  }
  void expect(const row_query& what) override { announce(what, known_rows_, soon_rows_); }
  void expect(const entry_query& what) override { announce(what, known_entries_, soon_entries_); }
  result<std::vector<found>> rows(const row_query& what) override {
    return guarded<std::vector<found>>("reading rows", [&] { return take(what, known_rows_, soon_rows_); });
  }
  result<std::vector<fhir_entry>> entries(const entry_query& what) override {
    return guarded<std::vector<fhir_entry>>("reading resources",
                                            [&] { return take(what, known_entries_, soon_entries_); });
  }
  result<std::vector<ports::dated_row>> dated(const ports::dated_query& what) override {
    return guarded<std::vector<ports::dated_row>>(
      "reading when rows changed", [&] { return read_dated(talk_.ask(dated_sql(in(), what))); });
  }
  result<std::vector<model::record>> result_versions(const std::string& result_id) override {
    return guarded<std::vector<model::record>>("reading versions", [&] {
      return read_result_versions(in(), talk_.ask(result_versions_sql(in(), result_id)));
    });
  }
  void notice(ports::seen_row what) override {
    noticed_.insert_or_assign({what.of, what.key}, std::move(what));
  }
  result<page<fhir_version>> history(const history_query& what) override;
  result<std::optional<int64_t>> count_history(const history_query& what, int64_t most) override;
  result<std::optional<fhir_version>> version(const std::string& type, const std::string& id,
                                              int64_t number) override {
    return guarded<std::optional<fhir_version>>("reading a version", [&]() -> std::optional<fhir_version> {
      auto all = read_versions(in(), talk_.ask(version_sql(in(), type, id, number)));
      if (all.empty()) return std::nullopt;
      return std::move(all[0]);
    });
  }
  result<std::vector<model::patient_id>> patients_by(std::span<const identity::lookup_key> keys) override;
  result<std::vector<std::string>> people_by(std::span<const identity::lookup_key> keys) override;
  result<std::vector<model::record>> orders_by_number(const std::vector<std::string>& numbers) override;

  status lock(std::vector<std::string> names) override {
    known_rows_.clear(); // what was read before may have changed
    known_entries_.clear();
    return doing("locking", [&] { talk_.lock(std::move(names)); });
  }
  result<std::vector<int64_t>> reserve(model::table of, int count) override;
  status write(std::span<const change> all) override;
  result<std::vector<told_row>> told(model::table of, const std::vector<std::string>& keys) override {
    return guarded<std::vector<told_row>>("reading what was told",
                                          [&] { return read_told(talk_, of, keys); });
  }
  status tell(std::span<const told_row> all) override {
    return doing("keeping what was told", [&] { keep_told(talk_, all); });
  }
  result<std::vector<fhir_entry>> unkept(int limit) override {
    return guarded<std::vector<fhir_entry>>("reading what is not indexed", [&] {
      return read_entries(in(), talk_.ask(unkept_sql(in(), limit, changes_)));
    });
  }
  status keep_terms(std::span<const fhir_entry> all) override;
  status review(const uuid& about, const review_item& what) override;
  status event(const std::string& type, std::optional<model::patient_id> patient,
               const std::string& resource_id, const std::string& payload) override;
  status alert(const ports::critical_note& what) override {
    return doing("opening an alert", [&] { write_alert(talk_, what); });
  }

  ports::patient_merges& merges() override { return merges_; }
  ports::patient_erasure& erasure() override { return erasing_; }
  ports::job_store& jobs() override { return jobs_; }
  ports::claim_store& claims() override { return claims_; }
  ports::code_tables& codes() override { return codes_; }
  ports::access& access() noexcept override { return access_; }

  result<receipt> log_message(const filing& what, std::span<const lesson> lessons) override;
  bool perhaps_batch() const noexcept override { return perhaps_batch_; }

private:
  /// Turns what `work` throws into an error, and remembers what it means for what was given.
  template <class T, class F>
  result<T> guarded(std::string_view what, F&& work) {
    try {
      return work();
    } catch (...) {
      const failure why = current_fault(what);
      perhaps_batch_ = why.traits().perhaps_batch;
      return why.why();
    }
  }
  template <class F>
  status doing(std::string_view what, F&& work) {
    return guarded<done>(what, [&] {
      work();
      return done{};
    });
  }
  const record_context& in() const noexcept { return talk_.context(); }
  void forget() noexcept {
    known_rows_.clear();
    known_entries_.clear();
    soon_rows_.clear();
    soon_entries_.clear();
    met_.clear();
  }

  template <class Query, class Answer>
  using known = std::vector<std::pair<Query, std::vector<Answer>>>;
  /// Once, however often it is expected: a search announces what its request was expected to ask.
  template <class Query, class Answer>
  static void announce(const Query& what, const known<Query, Answer>& from, std::vector<Query>& soon) {
    const bool is_known = std::any_of(from.begin(), from.end(),
                                      [&](const auto& k) { return k.first == what; });
    if (!is_known && std::find(soon.begin(), soon.end(), what) == soon.end()) soon.push_back(what);
  }
  template <class Query, class Answer>
  std::vector<Answer> take(const Query& what, known<Query, Answer>& from, std::vector<Query>& soon) {
    const auto find = [&] {
      return std::find_if(from.begin(), from.end(), [&](const auto& k) { return k.first == what; });
    };
    if (find() == from.end()) {
      if (std::find(soon.begin(), soon.end(), what) == soon.end()) soon.push_back(what);
      ask_all();
    }
    const auto at = find();
    if (at == from.end()) return {};
    auto out = std::move(at->second);
    from.erase(at);
    return out;
  }
  void ask_all();
  template <class Query, class Measure>
  std::vector<std::vector<int64_t>> measured(const std::vector<merged_query<Query>>& all, Measure measure);
  void keep_noticed() noexcept;
  void look_up(std::span<const identity::lookup_key> keys);

  record_talk talk_;
  merging merges_{talk_};
  erasing erasing_{talk_};
  job_rows jobs_{talk_};
  claim_rows claims_{talk_};
  code_rows codes_{talk_};
  access_session access_;
  bool perhaps_batch_ = false;
  bool changes_ = false; ///< this transaction may
  rows_met met_;
  std::vector<row_query> soon_rows_;
  std::vector<entry_query> soon_entries_;
  known<row_query, found> known_rows_; ///< answers that nobody has taken yet
  known<entry_query, fhir_entry> known_entries_;
  std::map<model::table, int64_t> reserved_;
  std::map<std::pair<model::table, std::string>, ports::seen_row> noticed_; ///< sorted: two readers take the
                                                                            ///< rows' locks in the same order
};

void database_filing_session::keep_noticed() noexcept {
  if (noticed_.empty()) return;
  const auto all = std::exchange(noticed_, {});
  try {
    const auto what = bulk_insert(
      "fhir_seen",
      {{"clinic_id", "bigint"},
       {"home", "text"},
       {"home_key", "text"},
       {"tag", "text"},
       {"seen_at", "timestamptz"}},
      " ON CONFLICT (clinic_id, home, home_key) DO UPDATE SET tag = excluded.tag, seen_at = excluded.seen_at"
      " WHERE fhir_seen.tag <> excluded.tag");
    std::vector<sql_row> rows;
    for (const auto& [place, each] : all)
      rows.push_back(
        {in().clinic, std::string(model::shape(each.of).name), each.key, each.tag, sortable(each.at)});
    talk_.begin(in().clinic, true);
    talk_.count(talk_.link().add_rows(what, rows));
    talk_.commit();
  } catch (const std::exception&) {
    talk_.rollback(); // seen again next time
  }
}

/// How many candidates the criteria have of each question that asks it, in a round trip before.
template <class Query, class Measure>
std::vector<std::vector<int64_t>> database_filing_session::measured(
  const std::vector<merged_query<Query>>& all, Measure measure) {
  std::vector<std::vector<int64_t>> out(all.size());
  std::vector<size_t> asks;
  for (size_t i = 0; i < all.size(); ++i)
    if (const auto sql = measure(in(), all[i].asked)) {
      talk_.link().add(*sql);
      asks.push_back(i);
    }
  if (asks.empty()) return out;
  const auto answers = talk_.flow();
  for (size_t n = 0; n < asks.size(); ++n)
    for (const auto& cell : answers.at(n).at(0)) out[asks[n]].push_back(read_integer(required(cell)));
  return out;
}

/// Everything that is expected, in one round trip.
void database_filing_session::ask_all() {
  const auto rows = merge(std::exchange(soon_rows_, {}));
  const auto entries = merge(std::exchange(soon_entries_, {}));
  const auto row_sizes = measured(rows, measure_rows_sql);
  const auto sizes = measured(entries, measure_sql);
  std::vector<std::optional<sql_text>> asked; // all of them first: nothing is queued when one cannot be asked
  for (size_t i = 0; i < rows.size(); ++i) asked.push_back(rows_sql(in(), rows[i].asked, row_sizes[i]));
  for (const auto& sql : asked)
    if (sql) talk_.link().add(*sql);
  for (size_t i = 0; i < entries.size(); ++i) talk_.link().add(entries_sql(in(), entries[i].asked, sizes[i]));
  auto answers = talk_.flow();
  size_t next = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    auto all = asked[i] ? read_found(in(), rows[i].asked, std::move(answers.at(next++)))
                        : std::vector<found>{};
    for (const auto& each : all)
      if (changes_) met_.keep(each.row);
    for (const auto& part : rows[i].parts) known_rows_.emplace_back(part, part_of(rows[i], all, part));
  }
  for (const auto& group : entries) {
    auto all = read_entries(in(), answers.at(next++));
    for (const auto& part : group.parts) known_entries_.emplace_back(part, part_of(group, all, part));
  }
}

result<page<fhir_version>> database_filing_session::history(const history_query& what) {
  return guarded<page<fhir_version>>("reading the history", [&] {
    page<fhir_version> out;
    out.items = read_versions(in(), talk_.ask(history_sql(in(), what)));
    if (int(out.items.size()) > std::max(what.limit, 1)) {
      out.items.pop_back();
      out.next = cursor_of(out.items.back());
    }
    return out;
  });
}

result<std::optional<int64_t>> database_filing_session::count_history(const history_query& what,
                                                                      int64_t most) {
  return guarded<std::optional<int64_t>>("counting versions", [&] {
    const auto count = read_integer(required(talk_.ask(history_count_sql(in(), what, most)).at(0)[0]));
    return count > most ? std::optional<int64_t>() : count;
  });
}

/// Queues the questions which rows of patients these keys find.
void database_filing_session::look_up(std::span<const identity::lookup_key> keys) {
  const bool arrays = in().speaks == dialect::postgresql;
  std::vector<std::string> hashes;
  const auto look = [&](sql_text& sql, const std::string& condition) {
    sql
      << "SELECT DISTINCT p.patient_id FROM patient_blind_index b JOIN patients p ON p.patient_id = b.patient_id AND p.clinic_id + 0 = b.clinic_id"
      << " WHERE " << condition << " AND b.clinic_id + 0 = " << sql.arg(in().clinic, "bigint")
      << " AND NOT coalesce(p.is_deleted, " << (arrays ? "false" : "0") << ")";
    talk_.link().add(sql);
  };
  for (const auto& key : keys) {
    if (arrays) {
      hashes.push_back(key_hash(in(), key));
      continue;
    }
    sql_text sql = talk_.text(); // bytes have no JSON
    look(sql, "b.hash = " + sql.arg(in().locks->blind(in().clinic, key.kind, key.value), "uuid"));
  }
  if (!arrays) return;
  sql_text sql = talk_.text();
  look(sql, "b.hash" + sql.list(hashes, "uuid"));
}

result<std::vector<model::patient_id>> database_filing_session::patients_by(
  std::span<const identity::lookup_key> keys) {
  return guarded<std::vector<model::patient_id>>("looking up patients", [&] {
    std::set<model::patient_id> found;
    if (keys.empty()) return std::vector<model::patient_id>{};
    look_up(keys);
    for (const auto& table : talk_.flow())
      for (const auto& row : table) found.insert(read_integer(required(row[0])));
    return std::vector<model::patient_id>(found.begin(), found.end());
  });
}

result<std::vector<std::string>> database_filing_session::people_by(
  std::span<const identity::lookup_key> keys) {
  return guarded<std::vector<std::string>>("looking up patients", [&] {
    std::set<std::string> found;
    if (keys.empty()) return std::vector<std::string>{};
    look_up(keys);
    talk_.link().add(kept_people_sql(in(), keys));
    for (const auto& table : talk_.flow())
      for (const auto& row : table) found.insert(required(row[0]));
    return std::vector<std::string>(found.begin(), found.end());
  });
}

result<std::vector<model::record>> database_filing_session::orders_by_number(
  const std::vector<std::string>& numbers) {
  return guarded<std::vector<model::record>>("looking up orders", [&] {
    std::vector<model::record> out;
    const auto sql = orders_sql(in(), numbers);
    if (!sql) return out;
    row_query shape;
    shape.of = model::table::lab_orders;
    shape.with_entries = false;
    for (auto& f : read_found(in(), shape, talk_.ask(*sql))) {
      if (changes_) met_.keep(f.row);
      out.push_back(std::move(f.row));
    }
    return out;
  });
}

result<std::vector<int64_t>> database_filing_session::reserve(model::table of, int count) {
  return guarded<std::vector<int64_t>>("reserving keys", [&] {
    std::vector<int64_t> out;
    const auto& shape = model::shape(of);
    if (count <= 0 || !shape.integer_key) return out;
    const std::string table(shape.name), key(shape.key);
    sql_text sql = talk_.text();
    if (in().speaks == dialect::postgresql) {
      sql << "SELECT nextval(pg_get_serial_sequence('" << table << "', '" << key
          << "')) FROM generate_series(1, " << sql.arg(int64_t{count}, "bigint") << ")";
      for (const auto& row : talk_.ask(sql)) out.push_back(read_integer(required(row[0])));
      return out;
    }
    // The transaction is the only writer. A key that a deleted row had is not given again.
    sql << "SELECT max(coalesce((SELECT max(" << key << ") FROM " << table
        << "), 0), coalesce((SELECT seq FROM sqlite_sequence WHERE name = '" << table << "'), 0))";
    auto& last = reserved_[of];
    last = std::max(last, read_integer(required(talk_.ask(sql).at(0)[0])));
    for (int i = 0; i < count; ++i) out.push_back(++last);
    return out;
  });
}

status database_filing_session::write(std::span<const change> all) {
  known_rows_.clear();
  known_entries_.clear();
  return doing("writing resources", [&] {
    const auto plan = plan_changes(in(), all, met_, talk_.now());
    for (const auto& each : all)
      if (each.row) met_.keep(*each.row);
    if (plan.empty()) return;
    std::vector<size_t> sent;
    for (const auto& b : plan) sent.push_back(talk_.link().add_rows(b.what, b.rows));
    const auto answers = talk_.flow();
    size_t next = 0;
    for (size_t i = 0; i < plan.size(); ++i) {
      size_t hit = 0;
      for (size_t n = 0; n < sent[i]; ++n) hit += answers.at(next++).size();
      if (plan[i].each_must_be_there && hit != plan[i].rows.size())
        throw failure({error_code::unknown_key, "", "a row that was to be changed is not there"});
    }
    talk_.wrote(all.size());
  });
}

status database_filing_session::keep_terms(std::span<const fhir_entry> all) {
  return doing("keeping what searches find", [&] {
    std::vector<const fhir_entry*> entries;
    for (const auto& each : all) {
      entries.push_back(&each);
      sql_text mark = talk_.text();
      mark << "UPDATE fhir_resources SET indexed_version = version WHERE clinic_id = "
           << mark.arg(in().clinic, "bigint") << " AND type = " << mark.arg(each.type, "text")
           << " AND id = " << mark.arg(each.id, "text");
      talk_.tell(mark);
    }
    std::vector<bulk> plan;
    plan_kept_terms(in(), entries, true, plan);
    for (const auto& each : plan)
      if (!each.rows.empty()) talk_.count(talk_.link().add_rows(each.what, each.rows));
    talk_.flow();
  });
}

result<receipt> database_filing_session::log_message(const filing& what, std::span<const lesson> lessons) {
  return guarded<receipt>("logging a message", [&] {
    return log_in(
      talk_.link(), [&] { return talk_.flow(); }, what, lessons, talk_.base().how, *in().locks);
  });
}

status database_filing_session::review(const uuid& about, const review_item& what) {
  return doing("asking for a review", [&] {
    const std::string reasons = what.reasons_json.empty() ? "[]" : what.reasons_json;
    sql_text answered(talk_.link().speaks());
    answered << "SELECT 1 FROM review_queue WHERE message_id = " << answered.arg(to_text(about), "uuid")
             << " AND clinic_id = " << answered.arg(in().clinic, "bigint")
             << " AND kind = " << answered.arg(what.kind, "text")
             << " AND reasons = " << answered.arg(reasons, "text") << " AND action IN ('accept', 'reject')";
    talk_.link().add(answered);
    if (!talk_.flow().at(0).empty()) return; // a person has said what is to be said
    text_sink row(aorta::store::write::review);
    const auto now = talk_.now();
    row.id(talk_.base().how.ids->next(now));
    row.integer(in().clinic);
    row.id(about);
    row.text(what.kind);
    row.text(reasons);
    row.text(what.candidates_json.empty() ? "[]" : what.candidates_json);
    row.time(now);
    for (int i = 0; i < 3; ++i) row.null(); // claims, results, subject
    talk_.count(row.send(talk_.link()));
  });
}

status database_filing_session::event(const std::string& type, std::optional<model::patient_id> patient,
                                      const std::string& resource_id, const std::string& payload) {
  return doing("writing an event", [&] {
    text_sink row(aorta::store::write::event);
    const auto now = talk_.now();
    row.id(talk_.base().how.ids->next(now));
    row.integer(in().clinic);
    row.text(type);
    patient ? row.integer(*patient) : row.null();
    row.null();
    const auto id = uuid_from_text(resource_id);
    id ? row.id(*id) : row.null();
    row.text(payload);
    row.time(now);
    talk_.count(row.send(talk_.link()));
  });
}

} // namespace

std::unique_ptr<filing_session> make_record_session(std::shared_ptr<database> of) {
  auto out = std::make_unique<database_filing_session>(std::move(of));
  out->greet();
  return out;
}

} // namespace aorta::store

// How fast a lane files messages, against the fastest plain way of the same database in the same run: COPY of
// the same rows into the same tables and indexes on PostgreSQL, prepared inserts on SQLite. Batches of 32
// messages of 12 results and one log row, every commit synced. `store_bench [seconds a way] [rows already
// there]`
#include "engine/ports/message_log.hpp"
#include "engine/store/protect/cipher.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/messages/filing.hpp"
#include "engine/store/sql/native_sqlite.hpp"
#include "engine/store/open.hpp"
#include "engine/store/sql/pg_link.hpp"
#include "engine/store/messages/rows.hpp"
#include "engine/store/sql/sqlite_file.hpp"
#include "test/support/postgres.hpp"

#include <libpq-fe.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <stdexcept>

using namespace aorta;

namespace {

constexpr size_t batch_size = 32, results_a_message = 12;
constexpr int64_t patients = 2000;
constexpr const char* pii_key = "a key for a benchmark";

struct letter {
  std::string raw;
  lab::report report;
  ports::filing filing;
};

/// Messages that differ in patient, order and control id; made before the clock starts.
class post {
public:
  post(model::clinic_id clinic, uuid_v7_source& ids) : clinic_(clinic), ids_(ids) {}
  std::vector<ports::filing> batch(size_t size = batch_size) {
    letters_.clear();
    std::vector<ports::filing> out;
    for (size_t i = 0; i < size; ++i) out.push_back(next().filing);
    return out;
  }

private:
  letter& next();
  model::clinic_id clinic_;
  uuid_v7_source& ids_;
  system_clock_source clock_;
  std::deque<letter> letters_;
  uint64_t count_ = 0;
};

letter& post::next() {
  const auto now = clock_.now();
  const std::string number = std::to_string(++count_);
  letter& out = letters_.emplace_back();
  out.report.orders.push_back({"PO-" + number, "F-" + number, "CHEM", "Chemistry panel", "F", {}, {}});
  out.raw = "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01^ORU_R01|BIO-" + number +
    "|P|2.5.1\rPID|1||812345^^^CYP^NI||PAPADOPOULOS^G||19580412|M\r";
  for (size_t i = 0; i < results_a_message; ++i) {
    const std::string code = "TEST" + std::to_string(i),
                      value = std::to_string(40 + (count_ * 7 + i) % 200) + ".5";
    model::lab_result r;
    r.test_code = code;
    r.test_name = "Test of the panel " + code;
    r.loinc_code = "2823-" + std::to_string(i);
    r.kind = model::value_kind::number;
    r.value_text = value;
    r.value_numeric = decimal::from_text(value);
    r.unit = "mmol/L";
    r.range_low = decimal::from_text("3.5");
    r.range_high = decimal::from_text("5.1");
    r.range_text = "3.5-5.1";
    r.flag = model::abnormal_flag::normal;
    r.observed_at = model::moment{now, 120};
    r.reported_at = model::moment{now, 120};
    r.performing_lab = "Bioanalytica";
    r.performing_lab_code = "BIO";
    r.order = 0;
    r.set_id = uint16_t(i + 1);
    r.sent = {code, "L", r.test_name, value, "NM", "mmol/L", "3.5-5.1", "N", "F"};
    out.raw += "OBX|" + std::to_string(i + 1) + "|NM|" + code + "^" + r.test_name + "^L||" + value +
      "|mmol/L|3.5-5.1|N|||F|||20261120082000\r";
    out.report.results.push_back(std::move(r));
  }
  auto& log = out.filing.log;
  log.id = ids_.next(now);
  log.clinic = clinic_;
  log.control_id = "BIO-" + number;
  log.message_type = "ORU^R01";
  log.sending_application = "LIS";
  log.sending_facility = "BIO";
  log.receiving_facility = "MAIN";
  log.message_datetime = now;
  log.patient = 1 + int64_t(count_ * 7919 % patients);
  log.status = ports::message_status::processed;
  log.ack_code = "AA";
  log.listener = "lab";
  log.route = "lab-results";
  log.config_version = "1";
  log.peer = "127.0.0.1:50000";
  log.trace =
    R"({"stages":[{"stage":"parse","us":4},{"stage":"map-lab","us":31},{"stage":"match-patient","us":210,"rule":"cyprus-id"}],"rules":[)";
  for (size_t i = 0; i < results_a_message; ++i)
    log.trace += R"({"where":"OBX[)" + std::to_string(i + 1) +
      R"(]-3","rule":"profile","detail":"TEST -> 2823-3"},)";
  log.trace += "{}]}";
  log.received_at = now;
  out.filing.raw = out.raw;
  out.filing.report = &out.report;
  return out;
}

template <class T>
T must(result<T> r) {
  if (!r) throw std::runtime_error(r.error().text);
  return std::move(*r);
}

/// Messages a second over about `seconds`; making the messages does not count.
double rate(double seconds, const std::function<std::vector<ports::filing>()>& make,
            const std::function<void(std::span<const ports::filing>)>& put) {
  using clock = std::chrono::steady_clock;
  for (int i = 0; i < 3; ++i) put(make());
  std::chrono::duration<double> spent{0};
  size_t done = 0;
  while (spent.count() < seconds) {
    const auto batch = make();
    const auto start = clock::now();
    put(batch);
    spent += clock::now() - start;
    done += batch.size();
  }
  return double(done) / spent.count();
}

/// Rows as COPY's text format, or as bound values: the same cells that the store writes, encryption left out.
class copy_text final : public store::row_sink {
public:
  explicit copy_text(size_t width) : width_(width) {}
  std::string text_;
  void null() override { cell("\\N"); }
  void id(const uuid& v) override { cell(to_text(v)); }
  void key(const store::half_digest& v) override { cell(to_text(uuid{v})); }
  void text(std::string_view v) override { // these texts hold nothing that COPY would want escaped but the
                                           // backslash
    std::string safe;
    for (const char c : v)
      c == '\\' ? safe.append("\\\\") : c == '\r' ? safe.append("\\r") : safe.append(1, c);
    cell(safe);
  }
  void integer(int64_t v) override { cell(std::to_string(v)); }
  void boolean(bool v) override { cell(v ? "t" : "f"); }
  void time(timestamp v) override { cell(to_iso(v)); }
  void number(const decimal& v) override { cell(v.text()); }

private:
  void cell(std::string_view v) {
    text_ += v;
    text_ += ++at_ % width_ == 0 ? '\n' : '\t';
  }
  size_t width_, at_ = 0;
};

class bind_row final : public store::row_sink {
public:
  bind_row(store::sqlite_statement& to, size_t width) : to_(to), width_(width) {}
  void null() override { step(to_.null()); }
  void id(const uuid& v) override { step(to_.own_text(to_text(v))); }
  void key(const store::half_digest& v) override { step(to_.bytes(v)); }
  void text(std::string_view v) override { step(to_.text(v)); }
  void integer(int64_t v) override { step(to_.integer(v)); }
  void boolean(bool v) override { step(to_.integer(v ? 1 : 0)); }
  void time(timestamp v) override { step(to_.own_text(store::sortable(v))); }
  void number(const decimal& v) override { step(to_.real(v.number())); }

private:
  void step(store::sqlite_statement&) {
    if (++at_ % width_ == 0) to_.run();
  }
  store::sqlite_statement& to_;
  size_t width_, at_ = 0;
};

/// A log row without the store: the token is a text of the length that the store's would have.
void plain_log(store::row_sink& to, const ports::message_record& log, const std::string& token) {
  to.id(log.id);
  to.text(log.control_id);
  to.text(log.message_type);
  to.text(log.sending_facility);
  to.text(log.receiving_facility);
  to.time(*log.message_datetime);
  to.integer(*log.patient);
  to.text("processed");
  to.null();
  to.text(token);
  to.integer(int64_t(results_a_message));
  to.time(log.received_at);
  to.integer(log.clinic);
  to.text(log.sending_application);
  to.text("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
  to.text(log.config_version);
  to.text(log.listener);
  to.text(log.route);
  to.text(log.peer);
  to.text("AA");
  to.null();
  to.null();
  to.text(token);
}

void plain_results(store::row_sink& to, const ports::filing& f, uuid_v7_source& ids) {
  const auto& order = f.report->orders[0];
  const auto key = store::order_key(f, f.report->results[0], &order);
  const auto report = store::report_id(f, order);
  for (const auto& r : f.report->results) {
    store::result_version row{&f, &r, &order, ids.next(f.log.received_at), key, {}, 1};
    row.report = report;
    store::write_result(to, row, f.log.received_at);
  }
}

std::string names(const std::vector<store::column>& columns) {
  std::string out;
  for (const auto& c : columns) out.append(out.empty() ? "" : ", ").append(c.name);
  return out;
}

void copy(PGconn* on, const std::string& table, const std::vector<store::column>& columns,
          const std::string& text) {
  PQclear(PQexec(on, ("COPY " + table + " (" + names(columns) + ") FROM STDIN").c_str()));
  if (PQputCopyData(on, text.data(), int(text.size())) != 1 || PQputCopyEnd(on, nullptr) != 1)
    throw std::runtime_error("COPY failed");
  while (PGresult* r = PQgetResult(on)) {
    if (PQresultStatus(r) != PGRES_COMMAND_OK) throw std::runtime_error(PQerrorMessage(on));
    PQclear(r);
  }
}

void copy_batch(PGconn* on, std::span<const ports::filing> batch, uuid_v7_source& ids,
                const std::string& token) {
  const auto& log = store::row_statements()[size_t(store::write::log)].columns;
  copy_text results(store::result_columns().size()), logs(log.size()), keys(3);
  for (const auto& f : batch) {
    plain_results(results, f, ids);
    plain_log(logs, f.log, token);
    keys.key(store::half(store::sha256(f.raw)));
    keys.id(f.log.id);
    keys.time(f.log.received_at);
  }
  PQclear(PQexec(on, "BEGIN"));
  copy(on, "hl7_message_keys",
       {{"key", store::cell::key}, {"message_id", store::cell::id}, {"received_at", store::cell::time}},
       keys.text_);
  copy(on, "lab_results", store::result_columns(), results.text_);
  copy(on, "hl7_message_log", log, logs.text_);
  PQclear(PQexec(on, "COMMIT"));
}

struct opened {
  std::unique_ptr<ports::store> store;
  model::clinic_id clinic = 0;
};

opened prepare(const std::string& url, uuid_v7_source& ids) {
  static const system_clock_source clock;
  opened out{must(store::open({url, pii_key, &clock, &ids}))};
  must(out.store->migrate());
  const auto admin = must(out.store->admin());
  out.clinic = must(admin->access().ensure_clinic("MAIN", "Main")).id;
  std::vector<model::patient> roster;
  for (int64_t i = 0; i < patients; ++i) {
    model::patient p;
    p.mrn = "M-" + std::to_string(i);
    p.first_name = "Maria";
    p.last_name = "Papadopoulou";
    p.cyprus_id = std::to_string(700000 + i);
    roster.push_back(p);
  }
  must(admin->put_patients(out.clinic, roster));
  return out;
}

double store_rate(ports::store& in, post& from, double seconds) {
  const auto lane = must(in.session());
  return rate(
    seconds, [&] { return from.batch(); }, [&](auto batch) { must(lane->commit(batch)); });
}

double lookup_rate(ports::store& in, model::clinic_id clinic, double seconds) {
  const auto lane = must(in.session());
  std::vector<identity::claims> who(batch_size);
  std::vector<ports::wanted> asked;
  int64_t n = 0;
  using steady = std::chrono::steady_clock;
  std::chrono::duration<double> spent{0};
  size_t done = 0;
  for (const auto& w : who) asked.push_back({&w});
  while (spent.count() < seconds) {
    for (auto& w : who) w.ids = {{identity::id_kind::cyprus_id, std::to_string(700000 + ++n % patients), ""}};
    const auto start = steady::now();
    if (must(lane->candidates(clinic, asked))[0].candidates.size() != 1)
      throw std::runtime_error("a patient was not found");
    spent += steady::now() - start;
    done += who.size();
  }
  return double(done) / spent.count();
}

void report(const char* database, double plain, double filed, double found) {
  std::printf("%-11s plain %6.0f/s   store %6.0f/s   ratio %.2f   look-ups %6.0f/s\n", database, plain, filed,
              filed / plain, found);
  std::fflush(stdout);
}

void run_postgresql(double seconds, long rows) {
  support::postgres server;
  uuid_v7_source ids;
  const std::string url = server.fresh_database();
  const auto in = prepare(url, ids);
  post from(in.clinic, ids);
  const auto lane = must(in.store->session());
  for (long i = 0; i < rows; i += long(512 * results_a_message)) must(lane->commit(from.batch(512)));
  soci::session plain;
  store::interrupters never;
  const auto entry = store::connect_postgresql(plain, server.superuser(url), never); // COPY is refused under
                                                                                     // row-level security
  PGconn* on = store::native_postgresql(plain);
  store::cipher locks(pii_key);
  const std::string token = locks.seal(from.batch()[0].raw, {});
  must(lane->commit(from.batch())); // makes the month's partition
  double copied = 0, filed = 0;
  for (int round = 0; round < 2; ++round) { // in turns: the machine is noisy
    copied += rate(
                seconds / 2, [&] { return from.batch(); },
                [&](auto batch) { copy_batch(on, batch, ids, token); }) /
      2;
    filed += store_rate(*in.store, from, seconds / 2) / 2;
  }
  report("PostgreSQL", copied, filed, lookup_rate(*in.store, in.clinic, seconds / 4));
}

void run_sqlite(double seconds, long rows) {
  const auto file = std::filesystem::temp_directory_path() /
    ("aorta-store-bench-" + std::to_string(::getpid()) + ".db");
  uuid_v7_source ids;
  {
    const auto in = prepare("sqlite://" + file.string(), ids);
    post from(in.clinic, ids);
    const auto lane = must(in.store->session());
    for (long i = 0; i < rows; i += long(512 * results_a_message)) must(lane->commit(from.batch(512)));
    soci::session session;
    store::interrupters never;
    store::sqlite_file same(never);
    same.set_path(file.string());
    const auto entry = same.connect(session);
    auto* on = store::native_sqlite(session);
    const auto& statements = store::row_statements();
    const auto& log = statements[size_t(store::write::log)];
    const auto& result = statements[size_t(store::write::result)];
    store::sqlite_statement put_key(on, "INSERT INTO hl7_message_keys VALUES (?1, ?2, ?3)"),
      put_result(on, result.sqlite), put_log(on, log.sqlite);
    bind_row keys(put_key, 3), results(put_result, result.columns.size()), logs(put_log, log.columns.size());
    store::cipher locks(pii_key);
    const std::string token = locks.seal(from.batch()[0].raw, {});
    const auto plain = [&](std::span<const ports::filing> batch) {
      store::sqlite_script(on, "BEGIN IMMEDIATE");
      for (const auto& f : batch) {
        keys.key(store::half(store::sha256(f.raw)));
        keys.id(f.log.id);
        keys.time(f.log.received_at);
        plain_results(results, f, ids);
        plain_log(logs, f.log, token);
      }
      store::sqlite_script(on, "COMMIT");
    };
    double inserted = 0, filed = 0;
    for (int round = 0; round < 2; ++round) {
      inserted += rate(
                    seconds / 2, [&] { return from.batch(); }, plain) /
        2;
      filed += store_rate(*in.store, from, seconds / 2) / 2;
    }
    report("SQLite", inserted, filed, lookup_rate(*in.store, in.clinic, seconds / 4));
  }
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file.string() + end);
}

void run_cipher() {
  store::cipher locks(pii_key);
  uuid_v7_source ids;
  post from(1, ids);
  const auto batch = from.batch();
  const auto start = std::chrono::steady_clock::now();
  size_t bytes = 0;
  for (int i = 0; i < 100; ++i)
    for (const auto& f : batch)
      bytes += locks.seal(f.raw, f.log.received_at).size() +
        locks.seal(f.log.trace, f.log.received_at).size();
  const std::chrono::duration<double, std::micro> spent = std::chrono::steady_clock::now() - start;
  std::printf("seal        %.1f us a message (raw %zu and trace %zu bytes into %zu)\n", spent.count() / 3200,
              batch[0].raw.size(), batch[0].log.trace.size(), bytes / 3200);
}

} // namespace

int main(int count, char** words) {
  const double seconds = count > 1 ? std::atof(words[1]) : 2;
  const long rows = count > 2 ? std::atol(words[2]) : 0;
  try {
    run_cipher();
    run_sqlite(seconds, rows);
    run_postgresql(seconds, rows);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "store_bench: %s\n", e.what());
    return 1;
  }
  return 0;
}

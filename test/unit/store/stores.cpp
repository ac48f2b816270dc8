#include "test/unit/store/stores.hpp"

#include <libpq-fe.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>

namespace aorta::test {

support::postgres& server() {
  static support::postgres running;
  return running;
}

namespace {

/// A store with its schema and the clinic, made once: a copy takes a tenth of the time of a migration.
const fresh_store& prepared(on which) {
  static fresh_store* made[2] = {};
  auto*& one = made[size_t(which)];
  if (one == nullptr) {
    one = new fresh_store(which, false);
    one->prepare();
    static const struct remover {
      ~remover() {
        for (const auto* each : made) delete each;
      }
    } at_the_end;
  }
  return *one;
}

} // namespace

void fresh_store::prepare() {
  const auto made = open();
  must(made->migrate());
  clinic = must(must(made->admin())->access().ensure_clinic("MAIN", "Main clinic")).id;
}

fresh_store::fresh_store(on w, bool migrated) : which(w) {
  if (which == on::postgresql) {
    url = server().fresh_database(migrated ? prepared(which).url : "");
  } else {
    static std::atomic<int> count{0};
    file_ = std::filesystem::temp_directory_path() /
      ("aorta-store-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".db");
    url = "sqlite://" + file_.string();
    if (migrated) std::filesystem::copy_file(prepared(which).file_, file_);
  }
  if (!migrated) return;
  store_ = open();
  clinic = prepared(which).clinic;
}

fresh_store::~fresh_store() {
  session_.reset();
  admin_.reset();
  store_.reset();
  if (file_.empty()) return;
  for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + end);
}

std::unique_ptr<ports::store> fresh_store::open(const std::string& pii_key) const {
  return must(store::open({url, pii_key, &clock, &ids}));
}

ports::lane& fresh_store::session() {
  if (!session_) session_ = must(store_->session());
  return *session_;
}

ports::message_log& fresh_store::admin() {
  if (!admin_) admin_ = must(store_->admin());
  return *admin_;
}

std::string fresh_store::ask(const std::string& sql) const {
  std::string out = "-";
  if (which == on::sqlite) {
    sqlite3* db = nullptr;
    sqlite3_stmt* s = nullptr;
    BOOST_REQUIRE_EQUAL(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    BOOST_REQUIRE_MESSAGE(sqlite3_prepare_v2(db, sql.c_str(), -1, &s, nullptr) == SQLITE_OK,
                          sqlite3_errmsg(db));
    if (sqlite3_step(s) == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL)
      out = reinterpret_cast<const char*>(sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    sqlite3_close(db);
    return out;
  }
  return ask_postgresql(sql);
}

std::string fresh_store::ask_postgresql(const std::string& sql) const {
  const auto ask = [&] { return std::shared_ptr<PGresult>(PQexec(superuser_.get(), sql.c_str()), PQclear); };
  if (!superuser_)
    superuser_ = {PQconnectdb(server().superuser(url).c_str()), PQfinish}; // above row-level security
  auto r = ask();
  if (PQstatus(superuser_.get()) != CONNECTION_OK) { // the server was away
    PQreset(superuser_.get());
    r = ask();
  }
  const bool worked = PQresultStatus(r.get()) == PGRES_TUPLES_OK ||
    PQresultStatus(r.get()) == PGRES_COMMAND_OK;
  BOOST_CHECK_MESSAGE(worked, PQerrorMessage(superuser_.get()));
  return PQntuples(r.get()) > 0 && PQgetisnull(r.get(), 0, 0) == 0 ? PQgetvalue(r.get(), 0, 0) : "-";
}

model::lab_result potassium(const std::string& value, char state, int reported_minute) {
  const timestamp day = std::chrono::sys_days{std::chrono::year{2026} / 11 / 20};
  model::lab_result r;
  r.test_code = "K";
  r.test_name = "Potassium";
  r.loinc_code = "2823-3";
  r.kind = model::value_kind::number;
  r.value_text = value;
  r.value_numeric = decimal::from_text(value);
  r.unit = "mmol/L";
  r.range_low = decimal::from_text("3.5");
  r.range_high = decimal::from_text("5.10");
  r.range_text = "3.5-5.10";
  r.flag = model::abnormal_flag::normal;
  r.observation_status = state;
  r.status = state == 'P' ? model::result_status::preliminary
    : state == 'C'        ? model::result_status::corrected
                          : model::result_status::final;
  r.retracts = state == 'D' || state == 'W';
  if (r.retracts || state == 'X') r.status = model::result_status::cancelled;
  r.observed_at = model::moment{day + std::chrono::hours{7}, 120};
  r.reported_at = model::moment{day + std::chrono::hours{8} + std::chrono::minutes{reported_minute}, 120};
  r.performing_lab = "Bioanalytica";
  r.performing_lab_code = "BIO";
  r.order = 0;
  r.sent = {"K", "L", "Potassium", value, "NM", "mmol/L", "3.5-5.10", "N", std::string(1, state)};
  return r;
}

std::unique_ptr<letter> write_letter(fresh_store& in, const std::string& control_id,
                                     model::patient_id patient, model::lab_result result) {
  auto out = std::make_unique<letter>();
  out->raw = "MSH|^~\\&|LIS|BIO|OPENHEART|MAIN|20261120083000||ORU^R01|" + control_id +
    "|P|2.5.1\rPID|1||812345\rOBX|1|NM|K||" + result.value_text.value_or("");
  out->report.orders.push_back({"PO-77", "F-9001", "CHEM", "Chemistry", "F", {}, {}});
  out->report.results.push_back(std::move(result));
  out->decision.is = identity::decision::kind::same;
  out->decision.patient = patient;
  out->filing.raw = out->raw;
  out->filing.report = &out->report;
  out->filing.claims = &out->report.who;
  out->filing.decision = &out->decision;
  auto& log = out->filing.log;
  log.id = in.ids.next(in.clock.now());
  log.clinic = in.clinic;
  log.control_id = control_id;
  log.message_type = "ORU^R01";
  log.sending_application = "LIS";
  log.sending_facility = "BIO";
  log.receiving_facility = "MAIN";
  log.patient = patient;
  log.status = ports::message_status::processed;
  log.ack_code = "AA";
  log.listener = "lab";
  log.route = "lab-results";
  log.config_version = "1";
  log.peer = "127.0.0.1";
  log.trace = "{\"stages\":[]}";
  log.received_at = in.clock.now();
  return out;
}

model::patient roster_row(const std::string& mrn, const std::string& first, const std::string& last,
                          const std::string& cyprus_id) {
  model::patient p;
  p.mrn = mrn;
  p.first_name = first;
  p.last_name = last;
  p.birth_date = std::chrono::year{1958} / 4 / 12;
  p.sex = model::gender::male;
  p.cyprus_id = cyprus_id;
  p.phone = "+35799123456";
  p.email = "who@example.org";
  p.city = "Λευκωσία";
  return p;
}

model::patient_id add_patient(fresh_store& in, const std::string& mrn) {
  const auto row = roster_row(mrn, "Γεώργιος", "Παπαδόπουλος", "8" + mrn.substr(mrn.size() - 1));
  must(in.admin().put_patients(in.clinic, {&row, 1}));
  return std::stoll(in.ask("SELECT patient_id FROM patients WHERE mrn = '" + mrn + "'"));
}

ports::receipt file_one(fresh_store& in, const letter& what) {
  return must(in.session().commit({&what.filing, 1})).at(0);
}

std::vector<ports::stored_result> results_of(fresh_store& in, model::patient_id patient, bool all_versions) {
  ports::result_filter filter;
  filter.clinic = in.clinic;
  filter.patient = patient;
  filter.all_versions = all_versions;
  return must(in.admin().patient_results(filter));
}

} // namespace aorta::test

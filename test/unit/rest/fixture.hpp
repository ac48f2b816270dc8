// A clinic with a real database behind the REST functions.
#pragma once

#include "engine/fhir/document.hpp"
#include "engine/rest/references.hpp"
#include "engine/ports/message_log.hpp"
#include "engine/ports/store.hpp"
#include "engine/rest/rest.hpp"
#include "engine/store/open.hpp"
#include "test/support/postgres.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <libpq-fe.h>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <unistd.h>

namespace aorta::test {

enum class on : uint8_t { sqlite, postgresql };
inline std::ostream& operator<<(std::ostream& to, on which) {
  return to << (which == on::sqlite ? "SQLite" : "PostgreSQL");
}
inline const auto both = boost::unit_test::data::make({on::sqlite, on::postgresql});

/// One server for the whole run, started when the first test asks for it.
inline support::postgres& server() {
  static support::postgres running;
  return running;
}

/// Goes on by a second at each look, so that versions have times of their own.
class ticking_clock final : public clock_source {
public:
  timestamp now() const override { return at += std::chrono::seconds{1}; }
  mutable timestamp at = timestamp(std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}) +
    std::chrono::hours{8};
};

template <class T>
T must(result<T> r) {
  if (!r)
    BOOST_FAIL("failed: " + std::string(name(r.error().code)) + " " + r.error().where + " " + r.error().text);
  return std::move(*r);
}

/// A migrated database with the clinics MAIN and OTHER; requests are those of `who`, an admin of MAIN.
class house {
public:
  explicit house(on w = on::sqlite) : which(w) {
    if (which == on::postgresql) {
      static const std::string like = migrated(server().fresh_database());
      url_ = server().fresh_database(like);
    } else {
      static int count = 0;
      file_ = std::filesystem::temp_directory_path() /
        ("aorta-rest-" + std::to_string(::getpid()) + "-" + std::to_string(++count) + ".db");
      url_ = migrated("sqlite://" + file_.string());
    }
    store_ = must(opened(url_));
    admin_ = must(store_->admin());
    clinic = must(admin_->access().ensure_clinic("MAIN", "Main clinic")).id;
    other_clinic = must(admin_->access().ensure_clinic("OTHER", "Other clinic")).id;
    session = must(store_->records());
    who = grant(clinic, {"admin"});
    around.base = "http://clinic.example/fhir/r4";
    around.version = "0.1.0";
    around.clock = &clock;
    around.ids = &ids;
  }
  ~house() {
    session.reset();
    admin_.reset();
    store_.reset();
    if (file_.empty()) return;
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(file_.string() + end);
  }

  ports::store& store() { return *store_; }
  result<std::unique_ptr<ports::store>> opened(const std::string& url) {
    return store::open({url, "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=", &clock, &ids});
  }
  std::string migrated(std::string url) {
    must(must(opened(url))->migrate());
    return url;
  }

  static rest::grant grant(model::clinic_id clinic, const std::vector<std::string>& scopes,
                           std::optional<model::patient_id> patient = {}) {
    rest::grant out;
    out.actor = "tester";
    out.clinic = clinic;
    out.scopes = http::read_scopes(scopes);
    out.patient = patient;
    return out;
  }

  /// `target`: "Patient/7?_pretty=true". Reads stand in a transaction of their own.
  rest::reply ask(const std::string& method, const std::string& target, const std::string& body = {},
                  const std::map<std::string, std::string>& headers = {}) {
    const auto what = request(method, target, body, headers);
    if (!rest::only_reads(what)) return rest::handle(what, who, *session, around);
    must(session->begin(who.clinic, false));
    rest::expect(what, who, *session);
    auto out = rest::handle(what, who, *session, around);
    must(session->commit());
    return out;
  }
  rest::reply get(const std::string& target, const std::map<std::string, std::string>& headers = {}) {
    return ask("GET", target, {}, headers);
  }
  /// POSTs a resource that must be created; its id.
  std::string create(const std::string& type, const std::string& json) {
    const auto made = ask("POST", type, json);
    BOOST_REQUIRE_MESSAGE(made.status == 201, made.body);
    return std::string(must(fhir::document::parse(made.body)).root->str("id"));
  }

  static rest::request request(const std::string& method, const std::string& target,
                               const std::string& body = {},
                               const std::map<std::string, std::string>& headers = {}) {
    rest::request out;
    out.method = method;
    const auto mark = target.find('?');
    auto path = target.substr(0, mark);
    while (!path.empty()) {
      const auto slash = path.find('/');
      out.path.push_back(path.substr(0, slash));
      path = slash == path.npos ? "" : path.substr(slash + 1);
    }
    if (mark != target.npos) out.query = *rest::decode_query(target.substr(mark + 1));
    out.body = body;
    out.headers = headers;
    if (!body.empty()) out.headers.try_emplace("content-type", "application/fhir+json");
    return out;
  }

  model::patient_id add_patient(const std::string& mrn, const std::string& first, const std::string& last,
                                model::clinic_id in = 0) {
    model::patient row;
    row.mrn = mrn;
    row.first_name = first;
    row.last_name = last;
    row.birth_date = std::chrono::year{1960} / 5 / 17;
    row.sex = model::gender::female;
    row.phone = "+35799123456";
    must(admin_->put_patients(in == 0 ? clinic : in, {&row, 1}));
    return std::stoll(sql("SELECT patient_id FROM patients WHERE mrn = '" + mrn +
                          "' AND clinic_id = " + std::to_string(in == 0 ? clinic : in)));
  }

  /// The clinic system's own hand: past everything that FHIR knows. The first cell of the first row, or `-`.
  std::string sql(const std::string& text) const {
    return which == on::sqlite ? sqlite(text) : postgresql(text);
  }

  on which;
  ticking_clock clock;
  mutable uuid_v7_source ids;
  model::clinic_id clinic = 0, other_clinic = 0;
  rest::grant who;
  rest::surroundings around;
  std::unique_ptr<ports::record_session> session;

private:
  std::string sqlite(const std::string& text) const {
    std::string out = "-";
    sqlite3* db = nullptr;
    sqlite3_stmt* s = nullptr;
    BOOST_REQUIRE_EQUAL(sqlite3_open(file_.c_str(), &db), SQLITE_OK);
    sqlite3_busy_timeout(db, 5000);
    BOOST_REQUIRE_MESSAGE(sqlite3_prepare_v2(db, text.c_str(), -1, &s, nullptr) == SQLITE_OK,
                          sqlite3_errmsg(db));
    const int stepped = sqlite3_step(s);
    BOOST_CHECK_MESSAGE(stepped == SQLITE_ROW || stepped == SQLITE_DONE, sqlite3_errmsg(db));
    if (stepped == SQLITE_ROW && sqlite3_column_type(s, 0) != SQLITE_NULL)
      out = reinterpret_cast<const char*>(sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    sqlite3_close(db);
    return out;
  }
  std::string postgresql(const std::string& text) const {
    std::string out = "-";
    PGconn* db = PQconnectdb(server().superuser(url_).c_str()); // above row-level security
    PGresult* r = PQexec(db, text.c_str());
    const bool worked = PQresultStatus(r) == PGRES_TUPLES_OK || PQresultStatus(r) == PGRES_COMMAND_OK;
    BOOST_CHECK_MESSAGE(worked, PQerrorMessage(db));
    if (PQntuples(r) > 0 && PQgetisnull(r, 0, 0) == 0) out = PQgetvalue(r, 0, 0);
    PQclear(r);
    PQfinish(db);
    return out;
  }

  std::filesystem::path file_;
  std::string url_;
  std::unique_ptr<ports::store> store_;
  std::unique_ptr<ports::message_log> admin_;
};

inline std::string header(const rest::reply& of, std::string_view name) {
  for (const auto& [key, value] : of.headers)
    if (key == name) return value;
  return {};
}

/// `type/id` of a bundle's entries with this search mode (empty: any), in order.
inline std::vector<std::string> names(const rest::reply& bundle, std::string_view mode = {}) {
  BOOST_REQUIRE_MESSAGE(bundle.status == 200, bundle.body);
  const auto read = must(fhir::document::parse(bundle.body));
  std::vector<std::string> out;
  const auto* entries = read.root->get("entry");
  for (const auto* each = entries != nullptr ? entries->first : nullptr; each != nullptr; each = each->next) {
    const auto* search = each->get("search");
    const auto* resource = each->get("resource");
    if (resource == nullptr || (!mode.empty() && (search == nullptr || search->str("mode") != mode)))
      continue;
    out.push_back(std::string(resource->str("resourceType")) + "/" + std::string(resource->str("id")));
  }
  return out;
}

/// The target of a bundle's link, below the base; empty when it has none.
inline std::string link(const rest::reply& bundle, std::string_view relation) {
  const auto read = must(fhir::document::parse(bundle.body));
  const auto* links = read.root->get("link");
  for (const auto* each = links != nullptr ? links->first : nullptr; each != nullptr; each = each->next)
    if (each->str("relation") == relation)
      return std::string(each->str("url").substr(std::string_view("http://clinic.example/fhir/r4/").size()));
  return {};
}

} // namespace aorta::test

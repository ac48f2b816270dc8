#include "engine/store/jobs/job_rows.hpp"

#include "engine/ports/export_lock.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

namespace aorta::store {
namespace {

using ports::job;
using ports::job_file;
using ports::job_state;

constexpr const char* all_columns =
  "CAST(id AS text), kind, state, actor, asked, place, CAST(resources AS text), fault,"
  " CAST(created_at AS text), CAST(ended_at AS text), CAST(expires_at AS text), CAST(tries AS text)";
constexpr std::chrono::hours ended_rows_stay{24 * 90};

std::optional<timestamp> time_in(const std::optional<std::string>& cell) {
  return cell ? read_time(*cell) : std::nullopt;
}

sql_value time_or_null(const std::optional<timestamp>& at) {
  return at ? sql_value(sortable(*at)) : sql_value();
}

std::string kind_begins(sql_text& sql, const std::string& with) {
  if (with.empty()) return {};
  const auto begins = sql.arg(with, "text");
  return " AND substr(kind, 1, length(" + begins + ")) = " + begins;
}

job read_job(const text_row& row) {
  job out;
  out.id = uuid_from_text(required(row[0])).value_or(uuid{});
  out.kind = required(row[1]);
  out.is = ports::job_state_from(required(row[2])).value_or(job_state::expired);
  out.actor = required(row[3]);
  out.asked = required(row[4]);
  out.place = required(row[5]);
  out.resources = read_integer(required(row[6]));
  out.fault = row[7].value_or("");
  out.created = read_time(required(row[8])).value_or(timestamp{});
  out.ended = time_in(row[9]);
  out.expires = time_in(row[10]);
  out.tries = int(read_integer(required(row[11])));
  return out;
}

std::optional<job> first_of(const std::vector<text_row>& rows) {
  return rows.empty() ? std::nullopt : std::optional(read_job(rows[0]));
}

} // namespace

std::string job_rows::of_clinic(sql_text& sql) const {
  return "clinic_id" + sql.beside(talk_.context().clinic);
}

sql_text job_rows::reading() const {
  sql_text sql = talk_.text();
  sql << "SELECT " << all_columns << " FROM jobs WHERE " << of_clinic(sql);
  return sql;
}

status job_rows::add(const job& what) {
  return guarded<done>("adding a job", [&] {
    sql_text sql = talk_.text();
    sql << "INSERT INTO jobs (id, clinic_id, kind, state, actor, asked, place, created_at) VALUES ("
        << sql.arg(to_text(what.id), "uuid") << ", " << sql.arg(talk_.context().clinic, "integer") << ", "
        << sql.arg(what.kind, "text") << ", " << sql.arg(std::string(ports::name(what.is)), "text") << ", "
        << sql.arg(what.actor, "text") << ", " << sql.arg(what.asked, "text") << ", "
        << sql.arg(what.place, "text") << ", " << sql.arg(sortable(what.created), "timestamptz") << ")";
    talk_.tell(sql);
    return done{};
  });
}

result<std::optional<job>> job_rows::find(const uuid& id) {
  return guarded<std::optional<job>>("reading a job", [&] {
    sql_text sql = reading();
    sql << " AND id = " << sql.arg(to_text(id), "uuid");
    return first_of(talk_.ask(sql));
  });
}

result<std::vector<job>> job_rows::newest(int limit, const std::string& kind) {
  return guarded<std::vector<job>>("reading jobs", [&] {
    sql_text sql = reading();
    sql << kind_begins(sql, kind) << " ORDER BY created_at DESC, id DESC LIMIT "
        << sql.arg(int64_t{limit}, "bigint");
    std::vector<job> out;
    for (const auto& row : talk_.ask(sql)) out.push_back(read_job(row));
    return out;
  });
}

result<int> job_rows::running(const std::string& kind) {
  return guarded<int>("counting jobs", [&] {
    sql_text sql = talk_.text();
    sql << "SELECT CAST(count(*) AS text) FROM jobs WHERE " << of_clinic(sql) << " AND state = 'running'"
        << kind_begins(sql, kind);
    return count(sql);
  });
}

int job_rows::count(sql_text& sql) { return int(read_integer(required(talk_.ask(sql).at(0)[0]))); }

result<int> job_rows::kept(const std::string& kind, const std::string& actor) {
  return guarded<int>("counting jobs", [&] {
    sql_text sql = talk_.text();
    sql << "SELECT CAST(count(*) AS text) FROM jobs WHERE " << of_clinic(sql)
        << " AND state = 'done' AND kind = " << sql.arg(kind, "text")
        << " AND actor = " << sql.arg(actor, "text");
    return count(sql);
  });
}

result<std::vector<job_file>> job_rows::files(const uuid& of) {
  return guarded<std::vector<job_file>>("reading a job's files", [&] {
    sql_text sql = talk_.text();
    sql << "SELECT CAST(ordinal AS text), type, CAST(resources AS text) FROM job_files WHERE job_id = "
        << sql.arg(to_text(of), "uuid") << " AND " << of_clinic(sql) << " ORDER BY ordinal";
    std::vector<job_file> out;
    for (const auto& row : talk_.ask(sql))
      out.push_back({int(read_integer(required(row[0]))), required(row[1]), read_integer(required(row[2]))});
    return out;
  });
}

result<std::optional<std::string>> job_rows::content(const uuid& of, int ordinal) {
  return guarded<std::optional<std::string>>("reading a job's file", [&]() -> std::optional<std::string> {
    sql_text sql = talk_.text();
    sql << "SELECT content FROM job_files WHERE job_id = " << sql.arg(to_text(of), "uuid")
        << " AND ordinal = " << sql.arg(int64_t{ordinal}, "bigint") << " AND " << of_clinic(sql);
    const auto rows = talk_.ask(sql);
    if (rows.empty()) return std::nullopt;
    auto plain = talk_.context().locks->unseal(required(rows[0][0]));
    if (!plain) throw failure({error_code::internal, "", "a file cannot be read with the configured key"});
    return plain;
  });
}

result<std::optional<job>> job_rows::take(const std::string& kind, const std::string& owner,
                                          std::chrono::seconds lease) {
  return guarded<std::optional<job>>("taking a job in hand", [&] {
    const auto now = talk_.now();
    sql_text sql = talk_.text();
    const auto until = sql.arg(sortable(now + lease), "timestamptz"),
               at = sql.arg(sortable(now), "timestamptz"), who = sql.arg(owner, "text"),
               wanted = sql.arg(kind, "text");
    const auto free = " AND state = 'running' AND (owner IS NULL OR owner = " + who + " OR owned_until < " +
      at + ")";
    sql << "UPDATE jobs SET tries = tries + 1, owner = " << who << ", owned_until = " << until
        << " WHERE id = (SELECT id FROM jobs WHERE " << of_clinic(sql)
        << " AND state = 'running' AND kind = " << wanted << " ORDER BY created_at, id LIMIT 1) AND "
        << of_clinic(sql) << free << " RETURNING " << all_columns;
    return first_of(talk_.ask(sql));
  });
}

result<std::string> job_rows::sealed(const std::string& content) {
  return guarded<std::string>("sealing a job's file",
                              [&] { return talk_.context().locks->seal(content, talk_.now()); });
}

result<bool> job_rows::advance(const job& what, const std::optional<job_file>& made,
                               const std::string& content, const std::string& owner,
                               std::chrono::seconds lease) {
  return guarded<bool>("writing a job's progress", [&] {
    sql_text sql = talk_.text();
    // One that a person has ended meanwhile keeps its end, and is told what was done until then.
    const auto unless_ended = [&](const char* column, const std::string& value) {
      sql << ", " << column << " = CASE WHEN state = 'running' THEN " << value << " ELSE " << column
          << " END";
    };
    sql << "UPDATE jobs SET tries = 0, place = " << sql.arg(what.place, "text")
        << ", resources = " << sql.arg(what.resources, "bigint")
        << ", owned_until = " << sql.arg(sortable(talk_.now() + lease), "timestamptz");
    unless_ended("state", sql.arg(std::string(ports::name(what.is)), "text"));
    unless_ended("fault", sql.arg(what.fault.empty() ? sql_value() : sql_value(what.fault), "text"));
    unless_ended("ended_at", sql.arg(time_or_null(what.ended), "timestamptz"));
    unless_ended("expires_at", sql.arg(time_or_null(what.expires), "timestamptz"));
    sql << " WHERE id = " << sql.arg(to_text(what.id), "uuid") << " AND " << of_clinic(sql)
        << " AND (state = 'running' OR (state = 'cancelled' AND expires_at IS NOT NULL)) AND owner = "
        << sql.arg(owner, "text") << " RETURNING state";
    const auto rows = talk_.ask(sql);
    if (rows.empty()) return false;
    if (made) insert_file(what.id, *made, content);
    return required(rows[0][0]) != ports::name(job_state::cancelled);
  });
}

status job_rows::put(const uuid& of, const job_file& made, const std::string& content) {
  return guarded<done>("writing a job's file", [&] {
    insert_file(of, made, content);
    return done{};
  });
}

void job_rows::insert_file(const uuid& of, const job_file& made, const std::string& content) {
  sql_text sql = talk_.text();
  sql << "INSERT INTO job_files (job_id, ordinal, clinic_id, type, resources, content) VALUES ("
      << sql.arg(to_text(of), "uuid") << ", " << sql.arg(int64_t{made.ordinal}, "integer") << ", "
      << sql.arg(talk_.context().clinic, "integer") << ", " << sql.arg(made.type, "text") << ", "
      << sql.arg(made.resources, "bigint") << ", " << sql.arg(content, "text") << ")";
  talk_.tell(sql);
}

result<bool> job_rows::end(const uuid& id, job_state how) {
  return guarded<bool>("ending a job", [&] {
    sql_text sql = talk_.text();
    sql
      << "UPDATE jobs SET state = " << sql.arg(std::string(ports::name(how)), "text")
      << ", ended_at = coalesce(ended_at, " << sql.arg(sortable(talk_.now()), "timestamptz") << ")"
      << (how == job_state::cancelled ? ", expires_at = NULL" : "")
      << " WHERE id = " << sql.arg(to_text(id), "uuid") << " AND " << of_clinic(sql)
      << " AND (state IN ('running', 'done', 'failed') OR (state = 'cancelled' AND expires_at IS NOT NULL)) "
         "RETURNING 1";
    if (talk_.ask(sql).empty()) return false;
    if (const auto dropped = drop_files(id); !dropped) throw failure(dropped.error());
    return true;
  });
}

result<bool> job_rows::cancel(const uuid& id, const std::string& why, timestamp expires) {
  return guarded<bool>("ending a job", [&] {
    sql_text sql = talk_.text();
    sql << "UPDATE jobs SET state = " << sql.arg(std::string(ports::name(job_state::cancelled)), "text")
        << ", fault = " << sql.arg(why, "text")
        << ", ended_at = " << sql.arg(sortable(talk_.now()), "timestamptz")
        << ", expires_at = " << sql.arg(sortable(expires), "timestamptz")
        << " WHERE id = " << sql.arg(to_text(id), "uuid") << " AND " << of_clinic(sql)
        << " AND state = 'running' RETURNING 1";
    return !talk_.ask(sql).empty();
  });
}

status job_rows::drop_files(const uuid& of) {
  return guarded<done>("deleting a job's files", [&] {
    sql_text sql = talk_.text();
    sql << "DELETE FROM job_files WHERE job_id = " << sql.arg(to_text(of), "uuid") << " AND "
        << of_clinic(sql);
    talk_.tell(sql);
    return done{};
  });
}

result<int> job_rows::expire(bool all) {
  return guarded<int>("letting jobs expire", [&] {
    if (all) talk_.lock({ports::export_lock(talk_.context().clinic)});
    sql_text sql = talk_.text();
    sql << "SELECT CAST(id AS text) FROM jobs WHERE " << of_clinic(sql);
    if (all)
      sql
        << " AND (state IN ('running', 'done', 'failed') OR (state = 'cancelled' AND expires_at IS NOT NULL))";
    else
      sql << " AND ((state IN ('done', 'failed', 'cancelled') AND expires_at < "
          << sql.arg(sortable(talk_.now()), "timestamptz") << ") OR (state = 'running' AND created_at < "
          << sql.arg(sortable(talk_.now() - ports::longest_job), "timestamptz") << "))";
    int out = 0;
    for (const auto& row : talk_.ask(sql)) {
      const auto ended = end(uuid_from_text(required(row[0])).value_or(uuid{}),
                             all ? job_state::cancelled : job_state::expired);
      if (!ended) throw failure(ended.error());
      out += *ended ? 1 : 0;
    }
    sql_text old = talk_.text();
    old << "DELETE FROM jobs WHERE " << of_clinic(old)
        << " AND state IN ('cancelled', 'expired') AND ended_at < "
        << old.arg(sortable(talk_.now() - ended_rows_stay), "timestamptz");
    talk_.tell(old);
    return out;
  });
}

} // namespace aorta::store

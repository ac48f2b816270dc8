#include "engine/store/move/move.hpp"

#include "engine/store/backup/held_store.hpp"
#include "engine/store/backup/raw_sqlite.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/protect/cipher.hpp"
#include "engine/store/schema/migrate.hpp"
#include "engine/store/schema/pg_partitions.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/database.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/native_sqlite.hpp"
#include "engine/store/sql/pg_link.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>

namespace aorta::store {
namespace {

using cell_text = std::optional<std::string>;

[[noreturn]] void no_move(std::string text) { throw failure({error_code::invalid, "", std::move(text)}); }

constexpr size_t copy_piece = size_t{1} << 20;
constexpr int read_piece = 500; ///< rows

struct move_column {
  std::string name, type; ///< PostgreSQL's type
  bool key = false;
};
struct move_table {
  std::string name;
  std::vector<move_column> columns;
  std::set<std::string> needs; ///< tables that its rows refer to
};

std::string quoted(const std::string& name) { return "\"" + name + "\""; }

/// A cell as text that is the same in both databases, and that PostgreSQL takes.
std::string same_text(const std::string& type, const std::string& cell) {
  if (type == "boolean") return cell == "1" || cell == "true" || cell == "t" ? "t" : "f";
  if (type == "timestamp with time zone") {
    timestamp at;
    return from_iso(cell, at) ? sortable(at) : cell;
  }
  if (type == "uuid") {
    std::string out = cell;
    std::erase(out, '-');
    return out;
  }
  return cell;
}

/// Numbers are equal whatever zeros end them.
bool same_cell(const std::string& type, const cell_text& a, const cell_text& b) {
  if (a.has_value() != b.has_value()) return false;
  if (!a || *a == *b) return true;
  return type == "numeric" && std::strtod(a->c_str(), nullptr) == std::strtod(b->c_str(), nullptr);
}

/// What COPY reads (text format).
void add_copied(std::string& to, const cell_text& cell) {
  if (!cell) {
    to += "\\N";
    return;
  }
  for (const char c : *cell) switch (c) {
      case '\\': to += "\\\\"; break;
      case '\n': to += "\\n"; break;
      case '\r': to += "\\r"; break;
      case '\t': to += "\\t"; break;
      default: to += c;
    }
}

class mover {
public:
  mover(sq::sqlite3* from, PGconn* to) : from_(from), to_(to) {}

  std::vector<move_table> tables() const {
    std::map<std::string, move_table> there;
    std::vector<std::string> names;
    sqlite_statement asks(
      from_,
      "SELECT t.name, c.name, c.pk FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type ="
      " 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND t.name <> 'aorta_meta' ORDER BY t.name, c.cid");
    const auto types = types_there();
    while (asks.step()) {
      const auto row = asks.texts(3);
      auto& table = there[row[0]];
      table.name = row[0];
      const auto type = types.find(row[0] + "." + row[1]);
      if (type == types.end())
        no_move("the database has no column " + row[1] + " of table " + row[0] + ", which the store has");
      table.columns.push_back({row[1], type->second, row[2] != "0"});
    }
    const auto refers = postgresql_rows(
      to_,
      "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace");
    for (int i = 0; i < refers.size(); ++i)
      if (const auto at = there.find(refers.text(i, 0));
          at != there.end() && refers.text(i, 1) != refers.text(i, 0))
        at->second.needs.insert(refers.text(i, 1));
    return in_order(std::move(there));
  }

  void expect_empty(const std::vector<move_table>& all) const {
    for (const auto& each : all)
      if (postgresql_rows(to_, "SELECT 1 FROM " + quoted(each.name) + " LIMIT 1").size() > 0)
        no_move("the database is not empty: " + each.name +
                " has rows. Move into one that no engine has served; nothing was moved");
  }

  /// A policy holds for the owner too, as long as it is forced on him.
  std::vector<std::string> lift_policies() const {
    std::vector<std::string> out;
    const auto forced = postgresql_rows(
      to_,
      "SELECT quote_ident(relname) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND"
      " relforcerowsecurity AND relkind IN ('r', 'p') ORDER BY 1");
    for (int i = 0; i < forced.size(); ++i) out.push_back(forced.text(i, 0));
    for (const auto& each : out)
      postgresql_script(to_, "ALTER TABLE " + each + " NO FORCE ROW LEVEL SECURITY");
    return out;
  }

  moved_table copy(const move_table& what) const {
    moved_table out{what.name, 0, {}};
    std::string names;
    for (const auto& each : what.columns) names += (names.empty() ? "" : ", ") + quoted(each.name);
    begin_copy("COPY " + quoted(what.name) + " (" + names + ") FROM STDIN");
    sqlite_statement rows(from_, question(what));
    std::string ready;
    while (rows.step()) {
      const auto row = told(what, rows.row());
      for (size_t i = 0; i < row.size(); ++i) {
        if (i > 0) ready += '\t';
        add_copied(ready, row[i]);
      }
      ready += '\n';
      ++out.rows;
      if (ready.size() >= copy_piece) send(ready);
    }
    send(ready);
    end_copy(what.name);
    return out;
  }

  /// Reads both again.
  void compare(const move_table& what, moved_table& is) const {
    std::string names, order;
    for (const auto& each : what.columns) {
      names += (names.empty() ? "" : ", ") + quoted(each.name) + "::text";
      if (each.key)
        order += (order.empty() ? "t." : ", t.") + quoted(each.name) + // not the text of this name
          (each.type == "text" ? " COLLATE \"C\"" : "");
    }
    postgresql_script(to_,
                      "DECLARE moved NO SCROLL CURSOR FOR SELECT " + names + " FROM " + quoted(what.name) +
                        " t" + (order.empty() ? "" : " ORDER BY " + order));
    sqlite_statement rows(from_, question(what));
    digest all{};
    int64_t count = 0;
    for (bool more = true; more;) {
      const auto page = postgresql_rows(to_, "FETCH " + std::to_string(read_piece) + " FROM moved");
      more = page.size() == read_piece;
      for (int i = 0; i < page.size(); ++i) {
        if (!rows.step()) differs(what.name);
        const auto was = told(what, rows.row()), now = told(what, page.cells(i));
        std::string text(reinterpret_cast<const char*>(all.data()), all.size());
        for (size_t c = 0; c < was.size(); ++c) {
          if (!same_cell(what.columns[c].type, was[c], now[c])) differs(what.name);
          text += was[c] ? "=" + *was[c] : "-";
          text += '\0';
        }
        all = sha256(text);
        ++count;
      }
    }
    if (count != is.rows || rows.step()) differs(what.name);
    postgresql_script(to_, "CLOSE moved");
    is.digest = to_hex(all.data(), all.size());
  }

  /// Numbers that were given once are not given again, also those of rows that are gone.
  void set_sequences(const std::vector<move_table>& all) const {
    std::map<std::string, std::string> given;
    sqlite_statement asks(from_, "SELECT name, seq FROM sqlite_sequence");
    while (asks.step()) {
      const auto row = asks.texts(2);
      given[row[0]] = row[1];
    }
    for (const auto& table : all)
      for (const auto& column : table.columns) {
        if (column.type != "integer" && column.type != "bigint") continue;
        const auto named = postgresql_rows(to_,
                                           "SELECT pg_get_serial_sequence('" + quoted(table.name) + "', '" +
                                             column.name + "')")
                             .cells(0)[0];
        if (!named) continue;
        const auto known = given.find(table.name);
        const std::string least = known == given.end() ? "0" : known->second;
        const auto last = postgresql_rows(to_,
                                          "SELECT greatest(max(" + quoted(column.name) + ")::bigint, " +
                                            least + ")::text FROM " + quoted(table.name))
                            .text(0, 0);
        if (last != "0") postgresql_rows(to_, "SELECT setval('" + *named + "', " + last + ")");
      }
  }

  /// Which keys open it, and what was done to it beside the schema.
  void copy_meta() const {
    postgresql_script(to_, "DELETE FROM aorta_meta WHERE key NOT LIKE 'migration-%'");
    sqlite_statement rows(from_, "SELECT key, value FROM aorta_meta WHERE key NOT LIKE 'migration-%'");
    while (rows.step()) {
      const auto row = rows.row();
      postgresql_rows(to_, "INSERT INTO aorta_meta (key, value) VALUES ($1, $2)", {row[0], row[1]});
    }
  }

  /// As the log and the audit are parted.
  std::vector<std::chrono::year_month> months() const {
    std::vector<std::chrono::year_month> out;
    sqlite_statement asks(
      from_, "SELECT DISTINCT substr(created_at, 1, 7) || '-01T00:00:00Z' FROM hl7_message_log ORDER BY 1");
    while (asks.step())
      if (const auto at = read_time(asks.column_text(0))) out.push_back(month_of(*at));
    return out;
  }

private:
  static std::vector<move_table> in_order(std::map<std::string, move_table> left) {
    std::vector<move_table> out;
    std::set<std::string> placed;
    while (!left.empty()) {
      const auto next = std::find_if(left.begin(), left.end(), [&](const auto& each) {
        return std::all_of(each.second.needs.begin(), each.second.needs.end(), [&](const auto& other) {
          return placed.contains(other) || !left.contains(other);
        });
      });
      if (next == left.end()) no_move("its tables refer to each other in a circle");
      placed.insert(next->first);
      out.push_back(std::move(next->second));
      left.erase(next);
    }
    return out;
  }

  std::map<std::string, std::string> types_there() const {
    std::map<std::string, std::string> out;
    const auto rows = postgresql_rows(
      to_,
      "SELECT table_name || '.' || column_name, data_type FROM information_schema.columns WHERE table_schema = current_schema()");
    for (int i = 0; i < rows.size(); ++i) out.emplace(rows.text(i, 0), rows.text(i, 1));
    return out;
  }

  static std::string question(const move_table& what) {
    std::string names, order;
    for (const auto& each : what.columns) {
      const auto name = quoted(each.name);
      names += (names.empty() ? "" : ", ") +
        ("CASE WHEN typeof(" + name + ") = 'blob' THEN lower(hex(" + name + ")) ELSE CAST(" + name +
         " AS text) END");
      if (each.key) order += (order.empty() ? "" : ", ") + name;
    }
    return "SELECT " + names + " FROM " + quoted(what.name) + (order.empty() ? "" : " ORDER BY " + order);
  }

  static std::vector<cell_text> told(const move_table& what, std::vector<cell_text> row) {
    for (size_t i = 0; i < row.size(); ++i)
      if (row[i]) row[i] = same_text(what.columns[i].type, *row[i]);
    return row;
  }

  [[noreturn]] static void differs(const std::string& table) {
    no_move("the rows of " + table + " are not the same after they were copied; nothing was moved");
  }

  void begin_copy(const std::string& sql) const {
    const pg_rows begun(PQexec(to_, sql.c_str()));
    if (begun.status() != PGRES_COPY_IN) refused(begun, "");
  }
  void send(std::string& ready) const {
    if (!ready.empty() && PQputCopyData(to_, ready.data(), int(ready.size())) != 1)
      throw from_sqlstate("08006");
    ready.clear();
  }
  void end_copy(const std::string& table) const {
    if (PQputCopyEnd(to_, nullptr) != 1) throw from_sqlstate("08006");
    const pg_rows ended(PQgetResult(to_));
    while (PGresult* rest = PQgetResult(to_)) PQclear(rest);
    if (ended.status() != PGRES_COMMAND_OK) refused(ended, table);
  }
  /// Without what the server says of values.
  [[noreturn]] static void refused(const pg_rows& what, const std::string& table) {
    const char* state = PQresultErrorField(what.native(), PG_DIAG_SQLSTATE);
    const std::string subject = table.empty() ? "" : "table " + table;
    throw from_sqlstate(state != nullptr ? state : "08006", {subject, {}});
  }

  sq::sqlite3* from_;
  PGconn* to_;
};

void expect_source(const options& from) {
  const auto path = sqlite_path(from.url);
  if (!path) no_move("store.url names no SQLite store: from there alone is moved");
  if (::access(path->c_str(), F_OK) != 0) no_move("there is no store at " + *path);
  database of;
  point_at(of, from);
  check_schema(of);
}

/// What is read beside the lock is the file alone.
void expect_settled(const std::string& path) {
  struct ::stat log {};
  if (::stat((path + "-wal").c_str(), &log) == 0 && log.st_size > 0)
    no_move("the log of the store, " + path +
            "-wal, did not come into its file: start the engine on it once, stop it, and try again");
}

void mark_moved(const options& from) {
  database of;
  point_at(of, from);
  soci::session session;
  const auto broken_by = connect(of, session);
  conversation with(of, session, std::nullopt, true);
  with.tell("INSERT INTO aorta_meta (key, value) VALUES ('moved', :a)", {sortable(from.clock->now())});
  with.commit();
}

} // namespace

result<std::vector<moved_table>> move(const options& from, const std::string& to,
                                      const std::function<void(const moved_table&)>& told) {
  return guarded<std::vector<moved_table>>("moving the store", [&] {
    expect_source(from);
    auto there = from;
    there.url = to;
    database of;
    point_at(of, there);
    if (of.speaks != dialect::postgresql) no_move("--to takes postgresql://USER@HOST:PORT/DATABASE");
    const auto path = sqlite_path(from.url).value();
    std::vector<moved_table> out;
    {
      const held_store alone(path);
      expect_settled(path);
      migrate(of);
      const raw_sqlite source(held(path), raw_access::reads);
      soci::session session;
      const auto broken_by = connect(of, session);
      auto* on = native_postgresql(session);
      const mover work(source.get(), on);
      postgresql_script(
        on, "SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0");
      const auto tables = work.tables();
      for (const auto month : work.months())
        make_partitions_ahead(on, timestamp(std::chrono::sys_days(month / std::chrono::day(1))),
                              moved_at_work);
      postgresql_script(on, "BEGIN");
      const auto forced = work.lift_policies();
      work.expect_empty(tables);
      for (const auto& each : tables) {
        auto moved = work.copy(each);
        if (moved.rows > 0) work.compare(each, moved);
        if (moved.rows > 0 && told) told(moved);
        out.push_back(std::move(moved));
      }
      work.set_sequences(tables);
      work.copy_meta();
      for (const auto& each : forced)
        postgresql_script(on, "ALTER TABLE " + each + " FORCE ROW LEVEL SECURITY");
      postgresql_script(on, "COMMIT");
    }
    mark_moved(from);
    soci::session session;
    const auto broken_by = connect(of, session);
    try {
      postgresql_script(native_postgresql(session), "SET statement_timeout = 0; ANALYZE");
    } catch (const failure&) { // NOLINT(bugprone-empty-catch): a help, no more; autovacuum does it later
    }
    return out;
  });
}

} // namespace aorta::store

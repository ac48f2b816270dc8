#include "engine/store/publications/publication_session.hpp"

#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

using ports::config_draft;
using ports::config_file;
using ports::config_file_version;
using ports::config_texts;
using ports::config_version;
using ports::engine_node;
using kind = config_version::kind;

constexpr const char* config_columns =
  "SELECT CAST(v.id AS text), v.hash, v.kind, v.instead_of, CAST(v.rollback_of AS text), CAST(v.at AS text), v.by_whom, v.reason,"
  " v.approved_by, v.despite_cases";
/// Of those that were published, the one that none has replaced.
constexpr const char* not_replaced =
  " v.kind = 'published' AND NOT EXISTS (SELECT 1 FROM config_versions n WHERE n.kind = 'published' AND n.instead_of = CAST(v.id AS text))";

config_version version_of(const text_row& row) {
  config_version out;
  out.id = uuid_from_text(required(row[0])).value_or(uuid{});
  out.hash = required(row[1]);
  for (const auto each : {kind::read, kind::published, kind::proposed, kind::withdrawn})
    if (required(row[2]) == ports::name(each)) out.is = each;
  if (row[3]) out.instead_of = uuid_from_text(*row[3]);
  if (row[4]) out.rollback_of = uuid_from_text(*row[4]);
  out.at = read_time(required(row[5])).value_or(timestamp{});
  out.by = row[6].value_or("");
  out.reason = row[7].value_or("");
  out.approved_by = row[8].value_or("");
  out.despite_cases = row[9].value_or("");
  return out;
}

sql_value said_or_null(const std::string& text) {
  if (text.empty()) return {};
  return is_clean(text) ? text : cleaned(text);
}

sql_value id_or_null(const std::optional<uuid>& id) { return id ? sql_value(to_text(*id)) : sql_value(); }

} // namespace

std::string publication_session::now_in(sql_text& sql) const {
  if (of_.speaks != dialect::sqlite) return "clock_timestamp()";
  return sql.arg(sortable(of_.how.clock->now()), "timestamptz");
}

std::vector<config_version> publication_session::read_versions(const sql_text& what) {
  std::vector<config_version> out;
  for (const auto& row : ask(what)) out.push_back(version_of(row));
  return out;
}

std::string publication_session::opened(const std::string& sealed) {
  auto text = locks_.unseal(sealed);
  if (!text) throw failure({error_code::internal, "", "a configuration was kept under another key"});
  return std::move(*text);
}

result<std::optional<config_version>> publication_session::published() {
  return guarded<std::optional<config_version>>("asking what is published", [&] {
    auto asked = sql();
    asked << config_columns << " FROM config_versions v WHERE" << not_replaced
          << " ORDER BY v.at DESC LIMIT 1";
    const auto found = read_versions(asked);
    return found.empty() ? std::nullopt : std::optional(found.front());
  });
}

std::vector<sql_text> publication_session::statements_of(const config_version& what,
                                                         const config_texts& texts,
                                                         const sql_text& condition) {
  std::vector<sql_text> all;
  for (const auto& [file, text] : texts) {
    auto& put = all.emplace_back(sql());
    put << "INSERT INTO config_texts (hash, bytes, content) VALUES (" << put.arg(ports::hash_of(text), "text")
        << ", " << put.arg(int64_t(text.size()), "bigint") << ", "
        << put.arg(locks_.seal(text, of_.how.clock->now()), "text") << ") ON CONFLICT DO NOTHING";
  }
  const auto id = to_text(what.id);
  auto put = condition.restarted();
  put
    << "INSERT INTO config_versions (id, hash, kind, instead_of, rollback_of, at, by_whom, reason, approved_by,"
    << " despite_cases) SELECT " << put.arg(id, "uuid") << ", " << put.arg(what.hash, "text") << ", "
    << put.arg(std::string(ports::name(what.is)), "text") << ", ";
  put << (what.is == kind::published || what.is == kind::proposed
            ? put.arg(what.instead_of ? to_text(*what.instead_of) : std::string(), "text")
            : "NULL");
  put << ", " << put.arg(id_or_null(what.rollback_of), "uuid") << ", "
      << put.arg(sortable(what.at), "timestamptz") << ", " << put.arg(said_or_null(what.by), "text") << ", "
      << put.arg(said_or_null(what.reason), "text") << ", " << put.arg(said_or_null(what.approved_by), "text")
      << ", " << put.arg(said_or_null(what.despite_cases), "text") << condition.text()
      << " ON CONFLICT DO NOTHING RETURNING CAST(id AS text)";
  all.push_back(std::move(put));
  for (const auto& [file, text] : texts) {
    auto& of = all.emplace_back(sql());
    of << "INSERT INTO config_version_files (version, file, hash) SELECT v.id, " << of.arg(file, "text")
       << ", " << of.arg(ports::hash_of(text), "text")
       << " FROM config_versions v WHERE v.id = " << of.arg(id, "uuid") << " ON CONFLICT DO NOTHING";
  }
  return all;
}

status publication_session::keep(const config_version& what, const config_texts& texts) {
  return guarded<done>("keeping a configuration", [&] {
    auto newest = sql();
    newest << config_columns << " FROM config_versions v WHERE v.kind <> 'proposed'"
           << " ORDER BY v.at DESC, v.id DESC LIMIT 1";
    const auto found = read_versions(newest);
    if (what.is == kind::read && !found.empty() && found.front().hash == what.hash) return done{};
    auto condition = sql();
    condition << " WHERE true";
    run_(statements_of(what, texts, condition), true, std::nullopt);
    return done{};
  });
}

result<bool> publication_session::publish(const config_version& what, const config_texts& texts) {
  return guarded<bool>("publishing a configuration", [&] {
    auto condition = sql();
    if (what.instead_of)
      condition << " WHERE EXISTS (SELECT 1 FROM config_versions o WHERE o.kind = 'published' AND o.id = "
                << condition.arg(to_text(*what.instead_of), "uuid") << ")";
    else condition << " WHERE true";
    auto all = holding(what.instead_of);
    const auto locks = all.size();
    for (auto& each : statements_of(what, texts, condition)) all.push_back(std::move(each));
    auto& settle = all.emplace_back(sql()); // who approves a proposal makes it a version of its own
    settle << "UPDATE config_versions SET kind = 'withdrawn' WHERE kind = 'proposed' AND EXISTS"
           << " (SELECT 1 FROM config_versions o WHERE o.id = " << settle.arg(to_text(what.id), "uuid")
           << ")";
    return !run_(all, true, std::nullopt).at(locks + texts.size()).empty();
  });
}

std::vector<sql_text> publication_session::holding(const std::optional<uuid>& version) const {
  if (!version || of_.speaks == dialect::sqlite) return {}; // SQLite has one writer
  auto lock = sql();
  lock << "SELECT 1 FROM config_versions WHERE id = " << lock.arg(to_text(*version), "uuid") << " FOR UPDATE";
  return {lock};
}

result<bool> publication_session::withdraw(const uuid& id) {
  return guarded<bool>("taking a configuration back", [&] {
    auto all = holding(id);
    auto& put = all.emplace_back(sql());
    put << "UPDATE config_versions SET kind = 'withdrawn' WHERE kind = 'published' AND id = "
        << put.arg(to_text(id), "uuid")
        << " AND NOT EXISTS (SELECT 1 FROM config_versions n WHERE n.kind = 'published' AND n.instead_of = "
        << put.arg(to_text(id), "text") << ") RETURNING CAST(id AS text)";
    return !run_(all, true, std::nullopt).back().empty();
  });
}

result<std::vector<config_version>> publication_session::versions(const std::optional<uuid>& after,
                                                                  int most) {
  return guarded<std::vector<config_version>>("reading versions of the configuration", [&] {
    auto asked = sql();
    asked << config_columns << " FROM config_versions v";
    if (after) asked << " WHERE v.id < " << asked.arg(to_text(*after), "uuid");
    asked << " ORDER BY v.id DESC LIMIT " << asked.arg(int64_t{most}, "bigint");
    return read_versions(asked);
  });
}

result<std::optional<config_version>> publication_session::version(const uuid& id) {
  return guarded<std::optional<config_version>>("reading a version of the configuration", [&] {
    auto asked = sql();
    asked << config_columns << " FROM config_versions v WHERE v.id = " << asked.arg(to_text(id), "uuid");
    const auto found = read_versions(asked);
    return found.empty() ? std::nullopt : std::optional(found.front());
  });
}

result<std::vector<config_version>> publication_session::proposed() {
  return guarded<std::vector<config_version>>("reading proposed configurations", [&] {
    auto asked = sql();
    asked << config_columns << " FROM config_versions v WHERE v.kind = 'proposed' ORDER BY v.id";
    return read_versions(asked);
  });
}

result<std::vector<config_file>> publication_session::files(const uuid& id) {
  return guarded<std::vector<config_file>>("reading a version's files", [&] {
    auto asked = sql();
    asked << "SELECT f.file, f.hash, CAST(t.bytes AS text) FROM config_version_files f JOIN config_texts t"
          << " ON t.hash = f.hash WHERE f.version = " << asked.arg(to_text(id), "uuid") << " ORDER BY f.file";
    std::vector<config_file> out;
    for (const auto& row : ask(asked))
      out.push_back({required(row[0]), required(row[1]), uint64_t(read_integer(required(row[2])))});
    return out;
  });
}

result<config_texts> publication_session::texts(const uuid& id) {
  return guarded<config_texts>("reading a version's texts", [&] {
    auto asked = sql();
    asked << "SELECT f.file, t.content FROM config_version_files f JOIN config_texts t ON t.hash = f.hash"
          << " WHERE f.version = " << asked.arg(to_text(id), "uuid");
    config_texts out;
    for (const auto& row : ask(asked)) out[required(row[0])] = opened(required(row[1]));
    return out;
  });
}

result<std::vector<config_file_version>> publication_session::file_versions(const std::string& file,
                                                                            int most) {
  return guarded<std::vector<config_file_version>>("reading a file's versions", [&] {
    auto asked = sql();
    asked
      << "SELECT * FROM (" << config_columns
      << ", f.hash AS of_file, lag(f.hash) OVER (ORDER BY v.id) AS before, row_number() OVER (ORDER BY v.id) AS place"
      << " FROM config_versions v LEFT JOIN config_version_files f ON f.version = v.id AND f.file = "
      << asked.arg(file, "text") << " WHERE v.kind IN ('read', 'published')) w"
      << " WHERE (w.of_file IS DISTINCT FROM w.before) ORDER BY w.place DESC LIMIT "
      << asked.arg(int64_t{most}, "bigint");
    std::vector<config_file_version> out;
    for (const auto& row : ask(asked)) out.push_back({version_of(row), row[10].value_or("")});
    return out;
  });
}

result<std::optional<std::string>> publication_session::text(const std::string& hash) {
  return guarded<std::optional<std::string>>("reading a text of the configuration", [&] {
    auto asked = sql();
    asked << "SELECT content FROM config_texts WHERE hash = " << asked.arg(hash, "text");
    const auto rows = ask(asked);
    return rows.empty() ? std::nullopt : std::optional(opened(required(rows.front()[0])));
  });
}

result<std::optional<config_draft>> publication_session::draft(const std::string& by) {
  return guarded<std::optional<config_draft>>("reading a draft", [&]() -> std::optional<config_draft> {
    auto asked = sql();
    asked << "SELECT file, base, CAST(at AS text), content FROM config_drafts WHERE by_whom = "
          << asked.arg(by, "text") << " ORDER BY at";
    const auto rows = ask(asked);
    if (rows.empty()) return std::nullopt;
    config_draft out;
    for (const auto& row : rows) {
      out.at = std::max(out.at, read_time(required(row[2])).value_or(timestamp{}));
      out.files[required(row[0])] = {required(row[1]),
                                     row[3] ? std::optional(opened(*row[3])) : std::nullopt};
    }
    return out;
  });
}

status publication_session::put_draft(const std::string& by, const std::string& file,
                                      const ports::drafted_file& what) {
  return guarded<done>("writing a draft", [&] {
    const auto now = of_.how.clock->now();
    auto put = sql();
    put
      << "INSERT INTO config_drafts (by_whom, file, base, at, content) VALUES (" << put.arg(by, "text")
      << ", " << put.arg(file, "text") << ", " << put.arg(what.base, "text") << ", "
      << put.arg(sortable(now), "timestamptz") << ", "
      << put.arg(what.text ? sql_value(locks_.seal(*what.text, now)) : sql_value(), "text")
      << ") ON CONFLICT (by_whom, file) DO UPDATE SET at = excluded.at, base = excluded.base, content = excluded.content";
    run_({put}, true, std::nullopt);
    return done{};
  });
}

status publication_session::drop_draft(const std::string& by, timestamp until) {
  return guarded<done>("throwing a draft away", [&] {
    auto put = sql();
    put << "DELETE FROM config_drafts WHERE by_whom = " << put.arg(by, "text")
        << " AND at <= " << put.arg(sortable(until), "timestamptz");
    run_({put}, true, std::nullopt);
    return done{};
  });
}

status publication_session::drop_draft(const std::string& by, const std::string& file) {
  return guarded<done>("throwing a file's draft away", [&] {
    auto put = sql();
    put << "DELETE FROM config_drafts WHERE by_whom = " << put.arg(by, "text")
        << " AND file = " << put.arg(file, "text");
    run_({put}, true, std::nullopt);
    return done{};
  });
}

status publication_session::tell(const engine_node& what) {
  return guarded<done>("telling what this node runs", [&] {
    auto put = sql(), old = sql();
    put
      << "INSERT INTO engine_nodes (node, host, folder, pid, approvals, configuration, hash, runs, refuses, fault, answers, answer, key_id, seen_at) VALUES ("
      << put.arg(what.node, "text") << ", " << put.arg(what.host, "text") << ", "
      << put.arg(what.folder, "text") << ", " << put.arg(what.pid, "bigint") << ", "
      << put.arg(int64_t{what.approvals}, "bigint") << ", " << put.arg(what.configuration, "text") << ", "
      << put.arg(what.hash, "text") << ", " << put.arg(id_or_null(what.runs), "text") << ", "
      << put.arg(id_or_null(what.refuses), "text") << ", " << put.arg(said_or_null(what.fault), "text")
      << ", " << put.arg(int64_t(what.answers), "bigint") << ", "
      << put.arg(said_or_null(what.answer), "text") << ", "
      << put.arg(key_id(keys_by_line(of_.how.pii_key).front()), "text") << ", ";
    put
      << now_in(put)
      << ") ON CONFLICT (node) DO UPDATE SET approvals = excluded.approvals, configuration = excluded.configuration, hash = excluded.hash,"
         " runs = excluded.runs, refuses = excluded.refuses, fault = excluded.fault, answers = excluded.answers,"
         " answer = excluded.answer, key_id = excluded.key_id, seen_at = excluded.seen_at";
    old << "DELETE FROM engine_nodes WHERE node <> " << old.arg(what.node, "text")
        << " AND ((host = " << old.arg(what.host, "text") << " AND folder = " << old.arg(what.folder, "text")
        << ") OR seen_at < ";
    if (of_.speaks == dialect::sqlite)
      old << old.arg(sortable(of_.how.clock->now() - std::chrono::hours{24}), "timestamptz");
    else old << "clock_timestamp() - interval '24 hours'";
    old << ")";
    run_({put, old}, true, std::nullopt);
    return done{};
  });
}

status publication_session::leave(const std::string& node) {
  return guarded<done>("taking leave", [&] {
    auto put = sql();
    put << "UPDATE engine_nodes SET pid = 0 WHERE node = " << put.arg(node, "text");
    run_({put}, true, std::nullopt);
    return done{};
  });
}

result<std::vector<engine_node>> publication_session::nodes(std::chrono::seconds within) {
  return guarded<std::vector<engine_node>>("asking for the nodes", [&] {
    auto clock = sql(), rows = sql();
    clock << "SELECT CAST(" << now_in(clock) << " AS text)";
    rows
      << "SELECT node, host, CAST(pid AS text), configuration, hash, runs, fault, CAST(answers AS text),"
      << " CAST(seen_at AS text), folder, refuses, answer, CAST(approvals AS text) FROM engine_nodes ORDER BY host, node";
    const auto answers = run_({clock, rows}, false, std::nullopt);
    const auto now = read_time(required(answers.at(0).at(0)[0])).value_or(of_.how.clock->now());
    std::vector<engine_node> out;
    for (const auto& row : answers.at(1)) {
      const auto seen = read_time(required(row[8])).value_or(timestamp{});
      const auto ago = std::chrono::duration_cast<std::chrono::seconds>(now - seen);
      if (ago > within) continue;
      auto& one = out.emplace_back();
      one.node = required(row[0]);
      one.host = required(row[1]);
      one.pid = read_integer(required(row[2]));
      one.configuration = required(row[3]);
      one.hash = required(row[4]);
      if (row[5]) one.runs = uuid_from_text(*row[5]);
      one.fault = row[6].value_or("");
      one.answers = uint64_t(read_integer(required(row[7])));
      one.folder = required(row[9]);
      if (row[10]) one.refuses = uuid_from_text(*row[10]);
      one.answer = row[11].value_or("");
      one.approvals = int(read_integer(required(row[12])));
      one.seen = std::max(ago, std::chrono::seconds{0});
    }
    return out;
  });
}

} // namespace aorta::store

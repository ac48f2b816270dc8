#include "engine/store/protect/rotate.hpp"

#include "engine/store/backup/erasure_list.hpp"
#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/protect/key_proofs.hpp"
#include "engine/store/schema/migrate.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/database.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/pg_link.hpp"
#include "engine/store/sql/record_link.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace aorta::store {
namespace {

constexpr int most_rows = 200; ///< of a page: what a writer waits for
constexpr int most_large_rows = 8;
constexpr int most_tries = 5; ///< of a page that the database took back
constexpr int most_walks = 5;
constexpr std::chrono::minutes lately{2}; ///< engines that have told of themselves since

/// Results in columns of their own: large, and never sealed.
constexpr std::array never_sealed{std::string_view("lab_results"), std::string_view("lab_result_versions"),
                                  std::string_view("lab_reports"), std::string_view("lab_orders")};
/// Whose cells may be megabytes.
constexpr std::array large{std::string_view("job_files"), std::string_view("document_contents"),
                           std::string_view("lab_result_attachments")};

struct sealed_table {
  struct column {
    std::string name, type; ///< as a statement must spell them
  };
  std::string name, spelt;
  std::vector<column> key, texts;
  bool by_clinic = false; ///< its rows are seen by their clinic alone
};

std::vector<text_row> columns_of(dialect speaks, conversation& with) {
  sql_text sql(speaks);
  if (speaks == dialect::sqlite)
    sql
      << "SELECT t.name, '\"' || t.name || '\"', '\"' || c.name || '\"', CASE WHEN upper(c.type) LIKE '%INT%'"
      << " THEN 'bigint' ELSE lower(c.type) END, c.pk, 0 FROM sqlite_master t JOIN pragma_table_info(t.name) c"
      << " WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite!_%' ESCAPE '!' ORDER BY t.name, c.pk, c.cid";
  else
    sql
      << "SELECT c.relname::text, quote_ident(c.relname), quote_ident(a.attname), format_type(a.atttypid, NULL),"
      << " COALESCE(array_position(string_to_array(i.indkey::text, ' ')::int[], a.attnum::int), 0)::text,"
      << " CASE WHEN c.relrowsecurity THEN '1' ELSE '0' END FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
      << " LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary WHERE c.relnamespace ="
      << " current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0"
      << " AND NOT a.attisdropped AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1, 5, a.attnum";
  return with.ask(sql);
}

bool is_text(const std::string& type) {
  return type == "text" || type.starts_with("character varying") || type == "varchar";
}

std::vector<sealed_table> tables_of(dialect speaks, conversation& with) {
  std::vector<sealed_table> out;
  for (const auto& row : columns_of(speaks, with)) {
    const auto name = required(row[0]);
    if (std::find(never_sealed.begin(), never_sealed.end(), name) != never_sealed.end()) continue;
    if (name == "aorta_meta") continue; // `forget_other_proofs`
    if (out.empty() || out.back().name != name) {
      out.push_back({name, required(row[1]), {}, {}, required(row[5]) == "1"});
    }
    const sealed_table::column column{required(row[2]), required(row[3])};
    if (read_integer(required(row[4])) > 0) out.back().key.push_back(column);
    else if (is_text(column.type)) out.back().texts.push_back(column);
  }
  // Lookup keys are bytes, and stand in tables of their own.
  std::erase_if(out, [](const auto& each) {
    return each.texts.empty() ||
      std::any_of(each.key.begin(), each.key.end(), [](const auto& column) { return column.type == "blob"; });
  });
  return out;
}

class key_walk {
public:
  key_walk(database& of, soci::session& session, rotation& out)
      : of_(of),
        session_(session),
        locks_(of.how.pii_key),
        out_(out) {}

  /// How many values were replaced.
  int64_t table(const sealed_table& what, const std::vector<std::optional<model::clinic_id>>& clinics) {
    if (what.key.empty())
      throw failure({error_code::conflict, what.name,
                     "table " + what.name + " has no primary key by which its rows could be changed"});
    int64_t renewed = 0;
    unreadable_ = 0;
    if (of_.speaks == dialect::sqlite || !what.by_clinic) renewed = rows(what, std::nullopt);
    else
      for (const auto& clinic : clinics) renewed += rows(what, clinic);
    if (unreadable_ > 0) out_.unreadable[what.name] = unreadable_;
    return renewed;
  }

private:
  int64_t rows(const sealed_table& what, std::optional<model::clinic_id> clinic) {
    int64_t renewed = 0;
    std::vector<std::string> after;
    for (bool more = true; more;) {
      for (int tried = 1;; ++tried) try {
          more = page(what, clinic, after, renewed);
          break;
        } catch (...) {
          const auto why = current_fault("re-encrypting " + what.name);
          if (tried >= most_tries || why.why().code != error_code::undone) throw failure(why);
        }
    }
    return renewed;
  }

  std::string names(const std::vector<sealed_table::column>& of) const {
    std::string out;
    for (const auto& each : of) out += (out.empty() ? "t." : ", t.") + each.name; // not the text of this name
    return out;
  }

  sql_text question(const sealed_table& what, const std::vector<std::string>& after, int most) const {
    sql_text sql(of_.speaks);
    std::string cells, any;
    for (const auto& each : what.key)
      cells += (cells.empty() ? "" : ", ") + ("CAST(" + each.name + " AS text)");
    for (const auto& each : what.texts) {
      const auto sealed = "substr(" + each.name + ", 1, 5) = 'gAAAA'";
      cells += ", CASE WHEN " + sealed + " THEN " + each.name + " END";
      any += (any.empty() ? "" : " OR ") + sealed;
    }
    sql << "SELECT " << cells << " FROM " << what.spelt << " t WHERE (" << any << ")";
    if (!after.empty()) {
      sql << " AND (" << names(what.key) << ") > (";
      for (size_t i = 0; i < after.size(); ++i)
        sql << (i == 0 ? "" : ", ") << sql.arg(after[i], what.key[i].type);
      sql << ")";
    }
    sql << " ORDER BY " << names(what.key) << " LIMIT " << std::to_string(most);
    return sql;
  }

  /// True when there are more.
  bool page(const sealed_table& what, std::optional<model::clinic_id> clinic, std::vector<std::string>& after,
            int64_t& renewed) {
    const int most = std::find(large.begin(), large.end(), what.name) == large.end() ? most_rows
                                                                                     : most_large_rows;
    std::vector<text_row> found;
    {
      conversation with(of_, session_, clinic, false);
      found = with.ask(question(what, after, most));
    }
    std::vector<sql_text> changes;
    int64_t unreadable = 0;
    for (const auto& row : found)
      for (size_t i = 0; i < what.texts.size(); ++i) {
        const auto& cell = row[what.key.size() + i];
        if (!cell) continue;
        const auto by = locks_.made_by(*cell);
        if (!by) ++unreadable;
        else if (*by != 0) changes.push_back(change(what, row, i, *cell));
      }
    int64_t done = 0;
    if (!changes.empty()) {
      conversation with(of_, session_, clinic, true);
      for (const auto& each : changes) done += int64_t(with.ask(each).size());
      with.commit();
    }
    renewed += done;
    unreadable_ += unreadable;
    if (int(found.size()) < most) return false;
    after.clear();
    for (size_t i = 0; i < what.key.size(); ++i) after.push_back(required(found.back()[i]));
    return true;
  }

  sql_text change(const sealed_table& what, const text_row& row, size_t text, const std::string& was) {
    sql_text sql(of_.speaks);
    sql << "UPDATE " << what.spelt << " SET " << what.texts[text].name << " = "
        << sql.arg(locks_.renewed(was).value(), "text") << " WHERE ";
    for (size_t i = 0; i < what.key.size(); ++i)
      sql << what.key[i].name << " = " << sql.arg(required(row[i]), what.key[i].type) << " AND ";
    return sql << what.texts[text].name << " = " << sql.arg(was, "text") << " RETURNING '1'";
  }

  database& of_;
  soci::session& session_;
  cipher locks_;
  rotation& out_;
  int64_t unreadable_ = 0;
};

/// Engines that make values with another key, as they told last.
std::vector<std::string> behind(const database& of, conversation& with, const std::string& key) {
  sql_text sql(of.speaks);
  sql << "SELECT host FROM engine_nodes WHERE pid <> 0 AND COALESCE(key_id, '') <> " << sql.arg(key, "text")
      << " AND seen_at > ";
  if (of.speaks == dialect::sqlite) sql << sql.arg(sortable(of.how.clock->now() - lately), "text");
  else sql << "clock_timestamp() - interval '2 minutes'";
  std::vector<std::string> out;
  for (const auto& row : with.ask(sql)) out.push_back(required(row[0]));
  return out;
}

} // namespace

result<rotation> rotate_keys(const options& how,
                             const std::function<void(const std::string& table, int64_t renewed)>& told) {
  return guarded<rotation>("rotating keys", [&] {
    database of;
    point_at(of, how);
    check_schema(of);
    soci::session session;
    const auto broken_by = connect(of, session);
    cipher locks(how.pii_key);
    if (of.speaks == dialect::postgresql)
      postgresql_script(native_postgresql(session), "SET statement_timeout = 0; SET lock_timeout = 0");
    rotation out;
    out.key = key_id(keys_by_line(how.pii_key).front());
    std::vector<sealed_table> tables;
    // Rows of no clinic are seen by a role that policies do not hold.
    std::vector<std::optional<model::clinic_id>> clinics{std::nullopt, model::clinic_id{0}};
    {
      conversation with(of, session, std::nullopt, true);
      keep_proofs(of, with, locks);
      with.commit();
    }
    {
      conversation with(of, session, std::nullopt, false);
      tables = tables_of(of.speaks, with);
      for (const auto& row : with.ask("SELECT CAST(clinic_id AS text) FROM clinics", {}, 1))
        clinics.emplace_back(read_integer(required(row[0])));
      out.behind = behind(of, with, out.key);
    }
    // Until a walk finds nothing: what is copied from row to row may have been ahead of one.
    bool found = true;
    for (int walk = 0; found && walk < most_walks; ++walk) {
      found = false;
      out.unreadable.clear();
      key_walk walks(of, session, out);
      for (const auto& each : tables)
        if (const auto renewed = walks.table(each, clinics); renewed > 0) {
          out.renewed += renewed;
          found = true;
          if (told) told(each.name, renewed);
        }
    }
    if (out.behind.empty()) { // somebody may have come back meanwhile
      conversation with(of, session, std::nullopt, false);
      out.behind = behind(of, with, out.key);
    }
    if (const auto store = sqlite_path(how.url))
      renew_erasures(erasure_list_of(*store), locks, how.clock->now());
    if (found || !out.behind.empty() || !out.unreadable.empty()) return out;
    conversation with(of, session, std::nullopt, true);
    forget_other_proofs(with, locks);
    with.commit();
    out.done = true;
    return out;
  });
}

} // namespace aorta::store

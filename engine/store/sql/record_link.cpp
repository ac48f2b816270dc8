#include "engine/store/sql/record_link.hpp"

#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"
#include "engine/store/sql/native_sqlite.hpp"
#include "engine/store/sql/pg_link.hpp"

#include <cstring>
#include <unordered_map>

namespace aorta::store {
namespace {

constexpr size_t most_statements = 500; ///< kept prepared on a connection; shapes of questions are few, so
                                        ///< that this is rarely met

half_digest digest_of(const sql_value& v) {
  half_digest out{};
  std::memcpy(out.data(), v.text.data(), std::min(out.size(), v.text.size()));
  return out;
}

std::optional<std::string> as_text(const sql_value& v) {
  if (v.is == sql_value::kind::null) return std::nullopt;
  if (v.is == sql_value::kind::text) return v.text;
  uuid id;
  id.bytes = digest_of(v);
  return to_text(id);
}

std::vector<text_row> run_statement(sqlite_statement& with, const sql_row& values) {
  for (const auto& v : values) {
    if (v.is == sql_value::kind::null) with.null();
    else if (v.is == sql_value::kind::text) with.text(v.text);
    else with.bytes(digest_of(v));
  }
  std::vector<text_row> out;
  while (with.step()) out.push_back(with.row());
  return out;
}

class sqlite_record_link final : public record_link {
public:
  sqlite_record_link(sqlite_file& file, const interrupters& breaks) : file_(file), breaks_(breaks) {}
  dialect speaks() const noexcept override { return dialect::sqlite; }
  bool ready() override {
    if (on_ != nullptr) return file_.before_work(), false;
    broken_by_ = file_.connect(session_);
    on_ = native_sqlite(session_);
    return true;
  }
  void add(const std::string& sql, const sql_row& values) override { queue_.push_back({sql, values}); }
  std::vector<std::vector<text_row>> flow() override {
    if (on_ == nullptr) ready();
    const auto queue = std::exchange(queue_, {});
    std::vector<std::vector<text_row>> out;
    try {
      for (const auto& [sql, values] : queue) {
        if (sql != "ROLLBACK") breaks_.check(); // a search is many short statements
        out.push_back(run_statement(statement(sql), values));
      }
    } catch (const failure& e) {
      file_.note(e);
      throw;
    }
    if (sq::sqlite3_get_autocommit(on_) != 0) file_.look(); // what was committed is in the file that is there
    return out;
  }
  void forget() noexcept override { queue_.clear(); }

private:
  sqlite_statement& statement(const std::string& sql) {
    if (kept_.size() > most_statements) kept_.clear();
    auto& kept = kept_[sql];
    if (!kept) kept = std::make_unique<sqlite_statement>(on_, sql);
    kept->reset();
    return *kept;
  }

  sqlite_file& file_;
  const interrupters& breaks_;
  soci::session session_;
  interrupters::entry broken_by_;
  sq::sqlite3* on_ = nullptr;
  std::unordered_map<std::string, std::unique_ptr<sqlite_statement>> kept_;
  std::vector<std::pair<std::string, sql_row>> queue_;
};

class pg_record_link final : public record_link {
public:
  pg_record_link(const std::string& url, interrupters& breaks) : link_(url, {}, breaks) {}
  dialect speaks() const noexcept override { return dialect::postgresql; }
  bool ready() override {
    if (queue_.empty()) link_.notice_loss();
    return link_.connect();
  }
  void add(const std::string& sql, const sql_row& values) override {
    auto& [text, texts] = queue_.emplace_back(sql, text_row{});
    texts.reserve(values.size());
    for (const auto& v : values) texts.push_back(as_text(v));
  }
  std::vector<std::vector<text_row>> flow() override {
    const auto queue = std::exchange(queue_, {});
    std::vector<size_t> places;
    for (const auto& [sql, values] : queue) places.push_back(link_.add(sql, values));
    const auto rows = link_.flow();
    std::vector<std::vector<text_row>> out;
    for (const size_t at : places) {
      auto& table = out.emplace_back();
      for (int i = 0; i < rows[at].size(); ++i) table.push_back(rows[at].cells(i));
    }
    return out;
  }
  void forget() noexcept override { queue_.clear(); }

private:
  pg_link link_;
  std::vector<std::pair<std::string, text_row>> queue_;
};

} // namespace

sql_value::sql_value(std::string v) : is(kind::text), text(is_clean(v) ? std::move(v) : cleaned(v)) {}

sql_value::sql_value(std::optional<std::string> v) {
  if (v) *this = sql_value(std::move(*v));
}

std::string sql_text::next(sql_value v) {
  values_.push_back(std::move(v));
  return (speaks_ == dialect::postgresql ? "$" : "?") + std::to_string(values_.size());
}

std::string sql_text::arg(sql_value v, std::string_view type) {
  const std::string place = next(std::move(v));
  if (speaks_ == dialect::postgresql) return place + "::" + std::string(type);
  return type == "bigint" ? "CAST(" + place + " AS INTEGER)" : place; // a text is never equal to an integer
}

std::string sql_text::list(const std::vector<std::string>& values, std::string_view type) {
  if (speaks_ == dialect::postgresql)
    return " = ANY(" + next(array_text({values.begin(), values.end()})) + "::" + std::string(type) + "[])";
  if (type != "bigint") return " IN (SELECT value FROM json_each(" + next(json_list(values)) + "))";
  std::string numbers = "[";
  for (const auto& v : values) numbers += (numbers.size() > 1 ? "," : "") + v;
  return " IN (SELECT value FROM json_each(" + next(numbers + "]") + "))";
}

std::string array_text(const std::vector<std::optional<std::string>>& items) {
  size_t size = 2;
  for (const auto& item : items) size += item ? item->size() + 3 : 5;
  std::string out;
  out.reserve(size);
  out += '{';
  for (const auto& item : items) {
    if (out.size() > 1) out += ',';
    if (!item) {
      out += "NULL";
      continue;
    }
    out += '"';
    for (const char c : *item) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  return out + '}';
}

std::vector<text_row> rows_at_once(soci::session& on, const sql_text& what) {
  if (what.speaks() == dialect::sqlite) {
    sqlite_statement with(native_sqlite(on), what.text());
    return run_statement(with, what.values());
  }
  text_row texts;
  for (const auto& v : what.values()) texts.push_back(as_text(v));
  const auto rows = postgresql_rows(native_postgresql(on), what.text(), texts);
  std::vector<text_row> out;
  for (int i = 0; i < rows.size(); ++i) out.push_back(rows.cells(i));
  return out;
}

size_t record_link::add_rows(const row_statement& what, const std::vector<sql_row>& rows) {
  if (rows.empty()) return 0;
  if (speaks() == dialect::sqlite) {
    for (const auto& row : rows) add(what.sqlite, row);
    return rows.size();
  }
  sql_row arrays;
  std::vector<std::optional<std::string>> column(rows.size());
  for (size_t c = 0; c < rows[0].size(); ++c) {
    for (size_t i = 0; i < rows.size(); ++i) column[i] = as_text(rows[i][c]);
    arrays.emplace_back(array_text(column));
  }
  add(what.postgresql, arrays);
  return 1;
}

std::unique_ptr<record_link> make_record_link(database& of) {
  if (of.speaks == dialect::sqlite) return std::make_unique<sqlite_record_link>(of.file, of.breaks);
  return std::make_unique<pg_record_link>(of.url, of.breaks);
}

} // namespace aorta::store

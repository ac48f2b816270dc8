#include "engine/store/records/kept_terms.hpp"

#include "engine/store/sql/clean_text.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace aorta::store {
namespace {

using model::kept_criterion;
using ports::entry_query;
using ports::fhir_entry;

/// Up to so many candidates are put in order by their ids; of more the ids' own order is gone along, which
/// meets some soon.
constexpr int64_t many = 20'000;

constexpr int64_t day = int64_t(24) * 3600 * 1'000'000;
constexpr std::array<int64_t, 3> reaches{day, 32 * day, 367 * day};
constexpr int unbounded = int(reaches.size());

int reach_of(const model::kept_span& span) noexcept {
  int64_t wide = 0;
  if (__builtin_sub_overflow(span.high, span.low, &wide)) return unbounded;
  return int(std::find_if(reaches.begin(), reaches.end(), [&](int64_t most) { return wide <= most; }) -
             reaches.begin());
}

std::string word_hash(const record_context& in, const model::kept_word& word) {
  return key_hash(in, {"fhir " + word.parameter, word.value});
}

std::vector<std::string> hashes_of_words(const record_context& in, const kept_criterion& what) {
  std::set<std::string> out;
  for (const auto& each : what.words) out.insert(word_hash(in, each));
  return {out.begin(), out.end()};
}

bool by_time(const kept_criterion& what) noexcept { return what.parameter == model::kept_time; }

/// In front of the conditions of one table of terms or of the entries, under the name `as`.
std::string of_type(sql_text& out, const record_context& in, const entry_query& what, std::string_view as) {
  const std::string name(as);
  return name + ".clinic_id = " + out.arg(in.clinic, "bigint") + " AND " + name +
    ".type = " + out.arg(what.type, "text");
}

std::string moment(sql_text& out, int64_t at) {
  // Years that no database has a time for: nothing was written then.
  const auto first = timestamp(std::chrono::sys_days{std::chrono::year{1} / 1 / 2}),
             last = timestamp(std::chrono::sys_days{std::chrono::year{9998} / 12 / 30});
  return out.arg(sortable(std::clamp(timestamp(std::chrono::microseconds(at)), first, last)), "timestamptz");
}

void time_condition(sql_text& out, const kept_criterion& what, std::string_view as) {
  if (what.from) out << " AND " << as << ".last_updated >= " << moment(out, *what.from);
  if (what.to) out << " AND " << as << ".last_updated <= " << moment(out, *what.to);
}

/// Entries whose terms are not kept yet. They have their own small index.
void unindexed(sql_text& out, const record_context& in, const entry_query& what) {
  out << "SELECT u.id FROM fhir_resources u WHERE " << of_type(out, in, what, "u")
      << " AND u.indexed_version <> u.version AND NOT u.deleted";
  if (!what.after.empty()) out << " AND u.id > " << out.arg(what.after, "text");
}

/// EXISTS (...): what the criterion asks of the resource `id`. LIMIT keeps PostgreSQL from reading all that
/// the criterion finds at once.
void filter(sql_text& out, const record_context& in, const entry_query& what, const kept_criterion& by,
            std::string_view id) {
  out << "EXISTS (SELECT 1 FROM "
      << (by_time(by)          ? "fhir_resources"
            : by.words.empty() ? "fhir_spans"
                               : "fhir_words")
      << " f WHERE " << of_type(out, in, what, "f") << " AND f.id = " << id;
  if (by_time(by)) {
    time_condition(out, by, "f");
  } else if (by.words.empty()) {
    out << " AND f.parameter = " << out.arg(by.parameter, "text");
    if (by.to) out << " AND f.low <= " << out.arg(*by.to, "bigint");
    if (by.from) out << " AND f.high >= " << out.arg(*by.from, "bigint");
  } else {
    const auto hashes = hashes_of_words(in, by);
    out << " AND f.hash"
        << (hashes.size() == 1 ? " = " + out.arg(hashes[0], "uuid") : out.list(hashes, "uuid"));
  }
  out << " LIMIT 1 OFFSET 0)";
}

void other_filters(sql_text& out, const record_context& in, const entry_query& what,
                   const kept_criterion* driver, std::string_view id) {
  for (const auto& each : what.kept)
    if (&each != driver) {
      out << " AND ";
      filter(out, in, what, each, id);
    }
}

/// Ids that a span finds: for each reach from where such a span may begin. `column`: what is told of them.
void span_ids(sql_text& out, const record_context& in, const entry_query& what, const kept_criterion& by,
              std::string_view column, int64_t most, std::string_view more = {}) {
  if (by_time(by)) {
    out << "SELECT " << column << " FROM fhir_resources s WHERE " << of_type(out, in, what, "s");
    time_condition(out, by, "s");
    out << more;
    if (most > 0) out << " LIMIT " << out.arg(most, "bigint");
    return;
  }
  for (int reach = 0; reach <= unbounded; ++reach) {
    if (reach > 0) out << " UNION ALL ";
    if (most > 0) out << "SELECT * FROM (";
    out << "SELECT " << column << " FROM fhir_spans s WHERE " << of_type(out, in, what, "s")
        << " AND s.parameter = " << out.arg(by.parameter, "text")
        << " AND s.reach = " << std::to_string(reach);
    if (by.to) out << " AND s.low <= " << out.arg(*by.to, "bigint");
    if (by.from) {
      int64_t begins = 0;
      if (reach < unbounded && !__builtin_sub_overflow(*by.from, reaches[size_t(reach)], &begins))
        out << " AND s.low >= " << out.arg(begins, "bigint");
      out << " AND s.high >= " << out.arg(*by.from, "bigint");
    }
    out << more;
    if (most > 0) out << " LIMIT " << out.arg(most, "bigint") << ") s" << std::to_string(reach);
  }
}

/// What words find, each word by itself, so that every plan goes along the index. `more` and `last` stand
/// behind the conditions of each.
template <class Conditions>
void word_ids(sql_text& out, const record_context& in, const entry_query& what, const kept_criterion& by,
              std::string_view column, const Conditions& more, std::string_view last) {
  const auto hashes = hashes_of_words(in, by);
  const auto from = [&](const std::string& hash) {
    out << "SELECT " << column << " FROM fhir_words s WHERE " << of_type(out, in, what, "s") << hash;
    more();
    out << last;
  };
  if (hashes.size() == 1) return from(" AND s.hash = " + out.arg(hashes[0], "uuid"));
  if (in.speaks == dialect::sqlite) return from(" AND s.hash" + out.list(hashes, "uuid"));
  out << "SELECT s.* FROM unnest("
      << out.arg(array_text(std::vector<std::optional<std::string>>(hashes.begin(), hashes.end())), "uuid[]")
      << ") AS x (v) CROSS JOIN LATERAL (";
  from(" AND s.hash = x.v");
  out << ") s";
}

void measure(sql_text& out, const record_context& in, const entry_query& what, const kept_criterion& by) {
  out << "(SELECT count(*) FROM (SELECT * FROM (";
  if (by.words.empty()) span_ids(out, in, what, by, "1 AS one", many);
  else
    word_ids(
      out, in, what, by, "1 AS one", [] {}, " LIMIT " + out.arg(many, "bigint"));
  out << ") m LIMIT " << out.arg(many, "bigint") << ") n)";
}

/// The criterion by which candidates are found, and whether they are so few that they are put in order.
struct choice {
  const kept_criterion* driver = nullptr; ///< null: the entries themselves, in their order
  bool few = false;
};

choice choose(const entry_query& what, const std::vector<int64_t>& sizes) {
  choice out;
  if (!sizes.empty()) {
    const auto least = size_t(std::min_element(sizes.begin(), sizes.end()) - sizes.begin());
    if (finds_few(sizes[least])) return {&what.kept[least], true};
  }
  for (const auto& each : what.kept)
    if (!each.words.empty() && (out.driver == nullptr || each.words.size() < out.driver->words.size()))
      out.driver = &each;
  return out;
}

/// Keys of rows, in a column `k`: by what is kept beside them, those of which it is not kept yet, and by
/// their columns. At most so many of each kind; 0: all.
void row_keys(sql_text& out, const record_context& in, const ports::row_query& what,
              const ports::kept_rows& by, int64_t most) {
  const auto& shape = model::shape(what.of);
  const bool cast = shape.integer_key || in.speaks == dialect::postgresql;
  const auto key = [&](const std::string& of) {
    if (!cast) return of + ".home_key AS k";
    return "CAST(" + of + ".home_key AS " +
      std::string(in.speaks == dialect::sqlite ? "INTEGER" : key_type(what.of)) + ") AS k";
  };
  const auto home = [&](const std::string& of) {
    return " AND " + of + ".home = '" + std::string(shape.name) + "'";
  };
  const std::string last = most > 0 ? " LIMIT " + out.arg(most, "bigint") : std::string();
  entry_query of_type_alone;
  of_type_alone.type = what.type;
  out << "SELECT * FROM (";
  if (by.by.words.empty()) span_ids(out, in, of_type_alone, by.by, key("s"), most, home("s"));
  else
    word_ids(
      out, in, of_type_alone, by.by, key("s"), [&] { out << home("s"); }, last);
  out << ") k1 UNION ALL SELECT * FROM (SELECT " << key("u") << " FROM fhir_resources u WHERE "
      << of_type(out, in, of_type_alone, "u") << " AND u.indexed_version <> u.version AND NOT u.deleted"
      << home("u") << last << ") k2";
  int n = 2;
  const auto own = [&] {
    out << " UNION ALL SELECT * FROM (SELECT t." << shape.key << " AS k FROM " << shape.name
        << " t WHERE t.clinic_id + 0 = " << out.arg(in.clinic, "bigint") << " AND t.";
  };
  const auto close = [&] { out << last << ") k" << std::to_string(++n); };
  for (const auto& [column, value] : by.told) {
    own();
    out << column << " = " << out.arg(value, "bigint");
    close();
  }
  for (const auto& column : by.times) {
    own();
    out << column << " IS NOT NULL";
    if (by.by.from) out << " AND t." << column << " >= " << moment(out, *by.by.from);
    if (by.by.to) out << " AND t." << column << " <= " << moment(out, *by.by.to);
    close();
  }
}

row_statement insert_words() {
  return bulk_insert("fhir_words",
                     {{"clinic_id", "bigint"},
                      {"type", "text"},
                      {"hash", "uuid"},
                      {"id", "text"},
                      {"home", "text"},
                      {"home_key", "text"}},
                     " ON CONFLICT DO NOTHING");
}
row_statement insert_spans() {
  return bulk_insert("fhir_spans",
                     {{"clinic_id", "bigint"},
                      {"type", "text"},
                      {"id", "text"},
                      {"parameter", "text"},
                      {"reach", "bigint"},
                      {"low", "bigint"},
                      {"high", "bigint"},
                      {"home", "text"},
                      {"home_key", "text"}},
                     " ON CONFLICT DO NOTHING");
}

} // namespace

void plan_kept_terms(const record_context& in, std::span<const fhir_entry* const> entries, bool anew,
                     std::vector<bulk>& out) {
  const std::vector<bulk_column> one{{"clinic_id", "bigint"}, {"type", "text"}, {"id", "text"}};
  bulk old_words{bulk_delete("fhir_words", one), {}}, old_spans{bulk_delete("fhir_spans", one), {}},
    words{insert_words(), {}}, spans{insert_spans(), {}};
  for (const auto* e : entries) {
    if (anew || e->version > 1) {
      old_words.rows.push_back({in.clinic, e->type, e->id});
      old_spans.rows.push_back({in.clinic, e->type, e->id});
    }
    if (e->deleted) continue;
    const sql_value home = e->home ? sql_value(std::string(model::shape(*e->home).name)) : sql_value(),
                    key = e->home_key.empty() ? sql_value() : sql_value(e->home_key);
    for (const auto& each : e->words)
      words.rows.push_back({in.clinic, e->type, word_hash(in, each), e->id, home, key});
    for (const auto& each : e->spans)
      spans.rows.push_back(
        {in.clinic, e->type, e->id, each.parameter, int64_t(reach_of(each)), each.low, each.high, home, key});
  }
  for (auto* b : {&old_words, &old_spans, &words, &spans}) out.push_back(std::move(*b));
}

bool found_by_terms(const entry_query& what) noexcept {
  return !what.kept.empty() && what.ids.empty() && what.patients.empty() && what.codes.empty() &&
    what.identifiers.empty();
}

std::optional<sql_text> measure_sql(const record_context& in, const entry_query& what) {
  if (!found_by_terms(what) || (what.kept.size() == 1 && what.kept[0].words.size() == 1)) return std::nullopt;
  sql_text out(in.speaks);
  for (const auto& each : what.kept) {
    out << (&each == &what.kept[0] ? "SELECT " : ", ");
    measure(out, in, what, each);
  }
  return out;
}

void add_kept_ids(sql_text& out, const record_context& in, const entry_query& what,
                  const std::vector<int64_t>& sizes) {
  const auto how = choose(what, sizes);
  const std::string first_ids = what.limit > 0
    ? " ORDER BY id LIMIT " + out.arg(std::to_string(what.limit), "bigint")
    : std::string();
  // Of several words in one look a resource may have two, and would count twice towards the limit.
  const bool one_look = in.speaks == dialect::sqlite && how.driver != nullptr && how.driver->words.size() > 1;
  const auto past = [&](std::string_view id) {
    if (!what.after.empty()) out << " AND " << id << " > " << out.arg(what.after, "text");
  };
  out << "SELECT id FROM (SELECT * FROM (";
  if (how.driver == nullptr) {
    out << "SELECT s.id FROM fhir_resources s WHERE " << of_type(out, in, what, "s") << " AND NOT s.deleted";
    if (what.homeless_only) out << " AND s.home IS NULL";
    past("s.id");
    other_filters(out, in, what, nullptr, "s.id");
    out << first_ids;
  } else if (how.driver->words.empty()) {
    out << "SELECT d.id FROM (";
    span_ids(out, in, what, *how.driver, by_time(*how.driver) ? "s.id, s.home, s.deleted" : "s.id, s.home",
             0);
    out << ") d WHERE " << (by_time(*how.driver) ? "NOT d.deleted" : "1 = 1");
    if (what.homeless_only) out << " AND d.home IS NULL";
    past("d.id");
    other_filters(out, in, what, how.driver, "d.id");
    out << first_ids;
  } else {
    word_ids(
      out, in, what, *how.driver, one_look ? "DISTINCT s.id" : "s.id",
      [&] {
        if (what.homeless_only) out << " AND s.home IS NULL";
        past("s.id");
        other_filters(out, in, what, how.driver, "s.id");
      },
      first_ids);
  }
  out << ") k UNION SELECT * FROM (";
  unindexed(out, in, what);
  if (what.homeless_only) out << " AND u.home IS NULL";
  out << first_ids << ") k2) ids" << first_ids;
}

std::string unkept_clause(const record_context& in, sql_text& out, int limit, bool locked) {
  return " WHERE e.clinic_id = " + out.arg(in.clinic, "bigint") +
    " AND e.indexed_version <> e.version AND NOT e.deleted ORDER BY e.type, e.id LIMIT " +
    out.arg(int64_t{limit}, "bigint") +
    (locked && in.speaks == dialect::postgresql ? " FOR UPDATE OF e SKIP LOCKED" : "");
}

std::optional<sql_text> measure_rows_sql(const record_context& in, const ports::row_query& what) {
  if (what.kept.empty()) return std::nullopt;
  sql_text out(in.speaks);
  for (const auto& each : what.kept) {
    out << (&each == &what.kept[0] ? "SELECT " : ", ") << "(SELECT count(*) FROM (SELECT * FROM (";
    row_keys(out, in, what, each, many);
    out << ") m LIMIT " << out.arg(many, "bigint") << ") n)";
  }
  return out;
}

bool finds_few(int64_t size) noexcept { return size < many; }

void add_kept_rows(sql_text& out, const record_context& in, const ports::row_query& what,
                   const std::vector<int64_t>& sizes) {
  const bool arrays = in.speaks == dialect::postgresql;
  for (size_t i = 0; i < what.kept.size() && i < sizes.size(); ++i) {
    if (!finds_few(sizes[i])) continue;
    out << " AND r." << model::shape(what.of).key << (arrays ? " = ANY(ARRAY(" : " IN (");
    row_keys(out, in, what, what.kept[i], 0);
    out << (arrays ? "))" : ")");
  }
}

void add_kept_filters(sql_text& out, const record_context& in, const entry_query& what) {
  if (what.kept.empty()) return;
  out << " AND (e.indexed_version <> e.version OR (1 = 1";
  other_filters(out, in, what, nullptr, "e.id");
  out << "))";
}

} // namespace aorta::store

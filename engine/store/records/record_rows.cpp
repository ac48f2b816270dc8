// Rows of the clinical tables, and what belongs to them: personal data and blind indexes, versions of notes
// and of results.
#include "engine/store/messages/rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/messages/filing.hpp"
#include "engine/store/records/patient_rows.hpp"
#include "engine/store/records/record_write.hpp"
#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>
#include <map>

namespace aorta::store {
namespace {

using model::record;
using model::table;
using ports::change;

std::string names(const std::vector<bulk_column>& columns, std::string_view before, size_t from = 0) {
  std::string out;
  for (size_t i = from; i < columns.size(); ++i)
    out.append(out.empty() ? "" : ", ").append(before).append(columns[i].name);
  return out;
}

/// In the select list it needs no tuple store a column, which `FROM unnest(...)` would fill.
std::string unnested(const std::vector<bulk_column>& columns) {
  std::string out = "SELECT ";
  for (size_t i = 0; i < columns.size(); ++i)
    out.append(i > 0 ? ", " : "")
      .append("unnest($")
      .append(std::to_string(i + 1))
      .append("::text[])::")
      .append(columns[i].type)
      .append(" AS ")
      .append(columns[i].name);
  return out;
}

std::string same(const std::vector<bulk_column>& columns, size_t keys, dialect speaks) {
  std::string out;
  for (size_t i = 0; i < keys; ++i) {
    const std::string& name = columns[i].name;
    out += i > 0 ? " AND " : "";
    out += speaks == dialect::sqlite ? name + " = ?" + std::to_string(i + 1) : "r." + name + " = u." + name;
  }
  return out;
}

/// The last column of `bulk_update`.
const bulk_column which_are_set{"which_are_set", "text"};

/// One table's rows, inserted or updated by statements that fit it.
class table_plan {
public:
  table_plan(const record_context& in, table of, const rows_met& met, timestamp now)
      : in_(in),
        met_(met),
        shape_(model::shape(of)),
        now_(now) {
    for (const auto name : shape_.columns)
      if (place_of(of, name) != kept_in::pii && place_of(of, name) != kept_in::note &&
          in.tables->has(shape_.name, name))
        columns_.push_back(name);
  }

  void add(std::span<const change* const> all, std::vector<bulk>& out) {
    std::vector<const record*> fresh;
    std::map<std::string, const record*> changed; // each once, as it was last said
    for (const auto* c : all) {
      if (c->update_row) changed[c->row->key()] = &*c->row;
      else fresh.push_back(&*c->row);
    }
    std::vector<const record*> old;
    old.reserve(changed.size());
    for (const auto& [key, row] : changed) old.push_back(row);
    if (!fresh.empty()) insert(fresh, out);
    if (!old.empty()) update(old, out);
    if (shape_.which == table::lab_orders) { // a number may have come with a change
      fresh.insert(fresh.end(), old.begin(), old.end());
      link_results(fresh, out);
    }
    if (shape_.which == table::patients) { people(fresh, old, out); }
    if (shape_.which == table::clinical_notes) {
      auto both = fresh;
      both.insert(both.end(), old.begin(), old.end());
      note_versions(both, out);
    }
  }

private:
  sql_value cell(const record& row, std::string_view name) {
    const auto kind = kind_of(shape_.which, name);
    if (name == "clinic_id") return in_.clinic;
    const auto& said = row[name];
    if (said && place_of(shape_.which, name) == kept_in::sealed) return in_.locks->encrypt(*said, now_);
    return to_database(said ? said : default_of(shape_.which, name, now_), kind, in_.speaks);
  }
  bulk_column column(std::string_view name) const {
    return {std::string(name), in_.tables->type(shape_.name, name, kind_of(shape_.which, name))};
  }

  void insert(const std::vector<const record*>& rows, std::vector<bulk>& out) {
    std::vector<bulk_column> columns;
    for (const auto name : columns_) columns.push_back(column(name));
    const bool results = shape_.which == table::lab_results;
    if (results) columns.insert(columns.end(), {{"order_key", "bigint"}, {"ordinal", "bigint"}});
    // One id is one content: whoever else has just kept it kept the same.
    const bool contents = shape_.which == table::document_contents;
    bulk b{bulk_insert(shape_.name, columns, contents ? " ON CONFLICT (id) DO NOTHING" : ""), {}};
    for (const auto* row : rows) {
      auto& values = b.rows.emplace_back();
      for (const auto name : columns_) values.push_back(cell(*row, name));
      if (!results) continue;
      values.push_back(result_place(*row));
      values.push_back(int64_t{1});
    }
    out.push_back(std::move(b));
  }

  /// Results that came before their order belong to it now: by its placer number, else by its filler number.
  /// Where several orders of the patient have the number, the panel tells.
  void link_results(const std::vector<const record*>& orders, std::vector<bulk>& out) {
    const std::vector<bulk_column> columns{
      column("id"),       {"clinic_id", "bigint"}, {"patient_id", "bigint"},
      {"placer", "text"}, {"filler", "text"},      {"panel", "text"}};
    const auto link = [&](const std::string& table, const std::string& of_panel) {
      const auto where = [&](const char* r, const std::array<const char*, 6>& u) {
        const std::string id = u[0], clinic = u[1], patient = u[2], panel = u[5];
        const auto numbered = [placer = u[3], filler = u[4]](const std::string& row) {
          return "(" + row + "placer_order_number = " + placer + " OR " + row +
            "filler_order_number = " + filler + ")";
        };
        return std::string(" WHERE ") + r + "clinic_id = " + clinic + " AND " + r +
          "patient_id = " + patient + " AND " + r + "lab_order_id IS NULL AND " + numbered(r) +
          " AND (NOT EXISTS (SELECT 1 FROM lab_orders o WHERE o.patient_id = " + patient +
          " AND o.clinic_id = " + clinic + " AND o.id <> " + id + " AND " + numbered("o.") + ") OR " +
          of_panel + " = " + panel + ")";
      };
      bulk made;
      made.what.sqlite = "UPDATE " + table + " AS r SET lab_order_id = ?1" +
        where("r.", {"?1", "?2", "?3", "?4", "?5", "?6"});
      made.what.postgresql = "UPDATE " + table + " r SET lab_order_id = u.id FROM (" + unnested(columns) +
        ") u" + where("r.", {"u.id", "u.clinic_id", "u.patient_id", "u.placer", "u.filler", "u.panel"});
      return made;
    };
    bulk b = link("lab_results", "(SELECT p.panel_code FROM lab_reports p WHERE p.id = r.report_id)");
    for (const auto* row : orders) {
      const auto number = [&](std::string_view name) {
        return row->text(name).empty() ? sql_value() : sql_value(row->text(name));
      };
      if (row->text("placer_order_number").empty() && row->text("filler_order_number").empty()) continue;
      b.rows.push_back({row->key(), in_.clinic, row->text("patient_id"), number("placer_order_number"),
                        number("filler_order_number"), number("panel_code")});
    }
    out.push_back(std::move(b));
    bulk reports = link("lab_reports", "r.panel_code"); // they are told with their order from now on
    reports.rows = out.back().rows;
    out.push_back(std::move(reports));
  }

  /// Where messages look for the results of its order, so that a correction by message finds what came by
  /// FHIR.
  sql_value result_place(const record& row) const {
    ports::filing from;
    from.log.clinic = in_.clinic;
    from.log.id = uuid_from_text(row.key()).value_or(uuid{});
    model::lab_result value;
    value.performing_lab_code = row.text("performing_lab_code");
    if (const auto at = read_time(row.text("result_datetime"))) value.observed_at = model::moment{*at};
    model::lab_order_ref order;
    order.placer_number = row.text("placer_order_number");
    order.filler_number = row.text("filler_order_number");
    if (const auto at = read_time(row.text("collected_at"))) order.collected_at = model::moment{*at};
    return order_key(from, value, &order);
  }

  void update(const std::vector<const record*>& rows, std::vector<bulk>& out) {
    const bool results = shape_.which == table::lab_results, notes = shape_.which == table::clinical_notes;
    if (results) { // as when a message brings a new version
      bulk before{row_statements()[size_t(write::supersede)], {}};
      for (const auto* row : rows) before.rows.push_back({row->key(), sortable(now_)});
      out.push_back(std::move(before));
    }
    std::vector<std::string_view> kept{shape_.key};
    if (shape_.which != table::users && shape_.which != table::clinics) kept.push_back("clinic_id");
    const size_t keys = kept.size();
    for (const auto name : columns_) {
      const bool counted = (results && (name == "version" || name == "report_id")) ||
        (notes && name == "current_version");
      if (name != shape_.key && name != "clinic_id" && !counted) kept.push_back(name);
    }
    std::vector<bulk_column> columns;
    columns.reserve(kept.size() + 1);
    for (const auto name : kept) columns.push_back(column(name));
    columns.push_back(which_are_set);
    const auto* also = results ? ", version = COALESCE(version, 1) + 1"
      : notes                  ? ", current_version = COALESCE(current_version, 1) + 1"
                               : "";
    bulk b{bulk_update(shape_.name, columns, keys, also, shape_.key), {}, true};
    const std::vector<std::string_view> values(kept.begin() + long(keys), kept.end());
    for (const auto* row : rows) {
      const auto set = differing(*row, values);
      if (set.find('1') == set.npos && !results && !notes) continue;
      auto& cells = b.rows.emplace_back();
      for (size_t i = 0; i < kept.size(); ++i)
        cells.push_back(i < keys || set[i - keys] == '1' ? cell(*row, kept[i]) : sql_value());
      cells.push_back(set);
    }
    out.push_back(std::move(b));
  }

  /// For each of these columns '1' where it is another than the row had when it was read.
  std::string differing(const record& row, const std::vector<std::string_view>& columns) const {
    const auto* before = met_.find(row);
    std::string out;
    for (const auto name : columns) out += before != nullptr && (*before)[name] == row[name] ? '0' : '1';
    return out;
  }

  void people(const std::vector<const record*>& fresh, const std::vector<const record*>& known,
              std::vector<bulk>& out) {
    personal_data(fresh, known, out);
    static const std::vector<bulk_column> key{
      {"clinic_id", "bigint"}, {"hash", "uuid"}, {"kind", "text"}, {"patient_id", "bigint"}};
    bulk forget = forget_keys(), gone{bulk_delete("patient_blind_index", key), {}};
    bulk index{bulk_insert("patient_blind_index", key, " ON CONFLICT DO NOTHING"), {}};
    bulk news{bulk_insert("match_news",
                          {{"clinic_id", "bigint"}, {"patient_id", "bigint"}, {"noted_at", "timestamptz"}}),
              {}};
    const auto place = [&](const record& row, const identity::lookup_key& of) {
      uuid hash;
      hash.bytes = in_.locks->blind(in_.clinic, of.kind, of.value);
      return sql_row{in_.clinic, hash.bytes, of.kind, row.key()};
    };
    const auto add = [&](const record& row, bool is_known) {
      news.rows.push_back({in_.clinic, row.key(), sortable(now_)});
      const auto keys = lookups(row);
      const auto* met = is_known ? met_.find(row) : nullptr;
      const auto before = met != nullptr ? lookups(*met) : std::vector<identity::lookup_key>{};
      for (const auto& each : keys)
        if (!holds_key(before, each)) index.rows.push_back(place(row, each));
      for (const auto& each : before)
        if (!holds_key(keys, each)) gone.rows.push_back(place(row, each));
      if (!is_known || met != nullptr) return;
      std::string hashes;
      for (const auto& each : keys) {
        uuid hash;
        hash.bytes = in_.locks->blind(in_.clinic, each.kind, each.value);
        hashes += (hashes.empty() ? "" : ",") + to_text(hash);
      }
      forget.rows.push_back({row.key(), in_.clinic, hashes});
    };
    for (const auto* row : fresh) add(*row, false);
    for (const auto* row : known) add(*row, true);
    for (auto* b : {&forget, &gone, &index, &news}) out.push_back(std::move(*b));
  }

  /// patient_pii: of known people only what has changed; they too may have no such row yet.
  void personal_data(const std::vector<const record*>& fresh, const std::vector<const record*>& known,
                     std::vector<bulk>& out) {
    static const std::vector<std::string_view> personal{"first_name", "last_name",  "middle_name",
                                                        "cyprus_id",  "arc_number", "phone",
                                                        "email",      "address",    "emergency_contact"};
    std::vector<bulk_column> columns{{"patient_id", "bigint"}};
    std::string taken = " ON CONFLICT (patient_id) DO UPDATE SET ";
    for (const auto name : personal) {
      columns.push_back({std::string(name) + "_encrypted", "text"});
      taken += (columns.size() > 2 ? ", " : "") + columns.back().name + " = excluded." + columns.back().name;
    }
    columns.push_back({"encryption_key_version", "bigint"});
    bulk made{bulk_insert("patient_pii", columns, taken), {}};
    bulk missing{bulk_insert("patient_pii", columns, " ON CONFLICT (patient_id) DO NOTHING"), {}};
    columns.push_back(which_are_set);
    bulk changed{bulk_update("patient_pii", columns, 1, "", "patient_id"), {}};
    const auto locked = [&](const record& row) {
      sql_row cells{row.key()};
      for (const auto name : personal) {
        const auto& said = row[name];
        cells.push_back(said && !said->empty() ? sql_value(in_.locks->encrypt(*said, now_)) : sql_value());
      }
      cells.push_back(int64_t{1}); // the key's version
      return cells;
    };
    for (const auto* row : fresh) made.rows.push_back(locked(*row));
    for (const auto* row : known) {
      const auto set = differing(*row, personal);
      if (set.find('1') == set.npos) continue;
      changed.rows.push_back(locked(*row));
      if (const auto* before = met_.find(*row); before == nullptr || !has_any(*before, personal))
        missing.rows.push_back(changed.rows.back());
      changed.rows.back().push_back(set + '1');
    }
    for (auto* b : {&made, &changed, &missing}) out.push_back(std::move(*b));
  }

  static bool has_any(const record& row, const std::vector<std::string_view>& columns) {
    return std::any_of(columns.begin(), columns.end(), [&](auto name) { return row[name].has_value(); });
  }
  static bool holds_key(const std::vector<identity::lookup_key>& all, const identity::lookup_key& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
  }
  /// By what messages and searches find the person.
  static std::vector<identity::lookup_key> lookups(const record& row) {
    return keys_of(person(row), row.text("middle_name"));
  }

  /// Keys of a patient that it has no more; those that stay are not written anew: a name has forty.
  static bulk forget_keys() {
    const std::vector<bulk_column> columns{
      {"patient_id", "bigint"}, {"clinic_id", "bigint"}, {"hashes", "text"}};
    const std::string kinds = " AND r.kind NOT IN ('decided', 'alias') AND ";
    bulk out;
    out.what.sqlite = "DELETE FROM patient_blind_index AS r WHERE " + same(columns, 2, dialect::sqlite) +
      kinds + "instr(replace(?3, '-', ''), lower(hex(r.hash))) = 0";
    out.what.postgresql = "DELETE FROM patient_blind_index r USING (" + unnested(columns) + ") u WHERE " +
      same(columns, 2, dialect::postgresql) + kinds +
      "r.hash <> ALL (string_to_array(u.hashes, ',')::uuid[])";
    return out;
  }

  static model::patient person(const record& row) {
    model::patient out;
    out.mrn = row.text("mrn");
    out.first_name = row.text("first_name");
    out.last_name = row.text("last_name");
    if (const auto day = read_time(row.text("birth_date")))
      out.birth_date = std::chrono::year_month_day{std::chrono::floor<std::chrono::days>(*day)};
    out.cyprus_id = row.text("cyprus_id");
    out.arc_number = row.text("arc_number");
    out.gesy_beneficiary_id = row.text("gesy_beneficiary_id");
    out.phone = row.text("phone");
    out.email = row.text("email");
    return out;
  }

  void note_versions(const std::vector<const record*>& rows, std::vector<bulk>& out) {
    const std::vector<bulk_column> columns{
      {"note_id", "bigint"},
      {"content_text", "text"},
      {"content_html", "text"},
      {"structured_data", in_.tables->type("note_versions", "structured_data", holds::json)}};
    bulk b;
    const std::string start =
      "INSERT INTO note_versions (note_id, version, content_text, content_html, structured_data) SELECT ";
    b.what.sqlite = start +
      "n.note_id, n.current_version, ?2, ?3, ?4 FROM clinical_notes n WHERE n.note_id = ?1";
    b.what.postgresql = start +
      "n.note_id, n.current_version, u.content_text, u.content_html, u.structured_data FROM (" +
      unnested(columns) + ") u JOIN clinical_notes n ON n.note_id = u.note_id";
    for (const auto* row : rows)
      b.rows.push_back({row->key(), (*row)["content_text"], (*row)["content_html"],
                        to_database((*row)["structured_data"], holds::json, in_.speaks)});
    out.push_back(std::move(b));
  }

  const record_context& in_;
  const rows_met& met_;
  const model::table_shape& shape_;
  timestamp now_;
  std::vector<std::string_view> columns_; ///< of the record, kept in this table
};

} // namespace

row_statement bulk_insert(std::string_view table, const std::vector<bulk_column>& columns,
                          std::string_view then) {
  const std::string start = "INSERT INTO " + std::string(table) + " (" + names(columns, "") + ") ";
  row_statement out;
  out.sqlite = start + "VALUES (" + marks(columns.size()) + ")" + std::string(then);
  out.postgresql = start + unnested(columns) + std::string(then);
  return out;
}

row_statement bulk_update(std::string_view table, const std::vector<bulk_column>& columns, size_t keys,
                          std::string_view also, std::string_view returning) {
  row_statement out;
  const std::string start = "UPDATE " + std::string(table);
  out.sqlite = start + " SET ";
  out.postgresql = start + " r SET ";
  const auto marked = std::to_string(columns.size());
  for (size_t i = keys; i + 1 < columns.size(); ++i) {
    const std::string &name = columns[i].name, comma = i > keys ? ", " : "",
                      letter = ", " + std::to_string(i - keys + 1) + ", 1) = '1' THEN ";
    out.sqlite += comma + name + " = CASE WHEN substr(?" + marked + letter + "?" + std::to_string(i + 1) +
      " ELSE " + name + " END";
    out.postgresql += comma + name + " = CASE WHEN substr(u." + columns.back().name + letter + "u." + name +
      " ELSE r." + name + " END";
  }
  std::string counted(also);
  out.sqlite += counted + " WHERE " + same(columns, keys, dialect::sqlite) + " RETURNING " +
    std::string(returning);
  const auto at = counted.find("COALESCE(");
  if (at != std::string::npos) counted.insert(at + 9, "r."); // `u` may have a column of this name
  out.postgresql += counted + " FROM (" + unnested(columns) + ") u WHERE " +
    same(columns, keys, dialect::postgresql) + " RETURNING r." + std::string(returning);
  return out;
}

row_statement bulk_delete(std::string_view table, const std::vector<bulk_column>& keys) {
  row_statement out;
  out.sqlite = "DELETE FROM " + std::string(table) + " AS r WHERE " +
    same(keys, keys.size(), dialect::sqlite);
  out.postgresql = "DELETE FROM " + std::string(table) + " r USING (" + unnested(keys) + ") u WHERE " +
    same(keys, keys.size(), dialect::postgresql);
  return out;
}

void plan_rows(const record_context& in, std::span<const change> all, const rows_met& met, timestamp now,
               std::vector<bulk>& out) {
  std::array<std::vector<const change*>, model::tables> by_table; // in the order in which rows refer to one
                                                                  // another
  for (const auto& c : all)
    if (c.row) by_table[size_t(c.row->of)].push_back(&c);
  for (size_t i = 0; i < by_table.size(); ++i)
    if (!by_table[i].empty()) table_plan(in, model::table(i), met, now).add(by_table[i], out);
}

} // namespace aorta::store

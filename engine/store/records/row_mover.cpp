#include "engine/store/records/row_mover.hpp"

#include "engine/store/sql/failure.hpp"

#include <algorithm>

namespace aorta::store {
namespace {

/// A table's own refusal; everything else is not the table's fault.
std::optional<ports::immovable> refusal_of(const std::string& table, const failure& why) {
  const auto code = why.why().code;
  if (code != error_code::conflict && code != error_code::internal) return std::nullopt;
  return ports::immovable{table, code == error_code::conflict, why.why().text};
}

void put(std::string& in, std::string_view name, const std::string& place) {
  for (auto at = in.find(name); at != in.npos; at = in.find(name, at + place.size()))
    in.replace(at, name.size(), place);
}

} // namespace

row_mover::row_mover(record_talk& with, const uuid& merge, model::patient_id survivor,
                     model::patient_id merged)
    : talk_(with),
      merge_(to_text(merge)),
      survivor_(survivor),
      merged_(merged),
      all_(columns_of_patients(with)) {}

std::optional<ports::immovable> row_mover::there() {
  if (auto refused = each_column(&row_mover::move)) return refused;
  refer_to_survivor();
  take_part();
  name_candidate();
  return std::nullopt;
}

std::optional<ports::immovable> row_mover::back() {
  refer_back();
  unname_candidate();
  if (auto refused = each_column(&row_mover::move_back)) return refused;
  follow();
  return std::nullopt;
}

std::optional<ports::immovable> row_mover::each_column(void (row_mover::*work)(const patient_column&)) {
  for (const auto& each : all_) {
    try {
      (this->*work)(each);
    } catch (const failure& why) {
      if (auto refused = refusal_of(each.table, why)) return refused;
      throw;
    }
  }
  return std::nullopt;
}

std::string row_mover::condition(sql_text& sql, const patient_column& of) const {
  if (of.only.empty()) return {};
  std::string out = " AND " + of.only;
  if (out.find(":survivor") != out.npos) put(out, ":survivor", sql.arg(survivor_, "bigint"));
  if (out.find(":merged") != out.npos) put(out, ":merged", sql.arg(merged_, "bigint"));
  return out;
}

std::string row_mover::written_down(sql_text& sql, const patient_column& of) const {
  return "EXISTS (SELECT 1 FROM patient_merge_rows m WHERE m.merge_id = " + sql.arg(merge_, "uuid") +
    " AND m.table_name = " + sql.arg(of.table, "text") +
    " AND m.column_name = " + sql.arg(of.column, "text") +
    " AND m.row_key = " + key_text(of, talk_.context().speaks) + ")";
}

void row_mover::check_key(const patient_column& of) {
  sql_text sql = talk_.text();
  sql << "SELECT 1 FROM " << of.from << " AS t WHERE t." << of.name << " = " << sql.arg(merged_, "bigint")
      << " LIMIT 1";
  if (!talk_.ask(sql).empty())
    throw failure({error_code::internal, "",
                   "the table has no key by which its rows could be found again: give it a primary key"});
}

void row_mover::move(const patient_column& of) {
  if (!of.keyed) return check_key(of);
  sql_text note = talk_.text();
  note << "INSERT INTO patient_merge_rows (merge_id, table_name, column_name, row_key, clinic_id) SELECT "
       << note.arg(merge_, "uuid") << ", " << note.arg(of.table, "text") << ", "
       << note.arg(of.column, "text") << ", " << key_text(of, talk_.context().speaks) << ", "
       << note.arg(talk_.context().clinic, "bigint");
  note << " FROM " << of.from << " AS t WHERE t." << of.name << " = " << note.arg(merged_, "bigint")
       << condition(note, of);
  sql_text sql = talk_.text();
  sql << "UPDATE " << of.from << " AS t SET " << of.name << " = " << sql.arg(survivor_, "bigint")
      << " WHERE t." << of.name << " = " << sql.arg(merged_, "bigint") << " AND " << written_down(sql, of);
  talk_.link().add(note);
  talk_.link().add(sql);
  talk_.flow();
}

/// What another merge, or a person, has put elsewhere since stays there.
void row_mover::move_back(const patient_column& of) {
  if (!of.keyed) return;
  sql_text sql = talk_.text();
  sql << "UPDATE " << of.from << " AS t SET " << of.name << " = " << sql.arg(merged_, "bigint") << " WHERE t."
      << of.name << " = " << sql.arg(survivor_, "bigint") << " AND " << written_down(sql, of);
  talk_.ask(sql);
}

} // namespace aorta::store

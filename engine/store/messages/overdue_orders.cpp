#include "engine/store/messages/overdue_orders.hpp"

#include "engine/store/messages/stored_rows.hpp"
#include "engine/store/sql/clean_text.hpp"
#include "engine/store/sql/failure.hpp"

#include <algorithm>
#include <charconv>

namespace aorta::store {
namespace {

using ports::overdue_filter;
using ports::page;
using ports::waiting_order;

constexpr std::string_view since = "COALESCE(collected_at, order_date)";
// As the index has it, word by word.
constexpr std::string_view without_results = "status IN ('ordered', 'collected', 'processing')";

/// Where a page ends: the time as the database wrote it, and the id.
struct page_end {
  std::string time, id;
};

std::string order_cursor(const page_end& last) {
  const std::string text = last.id + last.time;
  return to_hex(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

std::optional<page_end> read_order_end(std::string_view cursor) {
  constexpr size_t id_length = 36;
  std::string text;
  for (size_t i = 0; i + 1 < cursor.size(); i += 2) {
    uint8_t byte = 0;
    const auto [to, fault] = std::from_chars(cursor.data() + i, cursor.data() + i + 2, byte, 16);
    if (fault != std::errc{} || to != cursor.data() + i + 2) return std::nullopt;
    text += char(byte);
  }
  if (cursor.size() % 2 != 0 || text.size() <= id_length) return std::nullopt;
  page_end out{text.substr(id_length), text.substr(0, id_length)};
  if (!uuid_from_text(out.id) || !read_time(out.time)) return std::nullopt;
  return out;
}

waiting_order read_order(const text_row& row) {
  waiting_order out;
  const auto cell = [&](size_t i) { return row[i].value_or(""); };
  out.id = uuid_from_text(cell(0)).value_or(uuid{});
  out.patient = read_integer(required(row[1]));
  out.order_number = cell(2);
  out.placer_number = cell(3);
  out.filler_number = cell(4);
  out.panel_code = cell(5);
  out.panel_name = cell(6);
  out.priority = cell(7);
  out.status = cell(8);
  out.laboratory = cell(9);
  out.laboratory_code = cell(10);
  out.ordered_at = read_time(cell(11));
  out.collected_at = read_time(cell(12));
  return out;
}

} // namespace

page<waiting_order> read_overdue(dialect speaks, const run_alone& run, const overdue_filter& filter) {
  const int most = std::clamp(filter.limit, 1, 1000);
  sql_text sql(speaks);
  sql << "SELECT CAST(id AS text), CAST(patient_id AS text), order_number, placer_order_number,"
      << " filler_order_number, panel_code, panel_name, priority, status, lab_facility, lab_facility_code,"
      << " CAST(order_date AS text), CAST(collected_at AS text), CAST(" << since
      << " AS text) FROM lab_orders WHERE clinic_id = " << sql.arg(filter.clinic, "bigint") << " AND "
      << without_results << " AND " << since << " <= " << sql.arg(sortable(filter.before), "timestamptz");
  if (!filter.cursor.empty()) {
    const auto end = read_order_end(filter.cursor);
    if (!end) throw failure({error_code::invalid, "cursor", "not a cursor of this list"});
    sql << " AND " << since << " >= " << sql.arg(end->time, "timestamptz") << " AND (" << since << " > "
        << sql.arg(end->time, "timestamptz") << " OR id > " << sql.arg(end->id, "uuid") << ")";
  }
  sql << " ORDER BY " << since << ", id LIMIT " << sql.arg(int64_t{most} + 1, "bigint");
  page<waiting_order> out;
  std::vector<page_end> ends;
  const auto answers = run({sql}, false, filter.clinic);
  for (const auto& row : answers.at(0)) {
    out.items.push_back(read_order(row));
    ends.push_back({required(row[13]), required(row[0])});
  }
  if (int(out.items.size()) > most) {
    out.items.pop_back();
    out.next = order_cursor(ends[size_t(most) - 1]);
  }
  return out;
}

} // namespace aorta::store

#include "engine/order/standing.hpp"

#include <algorithm>

namespace aorta::order {
namespace {

using model::table;

bool same_giver(std::string_view a, std::string_view b) { return a.empty() || b.empty() || a == b; }

bool is_settled(const model::record& result) {
  const auto status = result.text("result_status");
  return status == "final" || status == "corrected";
}

/// What the laboratory says of a report as a whole (OBR-25).
bool is_closed(const model::record& report) {
  const auto letter = report.text("status");
  return letter.empty() || letter == "F" || letter == "C";
}

} // namespace

result<std::vector<known_row>> orders_under(ports::record_session& in, const order& what) {
  std::vector<known_row> out;
  for (const auto& [column, number] :
       {std::pair{"placer_order_number", &what.placer}, {"filler_order_number", &what.filler}}) {
    if (number->value.empty()) continue;
    ports::row_query ask;
    ask.of = table::lab_orders;
    ask.equals = {{column, number->value}};
    auto rows = records::read_rows(in, ask);
    if (!rows) return rows.error();
    for (auto& each : *rows) out.push_back(std::move(each));
  }
  return out;
}

bool is_of(const known_row& row, model::patient_id patient) {
  return row.row.text("patient_id") == std::to_string(patient);
}

bool fits_placer(const known_row& row, const order& what) {
  return !what.placer.value.empty() && row.row.text("placer_order_number") == what.placer.value &&
    same_giver(row.row.text("placer_authority"), what.placer.authority);
}

bool fits_filler(const known_row& row, const order& what) {
  return !what.filler.value.empty() && row.row.text("filler_order_number") == what.filler.value &&
    (what.placer.value.empty() || row.row.text("placer_order_number").empty());
}

bool fits_panel(const known_row& row, const order& what) {
  const auto stands = row.row.text("panel_code");
  return stands.empty() || what.panel.empty() || stands == what.panel;
}

result<reported> results_of(ports::record_session& in, const model::record& row) {
  ports::row_query ask;
  ask.of = table::lab_results;
  ask.equals = {{"lab_order_id", row.key()}};
  ask.with_entries = false;
  const auto results = in.rows(ask);
  if (!results) return results.error();
  reported out;
  bool open = false;
  for (const auto& [each, entries, seen] : *results) {
    if (each.text("result_status") == "cancelled") continue;
    out.any = true;
    open = open || !is_settled(each);
    timestamp at;
    if (from_iso(each.text("reported_at"), at)) out.last = std::max(out.last.value_or(at), at);
  }
  if (!out.any) return out;
  ask.of = table::lab_reports;
  const auto reports = in.rows(ask);
  if (!reports) return reports.error();
  open = open ||
    !std::all_of(reports->begin(), reports->end(), [](const auto& r) { return is_closed(r.row); });
  out.state = open ? "partially_resulted" : "resulted";
  return out;
}

} // namespace aorta::order

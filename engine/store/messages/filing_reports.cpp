// Reports of a plan: what a laboratory said of a whole order (OBR), with or without results.
#include "engine/store/messages/filing.hpp"

#include <algorithm>
#include <cstring>

namespace aorta::store {
namespace {

using ports::filing;

/// OBR-25 (HL70123), in either case and without its padding.
char letter_of(std::string_view status) noexcept {
  const auto at = status.find_first_not_of(' ');
  if (at == status.npos) return 0;
  const char c = status[at];
  return c >= 'a' && c <= 'z' ? char(c - 32) : c;
}

} // namespace

std::optional<timestamp> told_at(const filing& from, const model::lab_order_ref& order) noexcept {
  return order.reported_at ? std::optional(order.reported_at->at) : from.log.message_datetime;
}

timestamp filing_plan::filed_report::told_at() const noexcept {
  return aorta::store::told_at(*from, *order).value_or(timestamp::min());
}

/// Stays the same for every version of a report: the same patient, laboratory, order (by its number, else its
/// specimen's time) and panel.
uuid report_id(const filing& from, const model::lab_order_ref& order) {
  std::string text = "report";
  const auto add = [&](std::string_view part) {
    text.append(1, ' ').append(std::to_string(part.size())).append(1, ':').append(part);
  };
  add(std::to_string(from.log.clinic));
  add(std::to_string(*from.log.patient));
  add(from.report->laboratory);
  if (!order.filler_number.empty()) add("F" + order.filler_number);
  else if (!order.placer_number.empty()) add("P" + order.placer_number);
  else if (order.collected_at) add("S" + std::to_string(order.collected_at->at.time_since_epoch().count()));
  else add("M" + to_text(from.log.id));
  add(order.panel_code.empty() ? order.panel_name : order.panel_code);
  const digest d = sha256(text);
  uuid out;
  std::copy_n(d.begin(), 16, out.bytes.begin());
  out.bytes[6] = uint8_t((out.bytes[6] & 0x0f) | 0x80); // RFC 9562 5.8: made of what is hashed
  out.bytes[8] = uint8_t((out.bytes[8] & 0x3f) | 0x80);
  return out;
}

/// An OBR without results has its row too: an order that was cancelled, or whose results are still to come.
void filing_plan::note_reports(size_t index) {
  const filing& f = batch_[index];
  std::vector<int64_t> results(f.report->orders.size());
  for (const auto& r : f.report->results)
    if (r.order < results.size()) ++results[r.order];
  for (size_t i = 0; i < results.size(); ++i) {
    const auto& order = f.report->orders[i];
    filed_report row;
    row.from = &f;
    row.order = &order;
    row.results = results[i];
    if (const auto* found = find_order(*f.log.patient, order)) row.lab_order = found->id;
    const auto id = report_id(f, order);
    row.late = ended_after(id, row.told_at()) && !ends_order(order);
    const auto [at, fresh] = reports_.try_emplace(id, row);
    if (fresh) continue;
    const auto most = std::max(at->second.results, row.results);
    if (!row.late && at->second.told_at() <= row.told_at()) at->second = row;
    at->second.results = most;
  }
}

void filing_plan::write_reports(ledger& to) const {
  const auto moment = [](row_sink& row, const std::optional<model::moment>& v) {
    v ? row.time(v->at) : row.null();
    v ? row.integer(v->offset_minutes) : row.null();
    v ? row.integer(int64_t(v->told)) : row.null();
  };
  for (const auto& [id, report] : reports_) { // sorted: two lanes take the rows' locks in the same order
    const auto& order = *report.order;
    const char status = letter_of(order.status);
    row_sink& row = to.into(write::report);
    row.id(id);
    row.integer(report.from->log.clinic);
    row.integer(*report.from->log.patient);
    report.lab_order ? row.id(*report.lab_order) : row.null();
    row.text_or_null(order.placer_number);
    row.text_or_null(order.filler_number);
    row.text_or_null(order.panel_code);
    row.text_or_null(order.panel_name);
    row.text_or_null(order.panel_system);
    status == 0 || report.late ? row.null() : row.text(order.status);
    row.text_or_null(report.from->report->laboratory_name);
    row.text_or_null(report.from->report->laboratory);
    moment(row, order.collected_at);
    moment(row, report.late ? std::nullopt : order.reported_at);
    row.integer(report.results);
    report.late ? row.null() : row.id(report.from->log.id);
    row.time(now_);
    row.time(now_);
  }
}

} // namespace aorta::store

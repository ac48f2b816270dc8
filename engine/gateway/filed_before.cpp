#include "engine/gateway/filed_before.hpp"

#include "engine/base/hash.hpp"

#include <algorithm>

namespace aorta::gateway {
namespace {

/// A name of those rows that stand where the report says something else.
std::string what_differs(const lab::plain_report& report, const std::string& lab,
                         const std::vector<ports::stored_result>& rows) {
  std::string out;
  for (const auto& said : report.results) {
    const auto row = std::find_if(rows.begin(), rows.end(), [&](const auto& each) {
      const bool same_order = report.order_number.empty() ? each.placer_number == report.placer_number
                                                          : each.filler_number == report.order_number;
      return same_order && each.value.performing_lab_code == lab && each.value.sent.code == said.code &&
        each.value.sub_id == said.sub_id;
    });
    const bool stands = row != rows.end() && row->value.sent.value == said.value &&
      row->value.sent.unit == said.unit && row->value.sent.range == said.range &&
      row->value.sent.flag == said.flag;
    if (stands) continue;
    out += (out.empty() ? "" : " ") + said.code + "=";
    out += row == rows.end() ? "none" : to_text(row->id) + "." + std::to_string(row->version);
  }
  return out.empty() ? out : fnv1a_of(out);
}

} // namespace

result<std::optional<pipeline::file_verdict>> filed_before::failed(std::string_view bytes) {
  ports::message_filter wanted;
  wanted.clinic = clinic_;
  wanted.status = "failed";
  wanted.control_id = pipeline::name_of_part(bytes);
  wanted.limit = 1;
  const auto found = log_.messages(wanted);
  if (!found) return found.error();
  if (found->items.empty()) return std::optional<pipeline::file_verdict>();
  const auto& first = found->items.front();
  pipeline::file_verdict out;
  out.word = "failed";
  out.message = first.id;
  if (first.fault) {
    out.code = name(first.fault->code);
    out.text = first.fault->text;
    out.where = first.fault->where;
  }
  return std::optional(std::move(out));
}

result<std::string> filed_before::stands_instead(std::string_view part, const uuid& first) {
  const auto report = lab::report_of_part(*profile_.csv, profile_.code, part);
  if (!report) return std::string();
  const auto brought = log_.message_results(clinic_, first);
  if (!brought) return brought.error();
  if (brought->size() == report->results.size() &&
      std::all_of(brought->begin(), brought->end(), [](const auto& each) { return each.current; }))
    return std::string();
  const auto message = log_.message(clinic_, first);
  if (!message) return message.error();
  if (!*message || (*message)->log.status != ports::message_status::processed || !(*message)->log.patient)
    return std::string();
  const auto patient = *(*message)->log.patient;
  auto found = rows_.find(patient);
  if (found == rows_.end()) {
    ports::result_filter of;
    of.clinic = clinic_;
    of.patient = patient;
    auto rows = log_.patient_results(of);
    if (!rows) return rows.error();
    found = rows_.emplace(patient, std::move(*rows)).first;
  }
  return what_differs(*report, profile_.code, found->second);
}

} // namespace aorta::gateway

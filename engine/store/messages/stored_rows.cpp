#include "engine/store/messages/stored_rows.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace aorta::store {

std::optional<timestamp> made_at(const uuid& id) {
  if (id.bytes[6] >> 4 != 7) return std::nullopt;
  int64_t ms = 0;
  for (size_t i = 0; i < 6; ++i) ms = ms << 8 | int64_t(id.bytes[i]);
  return timestamp{std::chrono::milliseconds{ms}};
}

std::string near(const uuid& first, const uuid& last) {
  const auto from = made_at(first), to = made_at(last);
  if (!from || !to) return {};
  return " AND created_at > '" + sortable(*from - std::chrono::days{1}) + "' AND created_at < '" +
    sortable(*to + std::chrono::days{1}) + "'";
}

std::optional<timestamp> read_time(std::string_view text) {
  timestamp out;
  if (text.empty() || !from_iso(text, out)) return std::nullopt;
  return out;
}

int64_t read_integer(std::string_view text, int64_t otherwise) {
  int64_t out = otherwise;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  return failed == std::errc() && end == text.data() + text.size() ? out : otherwise;
}

std::optional<decimal> read_number(const std::string& text, const std::string& decimals) {
  if (text.empty()) return std::nullopt;
  auto exact = decimal::from_text(text);
  const int64_t scale = read_integer(decimals, exact ? exact->scale : 6);
  if (exact && exact->scale == scale) return exact;
  return decimal::round(exact ? exact->number() : std::strtod(text.c_str(), nullptr),
                        uint8_t(std::clamp<int64_t>(scale, 0, 18)));
}

bool read_boolean(std::string_view text) { return text == "t" || text == "true" || text == "1"; }

std::optional<error_code> error_code_from(std::string_view word) noexcept {
  for (int i = 0; i <= int(error_code::internal); ++i)
    if (name(error_code(i)) == word) return error_code(i);
  return std::nullopt;
}

std::string standing_columns(std::string_view prefix, std::string_view id) {
  constexpr std::array<std::string_view, standing_width> names{"id",
                                                               "performing_lab_code",
                                                               "test_code",
                                                               "sub_id",
                                                               "ordinal",
                                                               "version",
                                                               "result_status",
                                                               "observation_status",
                                                               "result_datetime",
                                                               "reported_at",
                                                               "value_kind",
                                                               "collected_at",
                                                               "placer_order_number",
                                                               "filler_order_number",
                                                               "message_id",
                                                               "value_text",
                                                               "value_numeric",
                                                               "value_decimals",
                                                               "unit",
                                                               "comparator",
                                                               "value_code",
                                                               "abnormal_flag",
                                                               "critical_value",
                                                               "loinc_code",
                                                               "sent_value_type",
                                                               "sent_other_code",
                                                               "test_name",
                                                               "performing_lab",
                                                               "sent_code",
                                                               "sent_name",
                                                               "sent_code_system",
                                                               "result_offset_minutes",
                                                               "result_precision",
                                                               "sent_range",
                                                               "comments"};
  std::string out;
  for (const auto name : names)
    out.append(out.empty() ? "" : ", ").append(prefix).append(name == "id" ? id : name);
  return out;
}

std::string linked_orders_of(std::string_view fits, std::string_view clinic) {
  return "SELECT o.order_key, o.minute, o.claims, l.patient_id, l.taken_from FROM linked_orders o JOIN message_links l"
         " ON l.message_id = o.message_id AND l.replaced_at IS NULL WHERE o.order_key " +
    std::string(fits) + " AND o.clinic_id = " + std::string(clinic);
}

std::string past_of_message(std::string_view message, std::string_view patient, std::string_view clinic) {
  const std::string m(message), p(patient), c(clinic);
  // No message at all: it came by FHIR. Where the log has forgotten a message, what a person said of its
  // patient is still known.
  const std::string still_theirs = "(v.message_id IS NULL OR (v.message_id <> " + m +
    " AND CASE WHEN l.id IS NOT NULL THEN l.patient_id = v.patient_id ELSE NOT EXISTS (SELECT 1 FROM message_links k"
    " WHERE k.message_id = v.message_id AND k.replaced_at IS NULL AND COALESCE(k.patient_id, 0) <> v.patient_id) END))";
  return "SELECT " + standing_columns("v.", "result_id") +
    " FROM lab_result_versions v LEFT JOIN hl7_message_log l ON l.id = v.message_id AND l.clinic_id = v.clinic_id WHERE v.patient_id = " +
    p + " AND v.clinic_id = " + c + " AND " + still_theirs + " AND v.result_id IN" +
    " (SELECT o.result_id FROM lab_result_versions o WHERE o.patient_id = " + p + " AND o.message_id = " + m +
    " UNION SELECT r.id FROM lab_results r WHERE r.patient_id = " + p + " AND r.message_id = " + m +
    ") ORDER BY v.result_id, v.version";
}

std::string result_names(bool history) {
  std::string out;
  for (const auto& c : result_columns())
    out.append(out.empty() ? "r." : ", r.").append(history && c.name == "id" ? "result_id" : c.name);
  return out;
}

std::string own_history_of(std::string_view message, std::string_view patient, std::string_view clinic) {
  return "SELECT " + result_names(true) +
    " FROM lab_result_versions r WHERE r.patient_id = " + std::string(patient) +
    " AND r.message_id = " + std::string(message) + " AND r.clinic_id = " + std::string(clinic);
}

standing_result read_standing(const place& where, const std::vector<std::string>& row) {
  standing_result out;
  out.id = uuid_from_text(row[0]).value_or(uuid{});
  out.where = where;
  out.lab_code = row[1];
  out.test_code = row[2];
  out.sub_id = row[3];
  out.ordinal = read_integer(row[4], 1);
  out.version = read_integer(row[5], 1);
  out.value.test_code = out.test_code;
  out.value.status = model::result_status_from(row[6]).value_or(model::result_status::final);
  out.value.observation_status = row[7].empty() ? 'F' : row[7][0];
  out.value.retracts = out.value.observation_status == 'D' || out.value.observation_status == 'W';
  out.value.kind = model::value_kind_from(row[10]).value_or(model::value_kind::none);
  if (const auto at = read_time(row[8])) out.value.observed_at = model::moment{*at};
  if (const auto at = read_time(row[9])) out.value.reported_at = model::moment{*at};
  out.collected_at = read_time(row[11]);
  out.placer = row[12];
  out.filler = row[13];
  out.message = uuid_from_text(row[14]).value_or(uuid{});
  const auto told = [&](size_t i) { return row[i].empty() ? std::nullopt : std::optional(row[i]); };
  auto& v = out.value;
  v.sub_id = out.sub_id;
  v.value_text = told(15);
  v.value_numeric = read_number(row[16], row[17]);
  v.unit = told(18);
  v.comparator = row[19];
  v.value_code = row[20];
  v.flag = model::abnormal_flag_from(row[21]);
  v.critical = read_boolean(row[22]);
  v.loinc_code = told(23);
  v.sent.value_type = row[24];
  v.sent.other_code = row[25];
  v.test_name = row[26];
  v.performing_lab = row[27];
  v.performing_lab_code = out.lab_code;
  v.sent.code = row[28];
  v.sent.name = row[29];
  v.sent.code_system = row[30];
  v.sent.range = row[33];
  v.comments = row[34];
  if (v.observed_at) {
    v.observed_at->offset_minutes = int16_t(read_integer(row[31]));
    v.observed_at->told = model::moment::precision(
      read_integer(row[32], int64_t(model::moment::precision::second)));
  }
  return out;
}

void read_ending(const std::vector<std::string>& row, answers& out) {
  const auto report = uuid_from_text(row[0]);
  if (!report) return;
  out.results[*report] = read_integer(row[1]);
  const auto message = uuid_from_text(row[2]);
  if (!message || row[3].empty()) return;
  out.ended.push_back({*report, row[3][0], read_time(row[4]).value_or(timestamp::min()), *message,
                       read_boolean(row[5]), uuid_from_text(row[6]), row[7]});
}

ports::message_record read_outcome(const std::vector<std::string>& row) {
  ports::message_record out;
  out.id = uuid_from_text(row[0]).value_or(uuid{});
  if (!row[1].empty()) out.patient = read_integer(row[1]);
  out.status = ports::message_status_from(row[2]).value_or(ports::message_status::received);
  out.ack_code = row[3];
  if (const auto code = error_code_from(row[4])) out.fault = error{*code, row[5], row[6]};
  out.results_created = int(read_integer(row[7]));
  return out;
}

} // namespace aorta::store

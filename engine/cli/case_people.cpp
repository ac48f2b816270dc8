#include "engine/cli/case_people.hpp"

#include "engine/ports/records.hpp"

#include <rapidjson/document.h>

#include <charconv>
#include <cstdio>
#include <functional>
#include <set>

namespace aorta::cli {
namespace {

void add_candidates(const std::string& json, std::set<model::patient_id>& into) {
  rapidjson::Document list;
  list.Parse(json.data(), json.size());
  if (list.HasParseError() || !list.IsArray()) return;
  for (const auto& each : list.GetArray()) {
    if (!each.IsString()) continue;
    const std::string_view text(each.GetString(), each.GetStringLength());
    model::patient_id id = 0;
    if (const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), id);
        wrong == std::errc{} && end == text.data() + text.size())
      into.insert(id);
  }
}

using taker = std::function<void(std::string_view)>;

/// Every text in a column of JSON: its members are not always the same ones.
void each_text(const rapidjson::Value& of, const taker& take) {
  if (of.IsString()) take({of.GetString(), of.GetStringLength()});
  if (of.IsObject())
    for (const auto& member : of.GetObject()) each_text(member.value, take);
  if (of.IsArray())
    for (const auto& each : of.GetArray()) each_text(each, take);
}

void each_text_of_json(const std::string& json, const taker& take) {
  rapidjson::Document read;
  read.Parse(json.data(), json.size());
  if (!read.HasParseError()) each_text(read, take);
}

void learn_row(const model::record& row, pseudonym::people& into) {
  into.known.add_name(row.text("middle_name"));
  each_text_of_json(row.text("address"), [&](auto text) { into.known.add_address(text); });
  rapidjson::Document contact;
  const auto json = row.text("emergency_contact");
  contact.Parse(json.data(), json.size());
  if (contact.HasParseError() || !contact.IsObject()) return;
  for (const auto& member : contact.GetObject()) {
    if (!member.value.IsString()) continue;
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    const std::string_view text(member.value.GetString(), member.value.GetStringLength());
    if (name == "name") into.known.add_name(text);
    if (name == "phone") into.known.add_phone(text);
  }
}

std::string csv_field(std::string_view field) {
  if (field.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(field);
  std::string out = "\"";
  for (const char c : field) out.append(c == '"' ? 2 : 1, c);
  return out + "\"";
}

std::string iso(const std::optional<std::chrono::year_month_day>& day) {
  if (!day) return {};
  char out[32];
  std::snprintf(out, sizeof out, "%04d-%02u-%02u", int(day->year()), unsigned(day->month()),
                unsigned(day->day()));
  return out;
}

} // namespace

result<std::vector<model::patient>> people_of(const ports::message_detail& message, ports::message_log& log,
                                              pseudonym::people& known) {
  std::set<model::patient_id> ids;
  if (message.log.patient) ids.insert(*message.log.patient);
  for (const auto& each : message.reviews) add_candidates(each.candidates_json, ids);
  std::vector<model::patient> out;
  ports::row_query rows;
  rows.with_entries = false;
  for (const auto id : ids) {
    auto who = log.patient(message.log.clinic, id);
    if (!who) return who.error();
    if (!*who) continue;
    pseudonym::learn(**who, known);
    rows.keys.push_back(std::to_string(id));
    out.push_back(std::move(**who));
  }
  if (out.empty()) return out;
  auto session = log.records();
  if (!session) return session.error();
  if (auto begun = (*session)->begin(message.log.clinic, false); !begun) return begun.error();
  auto found = (*session)->rows(rows);
  if (!found) return found.error();
  for (const auto& each : *found) learn_row(each.row, known);
  if (auto ended = (*session)->commit(); !ended) return ended.error();
  return out;
}

std::string roster_text(const std::vector<model::patient>& rows) {
  std::string out =
    "mrn,first_name,last_name,birth_date,gender,cyprus_id,arc_number,gesy_beneficiary_id,phone,email,city\n";
  for (const auto& row : rows) {
    for (const auto& field :
         {row.mrn, row.first_name, row.last_name, iso(row.birth_date), std::string(model::name(row.sex)),
          row.cyprus_id, row.arc_number, row.gesy_beneficiary_id, row.phone, row.email})
      out += csv_field(field) + ",";
    out += csv_field(row.city) + "\n";
  }
  return out;
}

} // namespace aorta::cli

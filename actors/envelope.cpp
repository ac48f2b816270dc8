#include "actors/envelope.hpp"

#include "actors/bundle.hpp"
#include "actors/context.hpp"
#include "engine/hl7/ack.hpp"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>

namespace aorta::actors {
namespace {

using json = rapidjson::Writer<rapidjson::StringBuffer>;

void text(json& out, std::string_view value) { out.String(value.data(), rapidjson::SizeType(value.size())); }
void text(json& out, const char* key, std::string_view value) {
  out.Key(key);
  text(out, value);
}

void notes(json& out, const char* key, const std::vector<lab::rule_note>& all) {
  out.Key(key);
  out.StartArray();
  for (const auto& note : all) {
    out.StartObject();
    text(out, "where", note.where);
    text(out, "rule", note.rule);
    if (!note.detail.empty()) text(out, "detail", note.detail);
    out.EndObject();
  }
  out.EndArray();
}

} // namespace

void route_board::set_last_error(const error& why, timestamp at) {
  std::string text(name(why.code));
  if (!why.where.empty()) text += " at " + why.where;
  const std::lock_guard hold_lock(lock_);
  text_ = text + ": " + why.text;
  at_ = to_iso(at);
}

std::pair<std::string, std::string> route_board::last_error() const {
  const std::lock_guard hold_lock(lock_);
  return {text_, at_};
}

void route_board::set_refusal(const error& why) {
  const std::lock_guard hold_lock(lock_);
  refusal_ = why.text;
}

std::string route_board::refusal() const {
  const std::lock_guard hold_lock(lock_);
  return refusal_;
}

bool store_board::set_away(const error& why) {
  const std::lock_guard hold_lock(lock_);
  why_ = why.text;
  return !away_.exchange(true);
}

std::string store_board::why() const {
  const std::lock_guard hold_lock(lock_);
  return why_;
}

bool may_pass_later(error_code code) noexcept {
  switch (code) {
  case error_code::store_unavailable:
  case error_code::deadline:
  case error_code::internal: return true;
  case error_code::unknown_key: // what a changed configuration cures: the sender, its charset and tables, the type, the version
  case error_code::data_type:
  case error_code::table_value:
  case error_code::unsupported_type:
  case error_code::unsupported_event:
  case error_code::unsupported_version:
  case error_code::unsupported_processing_id: return true;
  default: return false;
  }
}

/// What a bundle says of itself, where HL7 has MSH. The identifier stands for the control id.
void describe_bundle(const fhir::node& bundle, ports::message_record& row) {
  if (const auto* identifier = bundle.get("identifier")) row.control_id = identifier->str("value");
  if (row.control_id.empty()) row.control_id = bundle.str("id");
  if (const auto* meta = bundle.get("meta")) row.sending_facility = meta->str("source");
  if (timestamp at; from_iso(bundle.str("timestamp"), at)) row.message_datetime = at;
}

bool waits_for_person(const envelope& mail) noexcept {
  if (mail.bundle) return mail.bundle->outcome && mail.bundle->outcome->count(rest::import_entry::fate::conflict) > 0;
  return !mail.decision || mail.decision->is != identity::decision::kind::same;
}

namespace {

/// Lines as a person reads them: indented ones and those behind a line feed too.
template <class F>
bool any_line(std::string_view bytes, F&& is) {
  while (!bytes.empty()) {
    const size_t end = std::min(bytes.find_first_of("\r\n"), bytes.size());
    auto line = bytes.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    if (is(line)) return true;
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  return false;
}

} // namespace

bool refused_for_person(const envelope& mail) noexcept {
  if (!mail.fault || !mail.whole || mail.bundle) return false;
  const auto code = mail.fault->code;
  if (code == error_code::unsupported_processing_id || code == error_code::store_unavailable || code == error_code::deadline) return false;
  const auto says_whom = [](std::string_view line) {
    if (!line.starts_with("PID") || line.size() < 5) return false;
    const char separator = line[3];
    const auto behind_set_id = line.substr(std::min(line.find(separator, 4), line.size()));
    return std::any_of(behind_set_id.begin(), behind_set_id.end(), [&](char c) { return c != separator && c != ' '; });
  };
  const auto has_results = [](std::string_view line) { return line.starts_with("OBX") || line.starts_with("OBR"); };
  return any_line(mail.bytes, says_whom) && any_line(mail.bytes, has_results);
}

ports::message_record record_of(const envelope& mail, model::clinic_id clinic, const std::string& route, const std::string& config_version) {
  ports::message_record row;
  row.id = mail.id;
  row.clinic = clinic;
  row.route = route;
  row.config_version = config_version;
  row.listener = mail.listener;
  row.peer = mail.peer;
  row.received_at = mail.received_at;
  row.trace = mail.trace;
  if (mail.message) {
    const auto header = hl7::peek(*mail.message);
    row.control_id = header.control_id;
    row.message_type = header.type;
    if (!header.event.empty()) row.message_type += "^" + std::string(header.event);
    row.sending_application = header.sending_application;
    row.sending_facility = header.sending_facility;
    row.receiving_facility = header.receiving_facility;
    const auto zone = mail.profile ? mail.profile->time_zone : std::string("Asia/Nicosia");
    if (const auto told = lab::read_time(header.datetime, zone)) row.message_datetime = told->at;
  }
  if (mail.bundle) {
    row.message_type = "Bundle";
    if (mail.bundle->document) describe_bundle(*mail.bundle->document->root, row);
  }
  if (mail.fault) {
    row.status = ports::message_status::failed;
    row.fault = mail.fault;
    row.ack_code = hl7::rule_for(mail.fault->code).ack;
  } else {
    const bool waits = waits_for_person(mail);
    row.status = waits ? ports::message_status::unmatched : ports::message_status::processed;
    if (mail.bundle && mail.bundle->outcome) row.patient = mail.bundle->outcome->patient;
    else if (!waits && mail.decision) row.patient = mail.decision->patient;
    row.ack_code = "AA";
  }
  return row;
}

std::string trace_of(const envelope& mail) {
  rapidjson::StringBuffer buffer;
  json out(buffer);
  out.StartObject();
  out.Key("stages");
  out.StartArray();
  for (const auto& note : mail.notes) {
    out.StartObject();
    text(out, "stage", note.stage);
    out.Key("microseconds");
    out.Double(double(note.took.count()) / 1000.0);
    out.EndObject();
  }
  out.EndArray();
  if (mail.profile) text(out, "profile", mail.profile->code);
  const bool by_profile = mail.profile && !mail.profile->charset.empty();
  if (mail.report || by_profile) text(out, "charset", mail.report ? mail.report->charset : mail.profile->charset);
  if (mail.report) {
    notes(out, "rules", mail.report->rules);
    if (!mail.report->reviews.empty()) notes(out, "reviews", mail.report->reviews);
    if (!mail.report->unmapped_codes.empty()) {
      out.Key("unmapped_codes");
      out.StartArray();
      for (const auto& code : mail.report->unmapped_codes) text(out, code);
      out.EndArray();
    }
  }
  if (mail.decision) {
    out.Key("patient");
    out.StartObject();
    text(out, "decision", identity::name(mail.decision->is));
    if (mail.decision->patient) text(out, "patient_id", std::to_string(*mail.decision->patient));
    if (!mail.decision->rule.empty()) text(out, "rule", mail.decision->rule);
    out.Key("evidence");
    out.StartArray();
    for (const auto& line : mail.decision->evidence) text(out, line);
    out.EndArray();
    out.EndObject();
  }
  if (mail.bundle && mail.bundle->outcome) {
    const auto entries = mail.bundle->outcome->as_json();
    out.Key("entries");
    out.RawValue(entries.data(), entries.size(), rapidjson::kArrayType);
  }
  if (mail.fault) {
    out.Key("error");
    out.StartObject();
    text(out, "code", name(mail.fault->code));
    text(out, "where", mail.fault->where);
    text(out, "text", mail.fault->text);
    out.EndObject();
  }
  if (!mail.remarks.empty()) {
    out.Key("remarks");
    out.StartArray();
    for (const auto& line : mail.remarks) text(out, line);
    out.EndArray();
  }
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

} // namespace aorta::actors

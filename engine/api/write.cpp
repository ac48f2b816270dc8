#include "engine/api/json.hpp"

namespace aorta::api {
namespace {

/// An instant as it was told: `2026-11-20T09:00:00+02:00`, or as much of it as was told.
std::string told(const model::moment& when) {
  auto full = to_iso(when.at, std::chrono::minutes(when.offset_minutes));
  using precision = model::moment::precision;
  switch (when.told) {
    case precision::year: return full.substr(0, 4);
    case precision::month: return full.substr(0, 7);
    case precision::day: return full.substr(0, 10);
    default: return full;
  }
}

void number(json& out, std::string_view key, const std::optional<decimal>& value) {
  out.key(key);
  if (value) out.raw(value->text(), rapidjson::kNumberType);
  else out.null();
}

/// The result that this one goes on from: a culture's organism.
void write_parent(json& out, const model::parent_result& parent) {
  out.open()
    .field_or_null("code", parent.code)
    .field_or_null("sub_id", parent.sub_id)
    .field_or_null("text", parent.text);
  out.field_or_null("placer_order_number", parent.placer_number)
    .field_or_null("filler_order_number", parent.filler_number)
    .close();
}

void write_sent(json& out, const model::sent_as& sent) {
  out.open()
    .field("code", sent.code)
    .field("code_system", sent.code_system)
    .field("name", sent.name)
    .field("value", sent.value);
  out.field("value_type", sent.value_type)
    .field("unit", sent.unit)
    .field("range", sent.range)
    .field("flag", sent.flag);
  out.field_or_null("other_code", sent.other_code)
    .field_or_null("other_system", sent.other_system)
    .field_or_null("other_name", sent.other_name)
    .close();
}

} // namespace

std::optional<std::string> when(const std::optional<timestamp>& at) {
  return at ? std::optional(to_iso(*at)) : std::nullopt;
}

std::optional<std::string> id_text(const std::optional<uuid>& id) {
  return id ? std::optional(to_text(*id)) : std::nullopt;
}

void write_result(json& out, const ports::stored_result& row) {
  const auto& v = row.value;
  out.open().field("id", to_text(row.id));
  out.field("lab_order_id", row.lab_order_id ? std::optional(to_text(*row.lab_order_id)) : std::nullopt);
  out.field("patient_id", std::to_string(row.patient)).field("clinic_id", std::to_string(row.clinic));
  out.field("loinc_code", v.loinc_code).field("test_code", v.test_code).field("test_name", v.test_name);
  out.field("value_text", v.value_text);
  number(out, "value_numeric", v.value_numeric);
  out.field("unit", v.unit);
  number(out, "reference_range_low", v.range_low);
  number(out, "reference_range_high", v.range_high);
  out.field("reference_range_text", v.range_text);
  out.field("abnormal_flag", v.flag ? std::optional(std::string(model::name(*v.flag))) : std::nullopt);
  out.field("critical_value", v.critical).field("result_status", model::name(v.status));
  const auto moment = [&](std::string_view key, const std::optional<model::moment>& at) {
    out.field(key, at ? std::optional(told(*at)) : std::nullopt);
  };
  moment("result_datetime", v.observed_at);
  moment("issued_at", v.issued_at);
  moment("collected_at", row.collected_at);
  out.field_or_null("performing_lab", v.performing_lab)
    .field_or_null("performing_lab_code", v.performing_lab_code);
  out.field_or_null("performer", v.performer).field_or_null("performer_code", v.performer_code);
  out.field("entry_method", row.entry_method).key("source_document_id").null();
  out.field_or_null("comments", v.comments).key("verified_by").null().key("verified_at").null();
  out.field("message_id", to_text(row.message_id))
    .field("version", row.version)
    .field("current", row.current);
  out.field_or_null("placer_order_number", row.placer_number)
    .field_or_null("filler_order_number", row.filler_number);
  out.field_or_null("sub_id", v.sub_id)
    .field_or_null("organism", v.organism)
    .field_or_null("organism_code", v.organism_code);
  out.key("parent");
  if (row.parent == model::parent_result{}) out.null();
  else write_parent(out, row.parent);
  out.field("value_kind", model::name(v.kind))
    .field_or_null("comparator", v.comparator)
    .field_or_null("value_code", v.value_code);
  out.field("reference_range_low_inclusive", v.range_low_inclusive)
    .field("reference_range_high_inclusive", v.range_high_inclusive);
  out.field("observation_status", std::string_view(&v.observation_status, 1))
    .field("needs_review", v.needs_review);
  out.key("attachments").open_list();
  for (const auto& id : row.attachment_ids) out.text(to_text(id));
  out.close_list();
  out.key("sent");
  write_sent(out, v.sent);
  out.field("created_at", to_iso(row.created_at)).close();
}

void write_message(json& out, const ports::message_record& row) {
  out.field("id", to_text(row.id))
    .field("control_id", row.control_id)
    .field("message_type", row.message_type);
  out.field_or_null("sending_application", row.sending_application)
    .field_or_null("sending_facility", row.sending_facility);
  out.field_or_null("receiving_facility", row.receiving_facility);
  out.field("message_datetime",
            row.message_datetime ? std::optional(to_iso(*row.message_datetime)) : std::nullopt);
  out.field("patient_id", row.patient ? std::optional(std::to_string(*row.patient)) : std::nullopt);
  out.field("status", ports::name(row.status));
  out.field("error_message", row.fault ? std::optional(row.fault->text) : std::nullopt);
  out.field("error_code", row.fault ? std::optional(std::string(name(row.fault->code))) : std::nullopt);
  out.field("error_where", row.fault ? std::optional(row.fault->where) : std::nullopt);
  out.field("results_created", row.results_created).field("ack_code", row.ack_code);
  out.field("listener", row.listener)
    .field("route", row.route)
    .field("config_version", row.config_version)
    .field("peer", row.peer);
  out.field("received_at", to_iso(row.received_at));
  out.key("part"); // of a frame that held several
  if (!row.share) {
    out.null();
    return;
  }
  out.open().field("frame", to_text(row.share->frame)).field("number", int(row.share->number));
  out.field("count", int(row.share->count)).close();
}

} // namespace aorta::api

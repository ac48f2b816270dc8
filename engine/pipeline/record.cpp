#include "engine/pipeline/record.hpp"

#include "engine/edit/edit.hpp"
#include "engine/hl7/ack.hpp"
#include "engine/lab/time.hpp"

namespace aorta::pipeline {

void trace_writer::begin() { out_.StartObject(); }
void trace_writer::end() { out_.EndObject(); }
void trace_writer::key(std::string_view name) { out_.Key(name.data(), rapidjson::SizeType(name.size())); }
void trace_writer::text(std::string_view value) {
  out_.String(value.data(), rapidjson::SizeType(value.size()));
}

void trace_writer::text(std::string_view name, std::string_view value) {
  key(name);
  text(value);
}

void trace_writer::number(std::string_view name, double value) {
  key(name);
  out_.Double(value);
}

void trace_writer::texts(std::string_view name, const std::vector<std::string>& all) {
  list(name, [&] {
    for (const auto& each : all) text(each);
  });
}

void trace_writer::notes(std::string_view name, const std::vector<lab::rule_note>& all) {
  list(name, [&] {
    for (const auto& note : all) {
      begin();
      text("where", note.where);
      text("rule", note.rule);
      if (!note.detail.empty()) text("detail", note.detail);
      end();
    }
  });
}

void trace_writer::array(std::string_view name, std::string_view json) {
  key(name);
  out_.RawValue(json.data(), json.size(), rapidjson::kArrayType);
}

ports::message_record record_of(const envelope& mail, model::clinic_id clinic, const std::string& route,
                                const std::string& config_version) {
  ports::message_record row;
  row.id = mail.id;
  row.clinic = clinic;
  row.route = route;
  row.config_version = config_version;
  row.listener = mail.listener;
  row.peer = mail.peer;
  row.received_at = mail.received_at;
  row.share = mail.share;
  row.trace = mail.trace;
  row.control_id = mail.header.control_id;
  row.message_type = mail.header.type;
  if (!mail.header.event.empty()) row.message_type += "^" + std::string(mail.header.event);
  row.sending_application = mail.header.sending_application;
  row.sending_facility = mail.header.sending_facility;
  row.receiving_facility = mail.header.receiving_facility;
  if (mail.fault) {
    row.status = ports::message_status::failed;
    row.fault = mail.fault;
    row.ack_code = hl7::rule_for(mail.fault->code).ack;
    if (mail.asked && mail.accepted == envelope::acceptance::none && mail.how == ports::filing::mode::first &&
        mail.asked->tells_refusal_as_accept())
      row.ack_code[0] = 'C';
  } else {
    const bool waits = waits_for_person(mail);
    row.status = waits ? ports::message_status::unmatched : ports::message_status::processed;
    if (!waits && mail.decision) row.patient = mail.decision->patient;
    row.ack_code = "AA";
  }
  if (mail.payload) mail.payload->describe(mail, row);
  else describe_time(mail, "Asia/Nicosia", row);
  return row;
}

void describe_time(const envelope& mail, const std::string& zone, ports::message_record& row) {
  if (const auto told = lab::read_time(mail.header.datetime, zone)) row.message_datetime = told->at;
}

namespace {

void write_decision(trace_writer& out, const identity::decision& made) {
  out.key("patient");
  out.begin();
  out.text("decision", identity::name(made.is));
  if (made.patient) out.text("patient_id", std::to_string(*made.patient));
  if (!made.rule.empty()) out.text("rule", made.rule);
  out.texts("evidence", made.evidence);
  out.end();
}

/// The edits that did something, by their rules; what they wrote is in the message alone.
void write_edits(trace_writer& out, const edit::account& did) {
  if (did.came.marks.empty()) return;
  out.list("edits", [&] {
    for (const auto& each : did.came.marks) {
      out.begin();
      out.text("rule", each.by->rule);
      out.text("edit", each.by->says);
      out.number("changed", each.changed);
      if (each.failed > 0) out.number("failed", each.failed);
      out.end();
    }
  });
}

void write_error(trace_writer& out, std::string_view as, const error& why) {
  out.key(as);
  out.begin();
  out.text("code", name(why.code));
  out.text("where", why.where);
  out.text("text", why.text);
  out.end();
}

} // namespace

std::string trace_of(const envelope& mail) {
  trace_writer out;
  out.begin();
  out.list("stages", [&] {
    for (const auto& note : mail.notes) {
      out.begin();
      out.text("stage", note.stage);
      out.number("microseconds", double(note.took.count()) / 1000.0);
      out.end();
    }
  });
  if (mail.edits) write_edits(out, *mail.edits);
  if (mail.payload) mail.payload->trace(out);
  if (mail.held) write_error(out, "held", *mail.held);
  if (mail.decision) write_decision(out, *mail.decision);
  if (!mail.forwards.empty())
    out.list("forward", [&] {
      for (const auto& each : mail.forwards)
        if (!each.matched_only || !waits_for_person(mail)) out.text(each.destination);
    });
  if (mail.fault) write_error(out, "error", *mail.fault);
  if (!mail.remarks.empty()) out.texts("remarks", mail.remarks);
  out.end();
  return out.take();
}

} // namespace aorta::pipeline

#include "engine/api/explain.hpp"

#include "engine/api/json.hpp"

#include <algorithm>

namespace aorta::api {
namespace {

void write_notes(json& out, std::string_view key, const std::vector<lab::rule_note>& notes) {
  out.key(key).open_list();
  for (const auto& note : notes)
    out.open().field("where", note.where).field("rule", note.rule).field("detail", note.detail).close();
  out.close_list();
}

/// The row that `lab_results` would get, as far as it is known before the store gives it an id.
ports::stored_result row_of(const model::lab_result& result, const lab::report& report,
                            const std::optional<identity::decision>& decision) {
  ports::stored_result row;
  row.value = result;
  row.entry_method = result.entry_method;
  if (decision && decision->patient) row.patient = *decision->patient;
  if (result.order != model::no_order) {
    row.placer_number = report.orders[result.order].placer_number;
    row.filler_number = report.orders[result.order].filler_number;
  }
  return row;
}

std::string bracketed(const std::string& text) { return text.empty() ? std::string() : " [" + text + "]"; }

void write_edits(json& out, const std::vector<edit::step_told>& edits) {
  out.key("edits").open_list();
  for (const auto& each : edits) {
    out.open().field("rule", each.rule).field("edit", each.says).field("when", each.why);
    out.field("ran", each.ran).key("changes").open_list();
    for (const auto& change : each.changes)
      out.open()
        .field("where", change.where)
        .field("before", change.before)
        .field("after", change.after)
        .field_or_null("trouble", change.trouble)
        .close();
    out.close_list().close();
  }
  out.close_list();
}

/// A line for each edit, and one for each place.
std::string edit_lines(const explanation& what) {
  std::string out;
  for (const auto& each : what.edits) {
    out += "edit     " + each.rule + "  " + each.says + (each.ran ? "" : ": not run") +
      (each.why.empty() ? "" : ", since " + each.why) + "\n";
    for (const auto& change : each.changes)
      out += "         " + change.where + "  \"" + change.before + "\" -> \"" + change.after + "\"" +
        (change.trouble.empty() ? "" : ": " + change.trouble) + "\n";
  }
  if (what.held) out += "held     " + what.held->where + ": " + what.held->text + "\n";
  return out;
}

std::string result_line(const model::lab_result& r) {
  std::string out = "  " + std::to_string(r.set_id) + "  " + r.test_code + "  " + r.test_name + "  LOINC " +
    r.loinc_code.value_or("none") + "\n";
  out += "       sent   " + r.sent.value + (r.sent.unit.empty() ? "" : " " + r.sent.unit) +
    bracketed(r.sent.range) + " " + r.sent.flag + "\n";
  out += "       filed  " + r.value_text.value_or("no value") + (r.unit ? " " + *r.unit : "") +
    bracketed(r.range_text.value_or("")) + " " + (r.flag ? std::string(model::name(*r.flag)) : "no flag") +
    (r.critical ? ", CRITICAL" : "") + ", " + std::string(model::name(r.status)) +
    (r.needs_review ? ", for a person to look at" : "") + "\n";
  return out;
}

} // namespace

std::string to_json(const explanation& what) {
  json out;
  out.open()
    .field_or_null("route", what.route)
    .field_or_null("profile", what.profile)
    .field("message_type", what.message_type);
  out.field("control_id", what.control_id).field("status", what.status);
  out.key("chain").open_list();
  for (const auto& stage : what.chain) out.text(stage);
  out.close_list().key("shadowed").open_list();
  for (const auto& route : what.shadowed) out.text(route);
  out.close_list().field_or_null("when", what.when);
  write_edits(out, what.edits);
  out.key("patient");
  if (what.decision) {
    out.open().field("decision", identity::name(what.decision->is));
    out.field("patient_id",
              what.decision->patient ? std::optional(std::to_string(*what.decision->patient)) : std::nullopt);
    out.field_or_null("rule", what.decision->rule).key("evidence").open_list();
    for (const auto& line : what.decision->evidence) out.text(line);
    out.close_list().key("candidates").open_list();
    for (const auto id : what.decision->candidates) out.text(std::to_string(id));
    out.close_list().close();
  } else {
    out.null();
  }
  out.field_or_null("store", what.store_note).key("results").open_list();
  if (what.report)
    for (const auto& result : what.report->results)
      write_result(out, row_of(result, *what.report, what.decision));
  out.close_list().key("alerts").open_list();
  for (const auto& each : what.alerts) out.text(each);
  out.close_list();
  write_notes(out, "rules", what.report ? what.report->rules : std::vector<lab::rule_note>{});
  write_notes(out, "reviews", what.report ? what.report->reviews : std::vector<lab::rule_note>{});
  out.key("error");
  if (what.fault)
    out.open()
      .field("code", name(what.fault->code))
      .field("where", what.fault->where)
      .field("text", what.fault->text)
      .close();
  else out.null();
  out.field("ack_code", what.ack_code).field("ack", what.ack).close();
  return out.take() + "\n";
}

std::string to_lines(const explanation& what) {
  std::string out = "route    " + (what.route.empty() ? std::string("none") : what.route) + "\n";
  if (!what.chain.empty()) {
    out += "chain    ";
    for (size_t i = 0; i < what.chain.size(); ++i) out += (i > 0 ? " -> " : "") + what.chain[i];
    out += "\n";
  }
  if (!what.when.empty()) out += "when     " + what.when_rule + "  " + what.when + "\n";
  for (const auto& route : what.shadowed) out += "shadows  " + route + ", which would take it too\n";
  out += "message  " + what.message_type + " " + what.control_id +
    (what.profile.empty() ? "" : ", profile " + what.profile) + "\n";
  out += edit_lines(what);
  if (what.decision) {
    out += "patient  " + std::string(identity::name(what.decision->is));
    if (what.decision->patient)
      out += ": patient " + std::to_string(*what.decision->patient) + " by " + what.decision->rule;
    out += "\n";
    for (const auto& line : what.decision->evidence) out += "         - " + line + "\n";
  }
  if (!what.store_note.empty()) out += "patient  not looked up: " + what.store_note + "\n";
  if (what.report) {
    const bool filed = what.status == "processed";
    out += "results  " + std::to_string(what.report->results.size()) +
      (filed ? " rows would be written" : " would wait in the review queue") + "\n";
    for (const auto& result : what.report->results) {
      out += result_line(result);
      const auto place = "OBX[" + std::to_string(result.set_id) + "]";
      for (const auto& note : what.report->rules)
        if (note.where.starts_with(place))
          out += "       rule   " + note.where + " " + note.rule + ": " + note.detail + "\n";
    }
    for (const auto& note : what.report->rules)
      if (!note.where.starts_with("OBX["))
        out += "rule     " + note.where + " " + note.rule + ": " + note.detail + "\n";
    for (const auto& note : what.report->reviews)
      out += "review   " + note.where + " " + note.rule + ": " + note.detail + "\n";
  }
  for (const auto& each : what.alerts) out += "critical " + each + "\n";
  if (what.fault)
    out += "error    " + std::string(name(what.fault->code)) +
      (what.fault->where.empty() ? "" : " at " + what.fault->where) + ": " + what.fault->text + "\n";
  out += "ack      " + what.ack_code + "\n";
  auto lines = what.ack;
  std::replace(lines.begin(), lines.end(), '\r', '\n');
  out += lines;
  return out;
}

} // namespace aorta::api

// /api/critical: alerts of critical values, what persons do about them, and the report of how soon somebody
// heard.
#include "engine/api/json.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"
#include "engine/export/critical_report.hpp"
#include "engine/ports/critical.hpp"

#include <algorithm>
#include <cmath>

namespace aorta::api {
namespace {

using critical::state;
using ports::critical_alert;
using seconds = std::chrono::seconds;

std::optional<std::string> name_of(const std::optional<ports::person>& who) {
  if (!who) return std::nullopt;
  return who->email.empty() ? "user " + std::to_string(who->id) : who->email;
}

void write_shown(json& out, std::string_view key, const critical::shown& what) {
  out.key(key).open();
  out.field_or_null("comparator", what.comparator)
    .field("value", what.value)
    .field_or_null("unit", what.unit)
    .field_or_null("sent_value", what.sent_value)
    .field_or_null("sent_unit", what.sent_unit)
    .close();
}

void write_step(json& out, const ports::critical_step& step) {
  out.open().field("at", to_iso(step.at)).field("kind", step.kind).field("who", name_of(step.who));
  out.field_or_null("key", step.key)
    .field_or_null("role", step.role)
    .field_or_null("channel", step.channel)
    .field_or_null("target", step.target)
    .field_or_null("detail", step.detail)
    .close();
}

void write_alert(json& out, const critical_alert& of) {
  out.field("id", to_text(of.id))
    .field("state", critical::name(of.is))
    .field("severity", critical::name(of.how))
    .field("why", of.why)
    .field("message_id", id_text(of.message))
    .field("obx", of.position > 0 ? std::optional(int64_t{of.position}) : std::nullopt)
    .field_or_null("where", of.position > 0 ? "OBX[" + std::to_string(of.position) + "]" : of.content.where)
    .field("result_id", id_text(of.result))
    .field("patient_id", of.patient ? std::optional(std::to_string(*of.patient)) : std::nullopt);
  out.field("test_code", of.test_code)
    .field_or_null("loinc_code", of.loinc)
    .field_or_null("test_name", of.content.test_name)
    .field_or_null("abnormal_flag", of.flag);
  write_shown(out, "value", of.content.value);
  if (of.content.before) write_shown(out, "before", *of.content.before);
  else out.key("before").null();
  out.field("observed_at", when(of.observed))
    .field("detected_at", to_iso(of.detected))
    .field("due_at", when(of.due_at))
    .field("next_at", when(of.next_at))
    .field("notified_at", when(of.notified_at))
    .field("delivered_at", when(of.delivered_at))
    .field("acknowledged_at", when(of.acknowledged_at))
    .field("acknowledged_by", name_of(of.acknowledged_by))
    .field("read_back_at", when(of.read_at))
    .field("closed_at", when(of.closed_at))
    .field("closed_by", name_of(of.closed_by));
  out.field_or_null("outcome", of.outcome)
    .field_or_null("reason", of.reason)
    .field("same_as", id_text(of.same_as))
    .field("review_id", id_text(of.review));
}

std::string whole(const critical_alert& of) {
  json out;
  out.open();
  write_alert(out, of);
  out.key("steps").open_list();
  for (const auto& step : of.steps) write_step(out, step);
  return out.close_list().close().take();
}

/// What the body says; without one nothing is said. Nothing, and a refusal, when it cannot be read.
std::optional<act_body> read_said(call& on, std::string_view expected) {
  if (on.asked.body.empty()) return act_body{};
  auto said = read_act(on.asked.body);
  if (!said) on.refuse(400, "bad-body", "expected " + std::string(expected));
  return said;
}

bool only_clinic(call& on) {
  for (const auto& [key, value] : on.asked.query)
    if (key != "clinic") {
      no_such_parameter(on, key);
      return false;
    }
  return true;
}

/// Who does it, as it is kept.
ports::critical_act act_of(const call& on, critical::act what, const act_body& said) {
  ports::critical_act out;
  out.what = what;
  out.who = *on.who.user;
  out.key = on.who.actor;
  out.role = said.role;
  out.value = said.value.value_or("");
  out.unit = said.unit.value_or("");
  out.outcome = said.outcome;
  out.reason = said.reason;
  return out;
}

/// Nothing, and a refusal, when it was not done.
std::optional<critical_alert> carry_out(call& on, const uuid& id, const ports::critical_act& what) {
  const auto done = on.admin().critical().act(on.clinic.id, id, what);
  using kind = ports::critical_log::outcome::kind;
  if (!done) return on.refuse(done.error()), std::nullopt;
  if (!*done) return on.refuse(404, "not-found", "no such alert"), std::nullopt;
  const auto& [now, is, why] = **done;
  on.out.audit.patient = now.patient;
  if (is == kind::done) return now;
  if (is == kind::differs)
    return on.refuse(422, "differs",
                     "this is not the value of the alert: look again, and ask the laboratory"),
           std::nullopt;
  const auto by = now.is == state::closed ? now.closed_by : now.acknowledged_by;
  on.refuse(409, "not-possible", why, by ? "by" : "state",
            by ? name_of(by).value_or("") : std::string(critical::name(now.is)));
  return std::nullopt;
}

std::vector<state> open_states() {
  std::vector<state> out;
  for (size_t i = 0; i < critical::states; ++i)
    if (!critical::has_ended(state(i))) out.push_back(state(i));
  return out;
}

/// Seconds, of one step of a clinic's alerts.
struct spans {
  std::vector<double> all;
  void add(const timestamp& from, const std::optional<timestamp>& to) {
    if (to) all.push_back(std::max(0.0, std::chrono::duration<double>(*to - from).count()));
  }
  /// Nearest rank: the smallest that at least this share does not exceed.
  std::optional<double> at(double share) {
    if (all.empty()) return std::nullopt;
    std::sort(all.begin(), all.end());
    const auto rank = size_t(std::ceil(share * double(all.size())));
    return std::round(all[std::max<size_t>(rank, 1) - 1] * 1000) / 1000;
  }
};

struct figures {
  int64_t alerts = 0, late = 0, ended_before = 0, acknowledged = 0, in_time = 0, read_back = 0, unreached = 0;
  spans notified, acked, read;

  void add(const ports::critical_times& one, timestamp now) {
    ++alerts;
    if (one.came_late) { // no ladder, so nothing to be in time for
      ++late;
      return;
    }
    const bool ended = !one.acknowledged_at && (one.is == state::superseded || one.is == state::withdrawn);
    const bool in_vain = ended && one.due_at && one.ended_at && *one.due_at < *one.ended_at;
    if (ended && !in_vain) ++ended_before;
    if (one.acknowledged_at) {
      ++acknowledged;
      if (one.due_at && *one.acknowledged_at <= *one.due_at) ++in_time;
    }
    if (one.read_at) ++read_back;
    const bool overdue = critical::climbs(one.is) && one.due_at && *one.due_at < now;
    if (!one.acknowledged_at && (one.is == state::unreachable || overdue || in_vain)) ++unreached;
    notified.add(one.detected, one.notified_at);
    acked.add(one.detected, one.acknowledged_at);
    read.add(one.detected, one.read_at);
  }
  /// Of those of which somebody had to hear.
  std::optional<double> share() const {
    const auto counted = alerts - late - ended_before;
    return counted > 0 ? std::optional(std::round(1000.0 * double(in_time) / double(counted)) / 1000)
                       : std::nullopt;
  }
};

struct reported {
  std::string clinic, severity;
  figures of;
};

std::string number(double value) {
  char out[40];
  std::snprintf(out, sizeof out, "%.3f", value);
  return out;
}

/// Its names and values, in the order of the columns; numbers as texts, empty where there are none.
std::vector<std::pair<const char*, std::string>> cells_of(reported& one) {
  auto& f = one.of;
  const auto real = [](const std::optional<double>& value) { return value ? number(*value) : std::string(); };
  return {{"alerts", std::to_string(f.alerts)},
          {"late", std::to_string(f.late)},
          {"ended_before", std::to_string(f.ended_before)},
          {"acknowledged", std::to_string(f.acknowledged)},
          {"acknowledged_in_time", std::to_string(f.in_time)},
          {"share_in_time", real(f.share())},
          {"read_back", std::to_string(f.read_back)},
          {"unreached", std::to_string(f.unreached)},
          {"notified_p50_seconds", real(f.notified.at(0.5))},
          {"notified_p90_seconds", real(f.notified.at(0.9))},
          {"acknowledged_p50_seconds", real(f.acked.at(0.5))},
          {"acknowledged_p90_seconds", real(f.acked.at(0.9))},
          {"read_back_p50_seconds", real(f.read.at(0.5))},
          {"read_back_p90_seconds", real(f.read.at(0.9))}};
}

std::string as_csv(std::vector<reported>& all, timestamp from, timestamp to) {
  reported nothing;
  std::string out = "clinic,severity,from,to";
  for (const auto& [name, value] : cells_of(nothing)) out.append(",").append(name);
  out += "\r\n";
  for (auto& one : all) {
    out += one.clinic + "," + one.severity + "," + to_iso(from) + "," + to_iso(to);
    for (const auto& [name, value] : cells_of(one)) out.append(",").append(value);
    out += "\r\n";
  }
  return out;
}

std::string as_json(std::vector<reported>& all, timestamp from, timestamp to) {
  json out;
  out.open().field("from", to_iso(from)).field("to", to_iso(to)).key("items").open_list();
  for (auto& one : all) {
    out.open().field("clinic", one.clinic).field("severity", one.severity);
    for (const auto& [name, value] : cells_of(one)) {
      if (value.empty()) out.key(name).null();
      else out.key(name).raw(value, rapidjson::kNumberType);
    }
    out.close();
  }
  return out.close_list().key("next").null().close().take();
}

/// As a PDF for people. Nothing, and a refusal, when it could not be made.
std::optional<std::string> as_pdf(call& on, std::vector<reported>& all, timestamp from, timestamp to,
                                  exports::language in) {
  if (!on.engine.exports) return on.refuse(503, "store-unavailable", "the engine is starting"), std::nullopt;
  const auto by = on.engine.exports();
  std::vector<exports::critical_figures> told;
  for (auto& one : all) {
    auto& f = one.of;
    told.push_back({one.clinic,
                    one.severity,
                    f.alerts,
                    f.late,
                    f.ended_before,
                    f.acknowledged,
                    f.in_time,
                    f.read_back,
                    f.unreached,
                    f.share(),
                    {f.notified.at(0.5), f.notified.at(0.9)},
                    {f.acked.at(0.5), f.acked.at(0.9)},
                    {f.read.at(0.5), f.read.at(0.9)}});
  }
  const auto at = on.out.audit.at;
  auto made = exports::critical_report_pdf(told, from, to,
                                           {{by.ids->next(at), at}, who_of(on.who.actor), by.version, in});
  if (!made) return on.refuse(made.error()), std::nullopt;
  return std::move(*made);
}

/// All of the caller's clinics, or the one that is named.
result<std::vector<ports::clinic>> reported_clinics(call& on) {
  if (on.who.clinic || on.asked.query.contains("clinic")) return std::vector<ports::clinic>{on.clinic};
  return on.admin().access().clinics();
}

} // namespace

void list_critical(call& on) {
  ports::critical_filter filter;
  filter.clinic = on.clinic.id;
  filter.states = open_states();
  const auto other = [&](const std::string& key, const std::string& value) {
    if (key == "message_id") {
      filter.message = uuid_from_text(value);
      if (filter.message) return true;
      on.refuse(400, "bad-parameter", "not an id of a message", "parameter", key);
      return false;
    }
    if (key != "state") return no_such_parameter(on, key), false;
    const auto one = critical::state_from(value);
    if (value == "all") filter.states.clear();
    else if (one) filter.states = {*one};
    else if (!value.empty())
      return on.refuse(400, "bad-parameter", "no such state of an alert", "parameter", key), false;
    return true;
  };
  if (!read_page(on, filter.cursor, filter.limit, other, is_id)) return;
  const auto page = on.admin().critical().alerts(filter);
  if (!page) return on.refuse(page.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& each : page->items) {
    out.open();
    write_alert(out, each);
    out.close();
  }
  on.answer(out.close_list().field_or_null("next", page->next).close().take());
}

void show_critical(call& on) {
  const auto id = id_of(on);
  if (!id || !only_clinic(on)) return;
  const auto found = on.admin().critical().alert(on.clinic.id, *id);
  if (!found) return on.refuse(found.error());
  if (!*found) return on.refuse(404, "not-found", "no such alert");
  on.out.audit.patient = (*found)->patient;
  on.answer(whole(**found));
}

void acknowledge_critical(call& on) {
  const auto id = id_of(on);
  if (!id || !only_clinic(on) || !is_person(on)) return;
  const auto said = read_said(on, R"({"role": "on-call"}, or no body)");
  if (!said) return;
  const auto now = carry_out(on, *id, act_of(on, critical::act::acknowledge, *said));
  if (!now) return;
  if (on.engine.acknowledged && now->acknowledged_at)
    on.engine.acknowledged(
      std::chrono::duration_cast<std::chrono::milliseconds>(*now->acknowledged_at - now->detected));
  on.answer(whole(*now));
}

void read_back_critical(call& on) {
  const auto id = id_of(on);
  if (!id || !only_clinic(on) || !is_person(on)) return;
  constexpr std::string_view expected = R"({"value": "7.2", "unit": "mmol/L"})";
  const auto said = read_said(on, expected);
  if (!said) return;
  if (!said->value || said->value->empty())
    return on.refuse(400, "bad-body", "expected " + std::string(expected));
  if (const auto now = carry_out(on, *id, act_of(on, critical::act::read_back, *said)))
    on.answer(whole(*now));
}

void hand_over_critical(call& on) {
  const auto id = id_of(on);
  if (!id || !only_clinic(on) || !is_person(on)) return;
  constexpr std::string_view expected = R"({"to": "anna@clinic.example", "reason": "..."})";
  const auto said = read_said(on, expected);
  if (!said) return;
  if (said->to.empty()) return on.refuse(400, "bad-body", "expected " + std::string(expected));
  const auto to = on.admin().access().user(said->to, false);
  if (!to) return on.refuse(to.error());
  if (!*to) return on.refuse(404, "not-found", "no person of this address", "to", said->to);
  const auto works = on.admin().access().works_in((*to)->id, on.clinic.id);
  if (!works) return on.refuse(works.error());
  if (!*works)
    return on.refuse(422, "other-clinic",
                     "this person has no key of this clinic, and could not acknowledge it", "to", said->to);
  auto what = act_of(on, critical::act::hand_over, *said);
  what.to = **to;
  what.within = on.engine.critical_due ? on.engine.critical_due(on.clinic.id) : critical::rules().due;
  if (const auto now = carry_out(on, *id, what)) on.answer(whole(*now));
}

void close_critical(call& on) {
  const auto id = id_of(on);
  if (!id || !only_clinic(on) || !is_person(on)) return;
  const auto said = read_said(on, R"({"outcome": "acted"})");
  if (!said) return;
  const auto what = act_of(on, critical::act::close, *said);
  if (what.outcome != "acted" && what.outcome != "no-action" && what.outcome != "mistaken")
    return on.refuse(400, "bad-body", "outcome is `acted`, `no-action` or `mistaken`");
  const auto found = on.admin().critical().alert(on.clinic.id, *id);
  if (!found) return on.refuse(found.error());
  if (*found && (*found)->is != state::read_back && what.reason.empty())
    return on.refuse(400, "bad-body", "its value was not read back: say in \"reason\" why it is closed");
  if (const auto now = carry_out(on, *id, what)) on.answer(whole(*now));
}

void report_critical(call& on) {
  timestamp to = on.out.audit.at, from = to - std::chrono::days(30);
  std::string format = "json";
  auto in = exports::language::el;
  for (const auto& [key, value] : on.asked.query) {
    const bool time = key == "from" || key == "to";
    if (time && !from_iso(value, key == "from" ? from : to))
      return on.refuse(400, "bad-parameter", "not a time", "parameter", key);
    if (key == "format" && value != "csv" && value != "json" && value != "pdf")
      return on.refuse(400, "bad-parameter", "format is `csv`, `json` or `pdf`", "parameter", key);
    if (key == "lang" && value != "el" && value != "en")
      return on.refuse(400, "bad-parameter", "lang is `el` or `en`", "parameter", key);
    if (key == "format") format = value;
    else if (key == "lang") in = value == "en" ? exports::language::en : exports::language::el;
    else if (!time && key != "clinic") return no_such_parameter(on, key);
  }
  const auto clinics = reported_clinics(on);
  if (!clinics) return on.refuse(clinics.error());
  std::vector<reported> all;
  for (const auto& clinic : *clinics) {
    const auto times = on.admin().critical().times(clinic.id, from, to);
    if (!times) return on.refuse(times.error());
    for (const auto* severity : {"all", "risk", "significant"}) {
      auto& one = all.emplace_back(reported{clinic.code, severity, {}});
      for (const auto& each : *times)
        if (one.severity == "all" || one.severity == critical::name(each.how))
          one.of.add(each, on.out.audit.at);
    }
  }
  if (format == "json") return on.answer(as_json(all, from, to));
  if (format == "csv") {
    on.out.reply.content_type = "text/csv; charset=utf-8";
    return on.answer(as_csv(all, from, to));
  }
  auto pdf = as_pdf(on, all, from, to, in);
  if (!pdf) return;
  on.out.reply.content_type = "application/pdf";
  on.answer(std::move(*pdf));
}

} // namespace aorta::api

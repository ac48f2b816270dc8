#include "engine/gateway/message_trial.hpp"

#include "engine/hl7/frame.hpp"
#include "engine/pipeline/lab_payload.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/pipeline/webhook_mail.hpp"
#include "engine/ports/message_log.hpp"
#include "routes/choose.hpp"
#include "routes/kinds.hpp"
#include "routes/of_settings.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>

namespace aorta::gateway {
namespace {

using found_routes = std::vector<const config::route*>; ///< the first takes it, the others would too

result<found_routes> named_route(const config::settings& settings, const std::string& name) {
  for (const auto& route : settings.routes)
    if (route.name == name) {
      if (!routes::brings(pipeline::http_listener, route) && !pipeline::is_webhook(route.from.front()))
        return found_routes{&route};
      return error{error_code::unsupported_type, "--route",
                   "`try` follows HL7; what route '" + name + "' takes comes by HTTP"};
    }
  return error{error_code::invalid, "--route", "there is no route '" + name + "'"};
}

result<found_routes> choose_route(const config::settings& settings, const trial_way& how,
                                  const pipeline::envelope& mail) {
  if (!how.route.empty()) return named_route(settings, how.route);
  if (!how.listener.empty() && !settings.listeners.contains(how.listener))
    return error{error_code::invalid, "--listener", "there is no listener '" + how.listener + "'"};
  const routes::offers offers(settings);
  std::vector<found_routes> fitting; // what each listener would lead to, each once
  std::string listeners;
  std::optional<error> why_none;
  for (const auto& [listener, rules] : settings.listeners) {
    if (!how.listener.empty() && listener != how.listener) continue;
    const auto chosen = offers.choose(listener, mail.header, mail.bytes);
    if (!chosen) {
      if (!why_none || why_none->code == error_code::unsupported_type) why_none = chosen.error();
      continue;
    }
    listeners += (listeners.empty() ? "" : ", ") + listener;
    if (std::none_of(fitting.begin(), fitting.end(),
                     [&](const auto& each) { return each.front() == chosen->front(); }))
      fitting.push_back(*chosen);
  }
  if (fitting.size() > 1)
    return error{error_code::invalid, "--listener",
                 "which route takes this message depends on where it comes in: add --listener with one of " +
                   listeners};
  if (fitting.empty())
    return why_none.value_or(
      error{error_code::unsupported_type, "MSH-9.1", "no route takes this message type"});
  return fitting.front();
}

/// The route's chain, or that of refusals.
std::vector<pipeline::stage> stages_of(const config::route* route) {
  return route == nullptr ? routes::refused().how.stages() : routes::stages_of(*route);
}

api::explanation explain(const pipeline::envelope& mail, const found_routes& routes,
                         const std::string& why_away) {
  auto out = explanation_of(mail, routes.empty() ? config::route{} : *routes.front(), why_away);
  if (routes.empty()) out.route.clear();
  else if (const auto& rules = routes.front()->rules; rules && rules->when) {
    out.when_rule = rules->when_rule;
    out.when = routes::why_taken(*routes.front(), mail.bytes);
  }
  for (size_t i = 1; i < routes.size(); ++i) out.shadowed.push_back(routes[i]->name);
  return out;
}

std::string minutes_text(std::chrono::milliseconds time) {
  char out[40];
  std::snprintf(out, sizeof out, "%g min", double(time.count()) / 60'000);
  return out;
}

/// Who would hear of the critical values among its results, and when, as the ladder is today.
std::vector<std::string> alerts_of(const api::explanation& of, const critical::rules& by, timestamp now) {
  std::vector<std::string> out;
  if (!of.report || of.fault) return out;
  for (const auto& result : of.report->results) {
    if (!result.critical || result.retracts) continue;
    const std::string what = "OBX[" + std::to_string(result.set_id) + "] " + result.test_code + " ";
    if (result.observed_at && now - result.observed_at->at > by.fresh) {
      out.push_back(what + "is older than " + std::to_string(by.fresh.count()) +
                    " hours: it would stand among the late ones, and nobody is called");
      continue;
    }
    const bool risk = result.flag == model::abnormal_flag::critical_low ||
      result.flag == model::abnormal_flag::critical_high;
    const auto all = critical::plan(by, risk ? critical::band::risk : critical::band::significant,
                                    of.status == "processed", now);
    for (const auto& each : all) {
      const auto after = minutes_text(std::chrono::duration_cast<std::chrono::milliseconds>(each.at - now));
      if (each.rung == nullptr) out.push_back(what + "after " + after + ": somebody has to call by hand");
      else
        out.push_back(what + "after " + after + ": " +
                      (each.rung->role.empty() ? "" : each.rung->role + " by ") + each.rung->destination +
                      (each.open ? "" : ", but not at this hour"));
    }
  }
  return out;
}

/// A clinic's people, as long as the store answers.
struct looked_at {
  std::unique_ptr<ports::lane> session;
  looking_only lane{nullptr};
  model::clinic_id clinic = 0;
};

} // namespace

message_trial::message_trial(const config::settings& settings, trial_way by, lane_finder lanes,
                             const clock_source& clock, id_source& ids)
    : settings_(settings),
      by_(std::move(by)),
      lanes_(std::move(lanes)),
      clock_(clock),
      ids_(ids) {}

api::explanation message_trial::run(std::string bytes) const {
  auto mail = std::make_shared<pipeline::envelope>();
  mail->bytes = std::move(bytes);
  mail->listener = by_.listener;
  mail->received_at = clock_.now();
  found_routes found;
  if (const auto header = pipeline::read_header(*mail); !header) mail->refuse(header.error());
  else if (auto chosen = choose_route(settings_, by_, *mail); !chosen) mail->refuse(chosen.error());
  else found = std::move(*chosen);
  const auto* route = found.empty() ? nullptr : found.front();
  auto of = routes::route_of(settings_, route == nullptr ? config::route{} : *route, clock_, ids_);
  of.explains = true;
  of.stores = false;
  const auto [lane, clinic] = lanes_(of.how.clinic);
  of.clinic = clinic;
  if (const auto ran = pipeline::run(stages_of(route), of, {&mail, 1}, *lane); !ran) mail->fail(ran.error());
  auto out = explain(*mail, found, lane->why_away);
  out.alerts = alerts_of(out, settings_.alerts.of(of.how.clinic), mail->received_at);
  return out;
}

result<std::vector<api::explanation>> try_text(ports::store& store, const clock_source& clock, id_source& ids,
                                               const config::settings& settings, const trial_way& by,
                                               std::string text) {
  auto admin = store.admin();
  if (!admin) return admin.error();
  const auto clinics = (*admin)->access().clinics();
  if (!clinics) return clinics.error();
  std::map<std::string, looked_at> lanes;
  const auto lane_of = [&](const std::string& code) -> std::pair<looking_only*, model::clinic_id> {
    const auto [found, fresh] = lanes.try_emplace(code);
    auto& out = found->second;
    for (const auto& each : *clinics)
      if (fresh && each.code == code) {
        out.clinic = each.id;
        if (auto made = store.session()) {
          out.session = std::move(*made);
          out.lane = looking_only(out.session.get());
        } else out.lane.why_away = made.error().text;
      }
    if (fresh && out.clinic == 0 && !code.empty())
      out.lane.why_away = "the store has no clinic '" + code + "'";
    return {&out.lane, out.clinic};
  };
  const message_trial trial(settings, by, lane_of, clock, ids);
  std::vector<api::explanation> out;
  const auto content = hl7::read_frame(text);
  if (!content || content->is_whole()) out.push_back(trial.run(std::move(text)));
  else
    for (size_t i = 0; i < std::min(content->parts.size(), by.most); ++i)
      out.push_back(trial.run(content->parts[i].bytes()));
  if (out.empty()) return error{error_code::invalid, "", "the text holds no message"};
  return out;
}

} // namespace aorta::gateway

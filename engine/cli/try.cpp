// `aorta try`: a message's whole way, told and not gone. The same steps as serve's, on one thread.
#include "engine/api/explain.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/messages.hpp"
#include "engine/edit/edit.hpp"
#include "engine/gateway/file_trial.hpp"
#include "engine/pipeline/lab_payload.hpp"
#include "engine/pipeline/run.hpp"
#include "engine/store/open.hpp"
#include "engine/pipeline/webhook_mail.hpp"
#include "routes/kinds.hpp"
#include "routes/of_settings.hpp"

#include <algorithm>
#include <cstdio>
#include <map>

namespace aorta::cli {
namespace {

struct ids_and_clock {
  system_clock_source clock;
  uuid_v7_source ids;
};

using routes_found = std::vector<const config::route*>; ///< the first takes it, the others would too

result<routes_found> named_route(const config::settings& settings, const std::string& name) {
  for (const auto& route : settings.routes)
    if (route.name == name) {
      if (!routes::brings(pipeline::http_listener, route) && !pipeline::is_webhook(route.from.front()))
        return routes_found{&route};
      return error{error_code::unsupported_type, "--route",
                   "`try` follows HL7; what route '" + name + "' takes comes by HTTP"};
    }
  return error{error_code::invalid, "--route", "there is no route '" + name + "'"};
}

result<routes_found> choose_route(const config::settings& settings, const try_options& how,
                                  const pipeline::envelope& mail) {
  if (!how.route.empty()) return named_route(settings, how.route);
  if (!how.listener.empty() && !settings.listeners.contains(how.listener))
    return error{error_code::invalid, "--listener", "there is no listener '" + how.listener + "'"};
  const routes::offers offers(settings);
  std::vector<routes_found> fitting; // what each listener would lead to, each once
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

/// The clinic's store, to look only; without one nobody is found, and the lane says why.
struct clinic_store {
  std::unique_ptr<ports::store> store;
  std::unique_ptr<ports::lane> session;
  std::unique_ptr<gateway::looking_only> lane = std::make_unique<gateway::looking_only>(nullptr);
  model::clinic_id clinic = 0;

  void open(const config::settings& settings, const std::string& code, ids_and_clock& with) {
    if (const auto opened = look_up(settings, code, with); !opened) lane->why_away = opened.error().text;
    else lane = std::make_unique<gateway::looking_only>(session.get());
  }

private:
  status look_up(const config::settings& settings, const std::string& code, ids_and_clock& with) {
    auto opened = store::open({settings.store_url, settings.pii_key, &with.clock, &with.ids});
    if (!opened) return opened.error();
    store = std::move(*opened);
    if (const auto good = store->check(); !good) return good.error();
    auto admin = store->admin();
    if (!admin) return admin.error();
    const auto found = clinic_named(**admin, code);
    if (!found) return found.error();
    clinic = *found;
    auto made = store->session();
    if (!made) return made.error();
    session = std::move(*made);
    return done{};
  }
};

/// The route's chain, or that of refusals.
std::vector<pipeline::stage> stages_of(const config::route* route) {
  return route == nullptr ? routes::refused().how.stages() : routes::stages_of(*route);
}

/// Why the route's own condition holds.
void explain_when(const pipeline::envelope& mail, const config::route& route, api::explanation& out) {
  if (!route.rules || !route.rules->when) return;
  out.when_rule = route.rules->when_rule;
  if (const auto sent = hl7::parse(mail.bytes))
    out.when = route.rules->when->explain(edit::draft(*sent, "")).why;
}

api::explanation explain(const pipeline::envelope& mail, const routes_found& routes,
                         const std::string& why_away) {
  auto out = gateway::explanation_of(mail, routes.empty() ? config::route{} : *routes.front(), why_away);
  if (routes.empty()) out.route.clear();
  else explain_when(mail, *routes.front(), out);
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

/// Everything that one call looks into, opened once.
class trial {
public:
  trial(const config::settings& settings, const try_options& how) : settings_(settings), how_(how) {}

  api::explanation run(std::string bytes) {
    auto mail = std::make_shared<pipeline::envelope>();
    mail->bytes = std::move(bytes);
    mail->listener = how_.listener;
    mail->received_at = own_.clock.now();
    routes_found found;
    if (const auto header = pipeline::read_header(*mail); !header) mail->refuse(header.error());
    else if (auto chosen = choose_route(settings_, how_, *mail); !chosen) mail->refuse(chosen.error());
    else found = std::move(*chosen);
    const auto* route = found.empty() ? nullptr : found.front();
    auto of = routes::route_of(settings_, route == nullptr ? config::route{} : *route, own_.clock, own_.ids);
    of.explains = true;
    of.stores = false;
    auto& lane = lane_of(of);
    if (const auto ran = pipeline::run(stages_of(route), of, {&mail, 1}, lane); !ran) mail->fail(ran.error());
    auto out = explain(*mail, found, lane.why_away);
    out.alerts = alerts_of(out, settings_.alerts.of(of.how.clinic), mail->received_at);
    return out;
  }

private:
  /// The clinic's store; of a message that no route takes, none.
  gateway::looking_only& lane_of(pipeline::route& of) {
    const auto [found, fresh] = clinics_.try_emplace(of.how.clinic);
    if (fresh && !of.how.clinic.empty()) found->second.open(settings_, of.how.clinic, own_);
    of.clinic = found->second.clinic;
    return *found->second.lane;
  }

  const config::settings& settings_;
  const try_options& how_;
  ids_and_clock own_;
  std::map<std::string, clinic_store> clinics_;
};

} // namespace

int try_messages(const common& with, const try_options& how) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  auto given = read_messages(how.files, reading::parts);
  if (!given) {
    std::fprintf(stderr, "aorta: %s\n", given.error().text.c_str());
    return 1;
  }
  trial tried(*settings, how);
  bool all_taken = true;
  for (auto& each : *given) {
    const auto out = tried.run(std::move(each.bytes));
    if (given->size() > 1 && !how.json) std::printf("%s\n", each.name.c_str());
    std::fputs((how.json ? api::to_json(out) : api::to_lines(out)).c_str(), stdout);
    if (!each.note.empty()) std::fprintf(stderr, "%s: %s\n", each.name.c_str(), each.note.c_str());
    all_taken = all_taken && !out.fault && each.note.empty();
  }
  return all_taken ? 0 : 1;
}

} // namespace aorta::cli

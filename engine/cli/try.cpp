// `aorta try`: a message's whole way, told and not gone. The same steps as serve's, on one thread.
#include "engine/api/explain.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/messages.hpp"
#include "engine/edit/edit.hpp"
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

/// Asks the clinic's store and writes nothing. Without a store nobody is found, and `why_away` says why.
class looking_only final : public pipeline::lane, ports::lane {
public:
  std::string why_away;
  model::clinic_id clinic = 0;

  void open(const config::settings& settings, const std::string& code, ids_and_clock& with) {
    auto opened = store::open({settings.store_url, settings.pii_key, &with.clock, &with.ids});
    if (!opened) return away(opened.error());
    store_ = std::move(*opened);
    if (const auto good = store_->check(); !good) return away(good.error());
    auto admin = store_->admin();
    if (!admin) return away(admin.error());
    const auto clinics = (*admin)->access().clinics();
    if (!clinics) return away(clinics.error());
    const auto found = std::find_if(clinics->begin(), clinics->end(),
                                    [&](const auto& each) { return each.code == code; });
    if (found == clinics->end())
      return away({error_code::unknown_key, "", "the store has no clinic '" + code + "' yet"});
    clinic = found->id;
    auto session = store_->session();
    if (!session) return away(session.error());
    session_ = std::move(*session);
  }

  ports::lane& store() override { return *this; }

private:
  result<std::vector<ports::people>> candidates(model::clinic_id whose,
                                                std::span<const ports::wanted> of) override {
    return session_ ? told(session_->candidates(whose, of), of.size())
                    : std::vector<ports::people>(of.size());
  }
  result<std::vector<std::optional<ports::taught>>> decided(
    model::clinic_id whose, std::span<const identity::claims* const> who,
    std::span<const ports::people* const> known) override {
    return session_ ? told(session_->decided(whose, who, known), who.size())
                    : std::vector<std::optional<ports::taught>>(who.size());
  }
  result<std::vector<ports::receipt>> commit(std::span<const ports::filing> batch) override {
    return std::vector<ports::receipt>(batch.size());
  }
  bool perhaps_batch() const noexcept override { return false; }

  void away(const error& why) { why_away = why.text; }
  template <class T>
  result<std::vector<T>> told(result<std::vector<T>> answer, size_t count) {
    if (answer) return answer;
    away(answer.error());
    return std::vector<T>(count);
  }

  std::unique_ptr<ports::store> store_;
  std::unique_ptr<ports::lane> session_;
};

/// The route's chain, or that of refusals.
std::vector<pipeline::stage> stages_of(const config::route* route) {
  return route == nullptr ? routes::refused().how.stages() : routes::stages_of(*route);
}

std::string status_of(const pipeline::envelope& mail) {
  if (mail.fault) return "failed";
  return pipeline::waits_for_person(mail) ? "unmatched" : "processed";
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
  api::explanation out;
  if (!routes.empty()) {
    const auto* route = routes.front();
    out.route = route->name;
    out.chain = route->chain;
    explain_when(mail, *route, out);
    for (size_t i = 1; i < routes.size(); ++i) out.shadowed.push_back(routes[i]->name);
  }
  if (mail.edits) out.edits = mail.edits->came.told;
  out.held = mail.held;
  if (!mail.header.type.empty())
    out.message_type = std::string(mail.header.type) + "^" + std::string(mail.header.event);
  out.control_id = mail.header.control_id;
  out.status = status_of(mail);
  out.fault = mail.fault;
  out.ack = mail.reply;
  out.ack_code = mail.ack_code;
  if (mail.payload && mail.payload->asks()) {
    out.store_note = why_away;
    if (why_away.empty()) out.decision = mail.decision;
  }
  const auto* lab = dynamic_cast<const pipeline::lab_payload*>(mail.payload.get());
  if (lab == nullptr) return out;
  out.profile = lab->profile->code;
  out.report = lab->mapped;
  if (!out.report) return out;
  out.store_note = why_away;
  if (why_away.empty()) out.decision = mail.decision;
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
    auto& store = lane_of(of);
    if (const auto ran = pipeline::run(stages_of(route), of, {&mail, 1}, store); !ran)
      mail->fail(ran.error());
    auto out = explain(*mail, found, store.why_away);
    out.alerts = alerts_of(out, settings_.alerts.of(of.how.clinic), mail->received_at);
    return out;
  }

private:
  /// The clinic's store; of a message that no route takes, none.
  looking_only& lane_of(pipeline::route& of) {
    const auto [found, fresh] = clinics_.try_emplace(of.how.clinic);
    if (fresh && !of.how.clinic.empty()) found->second.open(settings_, of.how.clinic, own_);
    of.clinic = found->second.clinic;
    return found->second;
  }

  const config::settings& settings_;
  const try_options& how_;
  ids_and_clock own_;
  std::map<std::string, looking_only> clinics_;
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

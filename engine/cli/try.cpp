// `aorta try`: a message's whole way, told and not gone. The same pure functions as the actors call.
#include "actors/follow.hpp"
#include "engine/api/explain.hpp"
#include "engine/cli/commands.hpp"
#include "engine/hl7/ack.hpp"
#include "engine/hl7/mllp.hpp"
#include "engine/store/open.hpp"
#include "routes/choose.hpp"
#include "routes/table.hpp"

#include <algorithm>
#include <cstdio>

namespace aorta::cli {
namespace {

/// A file may hold the bare message or an MLLP frame.
std::string unframed(std::string bytes) {
  std::string frame;
  hl7::mllp_decoder decoder({});
  decoder.feed(bytes, {.frame = [&](std::string&& f) { if (frame.empty()) frame = std::move(f); }, .noise = [](size_t) {},
                       .broken = [](std::string&&) {}, .too_large = [](std::string&&, size_t) {}});
  return frame.empty() ? std::move(bytes) : frame;
}

std::vector<const lab::profile*> profiles_of(const config::settings& settings, const config::route& route) {
  std::vector<const lab::profile*> out;
  for (const auto& lab : route.labs) out.push_back(&settings.profiles.at(lab));
  return out;
}

bool takes_from(const config::route& route, const std::string& listener) {
  return std::find(route.from.begin(), route.from.end(), listener) != route.from.end();
}

/// The route that serve would take if the message came by this listener.
result<const config::route*> route_for(const config::settings& settings, const std::string& listener, const hl7::header& header) {
  std::vector<std::vector<const lab::profile*>> profiles;
  std::vector<routes::offer> offers;
  profiles.reserve(settings.routes.size());
  for (const auto& route : settings.routes) {
    if (!takes_from(route, listener)) continue;
    profiles.push_back(profiles_of(settings, route));
    offers.push_back({&route, profiles.back()});
  }
  const auto chosen = routes::choose(offers, header);
  if (!chosen) return chosen.error();
  return offers[*chosen].how;
}

result<const config::route*> choose_route(const config::settings& settings, const try_options& how, const hl7::header& header) {
  if (!how.route.empty()) {
    for (const auto& route : settings.routes)
      if (route.name == how.route) return &route;
    return error{error_code::invalid, "--route", "there is no route '" + how.route + "'"};
  }
  if (!how.listener.empty() && !settings.listeners.contains(how.listener))
    return error{error_code::invalid, "--listener", "there is no listener '" + how.listener + "'"};
  std::vector<const config::route*> fitting; // what each listener would lead to, each once
  std::string listeners;
  std::optional<error> why_none;
  for (const auto& [listener, rules] : settings.listeners) {
    if (!how.listener.empty() && listener != how.listener) continue;
    const auto route = route_for(settings, listener, header);
    if (!route) {
      if (!why_none || why_none->code == error_code::unsupported_type) why_none = route.error();
      continue;
    }
    listeners += (listeners.empty() ? "" : ", ") + listener;
    if (std::find(fitting.begin(), fitting.end(), *route) == fitting.end()) fitting.push_back(*route);
  }
  if (fitting.size() > 1)
    return error{error_code::invalid, "--listener", "which route takes this message depends on where it comes in: add --listener with one of " + listeners};
  if (fitting.empty()) return why_none.value_or(error{error_code::unsupported_type, "MSH-9.1", "no route takes this message type"});
  return fitting.front();
}

void look_up(api::explanation& out, const config::settings& settings, const std::string& clinic_code) {
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = store::open({settings.store_url, settings.pii_key, &clock, &ids});
  const auto away = [&](const error& why) { out.store_note = why.text; };
  if (!store) return away(store.error());
  if (const auto good = (*store)->check(); !good) return away(good.error());
  auto desk = (*store)->desk();
  if (!desk) return away(desk.error());
  const auto clinics = (*desk)->clinics();
  if (!clinics) return away(clinics.error());
  const auto clinic = std::find_if(clinics->begin(), clinics->end(), [&](const auto& c) { return c.code == clinic_code; });
  if (clinic == clinics->end()) return away({error_code::unknown_key, "", "the store has no clinic '" + clinic_code + "' yet"});
  auto session = (*store)->session();
  if (!session) return away(session.error());
  const identity::claims* who = &out.report->who;
  const auto found = (*session)->candidates(clinic->id, {&who, 1});
  if (!found) return away(found.error());
  const auto* known = &found->front();
  const auto before = (*session)->decided(clinic->id, {&who, 1}, {&known, 1});
  if (!before) return away(before.error());
  out.decision = identity::decide(*who, *known);
  if (before->front()) out.decision = identity::follow(std::move(*out.decision), *who, *known, actors::person_decision_of(*before->front()));
}

void follow(api::explanation& out, const config::settings& settings, const try_options& how, const hl7::message& message) {
  if (const auto header = hl7::check_header(message); !header) {
    out.fault = header.error();
    return;
  }
  const auto header = hl7::peek(message);
  out.message_type = std::string(header.type) + "^" + std::string(header.event);
  out.control_id = header.control_id;
  const auto route = choose_route(settings, how, header);
  if (!route) {
    out.fault = route.error();
    return;
  }
  out.route = (*route)->name;
  out.chain = (*route)->chain;
  const auto* profile = lab::choose(profiles_of(settings, **route), header.sending_application, header.sending_facility);
  if (profile == nullptr) {
    out.fault = error{error_code::unknown_key, "MSH-4", "no laboratory profile of this route names this sender"};
    return;
  }
  out.profile = profile->code;
  const auto limits = settings.critical.find((*route)->clinic);
  auto mapped = lab::map_report(message, {profile, limits == settings.critical.end() ? nullptr : &limits->second, (*route)->clinic});
  if (!mapped) {
    out.fault = mapped.error();
    return;
  }
  out.report = std::move(*mapped);
  look_up(out, settings, (*route)->clinic);
}

} // namespace

int try_message(const common& with, const try_options& how) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const auto file = read_file(how.file);
  if (!file) {
    std::fprintf(stderr, "aorta: %s\n", why_unreadable(how.file).c_str());
    return 1;
  }
  const std::string bytes = unframed(*file);
  api::explanation out;
  const auto message = hl7::parse(bytes);
  if (message) follow(out, *settings, how, *message);
  else out.fault = message.error();
  out.status = out.fault ? "failed" : out.decision && out.decision->is == identity::decision::kind::same ? "processed" : "unmatched";
  out.ack_code = out.fault ? std::string(hl7::rule_for(out.fault->code).ack) : "AA";
  const auto now = system_clock_source().now();
  const auto stamp = hl7::to_hl7(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(), 0);
  hl7::ack_request reply;
  reply.to = message ? &*message : nullptr;
  reply.fault = out.fault;
  reply.control_id = "TRY";
  reply.datetime = stamp;
  out.ack = hl7::make_ack(reply);
  std::fputs((how.json ? api::to_json(out) : api::to_lines(out)).c_str(), stdout);
  return out.fault ? 1 : 0;
}

} // namespace aorta::cli

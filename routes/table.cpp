#include "routes/table.hpp"

#include "actors/supervisor.hpp"

#include "engine/pipeline/file_mail.hpp"
#include "engine/telemetry/log.hpp"
#include "routes/of_settings.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <algorithm>
#include <set>

namespace aorta::routes {
const std::vector<kind>& kinds() {
  static const std::vector<kind> all{oru(),     adt(),         orders(),         appointments(), documents(),
                                     queries(), fhir_bundle(), webhook_report(), lab_file()};
  return all;
}

namespace {

std::vector<std::string> words_of(pipeline::part all) {
  std::vector<std::string> out;
  for (const auto& [each, word] :
       {std::pair{pipeline::part::message, "a message that was read"},
        std::pair{pipeline::part::claims, "claims of whose it is"},
        std::pair{pipeline::part::decision, "the patient"}, std::pair{pipeline::part::receipt, "a receipt"}})
    if ((all & each) != pipeline::part::none) out.emplace_back(word);
  return out;
}

} // namespace

config::vocabulary vocabulary() {
  config::vocabulary out;
  std::set<std::string_view> known;
  for (const auto& kind : kinds()) {
    for (const auto& stage : kind.how.stages())
      if (known.insert(stage.name).second)
        out.stages.push_back({std::string(stage.name), words_of(stage.needs), words_of(stage.gives)});
    for (const auto& type : kind.accepts) out.accepts.emplace_back(type, out.chains.size());
    auto& chain = out.chains.emplace_back();
    chain.push_back({std::string(kind.how.first.name)});
    for (const auto& slot : kind.how.slots) chain.push_back({std::string(slot.what.name), slot.required});
    chain.push_back({std::string(kind.how.last.name)});
  }
  return out;
}

table::table(caf::actor_system& sys, const config::settings& settings, const surroundings& around) {
  for (const auto& how : settings.routes)
    if (const auto stages = stages_of(how); !stages.empty()) spawn(sys, settings, around, how, stages);
  std::map<std::string, size_t> by_clinic;
  for (const auto& [name, listener] : settings.listeners) {
    const auto first = std::find_if(settings.routes.begin(), settings.routes.end(),
                                    [&name = name](const auto& r) {
                                      return std::find(r.from.begin(), r.from.end(), name) != r.from.end();
                                    });
    if (first == settings.routes.end()) continue;
    const auto [slot, fresh] = by_clinic.emplace(first->clinic, entries_.size());
    if (fresh) { spawn(sys, settings, around, refused_for(*first), refused().how.stages()); }
    refusals_[name] = slot->second;
  }
  for (const auto& each : entries_)
    if (!each.how.accept.empty()) offers_.push_back({&each.how, each.profiles}); // refusals stand behind them
}

void table::spawn(caf::actor_system& sys, const config::settings& settings, const surroundings& around,
                  config::route how, const std::vector<pipeline::stage>& stages) {
  auto context = std::make_shared<actors::route_context>();
  entry out;
  out.board = std::make_shared<actors::route_board>();
  static_cast<pipeline::route&>(*context) = route_of(settings, how, *around.clock, *around.ids);
  context->clinic = around.clinics.at(how.clinic);
  for (const auto& profile : context->profiles) out.profiles.push_back(profile.get());
  context->systems = around.systems;
  context->store = around.store;
  context->metrics = around.metrics;
  context->store_state = around.store_state;
  context->board = out.board;
  context->before_work = around.before_work;
  if (around.paused)
    context->paused = [all = around.paused, clinic = context->clinic, name = how.name] {
      return all->contains(clinic, name);
    };
  if (around.forwarded)
    context->forwarded = [tell = around.forwarded, clinic = context->clinic](auto all) { tell(clinic, all); };
  context->tell = [route = how.name](std::string_view event, const pipeline::envelope& mail,
                                     std::string_view reason) {
    const auto weight = reason.empty() ? telemetry::level::warn : telemetry::level::error;
    telemetry::log(weight, event,
                   {{"route", route}, {"id", to_text(mail.id)}, {"reason", std::string(reason)}});
  };
  out.how = std::move(how);
  out.context = context;
  const auto chain = [stages](caf::actor_system& system, const actors::route_context_ptr& route,
                              const actors::finish_actor& finish) {
    return actors::spawn_chain(system, route, stages, finish);
  };
  out.supervisor = actors::spawn_supervisor(sys, context, chain,
                                            std::get<pipeline::step_maker>(stages.back().make)(*context));
  entries_.push_back(std::move(out));
}

actors::destination table::find(pipeline::envelope& mail) const {
  if (entries_.empty()) return {};
  const auto header = pipeline::read_header(mail);
  if (pipeline::has_no_header(mail.listener)) { // one route has it, and nothing of it chooses
    for (const auto& each : entries_)
      if (brings(mail.listener, each.how)) return {each.supervisor, each.context->clinic};
    mail.refuse({error_code::unsupported_type, "", "no route takes what '" + mail.listener + "' brings"});
    return {};
  }
  if (mail.listener == pipeline::http_listener) {
    for (const auto& each : entries_)
      if (brings(mail.listener, each.how) && mail.clinic == each.context->clinic)
        return {each.supervisor, each.context->clinic};
    mail.refuse(
      {error_code::unsupported_type, "", "no route of this clinic takes what comes by HTTP; it was not run"});
    return {};
  }
  const auto own = refusals_.find(mail.listener);
  const auto& refusal = own == refusals_.end() ? entries_.back() : entries_.at(own->second);
  if (mail.whole && !mail.refusal) {
    const auto found = header ? choose(offers_, mail.listener, mail.header, mail.bytes)
                              : result<chosen>(header.error());
    if (found) return {entries_[found->route].supervisor, entries_[found->route].context->clinic};
    mail.refuse(found.error());
  }
  return {refusal.supervisor, refusal.context->clinic};
}

namespace {

/// Calls `done` at the last of so many calls.
std::function<void()> after(size_t calls, std::function<void()> done) {
  auto left = std::make_shared<std::atomic<size_t>>(calls);
  return [left, done = std::move(done)] {
    if (left->fetch_sub(1) == 1) done();
  };
}

} // namespace

void table::drain(std::function<void()> done) const {
  const auto one_less = after(entries_.size(), std::move(done));
  for (const auto& each : entries_) caf::anon_send(each.supervisor, actors::drain{one_less, nullptr});
}

void table::give_way(const std::function<std::shared_ptr<const table>()>& next,
                     std::function<void()> done) const {
  const auto one_less = after(entries_.size(), std::move(done));
  for (const auto& each : entries_) {
    auto onwards = [next, clinic = each.context->clinic](const actors::arrival& late) {
      next()->take(late, clinic);
    };
    caf::anon_send(each.supervisor, actors::drain{one_less, std::move(onwards)});
  }
}

/// What came too late for its route: today's route takes it, but never that of another clinic.
void table::take(const actors::arrival& late, model::clinic_id clinic) const {
  auto& mail = *late.mail;
  const auto to = find(mail);
  if (!to.route) return;
  if (to.clinic != clinic && mail.how != ports::filing::mode::first)
    mail.refuse(
      {error_code::invalid, "", "today's route for this message belongs to another clinic; it was not run"});
  caf::anon_send(to.route, late);
}

void table::retire() const {
  for (const auto& each : entries_) caf::anon_send(each.supervisor, actors::retire{});
}

} // namespace aorta::routes

#include "routes/table.hpp"

#include "engine/hl7/message.hpp"
#include "routes/choose.hpp"

#include <algorithm>
#include <set>

namespace aorta::routes {
namespace {

const std::vector<kind>& kinds() {
  static const std::vector<kind> all{oru(), fhir_bundle()};
  return all;
}

/// The first line is all that routing needs.
std::string_view first_line(std::string_view frame) {
  if (frame.starts_with("\xef\xbb\xbf")) frame.remove_prefix(3);
  frame.remove_prefix(std::min(frame.find_first_not_of("\r\n"), frame.size()));
  return frame.substr(0, frame.find_first_of("\r\n"));
}

} // namespace

config::vocabulary vocabulary() {
  config::vocabulary out;
  std::set<std::string> stages;
  for (const auto& kind : kinds()) {
    for (const auto& name : kind.how.names())
      if (stages.insert(name).second) out.stages.push_back(name);
    for (const auto& type : kind.accepts) out.accepts.emplace_back(type, out.chains.size());
    out.chains.push_back(kind.how.names());
  }
  return out;
}

table::table(caf::actor_system& sys, const config::settings& settings, const surroundings& around) {
  for (const auto& how : settings.routes)
    for (const auto& kind : kinds())
      if (kind.how.names() == how.chain) {
        spawn(sys, settings, around, how, kind.how);
        break;
      }
  std::map<std::string, size_t> by_clinic;
  for (const auto& [name, listener] : settings.listeners) {
    const auto first = std::find_if(settings.routes.begin(), settings.routes.end(),
                                    [&](const auto& r) { return std::find(r.from.begin(), r.from.end(), name) != r.from.end(); });
    if (first == settings.routes.end()) continue;
    const auto [slot, fresh] = by_clinic.emplace(first->clinic, entries_.size());
    if (fresh) {
      config::route how = *first;
      how.name = "refused";
      how.file.clear();
      how.accept.clear();
      how.labs.clear();
      how.lanes = 1;
      how.chain = refused().how.names();
      spawn(sys, settings, around, std::move(how), refused().how);
    }
    refusals_[name] = slot->second;
  }
}

void table::spawn(caf::actor_system& sys, const config::settings& settings, const surroundings& around, config::route how, const chain& stages) {
  auto context = std::make_shared<actors::route_context>();
  entry out;
  out.board = std::make_shared<actors::route_board>();
  context->clinic = around.clinics.at(how.clinic);
  for (const auto& lab : how.labs) context->profiles.push_back(std::make_shared<const lab::profile>(settings.profiles.at(lab)));
  if (const auto limits = settings.critical.find(how.clinic); limits != settings.critical.end()) context->clinic_limits = limits->second;
  for (const auto& profile : context->profiles) out.profiles.push_back(profile.get());
  context->systems = around.systems;
  context->config_version = settings.version;
  context->clock = around.clock;
  context->ids = around.ids;
  context->store = around.store;
  context->metrics = around.metrics;
  context->store_state = around.store_state;
  context->board = out.board;
  context->before_work = around.before_work;
  context->how = how;
  out.how = std::move(how);
  out.context = context;
  out.supervisor = actors::spawn_supervisor(
    sys, context, [stages](caf::actor_system& system, actors::route_context_ptr route, actors::finish_actor finish) {
      return stages.spawn(system, std::move(route), std::move(finish));
    });
  entries_.push_back(std::move(out));
}

actors::destination table::find(const std::string& listener, std::string_view frame, bool whole) const {
  if (entries_.empty()) return {};
  const auto own = refusals_.find(listener);
  const auto& refusal = own == refusals_.end() ? entries_.back() : entries_.at(own->second);
  if (!whole) return {refusal.supervisor, refusal.context->clinic, std::nullopt};
  const auto line = first_line(frame);
  const auto parsed = hl7::parse(line);
  if (!parsed) return {refusal.supervisor, refusal.context->clinic, parsed.error()};
  if (const auto header = hl7::check_header(*parsed); !header) return {refusal.supervisor, refusal.context->clinic, header.error()};
  const auto header = hl7::peek(*parsed);
  std::vector<offer> offers;
  std::vector<const entry*> offered;
  for (const auto& each : entries_) {
    if (std::find(each.how.from.begin(), each.how.from.end(), listener) == each.how.from.end()) continue;
    offers.push_back({&each.how, each.profiles});
    offered.push_back(&each);
  }
  const auto chosen = choose(offers, header);
  if (!chosen) return {refusal.supervisor, refusal.context->clinic, chosen.error()};
  return {offered[*chosen]->supervisor, offered[*chosen]->context->clinic, std::nullopt};
}

std::optional<actors::destination> table::find_bundle(model::clinic_id clinic) const {
  for (const auto& each : entries_)
    if (each.context->clinic == clinic && std::find(each.how.from.begin(), each.how.from.end(), actors::http_listener) != each.how.from.end())
      return actors::destination{each.supervisor, clinic, std::nullopt};
  return std::nullopt;
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

void table::give_way(std::function<std::shared_ptr<const table>()> next, std::function<void()> done) const {
  const auto one_less = after(entries_.size(), std::move(done));
  for (const auto& each : entries_) {
    auto onwards = [next, clinic = each.context->clinic](const actors::arrival& late) { next()->take(late, clinic); };
    caf::anon_send(each.supervisor, actors::drain{one_less, std::move(onwards)});
  }
}

/// What came too late for its route: today's route takes it, but never that of another clinic.
void table::take(const actors::arrival& late, model::clinic_id clinic) const {
  auto& mail = *late.mail;
  const auto to = mail.bundle ? find_bundle(clinic) : find(mail.listener, mail.bytes, mail.whole);
  if (!to || !to->route) return;
  if (to->fault) mail.fail(*to->fault);
  if (to->clinic != clinic && mail.how == ports::filing::mode::again)
    mail.fail({error_code::invalid, "", "today's route for this message belongs to another clinic; it was not run"});
  caf::anon_send(to->route, late);
}

void table::retire() const {
  for (const auto& each : entries_) caf::anon_send(each.supervisor, actors::retire{});
}

} // namespace aorta::routes

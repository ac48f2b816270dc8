// `aorta try`: a message's whole way, told and not gone. The same steps as serve's, on one thread.
#include "engine/api/explain.hpp"
#include "engine/cli/commands.hpp"
#include "engine/cli/messages.hpp"
#include "engine/gateway/message_trial.hpp"
#include "engine/store/open.hpp"

#include <cstdio>
#include <map>

namespace aorta::cli {
namespace {

struct ids_and_clock {
  system_clock_source clock;
  uuid_v7_source ids;
};

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

/// Everything that one call looks into, opened once.
class looked_into {
public:
  explicit looked_into(const config::settings& settings) : settings_(settings) {}

  /// The clinic's store; of a message that no route takes, none.
  std::pair<gateway::looking_only*, model::clinic_id> lane_of(const std::string& clinic) {
    const auto [found, fresh] = clinics_.try_emplace(clinic);
    if (fresh && !clinic.empty()) found->second.open(settings_, clinic, with);
    return {found->second.lane.get(), found->second.clinic};
  }

  ids_and_clock with;

private:
  const config::settings& settings_;
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
  looked_into opened(*settings);
  const gateway::message_trial tried(
    *settings, {how.listener, how.route}, [&](const std::string& clinic) { return opened.lane_of(clinic); },
    opened.with.clock, opened.with.ids);
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

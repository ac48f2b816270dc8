#include "engine/gateway/erasing_again.hpp"

#include "engine/api/erase_again.hpp"
#include "engine/telemetry/log.hpp"

namespace aorta::gateway {
namespace {

using telemetry::level;

/// Whether nothing is left to do.
bool tell(const std::vector<api::again_in>& all) {
  bool done = true;
  for (const auto& each : all) {
    if (each.people > 0)
      telemetry::log(level::info, "erased-again",
                     {{"clinic", each.clinic}, {"people", std::to_string(each.people)}});
    for (const auto who : each.left)
      telemetry::log(
        level::warn, "erasure-waits",
        {{"clinic", each.clinic},
         {"patient", std::to_string(who)},
         {"remedy",
          "erased before the store was restored; decide the messages that name this person, undo a merge"}});
    done = done && each.left.empty();
  }
  return done;
}

} // namespace

void erasing_again::at_start(ports::store& in) {
  const auto admin = in.admin();
  const auto all = admin ? api::erase_again(**admin) : result<std::vector<api::again_in>>(admin.error());
  if (all) state_->done = tell(*all);
  else telemetry::log(level::warn, "erasures-delayed", {{"reason", all.error().text}});
}

void erasing_again::look(const actors::admin_worker& by) {
  if (!by || state_->done || state_->looking.exchange(true)) return;
  by.give([state = state_](ports::message_log* admin) {
    if (admin != nullptr) {
      const auto all = api::erase_again(*admin);
      if (all) state->done = tell(*all);
      else telemetry::log(level::warn, "erasures-delayed", {{"reason", all.error().text}});
    }
    state->looking = false;
  });
}

} // namespace aorta::gateway

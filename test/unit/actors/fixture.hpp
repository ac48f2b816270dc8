// A testing scheduler, a route with fake stages, and an origin that remembers its answers. No threads, no
// sleeping.
#pragma once

#include "actors/stage.hpp"
#include "actors/supervisor.hpp"
#include "engine/hl7/ack.hpp"

#include <caf/scheduler/test_coordinator.hpp>

#include <string>
#include <vector>

namespace aorta::test {

using namespace aorta::actors;

struct fixed_clock final : clock_source {
  timestamp now() const override { return timestamp{std::chrono::seconds{1'790'000'000}}; }
};

struct counting_ids final : id_source {
  uint8_t last = 0;
  uuid next(timestamp) override {
    uuid out;
    out.bytes[15] = ++last;
    return out;
  }
};

/// What the origin of envelopes heard, in order: ack codes, "hold", "go".
struct heard {
  std::vector<std::string> all;
};

inline origin_actor::behavior_type origin(origin_actor::pointer, heard* out) {
  return {[out](const settled& done) { out->all.push_back(done.mail->ack_code); },
          [out](hold) { out->all.push_back("hold"); }, [out](go) { out->all.push_back("go"); }};
}

inline std::shared_ptr<pipeline::step> reply_of(const route_context_ptr& route) {
  return std::get<pipeline::step_maker>(pipeline::ack().make)(*route);
}

/// A stage that keeps envelopes until told, passes them at once, or dies on a control id.
struct fake_stage {
  enum class mode { pass, keep } is = mode::pass;
  std::string dies_on;
  std::vector<envelope_ptr> kept;
  std::vector<std::string> failed; ///< control ids of what came with a fault: a real chain logs it and files
                                   ///< nothing
  finish_actor finish;
};

inline stage_actor::behavior_type fake(stage_actor::pointer self, fake_stage* how, route_context_ptr route) {
  keep_quiet(self);
  return {[self, how, route](envelope_ptr mail) {
    if (!how->dies_on.empty() && mail->bytes.find(how->dies_on) != std::string::npos)
      throw std::runtime_error("told to die");
    if (how->is == fake_stage::mode::keep) {
      how->kept.push_back(mail);
      return;
    }
    if (mail->trouble()) how->failed.emplace_back(mail->header.control_id);
    reply_of(route)->run(*mail);
    self->send(how->finish, settled{mail});
  }};
}

struct world {
  struct config : caf::actor_system_config {
    config() { set("scheduler.policy", caf::atom("testing")); }
  };
  config settings;
  caf::actor_system sys{settings};
  caf::scheduler::test_coordinator& sched = dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler());
  fixed_clock clock;
  counting_ids ids;
  telemetry::metrics metrics;
  std::shared_ptr<route_board> shared_board = std::make_shared<route_board>();
  route_board& board = *shared_board;
  store_board store_state;
  heard answers;
  fake_stage stage;
  std::shared_ptr<route_context> route = std::make_shared<route_context>();
  supervisor_actor supervisor;
  origin_actor from;

  explicit world(uint32_t in_flight = 1024, std::chrono::milliseconds deadline = std::chrono::hours(1)) {
    route->how.name = "fake";
    route->how.accept = {"ORU^R01"};
    route->how.in_flight = in_flight;
    route->how.deadline = deadline;
    route->clock = &clock;
    route->ids = &ids;
    route->metrics = &metrics;
    route->board = shared_board;
    route->store_state = &store_state;
    from = sys.spawn(origin, &answers);
    supervisor = spawn_supervisor(
      sys, route,
      [this](caf::actor_system& system, route_context_ptr context, finish_actor finish) {
        stage.finish = finish;
        auto made = system.spawn(fake, &stage, context);
        return spawned_chain{made, {{"fake", caf::actor_cast<caf::actor>(made)}}};
      },
      reply_of(route));
    sched.run();
  }
  ~world() {
    caf::anon_send_exit(supervisor, caf::exit_reason::kill);
    caf::anon_send_exit(from, caf::exit_reason::kill);
    stage.finish = nullptr;
    sched.run();
  }

  /// A stage is done with an envelope that it kept.
  void settle(const envelope_ptr& mail) {
    mail->ack_code = "AA";
    mail->reply = "reply";
    caf::anon_send(stage.finish, settled{mail});
    sched.run();
  }

  envelope_ptr send(const std::string& control_id) {
    auto mail = std::make_shared<envelope>();
    mail->bytes = "MSH|^~\\&|L|BIO|||20260101||ORU^R01|" + control_id + "|P|2.5.1\r";
    mail->arrived = steady::now();
    (void)pipeline::read_header(*mail);
    caf::anon_send(supervisor, arrival{mail, from});
    sched.run();
    return mail;
  }
};

} // namespace aorta::test

#include "engine/gateway/lab_listener.hpp"

#include "engine/telemetry/log.hpp"

#include <caf/send.hpp>

namespace aorta::gateway {

using telemetry::level;

lab_listener::lab_listener(net::loop& on, caf::actor_system& sys, const config::listener& how,
                           actors::route_finder find, id_source& ids, const clock_source& clock,
                           telemetry::metrics& metrics, std::shared_ptr<net::open_frames> frames,
                           std::function<uint64_t(const std::string& peer)> count_nonsense,
                           std::function<void(std::optional<actors::later_answer>)> accepted)
    : sys_(sys),
      clock_(clock),
      open_(metrics.connections(how.name)),
      with_(std::make_shared<actors::connection_context>()) {
  with_->listener = how.name;
  with_->find = std::move(find);
  with_->replies = &sink_;
  with_->clock = &clock;
  with_->answers = how.answers;
  with_->ids = &ids;
  with_->metrics = &metrics;
  with_->count_nonsense = std::move(count_nonsense);
  with_->accepted = std::move(accepted);
  with_->release = how.release;
  net::mllp_handlers on_bytes;
  on_bytes.opened = [this](net::connection_id id, const std::string& peer) {
    connections_.emplace(id, actors::spawn_connection(sys_, with_, id, peer));
    telemetry::add(open_, 1);
  };
  on_bytes.frame = [this](net::connection_id id, std::string&& frame) {
    pass(id, std::move(frame), actors::frame_in::state::whole);
  };
  on_bytes.too_large = [this](net::connection_id id, std::string&& begin, size_t bytes) {
    telemetry::log(level::warn, "frame-too-large",
                   {{"listener", with_->listener}, {"bytes", std::to_string(bytes)}});
    pass(id, std::move(begin), actors::frame_in::state::too_large);
  };
  on_bytes.broken = [this](net::connection_id id, std::string&& bytes) {
    telemetry::log(level::warn, "frame-broken",
                   {{"listener", with_->listener}, {"bytes", std::to_string(bytes.size())}});
    pass(id, std::move(bytes), actors::frame_in::state::broken);
  };
  on_bytes.unframed = [this](net::connection_id id, std::string&& bytes) {
    telemetry::log(level::warn, "frame-without-start",
                   {{"listener", with_->listener}, {"bytes", std::to_string(bytes.size())}});
    pass(id, std::move(bytes), actors::frame_in::state::unframed);
  };
  on_bytes.noise = [this](net::connection_id, size_t bytes) {
    telemetry::log(level::debug, "noise-skipped",
                   {{"listener", with_->listener}, {"bytes", std::to_string(bytes)}});
  };
  on_bytes.closed = [this](net::connection_id id) {
    const auto found = connections_.find(id);
    if (found == connections_.end()) return; // let go
    caf::anon_send(found->second, actors::hung_up{});
    connections_.erase(found);
    telemetry::add(open_, -1);
  };
  server_ = std::make_unique<net::mllp_server>(on, how, std::move(on_bytes), std::move(frames));
  sink_.server = server_.get();
  sink_.owed = &owed_;
}

void lab_listener::use(const config::listener& how, std::optional<net::tls_context> tls) {
  with_->answers = how.answers;
  with_->release = how.release;
  server_->use(how, std::move(tls));
}

void lab_listener::let_go() {
  for (const auto& [id, connection] : connections_) caf::anon_send(connection, actors::hung_up{});
  connections_.clear();
}

void lab_listener::pass(net::connection_id id, std::string&& bytes, actors::frame_in::state is) {
  const auto to = connections_.find(id);
  if (to == connections_.end()) return; // let go
  if (is != actors::frame_in::state::broken) owed_.fetch_add(1);
  caf::anon_send(to->second, actors::frame_in{std::move(bytes), clock_.now(), is});
}

} // namespace aorta::gateway

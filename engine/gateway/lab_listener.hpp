// An MLLP listener with the connection actors of its sockets: where bytes become envelopes and replies become
// bytes.
#pragma once

#include "actors/connection.hpp"
#include "engine/net/mllp/mllp_server.hpp"
#include "engine/telemetry/metrics.hpp"

#include <atomic>
#include <memory>
#include <unordered_map>

namespace aorta::gateway {

/// One MLLP listener and the connection actors of its sockets. Lives on the loop's thread but for `sink`.
class lab_listener {
public:
  lab_listener(net::loop& on, caf::actor_system& sys, const config::listener& how, actors::route_finder find,
               id_source& ids, const clock_source& clock, telemetry::metrics& metrics,
               std::shared_ptr<net::open_frames> frames,
               std::function<uint64_t(const std::string& peer)> count_nonsense,
               std::function<void(std::optional<actors::later_answer>)> accepted);

  net::mllp_server& server() { return *server_; }
  /// See `net::mllp_server::use`.
  void use(const config::listener& how, std::optional<net::tls_context> tls);
  /// The end: the connection actors end, the sockets with this object.
  void let_go();
  const telemetry::recent& recent() const { return with_->recent; }
  int64_t owed() const { return owed_.load(); } ///< frames whose reply has not gone to the socket

private:
  struct sink final : ports::reply_sink {
    net::mllp_server* server = nullptr;
    std::atomic<int64_t>* owed = nullptr;
    void send(ports::connection_id to, std::string reply) override {
      server->send(to, std::move(reply));
      owed->fetch_sub(1);
    }
    void add(ports::connection_id to, std::string block) override { server->add(to, std::move(block)); }
    void promise(ports::connection_id to) override { server->promise(to); }
    void keep(ports::connection_id to, std::string block) override { server->keep(to, std::move(block)); }
    void pause(ports::connection_id who) override { server->pause(who); }
    void resume(ports::connection_id who) override { server->resume(who); }
    void close(ports::connection_id who) override { server->close(who); }
  };

  void pass(net::connection_id id, std::string&& bytes, actors::frame_in::state is);

  caf::actor_system& sys_;
  const clock_source& clock_;
  prometheus::Gauge& open_;
  std::atomic<int64_t> owed_{0};
  sink sink_;
  std::shared_ptr<actors::connection_context> with_;
  std::unordered_map<net::connection_id, actors::connection_actor> connections_;
  std::unique_ptr<net::mllp_server> server_;
};

} // namespace aorta::gateway

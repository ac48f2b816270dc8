// Answers that go on (GET /api/stream): who looks on is told once a second what has changed.
#pragma once

#include "actors/workers.hpp"
#include "engine/api/api.hpp"
#include "engine/net/http/http_server.hpp"

#include <memory>
#include <string>

namespace aorta::gateway {

class live_feeds {
public:
  live_feeds();
  ~live_feeds();
  /// What is shown of the engine, and by whom it is asked: before the first `add`.
  void use(const api::engine_view& view);
  /// On the loop: the same question is answered anew until it is refused or nobody listens. `told`: what was
  /// answered already. Where there is no room it ends at once.
  void add(http::request asked, std::string told, net::http_feed to);
  bool has_room(const std::string& bearer) const; ///< for one more of this key; from any thread
  /// For a timer, on the loop: has this worker tell what is new, unless it still does. A question that takes
  /// long is asked less often, so that the worker is free nine tenths of its time.
  void look(const actors::admin_worker& by, timestamp now);

  static constexpr unsigned looks_ms = 1000;
  static constexpr size_t most = 64, most_of_a_key = 16;

private:
  class desk;
  std::shared_ptr<desk> desk_;
};

} // namespace aorta::gateway

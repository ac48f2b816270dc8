// The line to the national system: who we are there (OAuth 2.0 client credentials, RFC 6749 4.4), what is
// asked once more, and whether it is away.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/config/gesy.hpp"
#include "engine/delivery/circuit.hpp"
#include "engine/gesy/exchange.hpp"
#include "engine/ports/outbound.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace aorta::gateway {

/// All on one thread, the loop's, but `standing`.
class gesy_line : public std::enable_shared_from_this<gesy_line> {
public:
  struct parts {
    std::unique_ptr<ports::http_outbound> by;
    const clock_source* clock = nullptr; ///< outlives it
    std::function<void(std::chrono::milliseconds, std::function<void()>)> later;
  };
  using heard = std::function<void(gesy::reply)>;

  gesy_line(parts with, config::gesy_settings how);

  /// Answers once, later. The token is asked for where it is needed, by one question for all, and renewed at
  /// 80 % of its life; after a 401 the question is asked once more with another. What only reads is asked up
  /// to three times. `urgent`: also while the system is taken for away.
  void ask(gesy::question what, heard then, bool urgent = false);

  void stop(); ///< nobody hears anything any more

  const gesy::wire& wire() const noexcept { return how_.wire; } ///< any thread

  struct state {
    std::optional<timestamp> away_since; ///< it is taken for away
    std::optional<timestamp> answered_at;
    std::string code; ///< of the last fault, for people
  };
  state standing() const; ///< any thread

private:
  struct errand;
  using errand_ptr = std::shared_ptr<errand>;

  void go(errand_ptr one);
  void ask_for_token();
  void hear_token(gesy::reply what);
  void send(errand_ptr one);
  void hear(errand_ptr one, gesy::reply what);
  void end(const errand_ptr& one, gesy::reply what);
  bool again(const errand& one, const gesy::reply& what) const;
  void note(const gesy::reply& what);
  ports::http_call call_of(const gesy::question& what) const;
  gesy::reply reply_of(const ports::http_outbound::outcome& what) const;

  parts with_;
  config::gesy_settings how_;
  delivery::chance jitter_{1};
  delivery::circuit circuit_;
  std::string token_;
  timestamp renew_at_{};
  bool asking_ = false, stopped_ = false;
  std::vector<errand_ptr> waiting_; ///< for the token
  mutable std::mutex lock_;
  state standing_;
};

} // namespace aorta::gateway

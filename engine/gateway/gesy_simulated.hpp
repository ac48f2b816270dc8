// The simulator as something that is asked over HTTP, without a socket: `[gesy] mode = "simulator"`, and
// tests.
#pragma once

#include "engine/base/clock.hpp"
#include "engine/gesy/simulator.hpp"
#include "engine/ports/outbound.hpp"

#include <chrono>
#include <functional>

namespace aorta::gateway {

class simulated_outbound final : public ports::http_outbound {
public:
  using later = std::function<void(std::chrono::milliseconds, std::function<void()>)>;
  /// All that is handed in outlives it.
  simulated_outbound(gesy::simulator& is, const clock_source& clock, later after, std::string url)
      : is_(is),
        clock_(clock),
        after_(std::move(after)),
        url_(std::move(url)) {}
  void send(ports::http_call call, heard then) override;

private:
  gesy::simulator& is_;
  const clock_source& clock_;
  later after_;
  std::string url_;
};

} // namespace aorta::gateway

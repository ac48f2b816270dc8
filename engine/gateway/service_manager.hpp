// What the service manager hears of this process: sd_notify(3), one datagram for each state to the socket
// that NOTIFY_SOCKET names. Written here and not taken from libsystemd: the protocol is stable and one
// datagram, the library brings several others into the process that reads strangers' bytes.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::gateway {

class service_manager {
public:
  service_manager(); ///< of the environment: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID

  /// `READY=1`, `STOPPING=1`, `WATCHDOG=1`; lines. Never waits; what nobody listens to is dropped.
  void tell(std::string_view state) const;
  /// A reload has begun; `READY=1` ends it.
  void tell_reloading() const;
  /// How often to say that the process lives: half of what the manager waits. Nothing: it does not watch.
  std::optional<std::chrono::milliseconds> pings_every() const noexcept { return pings_every_; }

private:
  std::string socket_;
  std::optional<std::chrono::milliseconds> pings_every_;
};

/// Whether all workers have moved since they were looked at last.
class pulse {
public:
  /// Turns of each worker, by whom it is; one that was not there the last time counts as moved.
  bool beats(const std::vector<std::pair<const void*, uint64_t>>& turns);

private:
  std::map<const void*, uint64_t> last_;
};

} // namespace aorta::gateway

// How deliveries stand, for the log, for metrics and for HTTP: what the dispatcher tells.
#pragma once

#include "actors/dispatch.hpp"
#include "engine/telemetry/metrics.hpp"

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aorta::gateway {

/// Told by the dispatcher's thread, read by any.
class delivery_board {
public:
  delivery_board(telemetry::metrics& metrics, const clock_source& clock) : metrics_(metrics), clock_(clock) {}

  void use(std::map<std::string, config::destination> destinations);
  /// Those of a clinic, beside the destinations of the configuration.
  void use_webhooks(model::clinic_id clinic, const std::map<std::string, config::destination>& all);
  void tell(const actors::dispatch_event& what);
  void count(model::clinic_id clinic, const std::vector<ports::queue_state>& all);

  std::map<std::string, config::destination> destinations() const;
  /// Whether somebody is there to deliver to it.
  bool delivers_to(model::clinic_id clinic, const std::string& destination) const;
  /// What waits, or is parked, for destinations that the configuration does not have (any more).
  struct left_over {
    model::clinic_id clinic = 0;
    std::string destination;
    int64_t count = 0;
  };
  std::vector<left_over> left_overs() const;
  /// Partitions of a clinic whose receiver is away.
  size_t away(model::clinic_id clinic, const std::string& destination) const;

private:
  void set_gauges(const std::string& destination, const config::destination& how);
  void set_all_gauges();
  bool knows(model::clinic_id clinic, const std::string& destination) const;
  void tell_left_overs(model::clinic_id clinic);
  void alert(const std::string& destination, const config::destination& how, int64_t waiting,
             std::chrono::seconds oldest);

  telemetry::metrics& metrics_;
  const clock_source& clock_;
  mutable std::mutex lock_;
  std::map<std::string, config::destination> destinations_;
  std::map<model::clinic_id, std::map<std::string, config::destination>> webhooks_;
  std::map<model::clinic_id, std::map<std::string, ports::queue_state>> counts_;
  std::set<ports::partition> away_;
  std::set<std::string> alerted_;
  std::set<std::pair<model::clinic_id, std::string>> left_; ///< left-overs that were told
};

} // namespace aorta::gateway

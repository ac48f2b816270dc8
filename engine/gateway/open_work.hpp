// What waits for people, as metrics: counted at an admin worker now and then.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/telemetry/metrics.hpp"

#include <map>
#include <set>
#include <string>

namespace aorta::gateway {

/// Belongs to one thread at a time.
class open_work_gauges {
public:
  explicit open_work_gauges(telemetry::metrics& metrics) : metrics_(metrics) {}
  /// `labs`: codes that may be labels. What is no longer open is told as 0.
  void set(const ports::open_work& now, const std::set<std::string>& labs);
  void set(const std::vector<ports::accepted_backlog>& waiting, timestamp now);

private:
  telemetry::metrics& metrics_;
  std::map<std::string, prometheus::Gauge*> reviews_, unmapped_, critical_;
  std::set<std::string> accepted_; ///< clinics of which something was told
};

} // namespace aorta::gateway

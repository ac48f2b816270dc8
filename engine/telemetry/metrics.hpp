// The metrics of INTERFACES.md (prometheus-cpp). Callers keep the references: a label lookup costs 172 ns, an
// increment 13.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
} // namespace prometheus

namespace aorta::telemetry {

/// Thread-safe. References stay valid as long as the object.
class metrics {
public:
  metrics();
  ~metrics();

  prometheus::Counter& messages(std::string_view route, std::string_view type, std::string_view outcome);
  prometheus::Counter& acks(std::string_view listener, std::string_view code);
  prometheus::Histogram& ack_seconds(std::string_view route);
  prometheus::Histogram& stage_seconds(std::string_view route, std::string_view stage);
  prometheus::Gauge& in_flight(std::string_view route);
  prometheus::Gauge& connections(std::string_view listener);
  prometheus::Counter& results(std::string_view route);
  prometheus::Counter& unmatched(std::string_view route);
  prometheus::Histogram& store_batch_messages();
  prometheus::Histogram& store_commit_seconds();
  prometheus::Counter& restarts(std::string_view route, std::string_view stage);
  /// path: the template, never an id
  prometheus::Counter& http_requests(std::string_view path, std::string_view method, int code);
  prometheus::Histogram& http_seconds();
  prometheus::Gauge& reviews_open(std::string_view kind);
  prometheus::Gauge& unmapped_open(std::string_view lab); ///< a laboratory of the configuration, or "other"
  prometheus::Gauge& deliveries(std::string_view destination, std::string_view state);
  prometheus::Gauge& oldest_delivery_seconds(std::string_view destination);
  prometheus::Gauge& circuit_open(std::string_view destination); ///< partitions whose receiver is away
  prometheus::Gauge& critical_open(std::string_view state);      ///< alerts that have not ended
  prometheus::Gauge& accepted_waiting(std::string_view clinic);  ///< acknowledged (CA) and not filed
  prometheus::Gauge& oldest_accepted_seconds(std::string_view clinic);
  prometheus::Histogram& critical_ack_seconds(); ///< from when the engine saw it to when a person had it
  prometheus::Gauge& store_up();                 ///< 1 while the store answers
  prometheus::Gauge& oldest_unanswered_seconds(std::string_view route); ///< 0: nothing waits for its answer
  /// When a message came last. sender: a profile's code, or "other".
  prometheus::Gauge& last_message(std::string_view listener, std::string_view sender);
  prometheus::Gauge& tls_not_after(std::string_view listener); ///< when its certificate ends
  /// When the store was backed up last; 0: never. A store that other tools back up has none.
  prometheus::Gauge& last_backup();

  void config_is(const std::string& version); ///< the configuration that runs; one thread
  prometheus::Gauge& last_reload_success();   ///< 0: files were read anew and refused

  /// Prometheus text format 0.0.4, with the process's own figures (resident memory, CPU, open files, start
  /// time).
  std::string text() const;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// Adds to a counter, sets a gauge, observes a histogram, without prometheus headers at the caller.
void add(prometheus::Counter& counter, double by = 1);
void add(prometheus::Gauge& gauge, double by);
void set(prometheus::Gauge& gauge, double value);
void observe(prometheus::Histogram& histogram, double value);

} // namespace aorta::telemetry

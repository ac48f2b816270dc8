#include "engine/telemetry/metrics.hpp"

#include "engine/base/version.hpp"

#include "engine/telemetry/process.hpp"

#include <iterator>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace aorta::telemetry {

namespace {

using prometheus::Counter;
using prometheus::Gauge;
using prometheus::Histogram;
using buckets = Histogram::BucketBoundaries;

template <class Metric>
prometheus::Family<Metric>& family(prometheus::Registry& in, const char* name, const char* help);

template <>
prometheus::Family<Counter>& family(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(in);
}
template <>
prometheus::Family<Gauge>& family(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(in);
}
template <>
prometheus::Family<Histogram>& family(prometheus::Registry& in, const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(in);
}

/// From arrival to reply, in seconds: the goal is 15 ms at the 99th percentile, a route's deadline 30 s.
buckets ack_buckets() {
  return {.0005, .001, .0025, .005, .0075, .01, .015, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
}
/// Pure stages take microseconds.
buckets stage_buckets() {
  return {.000005, .00001, .000025, .00005, .0001, .00025, .0005, .001,
          .0025,   .005,   .01,     .025,   .1,    .5,     2.5,   10};
}
buckets batch_buckets() { return {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024}; }
buckets commit_buckets() {
  return {.00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10};
}
buckets http_buckets() { return {.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}; }

std::string text_of(std::string_view view) { return std::string(view); }

} // namespace

struct metrics::impl {
  prometheus::Registry registry;
  prometheus::Family<Counter>& messages = family<Counter>(registry, "aorta_messages_total",
                                                          "Messages by route, type and outcome.");
  prometheus::Family<Counter>& acks = family<Counter>(registry, "aorta_acks_total",
                                                      "Replies by listener and acknowledgement code.");
  prometheus::Family<Histogram>& ack_seconds = family<Histogram>(registry, "aorta_ack_seconds",
                                                                 "From the frame's arrival to its reply.");
  prometheus::Family<Histogram>& stage_seconds = family<Histogram>(registry, "aorta_stage_seconds",
                                                                   "Time in one stage of a route.");
  prometheus::Family<Gauge>& in_flight = family<Gauge>(registry, "aorta_in_flight",
                                                       "Envelopes on their way.");
  prometheus::Family<Gauge>& connections = family<Gauge>(registry, "aorta_connections", "Open connections.");
  prometheus::Family<Counter>& results = family<Counter>(registry, "aorta_results_total",
                                                         "Laboratory results filed.");
  prometheus::Family<Counter>& unmatched = family<Counter>(registry, "aorta_unmatched_total",
                                                           "Messages without a certain patient.");
  prometheus::Family<Counter>& restarts = family<Counter>(registry, "aorta_restarts_total",
                                                          "Stages that were started again.");
  prometheus::Family<Counter>& http_requests = family<Counter>(registry, "aorta_http_requests_total",
                                                               "HTTP requests answered.");
  prometheus::Family<Gauge>& reviews_open = family<Gauge>(registry, "aorta_reviews_open",
                                                          "Reviews that wait for a person, by kind.");
  prometheus::Family<Gauge>& unmapped_open = family<Gauge>(registry, "aorta_unmapped_open",
                                                           "Codes of a laboratory that nobody has mapped.");
  prometheus::Family<Gauge>& deliveries = family<Gauge>(registry, "aorta_deliveries",
                                                        "Deliveries by destination and state.");
  prometheus::Family<Gauge>& oldest_delivery = family<Gauge>(
    registry, "aorta_oldest_delivery_seconds", "How long the oldest delivery that is not sent waits.");
  prometheus::Family<Gauge>& circuit_open = family<Gauge>(
    registry, "aorta_circuit_open", "Partitions of a destination whose receiver is away.");
  prometheus::Family<Gauge>& critical_open = family<Gauge>(
    registry, "aorta_critical_open", "Alerts of critical values that have not ended, by state.");
  prometheus::Family<Gauge>& accepted_waiting = family<Gauge>(
    registry, "aorta_accepted_waiting",
    "Messages whose receipt was acknowledged and that are not filed yet.");
  prometheus::Family<Gauge>& oldest_accepted = family<Gauge>(registry, "aorta_oldest_accepted_seconds",
                                                             "How long the oldest of them waits.");
  Histogram& critical_ack_seconds =
    family<Histogram>(registry, "aorta_critical_ack_seconds",
                      "From when a critical value was seen to when a person had it.")
      .Add({}, Histogram::BucketBoundaries{10, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 86400});
  prometheus::Family<Gauge>& oldest_unanswered = family<Gauge>(
    registry, "aorta_oldest_unanswered_seconds",
    "How long the oldest message without an answer has been here.");
  prometheus::Family<Gauge>& last_message = family<Gauge>(
    registry, "aorta_last_message_timestamp_seconds",
    "When a message came last, by the profile that knows its sender.");
  prometheus::Family<Gauge>& tls_not_after = family<Gauge>(registry, "aorta_tls_not_after_timestamp_seconds",
                                                           "When the certificate of a listener ends.");
  prometheus::Family<Gauge>& last_backup = family<Gauge>(registry, "aorta_last_backup_timestamp_seconds",
                                                         "When aorta backup was made last; 0: never.");
  Gauge& store_up = family<Gauge>(registry, "aorta_store_up", "Whether the store answers.").Add({});
  prometheus::Family<Gauge>& config_info = family<Gauge>(registry, "aorta_config_info",
                                                         "The configuration that runs, as its label.");
  Gauge* config_now = nullptr;
  Gauge& last_reload = family<Gauge>(registry, "aorta_config_last_reload_success",
                                     "Whether the files that were read last were taken over.")
                         .Add({});
  Gauge& build = family<Gauge>(registry, "aorta_build_info", "The engine's version, as its label.")
                   .Add({{"version", aorta::version}});
  Histogram& store_batch_messages =
    family<Histogram>(registry, "aorta_store_batch_messages", "Messages a commit.").Add({}, batch_buckets());
  Histogram& store_commit_seconds =
    family<Histogram>(registry, "aorta_store_commit_seconds", "Time of a commit.").Add({}, commit_buckets());
  Histogram& http_seconds = family<Histogram>(registry, "aorta_http_seconds",
                                              "From the request's end to its answer.")
                              .Add({}, http_buckets());
};

metrics::metrics() : impl_(std::make_unique<impl>()) {
  impl_->build.Set(1);
  impl_->last_reload.Set(1);
}
metrics::~metrics() = default;

Counter& metrics::messages(std::string_view route, std::string_view type, std::string_view outcome) {
  return impl_->messages.Add(
    {{"route", text_of(route)}, {"type", text_of(type)}, {"outcome", text_of(outcome)}});
}
Counter& metrics::acks(std::string_view listener, std::string_view code) {
  return impl_->acks.Add({{"listener", text_of(listener)}, {"code", text_of(code)}});
}
Histogram& metrics::ack_seconds(std::string_view route) {
  return impl_->ack_seconds.Add({{"route", text_of(route)}}, ack_buckets());
}
Histogram& metrics::stage_seconds(std::string_view route, std::string_view stage) {
  return impl_->stage_seconds.Add({{"route", text_of(route)}, {"stage", text_of(stage)}}, stage_buckets());
}
Gauge& metrics::in_flight(std::string_view route) {
  return impl_->in_flight.Add({{"route", text_of(route)}});
}
Gauge& metrics::connections(std::string_view listener) {
  return impl_->connections.Add({{"listener", text_of(listener)}});
}
Counter& metrics::results(std::string_view route) { return impl_->results.Add({{"route", text_of(route)}}); }
Counter& metrics::unmatched(std::string_view route) {
  return impl_->unmatched.Add({{"route", text_of(route)}});
}
Gauge& metrics::oldest_unanswered_seconds(std::string_view route) {
  return impl_->oldest_unanswered.Add({{"route", text_of(route)}});
}
Gauge& metrics::last_message(std::string_view listener, std::string_view sender) {
  return impl_->last_message.Add({{"listener", text_of(listener)}, {"sender", text_of(sender)}});
}
Gauge& metrics::tls_not_after(std::string_view listener) {
  return impl_->tls_not_after.Add({{"listener", text_of(listener)}});
}
Gauge& metrics::critical_open(std::string_view state) {
  return impl_->critical_open.Add({{"state", text_of(state)}});
}
Gauge& metrics::accepted_waiting(std::string_view clinic) {
  return impl_->accepted_waiting.Add({{"clinic", text_of(clinic)}});
}
Gauge& metrics::oldest_accepted_seconds(std::string_view clinic) {
  return impl_->oldest_accepted.Add({{"clinic", text_of(clinic)}});
}
Histogram& metrics::critical_ack_seconds() { return impl_->critical_ack_seconds; }
Histogram& metrics::store_batch_messages() { return impl_->store_batch_messages; }
Histogram& metrics::store_commit_seconds() { return impl_->store_commit_seconds; }
Counter& metrics::restarts(std::string_view route, std::string_view stage) {
  return impl_->restarts.Add({{"route", text_of(route)}, {"stage", text_of(stage)}});
}
Counter& metrics::http_requests(std::string_view path, std::string_view method, int code) {
  return impl_->http_requests.Add(
    {{"path", text_of(path)}, {"method", text_of(method)}, {"code", std::to_string(code)}});
}
Gauge& metrics::reviews_open(std::string_view kind) {
  return impl_->reviews_open.Add({{"kind", text_of(kind)}});
}
Gauge& metrics::unmapped_open(std::string_view lab) {
  return impl_->unmapped_open.Add({{"lab", text_of(lab)}});
}
Histogram& metrics::http_seconds() { return impl_->http_seconds; }
Gauge& metrics::deliveries(std::string_view destination, std::string_view state) {
  return impl_->deliveries.Add({{"destination", text_of(destination)}, {"state", text_of(state)}});
}
Gauge& metrics::oldest_delivery_seconds(std::string_view destination) {
  return impl_->oldest_delivery.Add({{"destination", text_of(destination)}});
}
Gauge& metrics::circuit_open(std::string_view destination) {
  return impl_->circuit_open.Add({{"destination", text_of(destination)}});
}
Gauge& metrics::last_backup() { return impl_->last_backup.Add({}); }
Gauge& metrics::store_up() { return impl_->store_up; }
Gauge& metrics::last_reload_success() { return impl_->last_reload; }

void metrics::config_is(const std::string& version) {
  if (impl_->config_now != nullptr) impl_->config_info.Remove(impl_->config_now);
  impl_->config_now = &impl_->config_info.Add({{"version", version}});
  impl_->config_now->Set(1);
}

std::string metrics::text() const {
  auto families = impl_->registry.Collect();
  auto own = process_figures();
  families.insert(families.end(), std::make_move_iterator(own.begin()), std::make_move_iterator(own.end()));
  return prometheus::TextSerializer().Serialize(families);
}

void add(Counter& counter, double by) { counter.Increment(by); }
void add(Gauge& gauge, double by) { gauge.Increment(by); }
void set(prometheus::Gauge& gauge, double value) { gauge.Set(value); }
void observe(Histogram& histogram, double value) { histogram.Observe(value); }

} // namespace aorta::telemetry

#include "engine/telemetry/metrics.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

namespace telemetry = aorta::telemetry;

namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

} // namespace

BOOST_AUTO_TEST_SUITE(metrics)

BOOST_AUTO_TEST_CASE(counters_carry_their_labels_and_the_same_labels_give_the_same_counter) {
  telemetry::metrics all;
  telemetry::add(all.messages("lab-results", "ORU^R01", "processed"));
  telemetry::add(all.messages("lab-results", "ORU^R01", "processed"), 2);
  BOOST_TEST(
    has_line(all.text(), R"(aorta_messages_total{outcome="processed",route="lab-results",type="ORU^R01"} 3)"),
    all.text());
}

BOOST_AUTO_TEST_CASE(gauges_go_up_and_down) {
  telemetry::metrics all;
  auto& open = all.connections("lab");
  telemetry::add(open, 2);
  telemetry::add(open, -1);
  BOOST_TEST(has_line(all.text(), R"(aorta_connections{listener="lab"} 1)"), all.text());
}

BOOST_AUTO_TEST_CASE(histograms_count_in_their_buckets) {
  telemetry::metrics all;
  telemetry::observe(all.ack_seconds("lab-results"), 0.0004);
  telemetry::observe(all.ack_seconds("lab-results"), 11);
  telemetry::observe(all.store_batch_messages(), 32);
  const auto text = all.text();
  BOOST_TEST(has_line(text, R"(aorta_ack_seconds_bucket{route="lab-results",le="0.0005"} 1)"), text);
  BOOST_TEST(has_line(text, R"(aorta_ack_seconds_bucket{route="lab-results",le="10"} 1)"), text);
  BOOST_TEST(has_line(text, R"(aorta_ack_seconds_count{route="lab-results"} 2)"), text);
  BOOST_TEST(has_line(text, R"(aorta_store_batch_messages_bucket{le="16"} 0)"), text);
  BOOST_TEST(has_line(text, R"(aorta_store_batch_messages_bucket{le="32"} 1)"), text);
}

BOOST_AUTO_TEST_CASE(the_text_names_every_metric_once_and_the_process_s_own) {
  telemetry::metrics all;
  all.acks("lab", "AA"), all.stage_seconds("r", "parse"), all.in_flight("r"), all.results("r"),
    all.unmatched("r");
  all.restarts("r", "parse"), all.http_requests("/health", "GET", 200), all.http_seconds(),
    all.store_commit_seconds();
  const auto text = all.text();
  for (const auto* name :
       {"aorta_acks_total", "aorta_stage_seconds", "aorta_in_flight", "aorta_results_total",
        "aorta_unmatched_total", "aorta_restarts_total", "aorta_http_requests_total", "aorta_http_seconds",
        "aorta_store_commit_seconds", "process_resident_memory_bytes", "process_cpu_seconds_total",
        "process_open_fds", "process_start_time_seconds"}) {
    const auto line = std::string("# TYPE ") + name + " ";
    const auto at = text.find(line);
    BOOST_TEST(at != std::string::npos, name);
    BOOST_TEST(text.find(line, at + 1) == std::string::npos, name);
  }
}

BOOST_AUTO_TEST_SUITE_END()

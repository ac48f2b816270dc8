// FHIR's side of the door without sockets: a worker that answers in the test's thread, and what it was asked.
#pragma once

#include "engine/gateway/fhir_call.hpp"
#include "test/unit/gateway/bare_records.hpp"

#include <boost/test/unit_test.hpp>

#include <caf/scheduler/test_coordinator.hpp>

namespace aorta::test {

/// Its actors run when the test says so.
struct deterministic : caf::actor_system_config {
  deterministic() { set("scheduler.policy", caf::atom("testing")); }
};

/// One worker that answers at once, in this thread.
struct one_record_worker {
  one_record_worker() {
    parts->limiter = &limiter;
    parts->metrics = &metrics;
    parts->clock = &clock;
    parts->ids = &ids;
    parts->unknown = &unknown;
    parts->later = [](const std::function<void()>& what) { what(); };
    parts->rules = [] {
      auto rules = std::make_shared<gateway::fhir_rules>();
      rules->base_url = "https://clinic.example/fhir/r4";
      rules->most_body_bytes = 1 << 20;
      return std::shared_ptr<const gateway::fhir_rules>(std::move(rules));
    };
    store.door.add_key("main", {"read"}, 1);
    store.door.add_key("every", {"read"});
  }

  /// A validation: it needs a key and no records.
  gateway::fhir_call_ptr call(const std::string& bearer,
                              std::vector<std::string> path = {"Patient", "$validate"}) {
    auto out = std::make_shared<gateway::fhir_call>();
    out->parts = parts;
    out->peer = "192.0.2.7";
    out->bearer = bearer;
    out->base = "https://clinic.example/fhir/r4";
    out->resource = "/fhir/r4/Patient";
    out->asked.method = "POST";
    out->asked.path = std::move(path);
    out->asked.body = R"({"resourceType":"Patient"})";
    out->asked.headers["content-type"] = "application/fhir+json";
    out->respond = [this](net::http_response reply) { replies.push_back(std::move(reply)); };
    return out;
  }

  net::http_response answer(const gateway::fhir_call_ptr& one) {
    replies.clear();
    const std::vector<actors::call_ptr> all = {one};
    worker(&store, all);
    BOOST_REQUIRE_EQUAL(replies.size(), 1u);
    return replies.front();
  }
  net::http_response ask(const std::string& bearer) { return answer(call(bearer)); }

  bare_records store;
  http::limiter limiter{0};
  telemetry::metrics metrics;
  system_clock_source clock;
  uuid_v7_source ids;
  gateway::strangers unknown;
  std::vector<net::http_response> replies;
  gateway::fhir_parts_ptr parts = std::make_shared<gateway::fhir_parts>();
  actors::answer_calls worker = gateway::answer_fhir_calls(parts, true);
};

inline void run(caf::actor_system& sys) {
  dynamic_cast<caf::scheduler::test_coordinator&>(sys.scheduler()).run();
}

inline std::string header(const net::http_response& of, std::string_view name) {
  for (const auto& [key, value] : of.headers)
    if (key == name) return value;
  return {};
}

} // namespace aorta::test

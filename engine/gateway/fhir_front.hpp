// HTTP in front of FHIR: from the listener to the workers and back, with keys, limits, metrics and an audit
// row for each access.
#pragma once

#include "actors/workers.hpp"
#include "engine/gateway/fhir_costs.hpp"
#include "engine/gateway/front_parts.hpp"
#include "engine/http/limiter.hpp"
#include "engine/net/http/http_server.hpp"
#include "engine/rest/rest.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::gateway {

/// What a reload may change.
struct fhir_rules {
  std::string base_url;       ///< empty: only loopback names of Host are believed, and there are no tokens
  bool tls = false;           ///< [http] speaks it
  size_t most_body_bytes = 0; ///< of an unpacked body
  fhir::identifier_systems systems;
  std::vector<std::string> allow_origins; ///< `[fhir] allow_origins`
  std::map<model::clinic_id, std::vector<lab::critical_limit>> critical;
};

/// Who answers. Calls take them in turn; those whose reads are costly get the first reader, those whose
/// writes are the first writer.
struct record_workers {
  std::vector<actors::worker_actor> readers, writers;
};

struct fhir_parts : front_parts {
  std::shared_ptr<const record_workers> workers; ///< read and swapped atomically; null: the engine is ending
  costly_callers costly_readers, costly_writers;
  std::function<std::shared_ptr<const fhir_rules>()> rules;
  std::function<std::string()> new_secret;
  http::limiter* limiter = nullptr;
};
using fhir_parts_ptr = std::shared_ptr<fhir_parts>;

/// Below /fhir/r4, and what else FHIR's table has: the token endpoint, and SMART's discovery.
bool is_fhir(std::string_view target);

/// The handler for those targets. `parts` without workers: they are spawned with `answer_fhir_calls(parts)`
/// and put in before the first request.
net::http_handler fhir_front(fhir_parts_ptr parts);
/// Whoever sends a large body must have a valid key before it is read; of any target.
net::http_admission body_admission(fhir_parts_ptr parts);
/// What a worker does with its calls. Each worker gets its own. `first`: of the readers or of the writers.
actors::answer_calls answer_fhir_calls(fhir_parts_ptr parts, bool first);

} // namespace aorta::gateway

// One FHIR request on its way between the listener, a worker and, for bundles, a route.
#pragma once

#include "engine/gateway/fhir_front.hpp"
#include "engine/gateway/http_call.hpp"

namespace aorta::gateway {

struct fhir_call final : actors::call, http_call {
  fhir_call() { packs = packing::plain; }

  enum class kind : uint8_t {
    rest,
    token,
    bundle,
    admission
  }; ///< admission: only whether its sender may send a large body

  fhir_parts_ptr parts;
  rest::request asked;
  std::string bearer, peer, base, resource; ///< resource: the path, for the audit
  std::string search;                       ///< the query as it was sent, for the audit
  std::string origin;                       ///< of a browser's page that may read the answer; empty: none
  kind is = kind::rest;
  std::string label = "/fhir/r4/other"; ///< of its row, for metrics
  bool only_reads = true;
  std::string coding; ///< of the body as it came; a worker unpacks it once it knows who asks
  bool reads() const { return is == kind::rest && (read_batch || only_reads); }

  costly_callers& costly() const {
    return reads() ? parts->costly_readers : parts->costly_writers;
  } ///< those of its kind
  // A worker fills these in.
  bool read_batch = false; ///< a batch that only reads: the readers' work
  bool admitted = false;   ///< `who` and `actor` are known
  rest::grant who;
  std::string actor = "nobody";
  std::optional<rest::reply> ready; ///< answered once its audit row is kept

  void answer(rest::reply reply) const;
  void answer_late() const override {
    answer(rest::refusal(503, "timeout", "the store did not answer in time"));
  }
};
using fhir_call_ptr = std::shared_ptr<fhir_call>;

/// Sends a call to the next worker of its kind.
void to_worker(fhir_call_ptr call);
/// Beside /fhir/r4: `https://host/auth/token`. Empty without a configured base: an audience that whoever asks
/// may choose proves nothing.
std::string token_url_of(const fhir_rules& rules);

} // namespace aorta::gateway

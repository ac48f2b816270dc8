// The configuration as structs. load.hpp reads it.
#pragma once

#include "engine/config/destination.hpp"
#include "engine/config/files.hpp"
#include "engine/config/gesy.hpp"
#include "engine/config/listener.hpp"
#include "engine/config/route.hpp"
#include "engine/config/webhook.hpp"
#include "engine/critical/ladder.hpp"
#include "engine/lab/profile.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace aorta::config {

/// [fhir]: what no standard settles for a clinic. An empty system means the engine's own
/// (fhir::identifier_systems).
struct fhir_settings {
  std::string base_url; ///< as clients see it, `https://clinic.example.org/fhir/r4`; empty: only loopback
                        ///< names are answered, and there are no tokens
  std::string cyprus_id_system, arc_system, mrn_system, gesy_system;
  std::vector<std::string> allow_origins; ///< of browsers' pages that may read answers; `*`: any
};

/// [critical]: who hears of critical values. The rungs of all clinics stand in `every.rungs`.
struct critical_settings {
  critical::rules every;
  std::vector<std::string> clinics; ///< of each rung: a code; empty: every clinic's
  critical::rules of(const std::string& clinic) const;
};

/// [events]: where webhooks may lead.
struct event_settings {
  std::vector<std::string> allow; ///< addresses that may be reached beside public ones
  bool plaintext = false;         ///< also without TLS
};

struct settings {
  std::string base; ///< folder of aorta.toml
  endpoint http{"127.0.0.1", 8080};
  uint32_t http_max_body_bytes = 64u << 20, http_max_connections = 1'000;
  std::vector<std::string> http_balancers; ///< as of a listener
  tls_files http_tls;
  std::string store_url = "sqlite://var/aorta.db";
  bool store_migrate = true;
  std::string pii_key;    ///< AORTA_PII_KEY, or the content of security.pii_key_file
  uint32_t approvals = 1; ///< persons whom a publication needs: 1 or 2
  /// `env:NAME`, `file:PATH`: what destinations may name that come over HTTP, beside what runs already.
  std::vector<std::string> secrets;
  std::string pii_key_file; ///< as it is named, also where the environment beats it; may be empty
  /// code -> name; created in an own store when absent. Without any [clinic.*], the clinics that the routes
  /// name, under their codes.
  std::map<std::string, std::string> clinics;
  std::map<std::string, std::vector<lab::critical_limit>> critical; ///< clinic code -> limits
  critical_settings alerts;
  std::map<std::string, listener> listeners;
  std::map<std::string, inbound_webhook> webhooks; ///< by name
  std::map<std::string, lab_files> files;          ///< by name
  std::vector<route> routes;
  std::map<std::string, destination> destinations; ///< by name
  std::map<std::string, lab::profile> profiles;    ///< by file_code
  fhir_settings fhir;
  event_settings events;
  std::optional<redis_server> redis;
  std::optional<gesy_settings> gesy;
  uint32_t key_requests_per_second = 20'000; ///< calls of one key, in the long run and at once; 0: no
                                             ///< limit
  std::string log_level = "info", log_format = "text"; ///< text or json
  /// How many days what is done with is kept; 0: for ever.
  struct retention {
    uint32_t raw_days = 0, messages_days = 0; ///< a message's bytes; its row in the log, at least as long
    uint32_t deliveries_days = 0;             ///< sent and skipped deliveries
    friend bool operator==(const retention&, const retention&) = default;
  } keeps;
  std::chrono::seconds leave{0}; ///< at SIGTERM: so long it goes on, and says that it is not ready
  std::chrono::seconds stop{8};  ///< at SIGTERM: then what still works is interrupted
  /// What was read, to tell what a change changes: every key of aorta.toml by its name (`listener.lab.allow`;
  /// empty text: not given), certificates and keys with their content, and each file of routes/,
  /// destinations/ and labs/ as a whole (`routes/lab-results.toml`). Holds secrets.
  std::map<std::string, std::string> given;
  std::string version; ///< first 12 hex digits of a SHA-256 over all files read and the overrides
};

/// A listener with an expectation, and a clinic that takes from it and hears of its silence.
struct expected_listener {
  std::string clinic, listener;
  friend auto operator<=>(const expected_listener&, const expected_listener&) = default;
};
std::vector<expected_listener> expected_listeners(const settings& of); ///< sorted, each once

} // namespace aorta::config

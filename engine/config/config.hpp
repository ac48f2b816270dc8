// The configuration as structs. Reading it yields every fault at once, each with its place, and nothing
// starts on a fault.
#pragma once

#include "engine/base/diagnostic.hpp"
#include "engine/lab/profile.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::config {

struct endpoint {
  std::string host;  ///< a name or an address, IPv6 without its brackets
  uint16_t port = 0; ///< 0: any free port, printed at start
};

/// `127.0.0.1:2575`, `[::1]:2575`, `lab.example.org:2575`; nothing when it is not host and port.
std::optional<endpoint> read_endpoint(std::string_view text);
/// `10.1.0.0/16`, `2001:db8::/32`, or an address alone.
bool is_address_block(std::string_view text);

struct tls_files {
  std::string cert, key, client_ca; ///< cert and key together or neither; client_ca: client certificates are
                                    ///< required
};

struct listener {
  std::string name;
  endpoint listen;
  tls_files tls;
  bool allow_listed = false;      ///< a list was given: an empty one lets nobody in
  std::vector<std::string> allow; ///< CIDR blocks; empty: everybody
  size_t max_frame_bytes = 64u << 20;
  uint32_t max_connections = 10'000;
  std::chrono::seconds idle_timeout{0};  ///< 0: none
  std::chrono::seconds frame_timeout{0}; ///< an open frame must be complete by then; 0: none
  bool missing_start_block = false;      ///< a frame may come without 0x0B
};

struct route {
  std::string name, file;
  std::vector<std::string> from, accept, chain, labs;
  std::vector<std::string> receiving;       ///< MSH-5 or MSH-6 of what the route takes; empty: of any
  std::vector<std::string> processing{"P"}; ///< MSH-11 of what it takes (HL70103): P production, T training,
                                            ///< D debugging
  std::string clinic = "MAIN";
  uint32_t lanes = 1;
  uint32_t in_flight = 1024;                  ///< envelopes; past that, connections stop reading
  std::chrono::milliseconds deadline{30'000}; ///< then a waiting sender gets AE 207
};

/// [fhir]: what no standard settles for a clinic. An empty system means the engine's own
/// (fhir::identifier_systems).
struct fhir_settings {
  std::string base_url; ///< as clients see it, `https://clinic.example.org/fhir/r4`; empty: only loopback
                        ///< names are answered, and there are no tokens
  std::string cyprus_id_system, arc_system, mrn_system, gesy_system;
};

struct settings {
  std::string base; ///< folder of aorta.toml
  endpoint http{"127.0.0.1", 8080};
  uint32_t http_max_body_bytes = 64u << 20, http_max_connections = 1'000;
  tls_files http_tls;
  std::string store_url = "sqlite://var/aorta.db";
  bool store_migrate = true;
  std::string pii_key;      ///< AORTA_PII_KEY, or the content of security.pii_key_file
  std::string pii_key_file; ///< as it is named, also where the environment beats it; may be empty
  /// code -> name; created in an own store when absent. Without any [clinic.*], the clinics that the routes
  /// name, under their codes.
  std::map<std::string, std::string> clinics;
  std::map<std::string, std::vector<lab::critical_limit>> critical; ///< clinic code -> limits
  std::map<std::string, listener> listeners;
  std::vector<route> routes;
  std::map<std::string, lab::profile> profiles; ///< by file_code
  fhir_settings fhir;
  uint32_t key_requests_per_second = 20'000; ///< calls of one key, in the long run and at once; 0: no
                                             ///< limit
  std::string log_level = "info", log_format = "text"; ///< text or json
  std::chrono::seconds stop{8};                        ///< at SIGTERM: then what still works is interrupted
  /// What was read, to tell what a change changes: every key of aorta.toml by its name (`listener.lab.allow`;
  /// empty text: not given), certificates and keys with their content, and each file of routes/ and labs/ as
  /// a whole (`routes/lab-results.toml`). Holds secrets.
  std::map<std::string, std::string> given;
  std::string version; ///< first 12 hex digits of a SHA-256 over all files read and the overrides
};

/// What differs between two configurations, by the names of `settings::given`, in order.
struct changes {
  std::vector<std::string> live;    ///< a reload applies them
  std::vector<std::string> restart; ///< only a restart does: a reload with one of these is refused
  std::vector<std::string> kept; ///< they have no effect: the name of a clinic that the store has, what the
                                 ///< environment beats
};
changes compare(const settings& now, const settings& next);

struct loaded {
  settings value;
  std::vector<diagnostic> complaints; ///< in the order of files and lines; errors mean `value` must not be
                                      ///< used
  bool ok() const;
};

struct vocabulary; // vocabulary.hpp: what a route file may name

struct source {
  std::string path = "conf/aorta.toml";
  std::vector<std::string> overrides;             ///< section.key=value
  std::map<std::string, std::string> environment; ///< AORTA_STORE_URL, AORTA_REDIS_URL, AORTA_PII_KEY
};

/// Reads aorta.toml, routes/*.toml and labs/*.toml beside it. Reads files, nothing else of the outside. A
/// path to a folder means the aorta.toml in it. Paths inside the files (keys, certificates, the SQLite file)
/// count from the current folder, not from the file's. An override beats the environment, the environment
/// beats the files.
loaded load(const source& from, const vocabulary& words);

struct text_file {
  std::string path, text;
};
/// What `load` reads before it understands anything.
struct text_files {
  text_file main;
  std::vector<text_file> routes, labs;
};
/// The content of a small file that the configuration names (a key, a certificate); nothing when it cannot be
/// read.
using file_reader = std::function<std::optional<std::string>(const std::string& path)>;

/// The part of `load` that touches no files but through `read`.
loaded understand(const text_files& files, const source& from, const vocabulary& words,
                  const file_reader& read);

/// All complaints as people read them, then the last line: `ok: 1 routes, 1 listeners, 3 profiles` or `2
/// errors. Nothing was started.`
std::string report(const loaded& what);

} // namespace aorta::config

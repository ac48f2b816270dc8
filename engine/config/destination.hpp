// conf/destinations/*.toml: where messages are passed on to.
#pragma once

#include "engine/config/endpoint.hpp"
#include "engine/delivery/rules.hpp"
#include "engine/delivery/signature.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace aorta::config {

/// How we speak TLS to a receiver. All empty: with the authorities that this machine knows.
struct tls_client_files {
  std::string ca, cert, key;
  friend bool operator==(const tls_client_files&, const tls_client_files&) = default;
};

/// [redis]: the one server that all destinations of kind redis write to.
struct redis_server {
  endpoint at;
  std::string user, password;
  uint32_t database = 0;
  uint32_t most_entries = 0; ///< of a stream, about
  friend bool operator==(const redis_server&, const redis_server&) = default;
};

struct destination {
  enum class kind : uint8_t {
    mllp,
    http,
    file,
    redis,
    fhir,
    gesy, ///< claims to the national system; made of [gesy], not of a file
  };
  /// What a receiver gets of a message.
  enum class content : uint8_t {
    hl7,   ///< its bytes
    json,  ///< all of it as a tree
    event, ///< that it was filed, and under which id: nothing of what it says
  };
  std::string name, file;
  kind is = kind::mllp;
  std::string to; ///< mllp: host and port, also in `at`; http: a URL; file: a folder; redis: a stream; fhir:
                  ///< a base URL
  endpoint at;
  content gives = content::hl7;    ///< http, file
  std::vector<std::string> events; ///< http, file: types of the clinics' events that go there; `*`: all
  std::string file_name = "{control_id}.hl7"; ///< file: `delivery::file_name` says what may stand in braces
  // redis
  std::optional<redis_server> server;
  bool publishes = false; ///< events also to the channel `clinical_events:TYPE`
  // http
  std::map<std::string, std::string> headers;
  std::vector<std::string> allow;                    ///< addresses that may be reached beside public ones
  std::optional<delivery::signature_key> secret;     ///< signs each request
  std::optional<delivery::signature_key> old_secret; ///< signs too, until then
  timestamp old_secret_until{};
  uint32_t partitions = 1; ///< work side by side, each on a connection of its own
  delivery::order_by key = delivery::order_by::patient;
  delivery::rules rules;
  bool keep_control_id = false; ///< MSH-10 goes out as it came
  bool forward_unmatched = true;
  std::chrono::seconds timeout{30}; ///< for an answer
  uint32_t alert_rows = 100'000;    ///< so many wait: somebody should look; 0: never
  std::chrono::seconds alert_after{3'600};
  std::optional<tls_client_files> tls;
  /// The files that it names (certificates, keys, secrets) with their content, so that a change of one is a
  /// change of the destination.
  std::map<std::string, std::string> reads;
  std::vector<std::string> hidden; ///< `env:NAME` and `file:PATH` that it names

  friend bool operator==(const destination&, const destination&) = default;
};
std::string_view name(destination::kind) noexcept;
std::string_view name(destination::content) noexcept;

} // namespace aorta::config

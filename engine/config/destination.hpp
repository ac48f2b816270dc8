// conf/destinations/*.toml: where messages are passed on to.
#pragma once

#include "engine/config/endpoint.hpp"
#include "engine/delivery/rules.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace aorta::config {

/// How we speak TLS to a receiver. All empty: with the authorities that this machine knows.
struct tls_client_files {
  std::string ca, cert, key;
  friend bool operator==(const tls_client_files&, const tls_client_files&) = default;
};

struct destination {
  enum class kind : uint8_t { mllp };
  std::string name, file;
  kind is = kind::mllp;
  std::string to; ///< mllp: host and port, also in `at`
  endpoint at;
  uint32_t partitions = 1; ///< work side by side, each on a connection of its own
  delivery::order_by key = delivery::order_by::patient;
  delivery::rules rules;
  bool keep_control_id = false; ///< MSH-10 goes out as it came
  bool forward_unmatched = true;
  std::chrono::seconds timeout{30}; ///< for an answer
  uint32_t alert_rows = 100'000;    ///< so many wait: somebody should look; 0: never
  std::chrono::seconds alert_after{3'600};
  std::optional<tls_client_files> tls;

  friend bool operator==(const destination&, const destination&) = default;
};

} // namespace aorta::config

// [gesy] of aorta.toml, and conf/gesy.toml: where the national system is and how it is spoken to.
#pragma once

#include "engine/gesy/wire.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::config {

struct gesy_settings {
  enum class mode : uint8_t {
    simulator, ///< within the engine, in memory
    sandbox,
    production
  };
  mode is = mode::simulator;
  std::string url; ///< without a slash at its end
  std::string client_id, client_secret, provider_id;
  std::chrono::seconds timeout{30};
  /// Pauses between two looks at a claim; the last one for ever.
  std::vector<std::chrono::seconds> polls{std::chrono::seconds(60), std::chrono::seconds(300),
                                          std::chrono::seconds(1'800), std::chrono::seconds(7'200),
                                          std::chrono::seconds(21'600)};
  std::vector<std::string> allow;
  gesy::wire wire = gesy::specified();

  friend bool operator==(const gesy_settings&, const gesy_settings&) = default;
};
std::string_view name(gesy_settings::mode) noexcept;
inline constexpr std::string_view gesy_destination = "gesy"; ///< of claims; no file may call one so

} // namespace aorta::config

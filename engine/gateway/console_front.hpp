// The web console's own files, beside the program: what it shows it asks of the API.
#pragma once

#include "engine/gateway/front_parts.hpp"
#include "engine/net/http/http_server.hpp"

#include <filesystem>
#include <string_view>

namespace aorta::gateway {

/// `/`, which leads there, and `/console/`.
bool is_console_target(std::string_view target) noexcept;

/// Reads the files of `folder` once. Without them it says how they are built. Whoever asks needs no key: they
/// hold nothing of a clinic.
net::http_handler console_front(const std::filesystem::path& folder, telemetry::metrics& metrics);

/// Beside the running program, where it is built; of one that is installed in PREFIX/bin
/// PREFIX/share/aorta/console.
std::filesystem::path console_folder();

} // namespace aorta::gateway

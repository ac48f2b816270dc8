// What goes wrong at the simulator of the national system: `aorta gesy simulate --script FILE`, and the body
// of its `POST /_script`.
#pragma once

#include "engine/base/result.hpp"
#include "engine/gesy/simulator.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace aorta::config {

/// TOML: `[[fault]]` with `is` (`cut`, ...), `on` (an operation; without it any), `times` (0: always),
/// `percent`, `wait_seconds`. Errors name the line.
result<std::vector<gesy::fault>> read_gesy_script(std::string_view text, const std::string& file);

} // namespace aorta::config

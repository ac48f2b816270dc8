// A request's target: path and query, decoded.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aorta::http {

struct target_parts {
  std::vector<std::string> path;                           ///< decoded segments, without an empty last one
  std::vector<std::pair<std::string, std::string>> params; ///< decoded, in order, repeats kept
};

/// Splits a request target (RFC 9112 3.2.1); nothing when it is no valid one, or its texts are no clean
/// UTF-8.
std::optional<target_parts> split_target(std::string_view target);

/// A path as audit rows show it: decoded, at most 200 bytes of it.
std::string shown_path(std::span<const std::string> path);

} // namespace aorta::http

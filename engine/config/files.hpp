// [files.NAME]: a laboratory's files in CSV.
#pragma once

#include <string>
#include <string_view>

namespace aorta::config {

/// What stands before the name in `from` of a route, and in place of a listener's name.
inline constexpr std::string_view files_listener = "files:";
/// All that files bring to routes.
inline constexpr std::string_view files_type = "lab-file";

struct lab_files {
  std::string name;
  std::string lab;                  ///< its profile's file_code
  std::string folder, done, failed; ///< empty `folder`: none is watched; else all three are paths
};

} // namespace aorta::config

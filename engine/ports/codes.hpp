// Tables of codes that somebody has loaded: whether there is such a code. No clinic's: all share them. Part
// of a `record_session`.
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::ports {

enum class code_system : uint8_t { icd10, cpt, atc, icpc2, hio };
std::string_view name(code_system) noexcept; ///< `icd10`, as `aorta codes load` takes it
std::optional<code_system> code_system_from(std::string_view) noexcept;
std::vector<std::string> code_system_names();

struct code_row {
  std::string code, description, description_el; ///< of the last two either may be empty
};

class code_tables {
public:
  virtual ~code_tables() = default;

  /// Adds them, or changes the descriptions of those that are there.
  virtual status load(code_system into, std::span<const code_row> all) = 0;
  /// Those of these codes that there are. Nothing: the table is empty, so nobody can say.
  virtual result<std::optional<std::set<std::string>>> known(code_system in,
                                                             const std::vector<std::string>& codes) = 0;
};

} // namespace aorta::ports

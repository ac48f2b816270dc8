#include "engine/ports/codes.hpp"

#include <array>

namespace aorta::ports {
namespace {

constexpr std::array<std::string_view, 5> code_systems{"icd10", "cpt", "atc", "icpc2", "hio"};

} // namespace

std::string_view name(code_system of) noexcept { return code_systems[size_t(of)]; }

std::optional<code_system> code_system_from(std::string_view word) noexcept {
  for (size_t i = 0; i < code_systems.size(); ++i)
    if (code_systems[i] == word) return code_system(i);
  return std::nullopt;
}

std::vector<std::string> code_system_names() { return {code_systems.begin(), code_systems.end()}; }

} // namespace aorta::ports

#include "engine/pipeline/chain.hpp"

namespace aorta::pipeline {

open_chain operator|(open_chain a, slot b) {
  a.slots.push_back(b);
  return a;
}
open_chain operator|(open_chain a, middle b) { return std::move(a) | slot{b}; }
open_chain operator|(entry a, slot b) { return {a, {b}}; }
open_chain operator|(entry a, middle b) { return {a, {{b}}}; }
chain operator|(open_chain a, exit b) { return {a.first, std::move(a.slots), b}; }

std::vector<stage> chain::stages(const std::vector<std::string>& names) const {
  std::vector<stage> out;
  size_t at = 0;
  const auto take = [&](const stage& next, bool required) {
    if (at < names.size() && names[at] == next.name) {
      out.push_back(next);
      ++at;
      return true;
    }
    return !required;
  };
  if (!take(first, true)) return {};
  for (const auto& each : slots)
    if (!take(each.what, each.required)) return {};
  if (!take(last, true) || at != names.size()) return {};
  return out;
}

std::vector<stage> chain::stages() const {
  std::vector<stage> out{first};
  for (const auto& each : slots) out.push_back(each.what);
  out.push_back(last);
  return out;
}

std::vector<std::string> chain::names() const {
  std::vector<std::string> out;
  for (const auto& each : stages()) out.emplace_back(each.name);
  return out;
}

std::vector<std::string> chain::required_names() const {
  std::vector<std::string> out{std::string(first.name)};
  for (const auto& each : slots)
    if (each.required) out.emplace_back(each.what.name);
  out.emplace_back(last.name);
  return out;
}

} // namespace aorta::pipeline

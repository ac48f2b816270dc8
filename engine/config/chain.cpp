// Is a route's chain one that exists, and if not, what is wrong with it?
#include "engine/config/readers.hpp"

#include <algorithm>

namespace aorta::config {

namespace {

using words_list = std::vector<std::string>;

bool holds(const words_list& list, const std::string& word) { return std::find(list.begin(), list.end(), word) != list.end(); }

std::string as_toml(const words_list& chain) {
  std::string out = "[";
  for (const auto& stage : chain) out += (out.size() > 1 ? ", \"" : "\"") + stage + "\"";
  return out + "]";
}

/// The chain that the route's author most likely meant: most stages in common.
const words_list* nearest(const words_list& given, const vocabulary& words) {
  const words_list* best = nullptr;
  size_t best_common = 0;
  for (const auto& chain : words.chains) {
    const auto common = static_cast<size_t>(std::count_if(chain.begin(), chain.end(), [&](const auto& stage) { return holds(given, stage); }));
    if (best == nullptr || common > best_common) {
      best = &chain;
      best_common = common;
    }
  }
  return best;
}

bool complain_about_unknown_stages(const read_route& of, const toml::array& nodes, const vocabulary& words) {
  bool any = false;
  for (size_t i = 0; i < of.value.chain.size(); ++i) {
    const auto& stage = of.value.chain[i];
    if (holds(words.stages, stage)) continue;
    any = true;
    of.in->complain(nodes.get(i)->source(), "route '" + of.value.name + "' names stage '" + stage + "', which does not exist", suggest(stage, words.stages));
  }
  return any;
}

} // namespace

std::optional<size_t> check_chain(const read_route& of, const vocabulary& words) {
  const words_list& given = of.value.chain;
  const auto* nodes = of.node->get_as<toml::array>("chain");
  if (given.empty() || nodes == nullptr) return std::nullopt; // told before
  const auto exists = std::find(words.chains.begin(), words.chains.end(), given);
  if (exists != words.chains.end()) return static_cast<size_t>(exists - words.chains.begin());
  if (complain_about_unknown_stages(of, *nodes, words)) return std::nullopt;
  const words_list* meant = nearest(given, words);
  if (meant == nullptr) return std::nullopt;

  const std::string whose = "the chain of route '" + of.value.name + "' ", hint = "a chain that exists: " + as_toml(*meant);
  words_list missing, surplus;
  for (const auto& stage : *meant)
    if (!holds(given, stage)) missing.push_back("'" + stage + "'");
  for (const auto& stage : given)
    if (!holds(*meant, stage)) surplus.push_back("'" + stage + "'");
  if (!missing.empty()) of.in->complain(nodes->source(), whose + "lacks " + listed(missing), hint);
  if (!surplus.empty()) of.in->complain(nodes->source(), whose + "has no use for " + listed(surplus), hint);
  if (missing.empty() && surplus.empty()) {
    const auto differs = std::mismatch(given.begin(), given.end(), meant->begin(), meant->end()).first;
    const auto index = static_cast<size_t>(std::min(differs - given.begin(), static_cast<std::ptrdiff_t>(given.size()) - 1));
    of.in->complain(nodes->get(index)->source(), whose + "has '" + given[index] + "' out of order", hint);
  }
  return std::nullopt;
}

} // namespace aorta::config

// Is a route's chain one that exists, and if not, what is wrong with it?
#include "engine/config/readers.hpp"
#include "engine/config/vocabulary.hpp"

#include <algorithm>

namespace aorta::config {

namespace {

using words_list = std::vector<std::string>;

bool has(const vocabulary::chain& chain, const std::string& stage) {
  return std::any_of(chain.begin(), chain.end(), [&](const auto& slot) { return slot.stage == stage; });
}

/// Whether the route names this chain: its slots in their order, those that may be left out or not.
bool names(const words_list& given, const vocabulary::chain& chain) {
  size_t at = 0;
  for (const auto& slot : chain)
    if (at < given.size() && given[at] == slot.stage) ++at;
    else if (slot.required) return false;
  return at == given.size();
}

std::string as_toml(const vocabulary::chain& chain) {
  std::string out = "[";
  for (const auto& slot : chain)
    if (slot.required) out += (out.size() > 1 ? ", \"" : "\"") + slot.stage + "\"";
  return out + "]";
}

/// The chain that the route's author most likely meant: most stages in common.
const vocabulary::chain* nearest(const words_list& given, const vocabulary& words) {
  const vocabulary::chain* best = nullptr;
  std::ptrdiff_t best_common = 0;
  for (const auto& chain : words.chains) {
    const auto common = std::count_if(chain.begin(), chain.end(),
                                      [&](const auto& slot) { return holds(given, slot.stage); });
    if (best != nullptr && common <= best_common) continue;
    best = &chain;
    best_common = common;
  }
  return best;
}

const vocabulary::stage* stage_of(const std::string& name, const vocabulary& words) {
  const auto found = std::find_if(words.stages.begin(), words.stages.end(),
                                  [&](const auto& each) { return each.name == name; });
  return found == words.stages.end() ? nullptr : &*found;
}

/// Why a stage cannot stand where it does: `match-patient needs claims, which 'map-lab' gives`. Empty: it has
/// what it needs.
std::string unmet_need(const words_list& given, size_t index, const vocabulary& words) {
  const auto gives = [&](const std::string& stage, const std::string& need) {
    const auto* known = stage_of(stage, words);
    return known != nullptr && holds(known->gives, need);
  };
  const auto* of = stage_of(given[index], words);
  if (of == nullptr) return {};
  for (const auto& need : of->needs) {
    const auto before = given.begin() + std::ptrdiff_t(index);
    if (std::any_of(given.begin(), before, [&](const auto& each) { return gives(each, need); })) continue;
    std::string out = ": it needs " + need;
    for (const auto& each : words.stages)
      if (gives(each.name, need) && holds(given, each.name)) return out + ", which '" + each.name + "' gives";
    return out;
  }
  return {};
}

/// The first stage that lacks what it needs, or else the first that stands elsewhere in the chain that was
/// meant.
void complain_about_order(const read_route& of, const toml::array& nodes, const vocabulary::chain& meant,
                          const vocabulary& words) {
  const words_list& given = of.value.chain;
  size_t index = 0;
  while (index < given.size() && unmet_need(given, index, words).empty()) ++index;
  if (index == given.size()) {
    index = 0;
    for (const auto& slot : meant) {
      if (!holds(given, slot.stage)) continue;
      if (given[index] != slot.stage || index + 1 == given.size()) break;
      ++index;
    }
  }
  of.in->complain(nodes.get(index)->source(),
                  "the chain of route '" + of.value.name + "' has '" + given[index] + "' out of order" +
                    unmet_need(given, index, words),
                  "a chain that exists: " + as_toml(meant));
}

bool complain_about_unknown_stages(const read_route& of, const toml::array& nodes, const vocabulary& words) {
  bool any = false;
  words_list known;
  for (const auto& each : words.stages) known.push_back(each.name);
  for (size_t i = 0; i < of.value.chain.size(); ++i) {
    const auto& stage = of.value.chain[i];
    if (holds(known, stage)) continue;
    any = true;
    of.in->complain(nodes.get(i)->source(),
                    "route '" + of.value.name + "' names stage '" + stage + "', which does not exist",
                    suggest(stage, known));
  }
  return any;
}

} // namespace

bool holds(const std::vector<std::string>& list, const std::string& word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

std::optional<size_t> check_chain(const read_route& of, const vocabulary& words) {
  const words_list& given = of.value.chain;
  const auto* nodes = of.node->get_as<toml::array>("chain");
  if (given.empty() || nodes == nullptr) return std::nullopt; // told before
  for (size_t i = 0; i < words.chains.size(); ++i)
    if (names(given, words.chains[i])) return i;
  if (complain_about_unknown_stages(of, *nodes, words)) return std::nullopt;
  const auto* meant = nearest(given, words);
  if (meant == nullptr) return std::nullopt;

  const std::string whose = "the chain of route '" + of.value.name + "' ",
                    hint = "a chain that exists: " + as_toml(*meant);
  words_list missing, surplus;
  for (const auto& slot : *meant)
    if (slot.required && !holds(given, slot.stage)) missing.push_back("'" + slot.stage + "'");
  for (const auto& stage : given)
    if (!has(*meant, stage)) surplus.push_back("'" + stage + "'");
  if (!missing.empty()) of.in->complain(nodes->source(), whose + "lacks " + listed(missing), hint);
  if (!surplus.empty()) of.in->complain(nodes->source(), whose + "has no use for " + listed(surplus), hint);
  if (missing.empty() && surplus.empty()) complain_about_order(of, *nodes, *meant, words);
  return std::nullopt;
}

} // namespace aorta::config

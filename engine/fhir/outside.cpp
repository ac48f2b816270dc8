#include "engine/fhir/outside.hpp"

#include <utility>

namespace aorta::fhir {
namespace {

void find_holders(node& in, std::vector<node*>& out) {
  if (in.is_object())
    if (const auto* to = in.get("reference"); to != nullptr && to->is_string()) out.push_back(&in);
  for (auto* each = in.first; each != nullptr; each = each->next) find_holders(*each, out);
}

} // namespace

outside_systems::outside_systems(const std::string& whose, const identifier_systems& named) {
  const identifier_systems unnamed;
  for (const auto& [system, name] :
       {std::pair(&identifier_systems::mrn, "/mrn"), std::pair(&identifier_systems::order, "/order"),
        std::pair(&identifier_systems::placer, "/placer-order"),
        std::pair(&identifier_systems::filler, "/filler-order")})
    if (named.*system == unnamed.*system) all_.emplace(unnamed.*system, whose + name);
}

void outside_systems::name(document& into, node& in) const {
  for (auto* each = in.first; each != nullptr; each = each->next) {
    name(into, *each);
    if (!each->is_string() || each->name != "system") continue;
    if (const auto to = all_.find(each->text); to != all_.end()) each->text = into.keep(to->second);
  }
}

std::vector<node*> reference_holders(node& in) {
  std::vector<node*> out;
  find_holders(in, out);
  return out;
}

} // namespace aorta::fhir

// Which organism a susceptibility is of. Cultures tell it by OBX-4, which groups an organism with its
// susceptibilities (HL7 v2.5.1 chapter 7.4.2.4), or by an order of its own that names its parent in OBR-26
// and OBR-29.
#include "engine/lab/mapping.hpp"
#include "engine/lab/value.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace aorta::lab {
namespace {

using model::lab_result;

/// HL70078 of susceptibilities.
bool says_susceptibility(std::string_view text) {
  constexpr std::array<std::string_view, 9> words{"S", "I", "R", "SDD", "MS", "VS", "NS", "SYN-S", "SYN-R"};
  const auto bare = trimmed(text);
  return bare.size() <= 5 && std::find(words.begin(), words.end(), upper_code(bare)) != words.end();
}

bool is_susceptibility(const lab_result& r) {
  return says_susceptibility(r.sent.flag) || says_susceptibility(r.value_code) ||
    (r.value_text && says_susceptibility(*r.value_text));
}

/// A coded result that could be an organism; `several` under one sub id: nobody can say which is meant.
struct candidate {
  const lab_result* result = nullptr;
  bool several = false;
  void take(const lab_result& r) {
    several = result != nullptr;
    result = &r;
  }
  const lab_result* only() const noexcept { return several ? nullptr : result; }
};

using in_order = std::tuple<uint32_t, std::string_view>;                            ///< order, OBX-4
using in_parent = std::tuple<std::string_view, std::string_view, std::string_view>; ///< filler number, test
                                                                                    ///< code, OBX-4

template <class Map, class Key>
const lab_result* find(const Map& in, const Key& key) {
  const auto at = in.find(key);
  return at == in.end() ? nullptr : at->second.only();
}

} // namespace

void name_organisms(report& of) {
  if (std::none_of(of.results.begin(), of.results.end(), is_susceptibility)) return;
  std::map<in_order, candidate> grouped;
  std::map<in_parent, candidate> cultured;
  for (const auto& r : of.results) {
    if (r.kind != model::value_kind::code || is_susceptibility(r)) continue;
    if (!r.sub_id.empty()) grouped[{r.order, r.sub_id}].take(r);
    if (r.order < of.orders.size())
      cultured[{of.orders[r.order].filler_number, r.test_code, r.sub_id}].take(r);
  }
  for (auto& r : of.results) {
    if (!is_susceptibility(r)) continue;
    const auto* organism = r.sub_id.empty() ? nullptr : find(grouped, in_order{r.order, r.sub_id});
    if (!organism)
      organism = find(grouped, in_order{r.order, std::string_view(r.sub_id).substr(0, r.sub_id.find('.'))});
    const auto* parent = r.order < of.orders.size() ? &of.orders[r.order].parent : nullptr;
    if (!organism && parent && !parent->code.empty())
      organism = find(cultured, in_parent{parent->filler_number, parent->code, parent->sub_id});
    if (organism) r.organism = organism->value_text.value_or(""), r.organism_code = organism->value_code;
    else if (parent) r.organism = parent->text;
  }
}

} // namespace aorta::lab

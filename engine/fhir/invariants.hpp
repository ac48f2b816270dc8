// The invariants of R4 that are asked of an element, by their keys. Those of Bundle entries name the entry
// and are in validate_bundle.cpp.
#pragma once

#include "engine/fhir/document.hpp"

#include <initializer_list>
#include <string_view>

namespace aorta::fhir {

struct resource_scope {
  const node* resource = nullptr; ///< the nearest around the element
  const node* root = nullptr;     ///< the same, or what contains it
  const node* bundle = nullptr;   ///< whose entry the root is; null: none
};

/// True when it holds. Asked of elements whose structure may be broken: those are others' faults, and an
/// invariant that cannot be asked holds.
using invariant_test = bool (*)(const node& self, const resource_scope&);
invariant_test invariant_function(std::string_view key) noexcept; ///< null: not asked of a single element
invariant_test wide_invariant_function(std::string_view key) noexcept; ///< of those, in invariants_wide.cpp

/// With a value, or a `_` companion that says more of it.
bool has(const node& self, std::string_view member) noexcept;
/// The same for the value of any type of a choice: `value` is there as `valueQuantity`.
bool has_choice(const node& self, std::string_view stem) noexcept;
/// Calls for the node, or each item when it is an array; nothing when it is null.
template <class Each>
void each_item(const node* list, Each each) {
  if (!list) return;
  if (!list->is_array()) return void(each(*list));
  for (const node* item = list->first; item; item = item->next) each(*item);
}
/// A CodeableConcept, or a list of them, with one of the codes.
bool has_coding(const node* concept_node, std::string_view system,
                std::initializer_list<std::string_view> codes) noexcept;

} // namespace aorta::fhir

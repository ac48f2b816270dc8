// The walk over a resource and its definitions, side by side. Nothing is allocated while all is well.
#pragma once

#include "engine/fhir/definitions.hpp"
#include "engine/fhir/invariants.hpp"
#include "engine/fhir/validate.hpp"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace aorta::fhir {

/// A step of the path from the root; lives on the stack of the walk.
struct spot {
  const spot* up = nullptr;
  std::string_view name;
  int64_t index = -1; ///< negative: no list
};

bool is_absolute(std::string_view uri) noexcept; ///< it begins with a scheme

class walk {
public:
  walk(const validation& how, std::vector<issue>& out) : how_(how), out_(out), all_(definitions::get()) {}
  void resource(const node& self, const spot& at, const resource_scope& around);

private:
  // validate.cpp
  void object(const node& self, const type_definition& type, const spot& at, const resource_scope& in);
  void member(const node& self, const element& one, const node& value, const spot& at,
              const resource_scope& in);
  void companion(const node& self, const element& one, const node& value, const spot& at,
                 const resource_scope& in);
  void list(const node& self, const element& one, const node& value, const spot& at,
            const resource_scope& in);
  void single(const element& one, const node& value, const spot& at, const resource_scope& in);
  void text_or_number(const element& one, const node& value, const spot& at);
  void second_choice(const node& self, const type_definition& type, const element& one, const node& until,
                     const spot& at);
  void missing(const type_definition& type, uint64_t slots, const spot& at);

  // validate_special.cpp
  void special(const element& one, const node& value, const spot& at, const resource_scope& in);
  void coded(const element& one, const node& value, const spot& at);
  void reference(const element& one, const node& value, const spot& at, const resource_scope& in);
  std::string_view target_of(std::string_view reference, const spot& at, const resource_scope& in);
  const node* entry_in_any_case(const node& bundle, std::string_view urn);
  const node* named_in(const node& holder, std::string_view list, std::string_view by, std::string_view name);
  void extension(const node& value, const spot& at);
  void contained(const node& self, const spot& at);

  // validate_bundle.cpp
  void bundle(const node& self, const spot& at);
  void bundle_entry(const node& entry, std::string_view bundle_type, const spot& at);
  void doubled_entries(const node& entries, const spot& at);

  void fault(std::string_view code, const spot& at, std::string text);
  void broken(std::string_view key, std::string_view meaning, const spot& at);
  bool full() const noexcept { return out_.size() >= how_.most_issues; }

  const validation& how_;
  std::vector<issue>& out_;
  const definitions& all_;
  /// Entries of a bundle by fullUrl, contained resources by id; made when the first reference asks.
  std::unordered_map<const node*, std::unordered_map<std::string_view, const node*>> indexes_;
  /// by fullUrl in small letters
  std::unordered_map<const node*, std::unordered_map<std::string, const node*>> small_urls_;
};

} // namespace aorta::fhir

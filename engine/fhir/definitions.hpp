// R4's types, elements, required codes and invariants, compiled at first use from the tables of schema/fhir
// (ops/derive-fhir writes them). Read-only afterwards and shared by all threads; everything lives as long as
// the program.
#pragma once

#include "engine/fhir/document.hpp"

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::fhir {

/// The lines of the tables of schema/fhir whose names begin so, without comments.
void each_table_line(std::string_view stem, const std::function<void(std::string_view line)>& use);
/// The text before the separator, which is taken off together with it.
std::string_view take_word(std::string_view& from, char separator) noexcept;

/// Names to their places in the list that it was built from.
class name_table {
public:
  name_table() = default;
  explicit name_table(std::vector<std::string_view> names);
  int find(std::string_view name) const noexcept; ///< -1: not there
  const std::vector<std::string_view>& names() const noexcept { return names_; }

private:
  std::vector<std::string_view> names_;
  std::vector<uint16_t> slots_; ///< place + 1; 0 empty
  uint64_t mask_ = 0;
};

/// The codes of a value set that its definitions list.
struct code_set {
  std::string_view name;
  name_table systems;
  std::vector<name_table> of_system; ///< beside `systems`
  name_table all;                    ///< of any system
  bool has(std::string_view code) const noexcept { return all.find(code) >= 0; }
  bool has(std::string_view system, std::string_view code) const noexcept;
};

enum class primitive : uint8_t {
  none,
  boolean,
  integer,
  unsigned_int,
  positive_int,
  decimal,
  string,
  markdown,
  code,
  id,
  uri,
  url,
  canonical,
  oid,
  uuid,
  base64,
  date,
  datetime,
  instant,
  time,
  xhtml,
};
enum class text_format : uint8_t { any, mime, language };

struct type_definition;
constexpr size_t most_resource_types = 192;
using type_bits = std::array<uint64_t, most_resource_types / 64>;

struct element {
  std::string_view name;                 ///< as JSON has it: `valueQuantity`
  std::string_view path;                 ///< as FHIRPath has it: `value.ofType(Quantity)`
  std::string_view slot_name;            ///< as the definition has it: `value[x]`
  const type_definition* type = nullptr; ///< null: any resource
  const code_set* codes = nullptr;
  const type_bits* targets = nullptr; ///< of a Reference; null: any
  uint32_t min = 0, max = 1;          ///< UINT32_MAX: any number
  uint8_t slot = 0;                   ///< shared by the types of a choice
  text_format format = text_format::any;
  bool many = false, choice = false, summary = false, modifier = false;
};

struct resource_scope; ///< what surrounds an element: invariants.hpp
struct invariant {
  std::string_view key, meaning;
  bool (*holds)(const node& self, const resource_scope&);
};

/// What a value is treated as beyond its members.
enum class special_type : uint8_t {
  no,
  reference,
  coding,
  codeable_concept,
  quantity,
  narrative,
  extension,
  bundle
};

struct type_definition {
  std::string_view name;  ///< a nested one is named by its path: `Patient.contact`
  std::string_view regex; ///< of a primitive, as R4 states it
  enum class kind : uint8_t { primitive, datatype, backbone, resource } is = kind::datatype;
  primitive format = primitive::none;
  special_type special = special_type::no;
  int resource_index = -1; ///< its bit in `type_bits`
  std::vector<element> elements;
  name_table by_name;    ///< beside `elements`
  uint64_t required = 0; ///< bits of slots
  std::vector<invariant> invariants;

  const element* find(std::string_view member) const noexcept {
    const int at = by_name.find(member);
    return at < 0 ? nullptr : &elements[size_t(at)];
  }
};

class definitions {
public:
  static const definitions& get();

  const type_definition* find(std::string_view type) const noexcept; ///< any type, also `Patient.contact`
  const type_definition* resource(std::string_view type) const noexcept;
  std::span<const std::string_view> invariant_keys() const noexcept {
    return keys_;
  } ///< all that the tables name
  /// `string|code` of an extension that HL7 publishes with R4; empty for others and for those that hold
  /// extensions only.
  std::string_view extension_types(std::string_view url) const noexcept;
  std::span<const type_definition> types() const noexcept { return types_; }

private:
  definitions();
  void read_codes(std::string_view text);
  void read_types(std::string_view text);
  void read_element(std::string_view line, type_definition& of);
  void read_invariants(std::string_view text);
  void read_extensions(std::string_view text, std::vector<std::string_view>& names);
  void finish();
  const code_set* codes(std::string_view name) const;
  const type_bits* targets(std::string_view list);

  std::vector<std::unique_ptr<code_set>> sets_;
  std::vector<std::unique_ptr<type_bits>> targets_;
  std::vector<std::unique_ptr<std::string>> texts_; ///< names that are put together
  std::vector<type_definition> types_;
  std::vector<std::string_view> keys_;
  name_table type_names_, extension_names_;
  std::vector<std::string_view> extension_types_; ///< beside `extension_names_`
};

} // namespace aorta::fhir

// A FHIR resource in memory: a tree of JSON values that keeps members in order, numbers with their digits,
// and texts decoded. FHIR R4 2.6.2 (JSON representation).
#pragma once

#include "engine/base/result.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace aorta::fhir {

struct node {
  enum class kind : uint8_t { null, boolean, number, string, object, array };
  kind is = kind::null;
  bool truth = false;
  uint32_t size = 0;     ///< members or items
  std::string_view name; ///< of a member of an object
  std::string_view text; ///< a string, decoded; a number as written
  node* first = nullptr; ///< member or item
  node* last = nullptr;
  node* next = nullptr; ///< beside it

  bool is_object() const noexcept { return is == kind::object; }
  bool is_array() const noexcept { return is == kind::array; }
  bool is_string() const noexcept { return is == kind::string; }
  const node* get(std::string_view member) const noexcept; ///< null when there is none, or this is no object
  node* get(std::string_view member) noexcept;
  std::string_view str(std::string_view member) const noexcept; ///< the text of a string member, else empty
  const node* at(size_t index) const noexcept;                  ///< the item, null past the end
};

struct json_limits {
  uint32_t max_depth = 100;
  bool refuse_duplicates = true; ///< a member named twice in one object is a fault
};

/// Owns its nodes and their texts: they live as long as it does. Moves, does not copy. Belongs to one thread
/// at a time.
class document {
public:
  document();
  ~document();
  document(document&&) noexcept;
  document& operator=(document&&) noexcept;

  /// Strict JSON (RFC 8259), UTF-8, whole input; the root must be an object. The error's code is `data_type`,
  /// its `where` names the place
  /// (`line 3, column 14`), its text never quotes the input.
  static result<document> parse(std::string_view json, const json_limits& limits = {});

  node* root = nullptr;

  node* object();
  node* array();
  node* string(std::string_view text);  ///< copied
  node* literal(std::string_view text); ///< not copied: must outlive the document
  node* number(std::string_view text);  ///< copied, as written
  node* number(int64_t value);
  node* boolean(bool value);
  node* copy(const node& of); ///< deep, from any document

  /// Appends a member. The name is not copied: a literal, or a text that outlives the document (a node's own
  /// name of a kept document).
  node* add(node& object, std::string_view name, node* value);
  node* add(node& object, std::string_view name, std::string_view text) {
    return add(object, name, string(text));
  }
  node* set(node& object, std::string_view name, node* value); ///< in the place of the member that is there,
                                                               ///< or appended
  node* set_first(node& object, std::string_view name, node* value); ///< the same, but a new one comes first
  static bool remove(node& object, std::string_view name) noexcept;
  node* push(node& array, node* value);
  std::string_view keep(std::string_view text); ///< a copy that lives as long as the document

private:
  struct arena;
  std::unique_ptr<arena> arena_;
};

void write(const node& what, std::string& out, bool pretty = false);
std::string write(const node& what, bool pretty = false);
/// Same content: the order of members does not matter, numbers are the same when they are written the same.
bool equal(const node& a, const node& b) noexcept;

} // namespace aorta::fhir

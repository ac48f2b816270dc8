// FHIRPath Patch (FHIR R4, fhirpatch.html): operations in a Parameters resource, over paths that name one
// place.
#include "engine/fhir/definitions.hpp"
#include "engine/rest/patch.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace aorta::rest {
namespace {

using fhir::document;
using fhir::node;
using fhir::type_definition;

constexpr size_t most_patch_operations = 1000;

/// An element where it stands: its value, the object that has it, and under which name.
struct spot {
  node* value = nullptr;
  node* holder = nullptr;
  std::string_view member;
  bool listed = false;                   ///< an item of the member's list
  const type_definition* type = nullptr; ///< of the value
};

/// Why an operation is not done; `malformed`: it is none at all.
struct patch_fault {
  std::string_view why;
  bool malformed = false;
};

struct path_word {
  std::string name;
  std::optional<std::string> argument; ///< of a call
  std::optional<size_t> index;
};

std::optional<size_t> number_in_text(std::string_view text) {
  size_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  return fault == std::errc{} && end == text.data() + text.size() && !text.empty() ? std::optional(out)
                                                                                   : std::nullopt;
}

std::string_view without_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

bool is_path_name(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

/// `Patient.name.where(use = 'official').given[0]`.
std::optional<std::vector<path_word>> words_of_path(std::string_view path) {
  std::vector<path_word> out;
  path = without_blanks(path);
  while (!path.empty()) {
    path_word one;
    const auto end = std::min(path.find_first_of(".(["), path.size());
    one.name = path.substr(0, end);
    if (!is_path_name(one.name)) return std::nullopt;
    path.remove_prefix(end);
    if (path.starts_with('(')) {
      bool quoted = false;
      size_t at = 1;
      for (; at < path.size() && (quoted || path[at] != ')'); ++at) quoted = quoted != (path[at] == '\'');
      if (at == path.size()) return std::nullopt;
      one.argument = without_blanks(path.substr(1, at - 1));
      path.remove_prefix(at + 1);
    }
    if (path.starts_with('[')) {
      const auto close = path.find(']');
      one.index = close == path.npos ? std::nullopt : number_in_text(path.substr(1, close - 1));
      if (!one.index) return std::nullopt;
      path.remove_prefix(close + 1);
    }
    out.push_back(std::move(one));
    if (path.empty()) return out;
    if (!path.starts_with('.') || path.size() == 1) return std::nullopt;
    path.remove_prefix(1);
  }
  return out.empty() ? std::nullopt : std::optional(out);
}

/// The element that a name means: itself, or one of a choice's types.
const fhir::element* element_named(const type_definition* of, std::string_view name) {
  if (of == nullptr) return nullptr;
  if (const auto* one = of->find(name)) return one;
  for (const auto& each : of->elements)
    if (each.choice && each.slot_name.substr(0, each.slot_name.size() - 3) == name) return &each;
  return nullptr;
}

/// Of `valueQuantity` of a value under the choice `value[x]`.
const fhir::element* element_of_choice(const type_definition* of, const fhir::element& like,
                                       std::string_view told) {
  for (const auto& each : of->elements)
    if (each.slot == like.slot && each.name.substr(like.slot_name.size() - 3) == told) return &each;
  return nullptr;
}

void children_named(const spot& from, std::string_view name, std::vector<spot>& to) {
  if (!from.value->is_object()) return;
  for (node* member = from.value->first; member != nullptr; member = member->next) {
    const auto* element = from.type != nullptr ? from.type->find(member->name) : nullptr;
    const bool is = member->name == name ||
      (element != nullptr && element->choice &&
       element->slot_name.substr(0, element->slot_name.size() - 3) == name);
    if (!is) continue;
    const auto* type = element != nullptr ? element->type : nullptr;
    if (!member->is_array()) {
      to.push_back({member, from.value, member->name, false, type});
      continue;
    }
    for (node* item = member->first; item != nullptr; item = item->next)
      to.push_back({item, from.value, member->name, true, type});
  }
}

/// `element = 'value'`.
bool keeps_where(std::vector<spot>& all, std::string_view condition) {
  const auto equals = condition.find('=');
  if (equals == condition.npos) return false;
  const auto name = without_blanks(condition.substr(0, equals));
  auto wanted = without_blanks(condition.substr(equals + 1));
  const bool quoted = wanted.size() >= 2 && wanted.front() == '\'' && wanted.back() == '\'';
  if (quoted) wanted = wanted.substr(1, wanted.size() - 2);
  if (!is_path_name(name) || wanted.empty() || wanted.find('\'') != wanted.npos) return false;
  std::erase_if(all, [&](const spot& each) {
    const auto* found = each.value->get(name);
    if (found == nullptr) return true;
    if (quoted) return !found->is_string() || found->text != wanted;
    if (found->is == node::kind::boolean) return wanted != (found->truth ? "true" : "false");
    return found->is != node::kind::number || found->text != wanted;
  });
  return true;
}

class fhirpath_patching {
public:
  fhirpath_patching(document& into, node* root) : into_(into), root_(root) {}
  node* root() const noexcept { return root_; }

  std::optional<patch_fault> once(const node& parts) {
    const node *type = part(parts, "type"), *path = part(parts, "path");
    const auto word = type != nullptr ? type->str("valueCode") : std::string_view();
    const auto where = path != nullptr ? path->str("valueString") : std::string_view();
    if (where.empty()) return bad("an operation has a path");
    // Each word of the path leads two levels down at most: a list and its item.
    const auto words = words_of_path(where);
    const size_t above = words ? 2 * words->size() : 0;
    if (above >= most_depth || nested_deeper(parts, most_depth - above))
      return patch_fault{"the resource would be nested too deeply"};
    if (word == "add") return add(where, parts);
    if (word == "insert") return insert(where, parts);
    if (word == "delete") return remove(where);
    if (word == "replace") return replace(where, parts);
    if (word == "move") return move(where, parts);
    return bad("type is add, insert, delete, replace or move");
  }

private:
  static patch_fault bad(std::string_view why) { return {why, true}; }
  static const node* part(const node& of, std::string_view name) {
    const auto* all = of.get("part");
    for (const auto* each = all != nullptr ? all->first : nullptr; each != nullptr; each = each->next)
      if (each->str("name") == name) return each;
    return nullptr;
  }
  static std::optional<size_t> whole_part(const node& of, std::string_view name) {
    const auto* one = part(of, name);
    const auto* value = one != nullptr ? one->get("valueInteger") : nullptr;
    return value != nullptr ? number_in_text(value->text) : std::nullopt;
  }

  /// Nothing: the path is none that is understood here.
  std::optional<std::vector<spot>> find(std::span<const path_word> words) const {
    const spot root{root_, nullptr, {}, false, fhir::definitions::get().resource(root_->str("resourceType"))};
    std::vector<spot> at{root};
    bool first = true;
    for (const auto& each : words) {
      const bool names_root = first && !each.argument &&
        (each.name == root_->str("resourceType") || each.name == "Resource" || each.name == "DomainResource");
      first = false;
      if (names_root) {
        if (each.index) return std::nullopt;
        continue;
      }
      if (!each.argument) {
        std::vector<spot> below;
        for (const auto& one : at) children_named(one, each.name, below);
        at = std::move(below);
      } else if (each.name == "first" && each.argument->empty()) {
        if (!at.empty()) at = {at.front()};
      } else if (each.name == "last" && each.argument->empty()) {
        if (!at.empty()) at = {at.back()};
      } else if (each.name == "where") {
        if (!keeps_where(at, *each.argument)) return std::nullopt;
      } else if (each.name == "ofType") {
        std::erase_if(
          at, [&](const spot& one) { return one.type == nullptr || one.type->name != *each.argument; });
      } else {
        return std::nullopt;
      }
      if (each.index) {
        if (*each.index < at.size()) at = {at[*each.index]};
        else at.clear();
      }
    }
    return at;
  }

  std::optional<patch_fault> one_at(std::string_view path, spot& to, bool may_be_none, bool& none) const {
    const auto words = words_of_path(path);
    const auto found = words ? find(*words) : std::nullopt;
    if (!found) return bad("this path is not understood here");
    none = found->empty();
    if (found->size() > 1) return patch_fault{"the path names more than one element"};
    if (none) return may_be_none ? std::nullopt : std::optional(patch_fault{"the path names nothing"});
    to = found->front();
    return std::nullopt;
  }

  /// The value of an operation as an element `like` of `of`, under its name there.
  std::optional<patch_fault> value_as(const node& told, const type_definition* of, const fhir::element& like,
                                      const fhir::element*& as, node*& out) {
    as = &like;
    for (const auto* each = told.first; each != nullptr; each = each->next) {
      if (!each->name.starts_with("value") || each->name.size() == 5) continue;
      if (like.choice && (as = element_of_choice(of, like, each->name.substr(5))) == nullptr)
        return bad("the element does not take a value of this type");
      out = into_.copy(*each);
      return std::nullopt;
    }
    const auto* parts = told.get("part");
    if (parts == nullptr || like.choice || like.type == nullptr) return bad("the operation has no value");
    out = into_.object();
    for (const auto* each = parts->first; each != nullptr; each = each->next)
      if (auto fault = put(*out, like.type, each->str("name"), *each)) return fault;
    return std::nullopt;
  }

  /// A new value of an element: at the end of a list, or in an empty place.
  std::optional<patch_fault> put(node& holder, const type_definition* of, std::string_view name,
                                 const node& told) {
    const auto* like = element_named(of, name);
    if (like == nullptr) return bad("there is no such element");
    const fhir::element* as = nullptr;
    node* value = nullptr;
    if (auto fault = value_as(told, of, *like, as, value)) return fault;
    if (like->many) {
      if (auto fault = beside(holder, as->name)) return fault;
      auto* list = holder.get(as->name);
      if (list == nullptr) list = into_.add(holder, as->name, into_.array());
      value->name = {};
      into_.push(*list, value);
      return std::nullopt;
    }
    for (const auto& each : of->elements)
      if (each.slot == like->slot && holder.get(each.name) != nullptr)
        return patch_fault{"the element is there already: replace it"};
    into_.add(holder, as->name, value);
    return std::nullopt;
  }

  std::optional<patch_fault> add(std::string_view path, const node& parts) {
    spot to;
    bool none = false;
    if (auto fault = one_at(path, to, false, none)) return fault;
    const node *name = part(parts, "name"), *value = part(parts, "value");
    if (name == nullptr || value == nullptr) return bad("add has a name and a value");
    if (!to.value->is_object()) return patch_fault{"only objects are added to"};
    return put(*to.value, to.type, name->str("valueString"), *value);
  }

  std::optional<patch_fault> remove(std::string_view path) {
    spot at;
    bool none = false;
    if (auto fault = one_at(path, at, true, none)) return fault;
    if (none) return std::nullopt;
    if (at.holder == nullptr) return patch_fault{"the resource itself is not deleted by a patch"};
    if (auto fault = beside(*at.holder, at.member)) return fault;
    if (!at.listed) {
      document::remove(*at.holder, at.member);
      return std::nullopt;
    }
    auto* list = at.holder->get(at.member);
    auto* rest = into_.array();
    for (node *each = list->first, *next = nullptr; each != nullptr; each = next) {
      next = each->next;
      if (each != at.value) into_.push(*rest, each);
    }
    if (rest->size == 0) document::remove(*at.holder, at.member);
    else into_.set(*at.holder, at.member, rest);
    return std::nullopt;
  }

  std::optional<patch_fault> replace(std::string_view path, const node& parts) {
    spot at;
    bool none = false;
    if (auto fault = one_at(path, at, false, none)) return fault;
    const auto* told = part(parts, "value");
    if (told == nullptr) return bad("replace has a value");
    if (at.holder == nullptr) return patch_fault{"the resource itself is not replaced by a patch"};
    if (auto fault = beside(*at.holder, at.member)) return fault;
    const auto holder_type = type_of(at.holder);
    const auto* like = holder_type != nullptr ? holder_type->find(at.member) : nullptr;
    if (like == nullptr) return bad("there is no such element");
    const fhir::element* as = nullptr;
    node* value = nullptr;
    if (auto fault = value_as(*told, holder_type, *like, as, value)) return fault;
    if (!at.listed) {
      if (as->name != at.member) document::remove(*at.holder, at.member);
      into_.set(*at.holder, as->name, value);
      return std::nullopt;
    }
    auto* rest = into_.array();
    for (node *each = at.holder->get(at.member)->first, *next = nullptr; each != nullptr; each = next) {
      next = each->next;
      value->name = {};
      into_.push(*rest, each == at.value ? value : each);
    }
    into_.set(*at.holder, at.member, rest);
    return std::nullopt;
  }

  /// Extensions of a primitive stand beside it, in an order of their own: what would leave one by the wrong
  /// value, or behind what is deleted, is not done.
  static std::optional<patch_fault> beside(const node& holder, std::string_view member) {
    if (holder.get("_" + std::string(member)) == nullptr) return std::nullopt;
    return patch_fault{"extensions stand beside this element: change both by a JSON Patch"};
  }

  /// The list that a path's last word names, where it stands.
  std::optional<patch_fault> list_at(std::string_view path, spot& holder, const fhir::element*& like) const {
    auto words = words_of_path(path);
    if (!words || words->back().argument || words->back().index) return bad("this path names no list");
    const auto name = words->back().name;
    words->pop_back();
    const auto found = find(*words);
    if (!found) return bad("this path is not understood here");
    if (found->size() != 1) return patch_fault{"the path does not name one list"};
    holder = found->front();
    like = element_named(holder.type, name);
    if (like == nullptr || !like->many || like->choice || !holder.value->is_object())
      return bad("this path names no list");
    if (auto fault = beside(*holder.value, like->name)) return fault;
    return std::nullopt;
  }

  std::optional<patch_fault> insert(std::string_view path, const node& parts) {
    spot holder;
    const fhir::element* like = nullptr;
    if (auto fault = list_at(path, holder, like)) return fault;
    const auto index = whole_part(parts, "index");
    const auto* told = part(parts, "value");
    if (!index || told == nullptr) return bad("insert has an index and a value");
    const fhir::element* as = nullptr;
    node* value = nullptr;
    if (auto fault = value_as(*told, holder.type, *like, as, value)) return fault;
    return put_at(holder, *like, *index, value);
  }

  std::optional<patch_fault> move(std::string_view path, const node& parts) {
    spot holder;
    const fhir::element* like = nullptr;
    if (auto fault = list_at(path, holder, like)) return fault;
    const auto source = whole_part(parts, "source"), destination = whole_part(parts, "destination");
    if (!source || !destination) return bad("move has a source and a destination");
    auto* list = holder.value->get(like->name);
    if (list == nullptr || *source >= list->size || *destination >= list->size)
      return patch_fault{"the list has no such place"};
    node* moved = nullptr;
    auto* rest = into_.array();
    size_t number = 0;
    for (node *each = list->first, *next = nullptr; each != nullptr; each = next, ++number) {
      next = each->next;
      if (number == *source) moved = each;
      else into_.push(*rest, each);
    }
    into_.set(*holder.value, like->name, rest);
    return put_at(holder, *like, *destination, moved);
  }

  std::optional<patch_fault> put_at(const spot& holder, const fhir::element& like, size_t index,
                                    node* value) {
    const auto* list = holder.value->get(like.name);
    if (index > (list != nullptr ? list->size : 0)) return patch_fault{"the list has no such place"};
    auto* out = into_.array();
    value->name = {};
    size_t number = 0;
    for (node *each = list != nullptr ? list->first : nullptr, *next = nullptr; each != nullptr;
         each = next, ++number) {
      next = each->next;
      if (number == index) into_.push(*out, value);
      into_.push(*out, each);
    }
    if (index == number) into_.push(*out, value);
    into_.set(*holder.value, like.name, out);
    return std::nullopt;
  }

  /// By looking for it from the top: an element does not know its type.
  const type_definition* type_of(const node* wanted) const {
    return type_below(*root_, fhir::definitions::get().resource(root_->str("resourceType")), wanted);
  }
  static const type_definition* type_below(const node& at, const type_definition* type, const node* wanted) {
    if (&at == wanted) return type;
    for (const node* each = at.first; each != nullptr; each = each->next) {
      if (!each->is_object() && !each->is_array()) continue;
      const auto* element = at.is_object() && type != nullptr ? type->find(each->name) : nullptr;
      const auto* below = at.is_array() ? type : element != nullptr ? element->type : nullptr;
      if (const auto* found = type_below(*each, below, wanted)) return found;
    }
    return nullptr;
  }

  document& into_;
  node* root_;
};

} // namespace

patched fhirpath_patched(document& into, const node& of, const node& parameters) {
  const auto* all = parameters.get("parameter");
  if (all == nullptr || all->size == 0)
    return error{error_code::invalid, {}, "a FHIRPath Patch is a Parameters with operations"};
  if (all->size > most_patch_operations)
    return error{error_code::invalid, {}, "the patch has too many operations"};
  fhirpath_patching work(into, into.copy(of));
  size_t number = 0;
  for (const auto* each = all->first; each != nullptr; each = each->next, ++number) {
    const auto place = "[" + std::to_string(number) + "]";
    if (each->str("name") != "operation")
      return error{error_code::invalid, place, "the parameters of a patch are named `operation`"};
    if (const auto fault = work.once(*each))
      return error{fault->malformed ? error_code::invalid : error_code::conflict, place,
                   std::string(fault->why)};
  }
  return work.root();
}

} // namespace aorta::rest

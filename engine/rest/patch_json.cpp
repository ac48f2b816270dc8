// JSON Patch (RFC 6902) over a resource.
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

constexpr size_t most_operations = 1000;

/// The tokens of a JSON Pointer (RFC 6901); nothing when it is none.
std::optional<std::vector<std::string>> pointer_of(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  if (text[0] != '/') return std::nullopt;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '/') {
      out.emplace_back();
    } else if (text[i] == '~') {
      if (++i == text.size() || (text[i] != '0' && text[i] != '1')) return std::nullopt;
      out.back() += text[i] == '0' ? '~' : '/';
    } else {
      out.back() += text[i];
    }
  }
  return out;
}

/// `0`, `12`; no leading zero.
std::optional<size_t> index_of(std::string_view text) {
  size_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc{} || end != text.data() + text.size() || (text.size() > 1 && text[0] == '0'))
    return std::nullopt;
  return out;
}

node* item_at(node& array, size_t index) {
  node* each = array.first;
  for (; each != nullptr && index > 0; --index) each = each->next;
  return each;
}

bool put_before(node& array, size_t index, node* value) {
  if (index > array.size) return false;
  node* before = index == 0 ? nullptr : item_at(array, index - 1);
  value->next = before != nullptr ? before->next : array.first;
  (before != nullptr ? before->next : array.first) = value;
  if (value->next == nullptr) array.last = value;
  ++array.size;
  return true;
}

bool take_out(node& array, size_t index) {
  if (index >= array.size) return false;
  node* before = index == 0 ? nullptr : item_at(array, index - 1);
  node* gone = before != nullptr ? before->next : array.first;
  (before != nullptr ? before->next : array.first) = gone->next;
  if (array.last == gone) array.last = before;
  --array.size;
  return true;
}

class json_patching {
public:
  json_patching(document& into, node* root) : into_(into), root_(root) {}

  /// Empty: it was done.
  std::string_view once(const node& operation) {
    const auto word = operation.str("op");
    const auto* path = operation.get("path");
    if (path == nullptr || !path->is_string()) return malformed("an operation has a path");
    const auto to = pointer_of(path->text);
    if (!to) return malformed("the path is no JSON Pointer");
    const auto* value = operation.get("value");
    if (word == "add" || word == "replace" || word == "test") {
      if (value == nullptr) return malformed("this operation has a value");
      if (word == "add") return add(*to, into_.copy(*value));
      return word == "test" ? test(*to, *value) : replace(*to, *value);
    }
    if (word == "remove") return remove(*to);
    if (word != "move" && word != "copy") return malformed("op is add, remove, replace, move, copy or test");
    const auto* source = operation.get("from");
    const auto from = source != nullptr && source->is_string() ? pointer_of(source->text) : std::nullopt;
    if (!from) return malformed("this operation has `from`, a JSON Pointer");
    const auto* there = find(*from);
    if (there == nullptr) return "there is nothing at `from`";
    if (word == "copy") return may_copy(*there) ? add(*to, into_.copy(*there)) : "the patch copies too much";
    if (to->size() > most_depth || from->size() > most_depth) return "there is no place so deep";
    if (from->size() < to->size() && std::equal(from->begin(), from->end(), to->begin()))
      return malformed("nothing moves into itself");
    auto* moved = into_.copy(*there);
    if (const auto fault = remove(*from); !fault.empty()) return fault;
    return add(*to, moved);
  }
  bool is_malformed() const noexcept { return malformed_; }
  node* root() const noexcept { return root_; }

private:
  std::string_view malformed(std::string_view why) {
    malformed_ = true;
    return why;
  }

  node* step_into(node& from, const std::string& token) const {
    if (from.is_object()) return from.get(token);
    const auto index = from.is_array() ? index_of(token) : std::nullopt;
    return index ? item_at(from, *index) : nullptr;
  }
  node* find(std::span<const std::string> tokens) const {
    node* at = root_;
    for (const auto& each : tokens)
      if (at == nullptr || (at = step_into(*at, each)) == nullptr) return nullptr;
    return at;
  }
  node* parent_of(const std::vector<std::string>& to) const {
    return find(std::span(to).first(to.size() - 1));
  }

  /// A list that is copied into itself again and again would fill the memory.
  bool may_copy(const node& of) {
    constexpr size_t of_a_node = 64;
    copied_ += of.name.size() + of.text.size() + of_a_node;
    bool out = copied_ <= most_copied_bytes;
    for (const auto* each = of.first; out && each != nullptr; each = each->next) out = may_copy(*each);
    return out;
  }

  std::string_view add(const std::vector<std::string>& to, node* value) {
    if (to.size() >= most_depth || nested_deeper(*value, most_depth - to.size()))
      return "the resource would be nested too deeply";
    if (to.empty()) return root_ = value, std::string_view();
    auto* parent = parent_of(to);
    if (parent == nullptr) return "there is nothing to add to";
    if (parent->is_object()) return into_.set(*parent, into_.keep(to.back()), value), std::string_view();
    if (!parent->is_array()) return "only objects and lists are added to";
    value->name = {};
    if (to.back() == "-") return into_.push(*parent, value), std::string_view();
    const auto index = index_of(to.back());
    return index && put_before(*parent, *index, value) ? std::string_view() : "the list has no such place";
  }
  std::string_view remove(const std::vector<std::string>& to) {
    auto* parent = to.empty() ? nullptr : parent_of(to);
    if (parent == nullptr) return "there is nothing to remove";
    if (parent->is_object())
      return document::remove(*parent, to.back()) ? std::string_view() : "there is nothing to remove";
    const auto index = parent->is_array() ? index_of(to.back()) : std::nullopt;
    return index && take_out(*parent, *index) ? std::string_view() : "there is nothing to remove";
  }
  std::string_view replace(const std::vector<std::string>& to, const node& value) {
    if (find(to) == nullptr) return "there is nothing to replace";
    if (to.empty()) return root_ = into_.copy(value), std::string_view();
    auto* parent = parent_of(to);
    if (nested_deeper(value, most_depth - std::min(to.size(), most_depth)))
      return "the resource would be nested too deeply";
    if (parent->is_object())
      return into_.set(*parent, into_.keep(to.back()), into_.copy(value)), std::string_view();
    if (const auto fault = remove(to); !fault.empty()) return fault;
    return add(to, into_.copy(value));
  }
  std::string_view test(const std::vector<std::string>& to, const node& value) const {
    const auto* there = find(to);
    return there != nullptr && fhir::equal(*there, value) ? std::string_view()
                                                          : "the resource has another value there";
  }

  document& into_;
  node* root_;
  size_t copied_ = 0; ///< bytes
  bool malformed_ = false;
};

} // namespace

patched json_patched(document& into, const node& of, std::string_view patch) {
  // The reader of documents takes objects: the list stands as one's only member.
  auto read = document::parse("{\"patch\":" + std::string(patch) + "}");
  const auto* list = read && read->root->size == 1 ? read->root->get("patch") : nullptr;
  if (list == nullptr || !list->is_array())
    return error{error_code::invalid, {}, "a JSON Patch is a list of operations"};
  if (list->size > most_operations)
    return error{error_code::invalid, {}, "the patch has too many operations"};
  json_patching work(into, into.copy(of));
  size_t number = 0;
  for (const auto* each = list->first; each != nullptr; each = each->next, ++number) {
    const auto place = "[" + std::to_string(number) + "]";
    if (!each->is_object()) return error{error_code::invalid, place, "an operation is an object"};
    if (const auto fault = work.once(*each); !fault.empty())
      return error{work.is_malformed() ? error_code::invalid : error_code::conflict, place,
                   std::string(fault)};
  }
  return work.root();
}

} // namespace aorta::rest

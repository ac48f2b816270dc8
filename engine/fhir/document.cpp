#include "engine/fhir/document.hpp"

#include "engine/fhir/json_reader.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

namespace aorta::fhir {

// ---- nodes

const node* node::get(std::string_view member) const noexcept {
  if (is != kind::object) return nullptr;
  for (const node* each = first; each; each = each->next)
    if (each->name == member) return each;
  return nullptr;
}

node* node::get(std::string_view member) noexcept {
  return const_cast<node*>(std::as_const(*this).get(member));
}

std::string_view node::str(std::string_view member) const noexcept {
  const node* found = get(member);
  return found && found->is_string() ? found->text : std::string_view();
}

const node* node::at(size_t index) const noexcept {
  if (is != kind::array) return nullptr;
  const node* each = first;
  while (each && index-- > 0) each = each->next;
  return each;
}

// ---- the arena: chunks that grow, freed together

struct document::arena {
  std::vector<std::unique_ptr<char[]>> chunks;
  char* at = nullptr;
  char* end = nullptr;
  size_t grow = 4096;

  char* take(size_t bytes) {
    if (size_t(end - at) < bytes) return refill(bytes);
    char* out = at;
    at += bytes;
    return out;
  }
  char* refill(size_t bytes) {
    if (bytes > grow / 4) { // a chunk of its own, so that the rest of the current one is not lost
      chunks.push_back(std::make_unique_for_overwrite<char[]>(bytes));
      return chunks.back().get();
    }
    chunks.push_back(std::make_unique_for_overwrite<char[]>(grow));
    at = chunks.back().get();
    end = at + grow;
    grow = std::min<size_t>(grow * 4, 1 << 20);
    return take(bytes);
  }
  node* make(node::kind is) {
    const auto pad = size_t(-reinterpret_cast<intptr_t>(at)) & (alignof(node) - 1);
    if (size_t(end - at) >= pad) at += pad;
    else at = end;
    char* where = take(sizeof(node));
    node* out = new (where) node;
    out->is = is;
    return out;
  }
};

document::document() : arena_(std::make_unique<arena>()) {}
document::~document() = default;
document::document(document&& from) noexcept
    : root(std::exchange(from.root, nullptr)),
      arena_(std::move(from.arena_)) {}
document& document::operator=(document&& from) noexcept {
  root = std::exchange(from.root, nullptr);
  arena_ = std::move(from.arena_);
  return *this;
}

std::string_view document::keep(std::string_view text) {
  if (text.empty()) return {};
  char* out = arena_->take(text.size());
  std::memcpy(out, text.data(), text.size());
  return {out, text.size()};
}

node* document::object() { return arena_->make(node::kind::object); }
node* document::array() { return arena_->make(node::kind::array); }
node* document::string(std::string_view text) { return literal(keep(text)); }
node* document::literal(std::string_view text) {
  node* out = arena_->make(node::kind::string);
  out->text = text;
  return out;
}
node* document::number(std::string_view text) {
  node* out = arena_->make(node::kind::number);
  out->text = keep(text);
  return out;
}
node* document::number(int64_t value) { return number(std::to_string(value)); }
node* document::boolean(bool value) {
  node* out = arena_->make(node::kind::boolean);
  out->truth = value;
  return out;
}

node* document::copy(const node& of) {
  node* out = arena_->make(of.is);
  out->truth = of.truth;
  out->text = keep(of.text);
  for (const node* each = of.first; each; each = each->next) {
    if (of.is_object()) add(*out, keep(each->name), copy(*each));
    else push(*out, copy(*each));
  }
  return out;
}

node* document::push(node& into, node* value) {
  value->next = nullptr;
  if (into.last) into.last->next = value;
  else into.first = value;
  into.last = value;
  ++into.size;
  return value;
}

node* document::add(node& object, std::string_view name, node* value) {
  value->name = name;
  return push(object, value);
}

node* document::set(node& object, std::string_view name, node* value) {
  node* before = nullptr;
  for (node* each = object.first; each; before = each, each = each->next) {
    if (each->name != name) continue;
    value->name = name;
    value->next = each->next;
    (before ? before->next : object.first) = value;
    if (object.last == each) object.last = value;
    return value;
  }
  return add(object, name, value);
}

node* document::set_first(node& object, std::string_view name, node* value) {
  if (object.get(name)) return set(object, name, value);
  value->name = name;
  value->next = object.first;
  object.first = value;
  if (!object.last) object.last = value;
  ++object.size;
  return value;
}

bool document::remove(node& object, std::string_view name) noexcept {
  node* before = nullptr;
  for (node* each = object.first; each; before = each, each = each->next) {
    if (each->name != name) continue;
    (before ? before->next : object.first) = each->next;
    if (object.last == each) object.last = before;
    --object.size;
    return true;
  }
  return false;
}

result<document> document::parse(std::string_view json, const json_limits& limits) {
  document out;
  char* bytes = out.arena_->take(json.size() + json_padding);
  if (!json.empty()) std::memcpy(bytes, json.data(), json.size());
  std::memset(bytes + json.size(), ' ', json_padding);
  auto root = read_json(json, bytes, limits, out);
  if (!root) return root.error();
  out.root = *root;
  return out;
}

} // namespace aorta::fhir

#include "engine/fhir/validate.hpp"

#include "engine/fhir/validate_format.hpp"
#include "engine/fhir/validate_walk.hpp"

#include <algorithm>

namespace aorta::fhir {
namespace {

std::string path_of(const spot& at) {
  std::string out;
  if (at.up) out = path_of(*at.up) + '.';
  out += at.name;
  if (at.index >= 0) out += '[' + std::to_string(at.index) + ']';
  return out;
}

/// A member's name as it may be told: one that is no plain word could be anything.
std::string told(std::string_view name) {
  const bool plain = name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                         c == '_';
                     });
  return plain ? '"' + std::string(name) + '"' : std::string("a member");
}

node::kind kind_of(primitive is) noexcept {
  switch (is) {
    case primitive::boolean: return node::kind::boolean;
    case primitive::integer:
    case primitive::unsigned_int:
    case primitive::positive_int:
    case primitive::decimal: return node::kind::number;
    default: return node::kind::string;
  }
}

const char* name_of(node::kind is) noexcept {
  static constexpr const char* names[] = {"null",     "true or false", "a number",
                                          "a string", "an object",     "an array"};
  return names[size_t(is)];
}

/// Beside a value that is enough; alone it says nothing (ele-1).
bool only_an_id(const node& companion) noexcept {
  return companion.size == 1 && companion.first->name == "id";
}

/// The `_name` that stands beside a list.
const node* companions_of(const node& self, std::string_view name) noexcept {
  for (const node* each = self.first; each; each = each->next)
    if (each->name.starts_with('_') && each->name.substr(1) == name) return each;
  return nullptr;
}

} // namespace

void walk::fault(std::string_view code, const spot& at, std::string text) {
  if (full()) return;
  out_.push_back({issue::severity::error, std::string(code), path_of(at), std::move(text)});
}

void walk::broken(std::string_view key, std::string_view meaning, const spot& at) {
  fault("invariant", at, std::string(key) + ": " + std::string(meaning));
}

void walk::resource(const node& self, const spot& at, const resource_scope& around) {
  if (!self.is_object()) return fault("structure", at, "a resource must be an object");
  const node* named = self.get("resourceType");
  if (!named || !named->is_string()) return fault("structure", at, "resourceType is missing");
  const auto* type = all_.resource(named->text);
  if (!type) return fault("structure", at, "resourceType names no resource of R4");
  const resource_scope in{&self, around.root ? around.root : &self, around.bundle};
  object(self, *type, at, in);
  if (!around.root) contained(self, at);
  if (type->special == special_type::bundle) bundle(self, at);
}

void walk::object(const node& self, const type_definition& type, const spot& at, const resource_scope& in) {
  const bool is_resource = type.resource_index >= 0;
  uint64_t seen = 0;
  bool only_id = !is_resource;
  for (const node* each = self.first; each; each = each->next) {
    auto name = each->name;
    if (is_resource && name == "resourceType") continue;
    const bool beside = name.starts_with('_');
    if (beside) name.remove_prefix(1);
    const element* one = type.find(name);
    only_id = only_id && name == "id" && !beside;
    if (!one || (beside && (!one->type || one->type->format == primitive::none))) {
      fault("structure", at, told(each->name) + " is not defined in R4 for " + std::string(type.name));
      if (full()) return;
      continue;
    }
    const uint64_t bit = uint64_t(1) << one->slot;
    if (one->choice && (seen & bit) != 0) second_choice(self, type, *one, *each, at);
    seen |= bit;
    if (beside) companion(self, *one, *each, at, in);
    else member(self, *one, *each, at, in);
    if (full()) return;
  }
  if (only_id)
    return fault("structure", at,
                 self.first ? "ele-1: an element needs more than an id" : "an object must not be empty");
  if (const auto lacking = type.required & ~seen) missing(type, lacking, at);
  for (const auto& each : type.invariants)
    if (!each.holds(self, in)) broken(each.key, each.meaning, at);
}

void walk::second_choice(const node& self, const type_definition& type, const element& one, const node& until,
                         const spot& at) {
  for (const node* each = self.first; each != &until; each = each->next) {
    const auto name = each->name.starts_with('_') ? each->name.substr(1) : each->name;
    const element* other = type.find(name);
    if (!other || other == &one || other->slot != one.slot) continue;
    return fault("structure", at, std::string(one.slot_name) + " may have one type only");
  }
}

void walk::missing(const type_definition& type, uint64_t slots, const spot& at) {
  uint64_t told_of = 0;
  for (const auto& each : type.elements) {
    const uint64_t bit = uint64_t(1) << each.slot;
    if ((slots & bit) == 0 || (told_of & bit) != 0) continue;
    told_of |= bit;
    const auto name = each.choice ? each.slot_name.substr(0, each.slot_name.size() - 3) : each.name;
    fault("required", {&at, name}, std::string(each.slot_name) + " is required");
  }
}

void walk::member(const node& self, const element& one, const node& value, const spot& at,
                  const resource_scope& in) {
  if (one.many) {
    if (!value.is_array()) return fault("structure", {&at, one.path}, "must be an array");
    return list(self, one, value, at, in);
  }
  if (value.is_array()) return fault("structure", {&at, one.path}, "must not be an array");
  single(one, value, {&at, one.path}, in);
}

void walk::list(const node& self, const element& one, const node& value, const spot& at,
                const resource_scope& in) {
  if (value.size == 0) return fault("structure", {&at, one.path}, "an array must not be empty");
  if (value.size < one.min) fault("required", {&at, one.path}, "needs at least " + std::to_string(one.min));
  if (value.size > one.max) fault("structure", {&at, one.path}, "takes at most " + std::to_string(one.max));
  const bool of_primitives = one.type && one.type->format != primitive::none;
  const node* companions = of_primitives ? companions_of(self, one.name) : nullptr;
  const node* beside = companions ? companions->first : nullptr;
  spot item_at{&at, one.path, 0};
  for (const node* item = value.first; item && !full(); item = item->next, ++item_at.index) {
    const bool said_beside = item->is == node::kind::null && beside && beside->is_object();
    if (!said_beside) single(one, *item, item_at, in);
    if (beside) beside = beside->next;
  }
}

/// `_name`: the ids and extensions of a primitive, beside its value or instead of it.
void walk::companion(const node& self, const element& one, const node& value, const spot& at,
                     const resource_scope& in) {
  static const type_definition& bare = *all_.find("Element");
  if (!one.many) {
    if (!value.is_object())
      return fault("structure", {&at, one.path}, "what stands beside a primitive must be an object");
    const node* said = self.get(one.name);
    if (only_an_id(value) && said && said->is != node::kind::null)
      return single(*bare.find("id"), *value.first, {&at, "id"}, in);
    return object(value, bare, {&at, one.path}, in);
  }
  if (!value.is_array())
    return fault("structure", {&at, one.path}, "what stands beside a list of primitives must be an array");
  const node* values = self.get(one.name);
  if (value.size == 0) return fault("structure", {&at, one.path}, "an array must not be empty");
  if (values && values->is_array() && values->size != value.size)
    fault("structure", {&at, one.path}, "the list and what stands beside it differ in length");
  if (value.size > one.max) fault("structure", {&at, one.path}, "takes at most " + std::to_string(one.max));
  spot item_at{&at, one.path, 0};
  const node* beside = values ? values->first : nullptr;
  for (const node* item = value.first; item && !full();
       item = item->next, ++item_at.index, beside = beside ? beside->next : nullptr) {
    if (item->is_object() && only_an_id(*item) && beside && beside->is != node::kind::null)
      single(*bare.find("id"), *item->first, {&item_at, "id"}, in);
    else if (item->is_object()) object(*item, bare, item_at, in);
    else if (item->is != node::kind::null)
      fault("structure", item_at, "what stands beside a primitive must be an object or null");
    else if (!values) fault("structure", item_at, "neither a value nor an extension");
  }
}

void walk::single(const element& one, const node& value, const spot& at, const resource_scope& in) {
  if (!one.type) {
    const bool is_contained = one.name == "contained";
    if (is_contained && in.resource != in.root)
      return broken("dom-2", "A contained resource must not contain others", at);
    return resource(
      value, at,
      is_contained ? in
                   : resource_scope{nullptr, nullptr,
                                    in.resource->str("resourceType") == "Bundle" ? in.resource : in.bundle});
  }
  if (one.type->format != primitive::none) return text_or_number(one, value, at);
  if (!value.is_object())
    return fault("structure", at,
                 "must be an object (" + std::string(one.type->name) + "), is " + name_of(value.is));
  object(value, *one.type, at, in);
  if (one.type->special != special_type::no) special(one, value, at, in);
}

namespace {
/// A fullUrl that only names its entry inside the bundle: `urn:uuid:patient-1`, or a UUID in capitals. It is
/// never kept, what refers to it is pointed to what it means; elsewhere such a URN is a fault.
bool names_entry(const element& one, std::string_view text) noexcept {
  return one.name == "fullUrl" && text.starts_with("urn:uuid:") && text.size() > 9 &&
    text.find_first_of(" \t\r\n") == text.npos;
}
} // namespace

void walk::text_or_number(const element& one, const node& value, const spot& at) {
  const auto format = one.type->format;
  if (value.is != kind_of(format)) {
    const bool null = value.is == node::kind::null;
    return fault("structure", at,
                 null ? "null is not allowed here"
                      : "must be " + std::string(name_of(kind_of(format))) + ", is " + name_of(value.is));
  }
  if (format == primitive::boolean) return;
  if (const char* why = malformed(format, value.text); why && !names_entry(one, value.text))
    return fault("value", at, why);
  if (format == primitive::xhtml) {
    if (const char* why = malformed_narrative(value.text))
      broken(why[0] == '2' ? "txt-2" : "txt-1", why + 1, at);
    return;
  }
  if (one.codes && !one.codes->has(value.text))
    return fault("code-invalid", at, "not in the required value set " + std::string(one.codes->name));
  if (one.format != text_format::any && !fits(one.format, value.text))
    fault("code-invalid", at, one.format == text_format::mime ? "no MIME type" : "no language tag");
}

std::vector<issue> validate(const node& resource, const validation& how) {
  std::vector<issue> out;
  const auto type = resource.str("resourceType");
  const bool known = is_resource_type(type);
  walk(how, out).resource(resource,
                          {nullptr,
                           !how.root.empty() ? how.root
                             : known         ? type
                                             : std::string_view("Resource")},
                          {});
  return out;
}

bool is_resource_type(std::string_view name) noexcept { return definitions::get().resource(name) != nullptr; }

namespace {
const element* element_of(std::string_view type, std::string_view name) noexcept {
  const auto* found = definitions::get().find(type);
  if (!found) return nullptr;
  if (name.starts_with('_')) name.remove_prefix(1);
  if (const auto* one = found->find(name)) return one;
  for (const auto& each : found->elements) // a choice without its type, as `_elements` names it
    if (each.choice &&
        (each.slot_name == name || each.slot_name.substr(0, each.slot_name.size() - 3) == name))
      return &each;
  return nullptr;
}
} // namespace

bool is_summary(std::string_view type, std::string_view element) noexcept {
  const auto* one = element_of(type, element);
  return one && one->summary;
}

bool is_mandatory(std::string_view type, std::string_view element) noexcept {
  const auto* one = element_of(type, element);
  return one && (one->min > 0 || one->modifier);
}

} // namespace aorta::fhir

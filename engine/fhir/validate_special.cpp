// What values of some types must be beyond their members: codes of required bindings, targets of references,
// extensions, contained resources.
#include "engine/base/text.hpp"
#include "engine/fhir/validate_walk.hpp"

#include "engine/fhir/validate_format.hpp"

#include <algorithm>

namespace aorta::fhir {
namespace {

constexpr bool is_scheme(char c) noexcept {
  return is_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '.' || c == '-';
}

/// `Type/id` at the end of a reference, without a version or an anchor; empty when it does not end so.
std::string_view type_at_end(std::string_view reference, size_t& starts) noexcept {
  reference = reference.substr(0, reference.find('#'));
  if (const auto history = reference.rfind("/_history/"); history != reference.npos) {
    if (!is_id(reference.substr(history + 10))) return {};
    reference = reference.substr(0, history);
  }
  const auto slash = reference.rfind('/');
  if (slash == reference.npos || !is_id(reference.substr(slash + 1))) return {};
  const auto before = slash == 0 ? reference.npos : reference.rfind('/', slash - 1);
  starts = before == reference.npos ? 0 : before + 1;
  const auto type = reference.substr(starts, slash - starts);
  return std::all_of(type.begin(), type.end(), is_alpha) ? type : std::string_view();
}

/// Is `String` one of `string|code`?
bool names_type(std::string_view types, std::string_view suffix) noexcept {
  while (!types.empty()) {
    const auto bar = types.find('|');
    const auto type = types.substr(0, bar);
    if (type.size() == suffix.size() && type.substr(1) == suffix.substr(1) &&
        (type[0] | 0x20) == (suffix[0] | 0x20))
      return true;
    if (bar == types.npos) return false;
    types.remove_prefix(bar + 1);
  }
  return false;
}

/// Every text that begins with `#`, wherever it stands: references and others that name a contained resource.
void anchors(const node& in, std::vector<std::string_view>& out) {
  if (in.is_string() && in.text.starts_with('#')) out.push_back(in.text.substr(1));
  for (const node* each = in.first; each; each = each->next) anchors(*each, out);
}

} // namespace

bool is_absolute(std::string_view uri) noexcept {
  const auto colon = uri.find(':');
  return colon != uri.npos && colon > 0 && is_alpha(uri.front()) &&
    std::all_of(uri.begin(), uri.begin() + ptrdiff_t(colon), is_scheme);
}

void walk::special(const element& one, const node& value, const spot& at, const resource_scope& in) {
  switch (one.type->special) {
    case special_type::reference: return reference(one, value, at, in);
    case special_type::extension: return extension(value, at);
    case special_type::coding:
      if (const auto system = value.str("system"); !system.empty()) {
        if (!is_absolute(system))
          fault("value", {&at, "system"}, "the system of a code must be an absolute URI");
        else if (system.starts_with("http://hl7.org/fhir/ValueSet/"))
          fault("value", {&at, "system"}, "names a value set, not a code system");
      }
      [[fallthrough]];
    case special_type::codeable_concept:
    case special_type::quantity:
      if (one.codes) coded(one, value, at);
      return;
    case special_type::narrative:
    case special_type::bundle:
    case special_type::no: return;
  }
}

void walk::coded(const element& one, const node& value, const spot& at) {
  const auto good = [&](const node& coding) {
    return one.codes->has(coding.str("system"), coding.str("code"));
  };
  bool found = false;
  if (one.type->special == special_type::codeable_concept)
    each_item(value.get("coding"), [&](const node& coding) { found = found || good(coding); });
  else found = !value.get("code") || good(value);
  if (!found) fault("code-invalid", at, "no code of the required value set " + std::string(one.codes->name));
}

void walk::extension(const node& value, const spot& at) {
  const bool nested = has(value, "extension"), says = has_choice(value, "value");
  if (nested == says)
    broken("ext-1",
           nested ? "An extension has both extensions and a value"
                  : "An extension needs extensions or a value",
           at);
  const auto types = all_.extension_types(value.str("url"));
  if (types.empty() || !says) return;
  for (const node* each = value.first; each; each = each->next) {
    const auto name = each->name.substr(each->name.starts_with('_') ? 1 : 0);
    if (name.starts_with("value") && !names_type(types, name.substr(5)))
      fault("structure", at, "the value of this extension is of another type");
  }
}

void walk::reference(const element& one, const node& value, const spot& at, const resource_scope& in) {
  const node* told = value.get("reference");
  if (!told || !told->is_string()) return;
  const auto target = target_of(told->text, {&at, "reference"}, in);
  if (target.empty()) return;
  if (const auto stated = value.str("type"); !stated.empty() && stated != target)
    fault("value", {&at, "type"}, "is not the type that the reference names");
  if (!one.targets) return;
  const auto* type = all_.resource(target);
  if (type && ((*one.targets)[size_t(type->resource_index) / 64] >> (type->resource_index % 64) & 1) == 0)
    fault("value", {&at, "reference"}, std::string(target) + " is no target that may stand here");
}

/// The type of resource that is referred to, as far as the reference and what surrounds it tell.
std::string_view walk::target_of(std::string_view reference, const spot& at, const resource_scope& in) {
  if (reference.starts_with('#')) {
    if (reference.size() == 1) return in.root->str("resourceType");
    const node* found = named_in(*in.root, "contained", "id", reference.substr(1));
    if (!found) broken("ref-1", "A reference to a contained resource needs the resource", at);
    return found ? found->str("resourceType") : std::string_view();
  }
  if (reference.starts_with("urn:")) {
    if (!in.bundle || !(reference.starts_with("urn:uuid:") || reference.starts_with("urn:oid:"))) return {};
    const node* entry = named_in(*in.bundle, "entry", "fullUrl", reference);
    if (!entry) entry = entry_in_any_case(*in.bundle, reference);
    const auto type = in.bundle->str("type");
    if (!entry && (type == "document" || type == "transaction" || type == "message"))
      fault("value", at, "matches no fullUrl of the bundle");
    const node* resource = entry ? entry->get("resource") : nullptr;
    return resource ? resource->str("resourceType") : std::string_view();
  }
  size_t starts = 0;
  if (const auto type = type_at_end(reference, starts); !type.empty()) {
    const auto base = reference.substr(0, starts);
    const bool http = base.starts_with("http://") || base.starts_with("https://");
    if (base.empty() || http) {
      if (all_.resource(type)) return type;
      if (!http) fault("value", at, "refers to a type that R4 does not know");
      return {};
    }
  }
  if (const auto query = reference.find('?'); query != reference.npos && in.bundle) { // a conditional
                                                                                      // reference
    const auto type = reference.substr(0, query), bundle_type = in.bundle->str("type");
    if ((bundle_type == "transaction" || bundle_type == "batch") && all_.resource(type)) return type;
  }
  if (!is_absolute(reference)) fault("value", at, "a relative reference must be Type/id");
  return {};
}

/// From an index, since a bundle may have thousands of entries. A bundle contains no resources and what
/// contains some has no entries.
const node* walk::named_in(const node& holder, std::string_view list, std::string_view by,
                           std::string_view name) {
  const auto made = indexes_.try_emplace(&holder);
  auto& index = made.first->second;
  if (made.second)
    each_item(holder.get(list), [&](const node& each) {
      if (const auto key = each.str(by); !key.empty()) index.try_emplace(key, &each);
    });
  const auto found = index.find(name);
  return found == index.end() ? nullptr : found->second;
}

/// A UUID says the same in capitals (RFC 4122 3).
const node* walk::entry_in_any_case(const node& bundle, std::string_view urn) {
  const auto small = [](std::string_view text) {
    std::string out(text);
    std::transform(out.begin(), out.end(), out.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; });
    return out;
  };
  const auto made = small_urls_.try_emplace(&bundle);
  if (made.second)
    each_item(bundle.get("entry"), [&](const node& each) {
      if (const auto url = each.str("fullUrl"); url.starts_with("urn:"))
        made.first->second.try_emplace(small(url), &each);
    });
  const auto found = made.first->second.find(small(urn));
  return found == made.first->second.end() ? nullptr : found->second;
}

/// dom-3 to dom-5; dom-2 is asked where the walk meets a contained resource in another.
void walk::contained(const node& self, const spot& at) {
  const node* list = self.get("contained");
  if (!list || !list->is_array()) return;
  std::vector<std::string_view> named;
  anchors(self, named);
  std::sort(named.begin(), named.end());
  spot item_at{&at, "contained", 0};
  for (const node* each = list->first; each && !full(); each = each->next, ++item_at.index) {
    if (!each->is_object()) continue;
    std::vector<std::string_view> own;
    const auto id = each->str("id");
    if (id.empty() || !std::binary_search(named.begin(), named.end(), id)) {
      anchors(*each, own);
      const bool names_container = !id.empty() && std::find(own.begin(), own.end(), "") != own.end();
      if (!names_container)
        broken("dom-3", "A contained resource must have an id and be referred to", item_at);
    }
    const node* meta = each->get("meta");
    if (!meta) continue;
    if (has(*meta, "versionId") || has(*meta, "lastUpdated"))
      broken("dom-4", "A contained resource has no version and no time of update", item_at);
    if (has(*meta, "security")) broken("dom-5", "A contained resource has no security label", item_at);
  }
}

} // namespace aorta::fhir

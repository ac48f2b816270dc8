#include "engine/export/parcel.hpp"

#include <openssl/sha.h>

#include <set>

namespace aorta::exports {
namespace {

/// SHA-1 of the document's id and the resource's name, marked as version 5.
uuid named(const uuid& space, std::string_view name) {
  std::string text(reinterpret_cast<const char*>(space.bytes.data()), space.bytes.size());
  text += name;
  unsigned char hash[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash);
  uuid out;
  std::copy(hash, hash + out.bytes.size(), out.bytes.begin());
  out.bytes[6] = uint8_t((out.bytes[6] & 0x0F) | 0x50);
  out.bytes[8] = uint8_t((out.bytes[8] & 0x3F) | 0x80);
  return out;
}

} // namespace

std::string name_of(std::string_view type, std::string_view id) {
  return std::string(type) + "/" + std::string(id);
}

fhir::node* begin_parcel(fhir::document& into, std::string_view type, const parcel_label& label) {
  auto* bundle = into.object();
  into.add(*bundle, "resourceType", "Bundle");
  into.add(*bundle, "id", to_text(label.id));
  auto* identifier = into.add(*bundle, "identifier", into.object());
  into.add(*identifier, "system", "urn:ietf:rfc:3986");
  into.add(*identifier, "value", "urn:uuid:" + to_text(label.id));
  into.add(*bundle, "type", type);
  into.add(*bundle, "timestamp", to_iso(label.made));
  into.add(*bundle, "entry", into.array());
  return bundle;
}

std::string full_url(const rules& by, const parcel_label& label, std::string_view type, std::string_view id) {
  const auto name = name_of(type, id);
  return by.base_url.empty() ? "urn:uuid:" + to_text(named(label.id, name)) : by.base_url + "/" + name;
}

void put(fhir::document& into, fhir::node& bundle, const std::string& url, fhir::node* resource) {
  auto* entry = into.push(*bundle.get("entry"), into.object());
  into.add(*entry, "fullUrl", url);
  into.add(*entry, "resource", resource);
}

void lead_references(fhir::document& into, fhir::node& bundle, const rules& by, const parcel_label& label) {
  if (!by.base_url.empty()) return;
  std::set<std::string, std::less<>> inside;
  for (auto* each = bundle.get("entry")->first; each != nullptr; each = each->next) {
    const auto* resource = each->get("resource");
    inside.insert(name_of(resource->str("resourceType"), resource->str("id")));
  }
  for (auto* each = bundle.get("entry")->first; each != nullptr; each = each->next)
    fhir::each_reference(*each->get("resource"), [&](fhir::node& reference) {
      if (!inside.contains(reference.text)) return;
      const auto slash = reference.text.find('/');
      reference.text = into.keep(
        full_url(by, label, reference.text.substr(0, slash), reference.text.substr(slash + 1)));
    });
}

std::string collection(gathered& what, const rules& by, const parcel_label& label) {
  auto& into = what.in;
  auto* bundle = begin_parcel(into, "collection", label);
  for (const auto* all : {&what.whole.own, &what.whole.named})
    for (const auto& each : *all) put(into, *bundle, full_url(by, label, each.type, each.id), each.resource);
  lead_references(into, *bundle, by, label);
  return fhir::write(*bundle);
}

} // namespace aorta::exports

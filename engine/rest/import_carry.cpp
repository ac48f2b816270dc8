// What is not filed goes along with what refers to it, as a contained resource (FHIR R4 2.3.0.2, dom-2 to
// dom-5): a Medication, a Specimen, an Organization that a person must look at. So a prescription keeps its
// drug whatever becomes of the other entry.
#include "engine/rest/import_run.hpp"

#include "engine/fhir/validate.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

constexpr size_t most_carried = 64u << 20; ///< bytes a bundle: a thousand results may refer to one large
                                           ///< thing

/// What a contained resource does not have: its own version, age and labels.
void make_contained(fhir::document& into, fhir::node& resource, const std::string& id) {
  fhir::document::remove(resource, "id");
  if (auto* meta = resource.get("meta")) {
    for (const auto member : {"versionId", "lastUpdated", "security"}) fhir::document::remove(*meta, member);
    if (meta->size == 0) fhir::document::remove(resource, "meta");
  }
  auto* type = resource.get("resourceType");
  into.set_first(resource, "id", into.string(id));
  fhir::document::remove(resource, "resourceType");
  into.set_first(resource, "resourceType", type);
}

std::string_view last_part(std::string_view url) noexcept { return url.substr(url.find_last_of(":/") + 1); }

} // namespace

/// The contained resources of one item while they are gathered.
struct import_run::cargo {
  import_item& into;
  std::map<size_t, std::string> ids; ///< of items, as they are contained
  std::set<std::string> taken;
  std::vector<fhir::node*> resources;

  std::string name(std::string_view wanted) {
    std::string out(wanted);
    for (int n = 2; !taken.insert(out).second; ++n)
      out = std::string(wanted.substr(0, 60)) + "-" + std::to_string(n);
    return out;
  }
};

/// Whoever waits makes wait what refers to it.
status import_run::carry_unfiled() {
  for (bool again = true; again;) {
    again = false;
    for (auto& each : items_) {
      if (!each.open) continue;
      if (const auto carried = carry_into(each); !carried) return carried;
      again = again || !each.open;
    }
  }
  return done{};
}

status import_run::carry_into(import_item& each) {
  inline_binaries(each, *each.resource);
  std::vector<fhir::node*> references;
  fhir::each_reference(*each.resource, [&](fhir::node& text) {
    if (unfiled(text.text)) references.push_back(&text);
  });
  if (references.empty()) return done{};
  cargo hold{each, {}, {}, {}};
  auto* contained = each.resource->get("contained");
  for (const auto* one = contained != nullptr ? contained->first : nullptr; one != nullptr; one = one->next)
    hold.taken.emplace(one->str("id"));
  for (auto* text : references) {
    auto place = carry(hold, *unfiled(text->text));
    if (!place) return place.error();
    if (!each.open) return done{};
    text->text = doc_.keep(*place);
  }
  if (contained == nullptr) contained = doc_.add(*each.resource, "contained", doc_.array());
  for (auto* one : hold.resources) doc_.push(*contained, one);
  return done{};
}

/// The entry that `text` means, if it is filed nowhere: neither now nor before.
std::optional<size_t> import_run::unfiled(std::string_view text) const {
  const auto found = by_url_.find(text);
  if (found == by_url_.end()) return std::nullopt;
  const auto& item = items_[found->second];
  return item.open || item.known ? std::nullopt : std::optional(found->second);
}

/// `#id` of an entry inside what refers to it; with a fault, or when that must wait, it is closed.
result<std::string> import_run::carry(cargo& hold, size_t number) {
  if (const auto there = hold.ids.find(number); there != hold.ids.end()) return "#" + there->second;
  auto& item = items_[number];
  const auto wait = [&](fate is, std::string_view code, std::string_view why) {
    const auto which = " (Bundle.entry[" + std::to_string(number) + "]): not filed";
    close(hold.into, is, code, std::string(why) + which);
    return std::string();
  };
  if (item.unclear) return wait(fate::conflict, "conflict", "it refers to a patient who is not clear");
  if (!carriable(item))
    return wait(fate::refused, "processing", "it refers to an entry that cannot be taken");
  if ((carried_ += *item.size) > most_carried)
    return wait(fate::refused, "too-long", "what would go along with it is too large");

  auto* copy = doc_.copy(*item.resource);
  const auto own = item.resource->str("id"), url = last_part(item.sent_url);
  const auto by_content = content_key(*item.resource);
  const auto otherwise = std::string_view(by_content).substr(by_content.find('|') + 1);
  const auto id = hold.name(fhir::is_id(own) ? own : fhir::is_id(url) ? url : otherwise);
  hold.ids.emplace(number, id);
  std::map<std::string, std::string> moved; // contained ones cannot stand in a contained one
  auto* inner = copy->get("contained");
  for (auto* one = inner != nullptr ? inner->first : nullptr; one != nullptr; one = one->next)
    moved.emplace(std::string(one->str("id")), hold.name(one->str("id")));
  if (const auto settled = settle_carried(hold, item, *copy, id, moved); !settled) return settled.error();
  if (!hold.into.open) return std::string();
  std::vector<fhir::node*> lifted;
  for (auto* one = inner != nullptr ? inner->first : nullptr; one != nullptr; one = one->next)
    lifted.push_back(one);
  fhir::document::remove(*copy, "contained");
  make_contained(doc_, *copy, id);
  hold.resources.push_back(copy);
  for (auto* one : lifted) {
    auto* again = doc_.copy(*one);
    const auto name = moved.find(std::string(one->str("id")));
    if (name != moved.end()) doc_.set(*again, "id", doc_.string(name->second));
    hold.resources.push_back(again);
  }
  return "#" + id;
}

/// Its references mean what they meant where it stood.
status import_run::settle_carried(cargo& hold, import_item& item, fhir::node& copy, const std::string& id,
                                  const std::map<std::string, std::string>& moved) {
  std::set<const fhir::node*> unresolved;
  std::optional<error> fault;
  fhir::each_reference(copy, [&](fhir::node& text) {
    if (fault || !hold.into.open) return;
    if (text.text.starts_with('#')) {
      const auto to = moved.find(std::string(text.text.substr(1)));
      if (to != moved.end()) text.text = doc_.keep("#" + to->second);
      else if (text.text == "#") text.text = doc_.keep("#" + id);
      return;
    }
    if (!item.settled) {
      auto means = resolve(item, text.text);
      if (!means) fault = means.error();
      else if (means->empty()) unresolved.insert(&text);
      else text.text = doc_.keep(*means);
    }
    if (const auto to = unfiled(text.text); to && !fault && !unresolved.contains(&text)) {
      auto place = carry(hold, *to);
      if (!place) fault = place.error();
      else text.text = doc_.keep(*place);
    }
  });
  if (fault) return *fault;
  if (!hold.into.open) return done{};
  if (!unresolved.empty()) make_logical(copy, unresolved, hold.into);
  const auto whose = subject_of(copy), mine = subject_of(*hold.into.resource);
  if (!whose.empty() && !mine.empty() && whose != mine)
    close(hold.into, fate::conflict, "conflict", "what it refers to is of another patient: not filed");
  return done{};
}

/// Whether it may stand in another resource as it is.
bool import_run::carriable(import_item& item) {
  if (item.resource == nullptr) return false;
  if (!item.size) {
    item.size = fhir::write(*item.resource).size();
    item.valid = !fhir::has_error(fhir::validate(*item.resource));
  }
  return item.valid;
}

/// The patient whom a resource names, as the reference stands; empty for anybody else.
std::string_view import_run::subject_of(const fhir::node& resource) const {
  for (const auto member : {"subject", "patient"}) {
    const auto* to = resource.get(member);
    const auto text = to != nullptr ? to->str("reference") : std::string_view();
    const auto entry = by_url_.find(text);
    const bool of_entry = entry != by_url_.end() && items_[entry->second].type == "Patient";
    if (of_entry || text.starts_with("Patient/")) return text;
  }
  return {};
}

/// An attachment whose bytes are an entry of the bundle (Binary, which is not served) holds them itself.
void import_run::inline_binaries(import_item& each, fhir::node& node) {
  const auto* url = node.is_object() ? node.get("url") : nullptr;
  const auto to = url != nullptr && url->is_string() ? index_.find(url->text, each.sent_url) : std::nullopt;
  const auto* binary = to && items_[*to].type == "Binary" ? items_[*to].resource : nullptr;
  const bool has_bytes = binary != nullptr && binary->get("data") != nullptr && node.get("data") == nullptr;
  if (has_bytes && carriable(items_[*to])) {
    if ((carried_ += *items_[*to].size) > most_carried) return;
    fhir::document::remove(node, "url");
    if (node.get("contentType") == nullptr)
      doc_.add(node, "contentType", doc_.copy(*binary->get("contentType")));
    doc_.add(node, "data", doc_.copy(*binary->get("data")));
  }
  for (auto* one = node.first; one != nullptr; one = one->next)
    if (one->is_object() || one->is_array()) inline_binaries(each, *one);
}

} // namespace aorta::rest

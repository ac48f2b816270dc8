// References of an imported bundle: entries of it, what came from the same place before, or nothing here.
#include "engine/rest/import_run.hpp"

#include "engine/fhir/validate.hpp"

namespace aorta::rest {
namespace {

using form_kind = reference_form::kind;

} // namespace

/// Nothing is filed of a patient who is not clear.
void import_run::hold_followers() {
  for (auto& each : items_) {
    if (!each.open || each.type == "Patient") continue;
    bool held = false;
    fhir::each_reference(*each.resource, [&](fhir::node& text) {
      auto to = index_.find(text.text, each.sent_url);
      for (size_t i = 0; !to && i < items_.size(); ++i)
        if (items_[i].unclear && items_[i].url == text.text) to = i;
      held = held || (to && items_[*to].unclear);
    });
    if (held) close(each, fate::conflict, "conflict", "its patient is not clear: not filed");
  }
}

status import_run::resolve_references() {
  for (auto& each : items_) {
    if (!each.open) continue;
    std::set<const fhir::node*> unresolved;
    std::optional<error> fault;
    fhir::each_reference(*each.resource, [&](fhir::node& text) {
      if (fault || text.text.starts_with('#')) return;
      auto means = resolve(each, text.text);
      if (!means) fault = means.error();
      else if (means->empty()) unresolved.insert(&text);
      else text.text = doc_.keep(*means);
    });
    if (fault) return *fault;
    if (!unresolved.empty()) make_logical(*each.resource, unresolved, each);
    each.settled = true;
    point_narrative(each);
  }
  return done{};
}

/// Links of the narrative to what is here already; those to what is about to be made are pointed when that
/// has an id.
void import_run::point_narrative(import_item& each) {
  each_narrative(*each.resource, [&](fhir::node& div) {
    div.text = doc_.keep(with_links(div.text, [&](std::string_view told) {
      const auto to = index_.find(told, each.sent_url);
      const auto* item = to ? &items_[*to] : nullptr;
      return item != nullptr && item->known ? item->type + '/' + item->known->id : std::string();
    }));
  });
}

/// Empty: it means nothing here, and cannot be followed from here.
result<std::string> import_run::resolve(const import_item& each, std::string_view reference) {
  if (const auto to = index_.find(reference, each.sent_url)) {
    const auto& item = items_[*to];
    if (item.known) return item.type + '/' + item.known->id;
    return item.gone ? std::string() : item.url; // what is not filed goes along (import_carry.cpp)
  }
  const bool absolute = reference.find("://") != reference.npos;
  const auto is = form_of(reference, in_.around().base);
  if (is.is == form_kind::own && absolute) { // under our own base
    auto there = in_.load(doc_, is.type, is.id);
    if (!there) return there.error();
    return *there && !(*there)->deleted ? is.type + '/' + is.id : std::string();
  }
  if (is.is == form_kind::elsewhere) {
    const auto server = server_of(reference);
    if (server.empty()) return std::string(reference);
    auto before = known_origin(
      std::string(
        reference.substr(server.size() + 1, reference.find('/', server.size() + 1) - server.size() - 1)),
      reference);
    return !before || !before->empty() ? before : result<std::string>(std::string(reference));
  }
  if (is.is != form_kind::own) return std::string();
  const auto server = server_of(each.sent_url);
  if (server.empty()) return std::string();
  const auto there = std::string(server) + '/' + std::string(reference);
  auto before = known_origin(is.type, there);
  return !before || !before->empty() ? before : result<std::string>(there);
}

/// What an earlier bundle brought from that address; empty: nothing.
result<std::string> import_run::known_origin(const std::string& type, std::string_view absolute) {
  const auto key = source_key(absolute.substr(0, absolute.find("/_history/")));
  const auto [at, fresh] = origins_.emplace(key, std::string());
  if (!fresh) return at->second;
  ports::entry_query ask;
  ask.type = type;
  ask.identifiers = {key};
  ask.homeless_only = false;
  const auto found = in_.session().entries(ask);
  if (!found) return found.error();
  if (found->size() == 1) at->second = type + '/' + found->front().id;
  return at->second;
}

/// `{"reference": "Patient/7"}` becomes `{"type": "Patient", "identifier": {"value": "Patient/7"}}`; an
/// identifier that was sent stays. The sender is told of each.
void import_run::make_logical(fhir::node& node, const std::set<const fhir::node*>& unresolved,
                              import_item& of) {
  if (const auto* reference = node.get("reference"); reference != nullptr && unresolved.contains(reference)) {
    const auto text = reference->text;
    const auto is = form_of(text, in_.around().base);
    auto where = path_to(*of.resource, *reference, of.path);
    of.out.issues.push_back({fhir::issue::severity::warning, "not-found",
                             where.empty() ? of.path : std::move(where),
                             "this names nothing here and cannot be followed: kept as a logical reference"});
    fhir::document::remove(node, "reference");
    if (node.get("type") == nullptr && !is.type.empty()) doc_.add(node, "type", is.type);
    if (node.get("identifier") == nullptr) {
      auto* identifier = doc_.add(node, "identifier", doc_.object());
      if (text.starts_with("urn:") || text.find("://") != text.npos)
        doc_.add(*identifier, "system", doc_.literal("urn:ietf:rfc:3986"));
      doc_.add(*identifier, "value", doc_.string(text));
    }
  }
  for (auto* each = node.first; each != nullptr; each = each->next)
    if (each->is_object() || each->is_array()) make_logical(*each, unresolved, of);
}

} // namespace aorta::rest

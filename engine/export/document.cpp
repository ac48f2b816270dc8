#include "engine/export/document.hpp"

#include "engine/fhir/map_parts.hpp"

#include <algorithm>
#include <deque>

namespace aorta::exports {
namespace {

using fhir::node;
using sv = std::string_view;

constexpr sv absent_reason = "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
             empty_reason = "http://terminology.hl7.org/CodeSystem/list-empty-reason";

std::string escaped(sv text) {
  std::string out;
  for (const char c : text) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  return out;
}

std::string row_of(const std::vector<std::string>& cells, sv tag) {
  std::string out = "<tr>";
  for (const auto& each : cells)
    out.append("<").append(tag).append(">").append(escaped(each)).append("</").append(tag).append(">");
  return out + "</tr>";
}

std::string narrative_of(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows, sv nothing) {
  std::string out = "<div xmlns=\"http://www.w3.org/1999/xhtml\">";
  if (rows.empty()) return out.append("<p>").append(escaped(nothing)).append("</p></div>");
  out += "<table><thead>" + row_of(header, "th") + "</thead><tbody>";
  for (const auto& each : rows) out += row_of(each, "td");
  return out + "</tbody></table></div>";
}

} // namespace

document_maker::document_maker(gathered& from, const rules& by, const parcel_label& label)
    : into(from.in),
      from_(from),
      by_(by),
      label_(label),
      composition_id_(to_text(label.id)) {
  for (auto* list : {&from.whole.own, &from.whole.named})
    for (auto& each : *list) all_.emplace(name_of(each.type, each.id), each.resource);
  if (from.clinic) all_.emplace(name_of(from.clinic->type, from.clinic->id), from.clinic->resource);
}

node* document_maker::find(sv type, sv id) {
  const auto found = all_.find(name_of(type, id));
  return found == all_.end() ? nullptr : found->second;
}

std::string document_maker::composition_url() const {
  return full_url(by_, label_, "Composition", composition_id_);
}

node* document_maker::coded(sv system, sv code, sv display) {
  node* out = into.object();
  node* coding = into.push(*into.add(*out, "coding", into.array()), into.object());
  into.add(*coding, "system", system);
  into.add(*coding, "code", code);
  into.add(*coding, "display", display);
  return out;
}

node* document_maker::absent() {
  node* out = into.object();
  node* one = into.push(*into.add(*out, "extension", into.array()), into.object());
  into.add(*one, "url", absent_reason);
  into.add(*one, "valueCode", "unknown");
  return out;
}

node* document_maker::reference(sv type, sv id) {
  node* out = into.object();
  into.add(*out, "reference", name_of(type, id));
  return out;
}

node* document_maker::compose(sv status, node* type, sv title) {
  const auto& patient = from_.whole.own.front();
  composition = into.object();
  into.add(*composition, "resourceType", "Composition");
  into.add(*composition, "id", composition_id_);
  into.add(*composition, "status", status);
  into.add(*composition, "type", type);
  into.add(*composition, "subject", reference("Patient", patient.id));
  into.add(*composition, "date", to_iso(label_.made));
  node* authors = into.add(*composition, "author", into.array());
  into.push(*authors, from_.clinic ? reference("Organization", from_.clinic->id) : absent());
  into.add(*composition, "title", title);
  into.add(*composition, "section", into.array());
  return composition;
}

node* document_maker::section(sv title, node* code, const std::vector<std::string>& header,
                              const std::vector<std::vector<std::string>>& rows, sv nothing) {
  node* out = into.push(*composition->get("section"), into.object());
  into.add(*out, "title", title);
  into.add(*out, "code", code);
  node* text = into.add(*out, "text", into.object());
  into.add(*text, "status", "generated");
  into.add(*text, "div", narrative_of(header, rows, nothing));
  return out;
}

void document_maker::enter(node& in, sv type, sv id) {
  node* list = in.get("entry");
  if (list == nullptr) list = into.add(in, "entry", into.array());
  for (const auto* each = list->first; each != nullptr; each = each->next)
    if (each->str("reference") == name_of(type, id)) return;
  into.push(*list, reference(type, id));
}

void document_maker::leave_empty(node& in) {
  into.add(in, "emptyReason", coded(empty_reason, "unavailable", "Unavailable"));
}

std::string document_maker::bundle(sv profile, const std::set<std::string, std::less<>>& never) {
  node* out = begin_parcel(into, "document", label_);
  node* meta = into.object();
  into.push(*into.add(*meta, "profile", into.array()), into.string(profile));
  into.set(*out, "meta", meta);
  put(into, *out, composition_url(), composition);
  std::deque<node*> open{composition};
  std::set<std::string, std::less<>> seen(never);
  while (!open.empty()) {
    node* one = open.front();
    open.pop_front();
    fhir::each_reference(*one, [&](node& to) {
      const auto found = all_.find(to.text);
      if (found == all_.end() || !seen.insert(found->first).second) return;
      const auto slash = found->first.find('/');
      put(into, *out,
          full_url(by_, label_, sv(found->first).substr(0, slash), sv(found->first).substr(slash + 1)),
          found->second);
      open.push_back(found->second);
    });
  }
  lead_references(into, *out, by_, label_);
  return fhir::write(*out);
}

void complete_result(document_maker& by, node& observation) {
  auto& into = by.into;
  namespace system_of = fhir::system_of;
  if (observation.get("performer") == nullptr)
    into.push(*into.add(observation, "performer", into.array()), by.absent());
  if (!fhir::has_code(observation.get("category"), system_of::category, "laboratory")) {
    node* list = observation.get("category");
    if (list == nullptr) list = into.add(observation, "category", into.array());
    into.push(*list, by.coded(system_of::category, "laboratory", "Laboratory"));
  }
  bool says = false, timed = false;
  for (const auto* each = observation.first; each != nullptr; each = each->next) {
    says = says || each->name.starts_with("value") || each->name == "dataAbsentReason" ||
      each->name == "hasMember" || each->name == "component";
    timed = timed || each->name.starts_with("effective");
  }
  if (!says)
    into.add(observation, "dataAbsentReason", by.coded(system_of::absent_reason, "unknown", "Unknown"));
  if (!timed) into.add(observation, "_effectiveDateTime", by.absent());
}

} // namespace aorta::exports

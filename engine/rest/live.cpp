#include "engine/rest/live.hpp"

#include "engine/base/decimal.hpp"
#include "engine/base/hash.hpp"
#include "engine/fhir/withdraw.hpp"
#include "engine/rest/interactions.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace aorta::rest {
namespace {

// What the database fills in by itself, or what names the row: no content of the resource.
constexpr std::string_view not_told[] = {"clinic_id",       "version",      "created_at", "message_id",
                                         "current_version", "entry_method", "is_locked",  "size",
                                         "report_id",       "updated_at"};

// A cell as both databases and a row that was never written say it: times as instants, numbers without the
// zeros that a column's scale adds, JSON without spaces, false as nothing.
std::string plain(const std::string& cell) {
  if (cell == "false") return {};
  if (cell.empty() || cell.front() == '{' || cell.front() == '[') {
    std::string out;
    for (const char c : cell)
      if (c != ' ' && c != '\n' && c != '\t' && c != '\r') out += c;
    return out;
  }
  const bool digit = cell.front() >= '0' && cell.front() <= '9';
  if (timestamp at; digit && cell.size() >= 10 && cell[4] == '-' && from_iso(cell, at)) return to_iso(at);
  if ((digit || cell.front() == '-') && cell.find('.') != cell.npos && decimal::from_text(cell)) {
    std::string out = cell.substr(0, cell.find_last_not_of('0') + 1);
    if (out.back() == '.') out.pop_back();
    return out;
  }
  return cell;
}

std::optional<timestamp> last_updated_of(const fhir::node& resource) {
  const auto* meta = resource.get("meta");
  timestamp at;
  if (meta == nullptr || !from_iso(meta->str("lastUpdated"), at)) return std::nullopt;
  return at;
}

// The row as it was when `sent` was written, told as a resource.
const fhir::node* as_written(fhir::document& into, std::string_view type, const fhir::node& sent,
                             const model::record& now, std::string_view part,
                             const fhir::identifier_systems& systems) {
  auto then = fhir::to_row(sent, systems);
  if (!then.row || then.row->of != now.of) return nullptr;
  then.row->cells[0] = now.cells[0];
  if (now["clinic_id"]) then.row->set("clinic_id", now["clinic_id"]);
  return fhir::to_resource(into, type, *then.row, part, {}, systems);
}

error unreadable() { return {error_code::internal, {}, "the stored resource is not readable"}; }

// Nodes keep views into the document that parsed them: copied, so that the answer's document owns all.
result<fhir::node*> parsed(fhir::document& into, std::string_view json) {
  auto read = fhir::document::parse(json);
  if (!read) return unreadable();
  return into.copy(*read->root);
}

std::optional<model::patient_id> number(std::string_view text) {
  if (!is_number(text)) return std::nullopt;
  return std::stoll(std::string(text));
}

/// Whether the row has this part; most rows are one resource, always.
bool tells(std::string_view type, const model::record& row, std::string_view part) {
  if (row.of != model::table::vitals && row.of != model::table::patient_study_links) return true;
  const auto parts = fhir::parts_of(type, row);
  return std::find(parts.begin(), parts.end(), part) != parts.end();
}

/// Whether the members that every resource has are in front, and in their order.
bool stands_first(const fhir::node& resource) noexcept {
  const auto* type = resource.first;
  const auto* id = type != nullptr && type->name == "resourceType" ? type->next : nullptr;
  return id != nullptr && id->name == "id" &&
    (resource.get("meta") == nullptr || (id->next != nullptr && id->next->name == "meta"));
}

std::string version_id(const standing& what, const std::string& tag, bool as_stored,
                       const fhir::beside& with) {
  std::string out = std::to_string(what.version);
  if (as_stored || (!what.entry && what.at->of == model::table::lab_results)) return out;
  std::string all = tag;
  if (!what.entry)
    for (const auto& result : with.results) all += result.key() + tag_of(result);
  if (all.size() > tag.size()) all = fnv1a_of(all);
  return out + "-" + short_tag(all);
}

} // namespace

std::string tag_of(const model::record& row, std::string_view part) {
  fnv1a hash;
  const auto& columns = model::shape(row.of).columns;
  const auto own = fhir::columns_of(part);
  const auto others = row.of == model::table::vitals && !part.empty() ? fhir::parts_of("Observation", row)
                                                                      : std::vector<std::string>();
  const auto of_another = [&](std::string_view column) {
    return column != own.first && column != own.second &&
      std::any_of(others.begin(), others.end(), [&](const std::string& each) {
             return fhir::columns_of(each).first == column || fhir::columns_of(each).second == column;
           });
  };
  for (size_t i = 1; i < row.cells.size() && i < columns.size(); ++i) {
    if (!row.cells[i] ||
        std::find(std::begin(not_told), std::end(not_told), columns[i]) != std::end(not_told))
      continue;
    if (of_another(columns[i])) continue;
    const auto text = plain(*row.cells[i]);
    if (text.empty()) continue;
    hash.add(columns[i]);
    hash.add({"\0", 1});
    hash.add(text);
    hash.add({"\1", 1});
  }
  uint64_t state = hash.value();
  state ^= state >> 31;
  state *= 0xbf58476d1ce4e5b9ull;
  state ^= state >> 29;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(state));
  return text;
}

std::string short_tag(std::string_view tag) { return std::string(tag.substr(0, 8)); }

std::string etag(const standing& what) { return "W/\"" + what.version_id + "\""; }

bool is_number(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos;
}

bool is_shared_type(std::string_view type) noexcept {
  constexpr std::string_view all[] = {"Practitioner",     "Organization", "Location",
                                      "PractitionerRole", "Medication",   "HealthcareService"};
  return std::find(std::begin(all), std::end(all), type) != std::end(all);
}

bool may_see_context(const grant& who, const fhir::node* resource) noexcept {
  const auto* context = resource != nullptr && resource->str("resourceType") == "Binary"
    ? resource->get("securityContext")
    : nullptr;
  const auto named = context != nullptr ? context->str("reference") : std::string_view();
  const auto type = named.substr(0, named.find('/'));
  return !is_served(type) || who.may(access::read, type);
}

bool visible(const grant& who, const standing& what) noexcept {
  if (!may_see_context(who, what.resource)) return false;
  return !who.patient || what.patient == who.patient || is_shared_type(what.type);
}

void set_meta(fhir::document& into, fhir::node& resource, std::string_view id, std::string_view version_id,
              std::optional<timestamp> last_updated) {
  auto* meta = resource.get("meta");
  if (meta == nullptr) {
    into.set_first(resource, "meta", into.object());
    meta = resource.get("meta");
  }
  if (last_updated) into.set_first(*meta, "lastUpdated", into.string(to_iso(*last_updated)));
  else into.remove(*meta, "lastUpdated");
  if (version_id.empty()) into.remove(*meta, "versionId");
  else into.set_first(*meta, "versionId", into.string(version_id));
  // As everybody writes them: resourceType, id, meta, and then the rest. Most stand so already.
  const auto first = [&](std::string_view name, fhir::node* member) {
    into.remove(resource, name);
    into.set_first(resource, name, member);
  };
  auto* type = resource.get("resourceType");
  if (meta->first == nullptr) into.remove(resource, "meta");
  else if (!stands_first(resource)) first("meta", meta);
  if (stands_first(resource)) {
    into.set_first(resource, "id", into.string(id));
    return;
  }
  first("id", into.string(id));
  if (type != nullptr) first("resourceType", type);
}

bool stands_in_panel(const standing& what) {
  if (!what.at || !what.row || (what.at->part != "sbp" && what.at->part != "dbp")) return false;
  return !fhir::is_put_away(*what.row, "bp");
}

std::vector<std::string> shown_parts(std::string_view type, const model::record& row,
                                     const std::vector<ports::fhir_entry>& entries) {
  auto out = fhir::parts_of(type, row);
  for (const auto& each : entries) {
    if (each.type != type || each.deleted || each.tag != fhir::kept_tag) continue;
    const auto at = fhir::place_of(type, each.id);
    if (at && std::find(out.begin(), out.end(), at->part) == out.end()) out.push_back(at->part);
  }
  return out;
}

result<std::optional<standing>> stand(fhir::document& into, std::string_view type, model::record row,
                                      std::vector<ports::fhir_entry>& entries, std::string_view part,
                                      const fhir::beside& with, const surroundings& around) {
  standing out;
  out.type = type;
  out.at = fhir::place{row.of, row.key(), std::string(part)};
  out.id = fhir::resource_id(type, *out.at);
  for (auto& each : entries)
    if (each.type == type && each.id == out.id) out.entry = std::move(each);
  if (row.of == model::table::patients) out.patient = number(row.key());
  else if (model::shape(row.of).has_patient) out.patient = number(row.text("patient_id"));

  const bool told = tells(type, row, part);
  const bool kept = out.entry && out.entry->tag == fhir::kept_tag && fhir::is_put_away(row, part);
  if (!told && !out.entry) return std::optional<standing>();
  const auto tag = tag_of(row, part);
  const bool as_stored = out.entry && (out.entry->deleted || kept || out.entry->tag == tag);
  if (out.entry) out.version = out.entry->version;
  else if (const auto version = row.of == model::table::lab_results ? number(row.text("version"))
                                                                    : std::nullopt)
    out.version = *version;
  out.version_id = version_id(out, tag, as_stored, with);
  if (as_stored) out.last_updated = out.entry->last_updated;
  out.deleted = (out.entry && out.entry->deleted) || (!told && !kept) ||
    (row.of == model::table::patients && row.text("is_deleted") == "true");
  if (out.deleted) return std::optional(std::move(out));

  if (as_stored && !out.entry->content.empty()) {
    auto sent = parsed(into, out.entry->content);
    if (!sent) return sent.error();
    out.resource = *sent;
  } else {
    out.resource = fhir::to_resource(into, type, row, part, with, around.systems);
    if (out.resource == nullptr) return std::optional<standing>();
    if (!as_stored) out.last_updated = last_updated_of(*out.resource);
    if (out.entry && !out.entry->content.empty()) {
      auto sent = parsed(into, out.entry->content);
      if (!sent) return sent.error();
      if (const auto* then = as_written(into, type, **sent, row, part, around.systems))
        out.resource = fhir::merge(into, **sent, *then, *out.resource);
    }
  }
  set_meta(into, *out.resource, out.id, out.version_id, out.last_updated);
  out.row = std::move(row);
  return std::optional(std::move(out));
}

result<standing> stand(fhir::document& into, ports::fhir_entry entry) {
  standing out;
  out.type = entry.type;
  out.id = entry.id;
  out.version = entry.version;
  out.version_id = std::to_string(entry.version);
  out.last_updated = entry.last_updated;
  out.deleted = entry.deleted;
  out.patient = entry.patient;
  if (!out.deleted) {
    auto sent = parsed(into, entry.content);
    if (!sent) return sent.error();
    out.resource = *sent;
    set_meta(into, *out.resource, out.id, out.version_id, out.last_updated);
  }
  out.entry = std::move(entry);
  return out;
}

std::optional<standing> stand_laboratory(fhir::document& into, const std::string& id,
                                         const model::record& told_by) {
  const bool order = told_by.of == model::table::lab_orders;
  standing out;
  out.type = "Organization";
  out.id = id;
  out.version_id = "1";
  out.resource = fhir::lab_organization(into, id.substr(4),
                                        told_by.text(order ? "lab_facility" : "performing_lab"));
  if (out.resource == nullptr) return std::nullopt;
  set_meta(into, *out.resource, id, out.version_id, {});
  return out;
}

result<fhir::node*> stored_version(fhir::document& into, const ports::fhir_version& what) {
  if (what.content.empty()) return static_cast<fhir::node*>(nullptr);
  auto read = parsed(into, what.content);
  if (read) set_meta(into, **read, what.id, std::to_string(what.version), what.last_updated);
  return read;
}

} // namespace aorta::rest

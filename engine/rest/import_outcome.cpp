// What became of a bundle's entries, told to its sender and to the trace.
#include "engine/rest/import.hpp"

#include <algorithm>

namespace aorta::rest {
namespace {

using fate = import_entry::fate;

std::string_view status_of(fate is) noexcept {
  switch (is) {
    case fate::created: return "201 Created";
    case fate::updated:
    case fate::unchanged: return "200 OK";
    case fate::conflict: return "409 Conflict";
    case fate::not_served: return "404 Not Found";
    case fate::refused: break;
  }
  return "422 Unprocessable Entity";
}

std::optional<fate> fate_from(std::string_view word) noexcept {
  for (const auto each :
       {fate::created, fate::updated, fate::unchanged, fate::conflict, fate::not_served, fate::refused})
    if (name(each) == word) return each;
  return std::nullopt;
}

fhir::issue issue_from(const fhir::node& told) {
  using severity = fhir::issue::severity;
  auto level = severity::information;
  for (const auto each : {severity::fatal, severity::error, severity::warning})
    if (fhir::name(each) == told.str("severity")) level = each;
  return {level, std::string(told.str("code")), std::string(told.str("path")), std::string(told.str("text"))};
}

} // namespace

std::string_view name(fate is) noexcept {
  switch (is) {
    case fate::created: return "created";
    case fate::updated: return "updated";
    case fate::unchanged: return "unchanged";
    case fate::conflict: return "conflict";
    case fate::not_served: return "not-served";
    case fate::refused: break;
  }
  return "refused";
}

int import_outcome::count(fate is) const noexcept {
  return int(
    std::count_if(entries.begin(), entries.end(), [&](const import_entry& each) { return each.is == is; }));
}

std::vector<fhir::issue> import_outcome::issues() const {
  std::vector<fhir::issue> out;
  for (const auto& each : entries) out.insert(out.end(), each.issues.begin(), each.issues.end());
  return out;
}

fhir::node* import_outcome::as_bundle(fhir::document& into, const surroundings& around) const {
  auto* out = into.object();
  into.add(*out, "resourceType", into.literal("Bundle"));
  into.add(*out, "type", into.literal("batch-response"));
  fhir::node* list = nullptr;
  for (const auto& each : entries) {
    if (list == nullptr) list = into.add(*out, "entry", into.array());
    auto* response = into.add(*into.push(*list, into.object()), "response", into.object());
    into.add(*response, "status", status_of(each.is));
    if (!each.id.empty()) {
      auto location = around.base + '/' + each.type + '/' + each.id;
      if (!each.version_id.empty()) location += "/_history/" + each.version_id;
      into.add(*response, "location", location);
      if (!each.version_id.empty()) into.add(*response, "etag", "W/\"" + each.version_id + "\"");
    }
    if (!each.issues.empty()) into.add(*response, "outcome", fhir::outcome(into, each.issues));
  }
  return out;
}

std::string import_outcome::as_json() const {
  fhir::document into;
  auto* list = into.array();
  for (const auto& each : entries) {
    auto* one = into.push(*list, into.object());
    into.add(*one, "entry", into.number(int64_t(each.number)));
    into.add(*one, "type", each.type);
    into.add(*one, "fate", name(each.is));
    if (!each.id.empty()) into.add(*one, "id", each.id);
    if (!each.version_id.empty()) into.add(*one, "version", each.version_id);
    if (each.issues.empty()) continue;
    auto* issues = into.add(*one, "issues", into.array());
    for (const auto& said : each.issues) {
      auto* issue = into.push(*issues, into.object());
      into.add(*issue, "severity", fhir::name(said.level));
      into.add(*issue, "code", said.code);
      into.add(*issue, "path", said.path);
      into.add(*issue, "text", said.text);
    }
  }
  return fhir::write(*list);
}

std::optional<import_outcome> import_outcome::from_trace(std::string_view json) {
  const auto read = fhir::document::parse(json);
  const auto* list = read ? read->root->get("entries") : nullptr;
  if (list == nullptr) return std::nullopt;
  import_outcome out;
  for (const auto* each = list->first; each != nullptr; each = each->next) {
    const auto is = fate_from(each->str("fate"));
    if (!is) return std::nullopt;
    auto& one = out.entries.emplace_back();
    one.is = *is;
    one.number = out.entries.size() - 1;
    one.type = each->str("type");
    one.id = each->str("id");
    one.version_id = each->str("version");
    const auto* issues = each->get("issues");
    for (const auto* said = issues != nullptr ? issues->first : nullptr; said != nullptr; said = said->next)
      one.issues.push_back(issue_from(*said));
  }
  return out;
}

} // namespace aorta::rest

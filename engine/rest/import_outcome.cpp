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
  return int(std::count_if(entries.begin(), entries.end(), [&](const import_entry& each) { return each.is == is; }));
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

} // namespace aorta::rest

#include "engine/rest/versions.hpp"

#include "engine/rest/live.hpp"

#include <algorithm>

namespace aorta::rest {

bool is_live_only(const standing& what) noexcept {
  return !what.deleted && (!what.entry || what.version_id != std::to_string(what.entry->version));
}

version live_version(const standing& what) {
  // A later version of a laboratory's result, and a row that somebody else changed, were updated; what was
  // never changed was created.
  const bool updated = what.entry || what.version > 1;
  return {what.type,     what.id,     what.version_id, what.last_updated, updated ? "PUT" : "POST",
          what.resource, what.patient};
}

result<version> version_from(fhir::document& into, const ports::fhir_version& what) {
  auto resource = stored_version(into, what);
  if (!resource) return resource.error();
  return version{what.type,
                 what.id,
                 std::to_string(what.version),
                 what.last_updated,
                 *resource == nullptr ? "DELETE" : what.method,
                 *resource,
                 what.patient};
}

result<std::vector<version>> superseded(fhir::document& into, repository& in, const standing& now) {
  std::vector<version> out;
  if (!now.at || now.at->of != model::table::lab_results) return out;
  auto rows = in.session().result_versions(now.at->key);
  if (!rows) return rows.error();
  for (auto& row : *rows) {
    std::vector<ports::fhir_entry> none;
    const auto tag = tag_of(row);
    const auto number = row.text("version");
    auto one = stand(into, now.type, std::move(row), none, {}, {}, in.around());
    if (!one) return one.error();
    if (!*one || (*one)->resource == nullptr || !visible(in.who(), **one))
      continue; // it may have been another patient's then
    auto& old = **one;
    // Beside versions that FHIR counted, a number of the laboratory's own could mean either.
    if (now.entry) old.version_id = number + "-" + short_tag(tag);
    set_meta(into, *old.resource, now.id, old.version_id, old.last_updated);
    out.push_back({now.type, now.id, old.version_id, old.last_updated, old.version > 1 ? "PUT" : "POST",
                   old.resource, now.patient});
  }
  std::reverse(out.begin(), out.end());
  return out;
}

} // namespace aorta::rest

// When rows were changed that FHIR did not write: OpenHeart's tables do not say it, and nothing may be added
// to them. Whoever reads a row first as it is notes the time, and everybody after tells the same.
#include "engine/rest/live.hpp"

#include <algorithm>

namespace aorta::rest {

void date_as(fhir::document& into, standing& what, timestamp at) {
  what.last_updated = at;
  fhir::document::remove(*what.resource->get("meta"), "versionId"); // and put in front again, where it stands
                                                                    // everywhere
  set_meta(into, *what.resource, what.id, what.version_id, at);
}

void date(fhir::document& into, repository& in, standing& what, const std::optional<ports::seen_row>& seen) {
  if (what.deleted || what.resource == nullptr || !what.row || in.around().clock == nullptr ||
      !ports::is_watched(what.row->of))
    return;
  if (what.entry && what.version_id == std::to_string(what.entry->version)) return; // as FHIR wrote it
  const auto tag = tag_of(*what.row);
  what.seen_first = !seen || seen->tag != tag;
  auto at = seen && seen->tag == tag ? seen->at : in.around().clock->now();
  // Never seen before: its own column says when it was made.
  if (timestamp made; !seen && !what.entry && from_iso(what.row->text("created_at"), made))
    at = std::min(at, made);
  if (what.seen_first) in.session().notice({what.row->of, what.row->key(), tag, at});
  date_as(into, what, at);
}

} // namespace aorta::rest

// DocumentReference: clinical notes with their current text, and documents that came with laboratory results.
#include "engine/base/base64.hpp"
#include "engine/fhir/map_parts.hpp"

namespace aorta::fhir {
namespace {

/// RFC 6838: type, slash, subtype; what is none is bytes.
sv media_type(sv text) noexcept {
  constexpr sv letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";
  const auto slash = text.find('/');
  const bool good = slash != sv::npos && slash > 0 && slash + 1 < text.size() &&
    text.substr(0, slash).find_first_not_of(letters) == sv::npos &&
    text.substr(slash + 1).find_first_not_of(letters) == sv::npos;
  return good ? text : sv("application/octet-stream");
}

node* content(maker& m, sv type, const std::optional<std::string>& bytes, sv size, sv title) {
  node* attachment = m.d.object();
  m.d.add(*attachment, "contentType", type);
  if (bytes && !bytes->empty()) {
    m.d.add(*attachment, "data", base64::encode(*bytes));
    m.d.add(*attachment, "size", m.d.number(int64_t(bytes->size())));
  } else {
    m.integer(*attachment, "size", size, 0);
  }
  m.text(*attachment, "title", title);
  node* out = m.d.object();
  m.d.add(*out, "attachment", attachment);
  return out;
}

void put_context(maker& m, node& to, sv member, bool list, node* reference) {
  if (!reference) return;
  node* context = m.d.object();
  if (list) m.item(*context, member, reference);
  else m.d.add(*context, member, reference);
  m.d.add(to, "context", context);
}

} // namespace

node* note_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("DocumentReference", id);
  m.d.add(out, "status", "current");
  m.d.add(out, "docStatus", row.text("is_locked") == "true" ? sv("final") : sv("preliminary"));
  const auto kind = row.text("note_type"), title = row.text("title");
  if (node* type = m.codeable({m.coding("urn:aorta:note-type", kind)}, kind)) m.d.add(out, "type", type);
  m.refer(out, "subject", "Patient", row, "patient_id");
  m.instant(out, "date", row.text("created_at"));
  m.refer(out, "custodian", "Organization", row, "clinic_id");
  m.text(out, "description", title);
  const auto part = [&](sv column, sv media) {
    if (!row.text(column).empty()) m.item(out, "content", content(m, media, row[column], {}, title));
  };
  part("content_text", "text/plain; charset=utf-8");
  part("content_html", "text/html; charset=utf-8");
  part("structured_data", "application/json");
  if (!out.get("content")) m.item(out, "content", content(m, "text/plain", std::nullopt, {}, title));
  put_context(m, out, "encounter", true, m.reference("Encounter", row.text("encounter_id")));
  return &out;
}

node* attachment_resource(maker& m, const record& row, sv id) {
  node& out = *m.resource("DocumentReference", id);
  node* meta = m.d.object();
  m.instant(*meta, "lastUpdated", row.text("created_at"));
  if (meta->size > 0) m.d.add(out, "meta", meta);
  m.d.add(out, "status", "current");
  m.d.add(out, "type",
          m.codeable({m.coding(system_of::loinc, "11502-2", "Laboratory report")}, "Laboratory report"));
  m.refer(out, "subject", "Patient", row, "patient_id");
  m.instant(out, "date", row.text("created_at"));
  m.refer(out, "custodian", "Organization", row, "clinic_id");
  m.item(out, "content",
         content(m, media_type(row.text("content_type")), row["content"], row.text("size"), {}));
  put_context(m, out, "related", true, m.reference("Observation", row.text("result_id")));
  return &out;
}

} // namespace aorta::fhir

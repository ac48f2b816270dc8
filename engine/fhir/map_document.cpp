// DocumentReference: clinical notes and documents that others wrote, with their current text and what is
// attached, and documents that came with laboratory results. TXA as HL7's v2-to-FHIR guide has it.
#include "engine/base/base64.hpp"
#include "engine/fhir/map_parts.hpp"

#include <array>

namespace aorta::fhir {
namespace {

/// RFC 6838: type, slash, subtype, and of a text that it is UTF-8; what is none is bytes.
sv media_type(sv whole) noexcept {
  constexpr sv charset = "; charset=utf-8";
  const auto text = whole.ends_with(charset) ? whole.substr(0, whole.size() - charset.size()) : whole;
  constexpr sv letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-";
  const auto slash = text.find('/');
  const bool good = slash != sv::npos && slash > 0 && slash + 1 < text.size() &&
    text.substr(0, slash).find_first_not_of(letters) == sv::npos &&
    text.substr(slash + 1).find_first_not_of(letters) == sv::npos;
  return good ? whole : sv("application/octet-stream");
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

constexpr std::array document_states{word_pair{"current", "current"}, word_pair{"superseded", "superseded"},
                                     word_pair{"entered_in_error", "entered-in-error"}};
constexpr std::array labels{word_pair{"V", "V"}, word_pair{"R", "R"}, word_pair{"U", "N"}};

/// Of a document that came: TXA-17 (HL70271). The clinic's own notes are final when they are locked.
sv doc_status(const record& row) noexcept {
  if (row.text("document_number").empty()) return row.text("is_locked") == "true" ? "final" : "preliminary";
  if (row.text("document_status") == "entered_in_error") return "entered-in-error";
  const auto done = row.text("completion_status");
  if (done.empty()) return {};
  return done == "AU" || done == "LA" ? "final" : "preliminary";
}

bool looks_like_oid(sv text) noexcept {
  return text.find('.') != sv::npos && text.find_first_not_of("0123456789.") == sv::npos;
}

void put_identity(maker& m, node& out, const record& row) {
  const auto authority = row.text("document_authority");
  if (node* id = m.identifier(looks_like_oid(authority) ? "urn:oid:" + authority : "urn:aorta:document",
                              row.text("document_number")))
    m.d.add(out, "masterIdentifier", id);
}

node* type_of(maker& m, const record& row) {
  const auto kind = row.text("note_type"), sent = row.text("document_type");
  const sv system = is_loinc(sent) ? system_of::loinc
    : sent.size() == 2             ? sv("http://terminology.hl7.org/CodeSystem/v2-0270")
                                   : sv("urn:aorta:document-type");
  return m.codeable({m.coding(system, sent), m.coding("urn:aorta:note-type", kind)}, kind);
}

node* named(maker& m, sv name) {
  node* out = m.d.object();
  return m.text(*out, "display", name) ? out : nullptr;
}

void put_people(maker& m, node& out, const record& row) {
  node* author = m.reference("Practitioner", row.text("author_id"), row.text("author_name"));
  m.item(out, "author", author ? author : named(m, row.text("author_name")));
  if (node* who = named(m, row.text("authenticator_name"))) m.d.add(out, "authenticator", who);
}

void put_parent(maker& m, node& out, const record& row) {
  const auto parent = row.text("parent_note_id"), relation = row.text("parent_relation");
  if (parent.empty() || (relation != "replaces" && relation != "appends")) return;
  node* target = m.reference("DocumentReference", "note-" + parent);
  if (!target) return;
  node* one = m.d.object();
  m.d.add(*one, "code", relation);
  m.d.add(*one, "target", target);
  m.item(out, "relatesTo", one);
}

void put_context(maker& m, node& to, const record& row, sv related, sv id) {
  node* context = m.d.object();
  m.item(*context, "encounter", m.reference("Encounter", row.text("encounter_id")));
  node* period = m.d.object();
  m.time(*period, "start", row.text("activity_at"));
  if (period->size > 0) m.d.add(*context, "period", period);
  m.item(*context, "related", m.reference(related, id));
  if (context->size > 0) m.d.add(to, "context", context);
}

/// Nobody who shows an address runs anything by it.
bool may_be_followed(sv url) noexcept {
  return url.starts_with("http://") || url.starts_with("https://") || url.starts_with("urn:");
}

/// What is attached to a document, and what stands elsewhere. False: the row names nothing of the kind.
bool put_attached(maker& m, node& out, const record& row, const beside& with, sv title) {
  const auto named = document::parse(row.text("structured_data"));
  if (!named) return false;
  const auto *files = named->root->get("attachments"), *pointers = named->root->get("pointers");
  for (const auto* each = files ? files->first : nullptr; each; each = each->next)
    for (const auto& file : with.attachments) {
      if (file.key() != each->str("id")) continue;
      const auto declared = each->str("content_type"); // others may have sent the same bytes as something
                                                       // else
      node* one = content(m, media_type(declared.empty() ? file.text("content_type") : declared),
                          file["content"], file.text("size"), title);
      m.text(*one->get("attachment"), "hash", file.text("sha1"));
      m.item(out, "content", one);
      break;
    }
  for (const auto* each = pointers ? pointers->first : nullptr; each; each = each->next) {
    const auto to = each->str("url");
    const bool link = may_be_followed(to);
    node* one = content(m, media_type(each->str("content_type")), std::nullopt, {}, link ? sv(title) : to);
    if (link) m.uri(*one->get("attachment"), "url", to);
    m.item(out, "content", one);
  }
  return files || pointers;
}

} // namespace

std::vector<std::string> contents_of(const record& note) {
  std::vector<std::string> out;
  const auto named = document::parse(note.text("structured_data"));
  const auto* files = named ? named->root->get("attachments") : nullptr;
  for (const auto* each = files ? files->first : nullptr; each; each = each->next)
    out.emplace_back(each->str("id"));
  return out;
}

node* note_resource(maker& m, const record& row, sv id, const beside& with) {
  node& out = *m.resource("DocumentReference", id);
  put_identity(m, out, row);
  const auto state = code_of(document_states, row.text("document_status"));
  m.d.add(out, "status", state.empty() ? sv("current") : state);
  if (const auto stands = doc_status(row); !stands.empty()) m.d.add(out, "docStatus", stands);
  if (node* type = type_of(m, row)) m.d.add(out, "type", type);
  m.refer(out, "subject", "Patient", row, "patient_id");
  m.instant(out, "date", row.text("created_at"));
  put_people(m, out, row);
  m.refer(out, "custodian", "Organization", row, "clinic_id");
  put_parent(m, out, row);
  const auto title = row.text("title");
  m.text(out, "description", title);
  m.item(out, "securityLabel",
         m.codeable({m.coding("http://terminology.hl7.org/CodeSystem/v3-Confidentiality",
                              code_of(labels, row.text("confidentiality")))}));
  const auto part = [&](sv column, sv media) {
    if (!row.text(column).empty()) m.item(out, "content", content(m, media, row[column], {}, title));
  };
  part("content_text", "text/plain; charset=utf-8");
  part("content_html", "text/html; charset=utf-8");
  if (!put_attached(m, out, row, with, title)) part("structured_data", "application/json");
  if (!out.get("content")) m.item(out, "content", content(m, "text/plain", std::nullopt, {}, title));
  put_context(m, out, row, {}, {});
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
  put_context(m, out, row, "Observation", row.text("result_id"));
  return &out;
}

} // namespace aorta::fhir

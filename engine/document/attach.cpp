#include "engine/document/attach.hpp"

#include "engine/document/content.hpp"
#include "engine/fhir/document.hpp"

#include <algorithm>
#include <set>

namespace aorta::document {
namespace {

using model::table;

/// The same content of a clinic has one id, of another clinic another (a UUID of version 8, RFC 9562).
std::string id_of(model::clinic_id clinic, std::string_view content) {
  auto hex = sha256(std::to_string(clinic) + ":" + sha256(content)).substr(0, 32);
  hex[12] = '8', hex[16] = 'a';
  for (const size_t at : {20, 16, 12, 8}) hex.insert(at, "-");
  return hex;
}

model::record row_of(const std::string& id, const model::attachment& file) {
  model::record out(table::document_contents);
  out.set("id", id);
  out.set("content_type", file.content_type);
  out.set("size", std::to_string(file.content.size()));
  out.set("sha1", sha1(file.content));
  out.set("content", file.content);
  return out;
}

status keep(const records::filing_room& room, const std::vector<std::string>& ids, const notice& what) {
  ports::row_query ask;
  ask.of = table::document_contents;
  ask.keys = ids;
  ask.with_entries = false;
  const auto rows = room.in.rows(ask);
  if (!rows) return rows.error();
  std::set<std::string> there;
  for (const auto& each : *rows) there.insert(each.row.key());
  std::vector<ports::change> fresh;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (!there.insert(ids[i]).second) continue;
    ports::change one;
    one.row = row_of(ids[i], what.files[i]);
    fresh.push_back(std::move(one));
  }
  // In one order, so that two who keep the same contents never wait for each other.
  std::sort(fresh.begin(), fresh.end(),
            [](const auto& a, const auto& b) { return a.row->key() < b.row->key(); });
  return fresh.empty() ? status(done{}) : room.in.write(fresh);
}

} // namespace

result<std::optional<std::string>> attach(const records::filing_room& room, const notice& what) {
  if (what.files.empty() && what.pointers.empty()) return std::optional<std::string>();
  fhir::document names;
  auto* root = names.object();
  std::vector<std::string> ids;
  if (!what.files.empty()) {
    auto* all = names.array();
    for (const auto& each : what.files) {
      ids.push_back(id_of(room.clinic, each.content));
      auto* one = names.push(*all, names.object());
      names.add(*one, "id", ids.back());
      names.add(*one, "content_type", each.content_type);
      names.add(*one, "size", names.number(int64_t(each.content.size())));
    }
    names.add(*root, "attachments", all);
    if (auto kept = keep(room, ids, what); !kept) return kept.error();
  }
  if (!what.pointers.empty()) {
    auto* all = names.array();
    for (const auto& each : what.pointers) {
      auto* one = names.push(*all, names.object());
      names.add(*one, "url", each.to);
      names.add(*one, "content_type", each.content_type);
    }
    names.add(*root, "pointers", all);
  }
  return std::optional(fhir::write(*root));
}

} // namespace aorta::document

#include "engine/api/config_text.hpp"

#include <algorithm>

namespace aorta::api {

bool checked_config::ok() const {
  return std::none_of(complaints.begin(), complaints.end(),
                      [](const auto& each) { return each.level == diagnostic::severity::error; });
}

std::string publisher(const call& on) { return on.who.user ? on.who.user->email : on.who.actor; }

bool is_running(call& on) {
  if (on.engine.mapping && on.engine.config) return true;
  on.refuse(503, "store-unavailable", "the engine is starting");
  return false;
}

bool may_see_config(call& on) {
  if (!is_running(on)) return false;
  if (!on.who.clinic) return true;
  on.refuse(403, "all-clinics", "the configuration is all clinics': it takes a key that sees them all");
  return false;
}

ports::config_texts with_draft(ports::config_texts running, const std::optional<ports::config_draft>& draft) {
  if (draft)
    for (const auto& [file, what] : draft->files) {
      if (what.text) running[file] = *what.text;
      else running.erase(file);
    }
  return running;
}

std::optional<std::string> overtaken(const ports::config_texts& running, const ports::config_draft& draft) {
  for (const auto& [file, what] : draft.files) {
    const auto now = running.find(file);
    const auto there = now == running.end() ? std::nullopt : std::optional(now->second);
    if (there != what.text && (there ? ports::hash_of(*there) : std::string()) != what.base) return file;
  }
  return std::nullopt;
}

void write_version(json& out, const ports::config_version& what, const std::optional<uuid>& published) {
  out.field("id", to_text(what.id)).field("hash", what.hash).field("state", ports::name(what.is));
  out.field("at", to_iso(what.at)).field_or_null("by", what.by).field_or_null("reason", what.reason);
  out.field_or_null("approved_by", what.approved_by).field_or_null("despite_cases", what.despite_cases);
  out.field("rollback_of", id_text(what.rollback_of)).field("current", published == what.id);
}

void write_nodes(json& out, const std::vector<ports::engine_node>& all,
                 const std::optional<uuid>& published) {
  out.key("nodes").open_list();
  for (const auto& each : all) {
    if (each.pid == 0) continue; // it has ended
    out.open()
      .field("node", each.node)
      .field("host", each.host)
      .field("pid", each.pid)
      .field("configuration", each.configuration)
      .field("hash", each.hash)
      .field("runs_published", !published || each.runs == published)
      .field_or_null("fault", each.fault)
      .field("seen_seconds", int64_t(each.seen.count()))
      .close();
  }
  out.close_list();
}

void write_diagnostics(json& out, const std::vector<diagnostic>& all) {
  out.key("diagnostics").open_list();
  for (const auto& each : all) {
    out.open().field("line", int64_t{each.line}).field("column", int64_t{each.column});
    out.field("level", each.level == diagnostic::severity::error ? "error" : "warning");
    out.field("text", each.text).field_or_null("hint", each.hint).field("file", each.file).close();
  }
  out.close_list();
}

void write_cases(json& out, const std::optional<run_cases>& what) {
  out.key("cases");
  if (!what) {
    out.null();
    return;
  }
  out.open().field("run", int64_t{what->count}).key("failed").open_list();
  for (const auto& each : what->failed) {
    out.open().field("case", each.name).key("differences").open_list();
    for (const auto& line : each.differences) out.text(line);
    out.close_list().close();
  }
  out.close_list().close();
}

} // namespace aorta::api

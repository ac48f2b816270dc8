// /api/config: what runs on which node, drafts, and versions. All but aorta.toml, which is each node's own.
#include "engine/api/config_text.hpp"
#include "engine/api/job_text.hpp"
#include "engine/api/paging.hpp"

#include <set>

namespace aorta::api {
namespace {

constexpr size_t most_config_bytes = 4u << 20;

/// As the path names it: `routes/lab-results.toml`, `gesy.toml`.
std::string file_named(const call& on) {
  const auto folder = on.path["folder"];
  return (folder.empty() ? std::string() : std::string(folder) + "/") + std::string(on.path["file"]);
}

std::optional<std::string> text_in(const ports::config_texts& of, const std::string& file) {
  const auto found = of.find(file);
  return found == of.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> hash_or_none(const std::optional<std::string>& text) {
  return text ? std::optional(ports::hash_of(*text)) : std::nullopt;
}

std::optional<std::string> change_of(const std::optional<std::string>& before,
                                     const std::optional<std::string>& after) {
  if (before == after) return std::nullopt;
  return !before ? "new" : !after ? "deleted" : "edited";
}

/// The body of PUT /api/config/{file} and POST /api/config/check.
struct wanted_text {
  std::string file;
  std::optional<std::string> text, expected, running;
  bool has_text = false, has_running = false, cases = false;
};

std::optional<wanted_text> read_wanted_text(const std::string& body) {
  rapidjson::Document said;
  if (body.empty()) return wanted_text{};
  if (!parse_object(said, body)) return std::nullopt;
  wanted_text out;
  for (const auto& [key, value] : said.GetObject()) {
    const std::string_view name(key.GetString(), key.GetStringLength());
    if (name == "cases" && value.IsBool()) {
      out.cases = value.GetBool();
      continue;
    }
    if (name == "text") out.has_text = true;
    if (name == "running") out.has_running = true; // null: nothing ran when it was read
    auto* const into = name == "text" ? &out.text
      : name == "if"                  ? &out.expected
      : name == "running"             ? &out.running
                                      : nullptr;
    if (name == "file" && value.IsString()) out.file = value.GetString();
    else if (into == nullptr || !(value.IsString() || value.IsNull())) return std::nullopt;
    else if (value.IsString()) into->emplace(value.GetString(), value.GetStringLength());
  }
  return out;
}

void write_files(json& out, const ports::config_texts& running, const ports::config_texts& drafted) {
  std::set<std::string> all;
  for (const auto* texts : {&running, &drafted})
    for (const auto& [file, text] : *texts) all.insert(file);
  out.key("files").open_list();
  for (const auto& file : all) {
    const auto now = text_in(running, file), then = text_in(drafted, file);
    out.open().field("file", file).field("hash", hash_or_none(now));
    out.field("bytes", int64_t(then.value_or(now.value_or("")).size()));
    out.field("change", change_of(now, then)).close();
  }
  out.close_list();
}

/// Nothing, and a refusal, where there is no such file to speak of.
std::optional<std::string> known_file(call& on) {
  const auto file = file_named(on);
  if (on.engine.config->is_file(file)) return file;
  on.refuse(404, "not-found",
            "a file is `routes/NAME.toml`, `labs/NAME.toml`, `destinations/NAME.toml`, `tables/NAME.csv` or "
            "`gesy.toml`; aorta.toml is each node's own");
  return std::nullopt;
}

} // namespace

void show_config(call& on) {
  if (!known_parameters(on) || !may_see_config(on)) return;
  auto& log = on.admin().publications();
  const auto running = on.engine.config->running();
  const auto head = log.published();
  const auto draft = log.draft(publisher(on));
  const auto proposed = log.proposed();
  const auto nodes = log.nodes(node_silence);
  for (const auto* fault : {head ? nullptr : &head.error(), draft ? nullptr : &draft.error(),
                            proposed ? nullptr : &proposed.error(), nodes ? nullptr : &nodes.error()})
    if (fault != nullptr) return on.refuse(*fault);
  const auto published = *head ? std::optional((*head)->id) : std::nullopt;
  json out;
  out.open().field("configuration", running.configuration).field("hash", running.hash).key("published");
  if (*head) {
    out.open();
    write_version(out, **head, published);
    out.close();
  } else out.null();
  out.field("differs", *head && (*head)->hash != running.hash).field("approvals", int64_t{running.approvals});
  write_files(out, running.texts, with_draft(running.texts, *draft));
  out.key("draft");
  if (*draft)
    out.open()
      .field("hash", ports::hash_of(with_draft(running.texts, *draft)))
      .field("at", to_iso((*draft)->at))
      .field("stale", overtaken(running.texts, **draft).has_value())
      .close();
  else out.null();
  out.key("proposed").open_list();
  for (const auto& each : *proposed) {
    out.open();
    write_version(out, each, published);
    out.close();
  }
  out.close_list();
  write_nodes(out, *nodes, published);
  on.answer(out.close().take());
}

void show_config_file(call& on) {
  if (!known_parameters(on) || !may_see_config(on)) return;
  const auto file = known_file(on);
  if (!file) return;
  const auto draft = on.admin().publications().draft(publisher(on));
  if (!draft) return on.refuse(draft.error());
  const auto running = on.engine.config->running();
  const auto now = text_in(running.texts, *file);
  const auto then = text_in(with_draft(running.texts, *draft), *file);
  const bool drafted = *draft && (*draft)->files.contains(*file);
  if (!now && !then && !drafted) return on.refuse(404, "not-found", "there is no such file");
  json out;
  out.open().field("file", *file).field("running", now).field("running_hash", hash_or_none(now));
  out.field("draft", then).field("draft_hash", hash_or_none(then)).field("change", change_of(now, then));
  const auto over = drafted ? overtaken(running.texts, {{}, {{*file, (*draft)->files.at(*file)}}})
                            : std::nullopt;
  on.answer(out.field("stale", over.has_value()).close().take());
}

void draft_config_file(call& on) {
  if (!known_parameters(on) || !may_see_config(on) || !is_person(on)) return;
  const auto file = known_file(on);
  if (!file) return;
  const auto wanted = read_wanted_text(on.asked.body);
  if (!wanted || !wanted->has_text || !wanted->file.empty() || wanted->cases)
    return on.refuse(
      400, "bad-body",
      "expected {\"text\": \"...\" or null, \"if\": \"the draft_hash that was read\", \"running\": "
      "\"the running_hash that was read\"}");
  if (wanted->text && wanted->text->size() > most_config_bytes)
    return on.refuse(400, "bad-body", "a file has at most 4 MiB");
  auto& log = on.admin().publications();
  auto draft = log.draft(publisher(on));
  if (!draft) return on.refuse(draft.error());
  const auto running = on.engine.config->running();
  const auto now = text_in(running.texts, *file);
  const auto then = text_in(with_draft(running.texts, *draft), *file);
  if (wanted->expected != hash_or_none(then))
    return on.refuse(409, "changed-before",
                     "it is not as it was read any more (`if` is the draft_hash of what was read)");
  if (wanted->has_running && wanted->running != hash_or_none(now))
    return on.refuse(409, "changed-before",
                     "what runs has changed since it was read (`running` is its hash)");
  ports::drafted_file what{hash_or_none(now).value_or(""), wanted->text};
  if (!wanted->has_running && *draft)
    if (const auto known = (*draft)->files.find(*file); known != (*draft)->files.end())
      what.base = known->second.base;
  const auto put = wanted->text == now ? log.drop_draft(publisher(on), *file)
                                       : log.put_draft(publisher(on), *file, what);
  if (!put) return on.refuse(put.error());
  auto texts = with_draft(running.texts, *draft);
  if (wanted->text) texts[*file] = *wanted->text;
  else texts.erase(*file);
  json out;
  out.open().field("file", *file).field("hash", hash_or_none(wanted->text));
  write_diagnostics(out, on.engine.config->check(texts).complaints);
  on.answer(out.close().take());
}

void drop_config_draft(call& on) {
  if (!known_parameters(on) || !may_see_config(on) || !is_person(on)) return;
  auto& log = on.admin().publications();
  const auto draft = log.draft(publisher(on));
  if (!draft) return on.refuse(draft.error());
  const auto dropped = log.drop_draft(publisher(on), *draft ? (*draft)->at : timestamp{});
  if (!dropped) return on.refuse(dropped.error());
  on.out.reply = {.status = 204, .body = {}};
}

void check_config(call& on) {
  if (!known_parameters(on) || !may_see_config(on)) return;
  const auto wanted = read_wanted_text(on.asked.body);
  if (!wanted || wanted->expected || wanted->has_running || wanted->has_text == wanted->file.empty())
    return on.refuse(400, "bad-body",
                     "expected {}, {\"cases\": true} or {\"file\": \"routes/x.toml\", \"text\": \"...\"}");
  if (!wanted->file.empty() && !on.engine.config->is_file(wanted->file))
    return on.refuse(400, "bad-body", "there can be no such file", "file", wanted->file);
  const auto draft = on.admin().publications().draft(publisher(on));
  if (!draft) return on.refuse(draft.error());
  auto texts = with_draft(on.engine.config->running().texts, *draft);
  if (wanted->text) texts[wanted->file] = *wanted->text;
  else if (wanted->has_text) texts.erase(wanted->file);
  const auto checked = on.engine.config->check(texts);
  std::optional<run_cases> cases;
  if (wanted->cases && checked.ok()) cases = on.engine.config->cases(texts);
  json out;
  out.open().field("ok", checked.ok() && checked.restart.empty() && (!cases || cases->failed.empty()));
  write_diagnostics(out, checked.complaints);
  out.key("changes").open();
  for (const auto& [name, all] : {std::pair{"live", &checked.live}, std::pair{"restart", &checked.restart},
                                  std::pair{"without_effect", &checked.without_effect}}) {
    out.key(name).open_list();
    for (const auto& each : *all) out.text(each);
    out.close_list();
  }
  out.close();
  write_cases(out, cases);
  on.answer(out.close().take());
}

void list_config_versions(call& on) {
  std::string cursor;
  int limit = 50;
  if (!read_page(on, cursor, limit) || !may_see_config(on)) return;
  auto& log = on.admin().publications();
  auto found = log.versions(uuid_from_text(cursor), limit + 1);
  const auto head = log.published();
  if (!found) return on.refuse(found.error());
  if (!head) return on.refuse(head.error());
  const bool more = int(found->size()) > limit;
  if (more) found->pop_back();
  json out;
  out.open().key("items").open_list();
  for (const auto& each : *found) {
    out.open();
    write_version(out, each, *head ? std::optional((*head)->id) : std::nullopt);
    out.close();
  }
  out.close_list().field("next", more ? std::optional(to_text(found->back().id)) : std::nullopt);
  on.answer(out.close().take());
}

void show_config_version(call& on) {
  if (!known_parameters(on) || !may_see_config(on)) return;
  const auto id = id_of(on);
  if (!id) return;
  auto& log = on.admin().publications();
  const auto found = log.version(*id);
  const auto head = log.published();
  const auto files = log.files(*id);
  const auto texts = log.texts(*id);
  for (const auto* fault : {found ? nullptr : &found.error(), head ? nullptr : &head.error(),
                            files ? nullptr : &files.error(), texts ? nullptr : &texts.error()})
    if (fault != nullptr) return on.refuse(*fault);
  if (!*found) return on.refuse(404, "not-found", "there is no such version");
  const auto running = on.engine.config->running().texts;
  json out;
  out.open();
  write_version(out, **found, *head ? std::optional((*head)->id) : std::nullopt);
  out.key("files").open_list();
  for (const auto& each : *files)
    out.open().field("file", each.file).field("hash", each.hash).field("bytes", int64_t(each.bytes)).close();
  out.close_list().key("differences").open_list();
  std::set<std::string> names;
  for (const auto* of : {&running, &*texts})
    for (const auto& [file, text] : *of) names.insert(file);
  for (const auto& file : names) {
    const auto before = text_in(running, file), after = text_in(*texts, file);
    if (before != after) out.open().field("file", file).field("before", before).field("after", after).close();
  }
  on.answer(out.close_list().close().take());
}

} // namespace aorta::api

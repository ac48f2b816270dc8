// /api/jobs and /api/export/bulk: work that takes longer than an answer.
#include "engine/api/in_session.hpp"
#include "engine/api/job_answers.hpp"
#include "engine/api/json.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"
#include "engine/export/gather.hpp"
#include "engine/rest/bulk.hpp"

#include <rapidjson/document.h>

#include <charconv>
#include <variant>

namespace aorta::api {
namespace {

using namespace std::chrono_literals;

constexpr int most_jobs = 200;
constexpr std::chrono::hours cancelled_lives{24 * 30}; ///< what it has told of itself

struct wanted_export {
  std::vector<std::string> types;
  std::optional<timestamp> since;
};

/// Nothing when it is no such object; an empty body wants everything.
std::optional<wanted_export> read_wanted_export(const std::string& body) {
  wanted_export out;
  if (body.empty()) return out;
  rapidjson::Document said;
  said.Parse<rapidjson::kParseIterativeFlag>(body.data(), body.size());
  if (said.HasParseError() || !said.IsObject()) return std::nullopt;
  for (const auto& [key, value] : said.GetObject()) {
    const std::string_view name(key.GetString(), key.GetStringLength());
    timestamp at{};
    if (name == "types" && value.IsArray()) {
      for (const auto& each : value.GetArray()) {
        if (!each.IsString()) return std::nullopt;
        out.types.emplace_back(each.GetString(), each.GetStringLength());
      }
    } else if (name == "since" && value.IsString() &&
               from_iso({value.GetString(), value.GetStringLength()}, at)) {
      out.since = at;
    } else {
      return std::nullopt;
    }
  }
  return out;
}

rest::grant grant_of(const call& on) { return {on.who.actor, on.clinic.id, on.who.scopes, on.who.patient}; }

/// What was refused for a FHIR client, as this side says it.
void refuse_like(call& on, const rest::reply& why) {
  const auto text = why.issues.empty() ? std::string("it could not be done") : why.issues.front().text;
  on.refuse(why.status, why.status == 429 ? "throttled" : why.status == 403 ? "forbidden" : "bad-body", text);
  for (const auto& [name, value] : why.headers) on.out.reply.headers.emplace_back(name, value);
}

void write_job(json& out, const ports::job& of) {
  out.open()
    .field("id", to_text(of.id))
    .field("kind", of.kind)
    .field("state", ports::name(of.is))
    .field("by", of.actor)
    .field("resources", of.resources);
  write_end(out, of);
}

} // namespace

void list_jobs(call& on) { list_jobs_of(on, "", most_jobs, write_job); }

void show_job(call& on) {
  if (!known_parameters(on)) return;
  in_session(on, false, [&](ports::record_session& in) -> status {
    status read = done{};
    const auto job = find_job(on, in, "", "there is no such job", read);
    if (!job) return read;
    json out;
    write_job(out, *job);
    on.answer(out.close().take());
    return done{};
  });
}

void end_job(call& on) {
  if (!known_parameters(on) || !is_person(on)) return;
  in_session(on, true, [&](ports::record_session& in) -> status {
    status read = done{};
    const auto job = find_job(on, in, "", "there is no such job", read);
    if (!job) return read;
    const bool is_export = job->kind == rest::bulk_kind; // a part of one is of no use
    const auto ended = in.jobs().cancel(job->id, "a person has ended it",
                                        on.out.audit.at + (is_export ? 0h : cancelled_lives));
    if (!ended) return ended.error();
    if (*ended && is_export)
      if (const auto dropped = in.jobs().drop_files(job->id); !dropped) return dropped.error();
    if (!*ended) on.refuse(409, "not-running", "it has ended");
    else on.out.reply = {.status = 204, .body = {}};
    return done{};
  });
}

void begin_export(call& on) {
  for (const auto& [key, value] : on.asked.query)
    if (key != "clinic" && key != "reason") return no_such_parameter(on, key);
  const auto wanted = read_wanted_export(on.asked.body);
  if (!wanted)
    return on.refuse(
      400, "bad-body",
      "expected {\"types\": [\"Patient\", ...], \"since\": \"2026-11-27T00:00:00Z\"}, or nothing for all");
  const auto who = grant_of(on);
  auto chosen = rest::choose_types(who, wanted->types, false);
  if (chosen.types.empty()) return refuse_like(on, chosen.refused);
  const auto session = on.admin().records();
  if (!session) return on.refuse(session.error());
  if (!on.engine.exports) return on.refuse(503, "store-unavailable", "the engine is starting");
  const auto by = on.engine.exports();
  const auto around = exports::surroundings_of(by);
  auto begun = rest::begin_bulk(
    **session, who, {std::move(chosen.types), wanted->since, by.base_url, "/api/export/bulk"}, around);
  if (!begun.id) return refuse_like(on, begun.refused);
  json out;
  on.answer(out.open().field("job", to_text(*begun.id)).close().take());
  on.out.reply.status = 202;
}

void show_export(call& on) {
  if (!known_parameters(on)) return;
  in_session(on, false, [&](ports::record_session& in) -> status {
    status read = done{};
    const auto job = find_job(on, in, rest::bulk_kind, "there is no such export", read);
    if (!job) return read;
    const auto files = in.jobs().files(job->id);
    if (!files) return files.error();
    json out;
    write_job(out, *job);
    out.key("files").open_list();
    for (const auto& each : *files)
      out.open()
        .field("file", each.ordinal)
        .field("type", each.type)
        .field("resources", each.resources)
        .close();
    on.answer(out.close_list().close().take());
    return done{};
  });
}

void download_export(call& on) {
  int file = -1;
  for (const auto& [key, value] : on.asked.query) {
    if (key == "clinic" || key == "reason") continue;
    if (key != "file") return no_such_parameter(on, key);
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), file);
    if (fault != std::errc{} || end != value.data() + value.size()) file = -1;
  }
  if (file < 0)
    return on.refuse(400, "bad-parameter", "say with `file` which: its number in GET /api/export/bulk/{id}",
                     "parameter", "file");
  in_session(on, false, [&](ports::record_session& in) -> status {
    status read = done{};
    const auto job = find_job(on, in, rest::bulk_kind, "there is no such export", read);
    if (!job) return read;
    if (job->is != ports::job_state::done)
      return on.refuse(409, "not-done", "this export is not done, or its files are gone", "state",
                       std::string(ports::name(job->is))),
             done{};
    auto content = in.jobs().content(job->id, file);
    if (!content) return content.error();
    if (!*content) return on.refuse(404, "not-found", "this export has no such file"), done{};
    auto& reply = on.out.reply;
    reply.body = std::move(**content);
    reply.content_type = rest::ndjson;
    reply.headers.emplace_back("Content-Disposition",
                               "attachment; filename=\"" + to_text(job->id) + "-" + std::to_string(file) +
                                 ".ndjson\"");
    reply.headers.emplace_back("Cache-Control", "no-store");
    return done{};
  });
}

void end_export(call& on) {
  if (!known_parameters(on)) return;
  in_session(on, true, [&](ports::record_session& in) -> status {
    status read = done{};
    const auto job = find_job(on, in, rest::bulk_kind, "there is no such export", read);
    if (!job) return read;
    const auto ended = in.jobs().end(job->id, ports::job_state::cancelled);
    if (!ended) return ended.error();
    if (!*ended) on.refuse(404, "not-found", "this export was deleted, or its time is over");
    else on.out.reply.status = 204;
    return done{};
  });
}

} // namespace aorta::api

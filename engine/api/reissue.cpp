// POST /api/reprocess, GET /api/reprocess[/{id}]: many messages at once, as a job.
#include "engine/api/reissue.hpp"

#include "engine/api/in_session.hpp"
#include "engine/api/job_answers.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"

#include <algorithm>

namespace aorta::api {
namespace {

constexpr int most_shown_reissues = 100, verdict_files_a_page = 20;

void write_reissue(json& out, const ports::job& of) {
  const auto order = reissue_order_from(of.asked).value_or(reissue_order{});
  const auto place = reissue_place_from(of.place).value_or(reissue_place{});
  out.open()
    .field("id", to_text(of.id))
    .field("state", ports::name(of.is))
    .field("by", of.actor)
    .field("dry_run", order.rehearsal);
  out.key("of").open().field_or_null("lab", order.lab).field_or_null("code", order.of.code);
  out.field_or_null("unit", order.of.unit).field_or_null("status", order.of.status);
  out.field_or_null("route", order.of.route)
    .field("from", when(order.of.from))
    .field("to", when(order.of.to));
  out.close();
  out.field("messages", place.pieces < 0 ? std::nullopt : std::optional(place.found))
    .field("done", of.resources)
    .field(order.rehearsal ? "results_would_change" : "results_changed", place.versions)
    .key("verdicts")
    .open();
  for (const auto& [word, count] : place.counts) out.field(word, count);
  out.close();
  write_end(out, of);
}

/// The body of POST /api/reprocess.
struct wanted_reissue {
  reissue_order order;
  std::string reason;
  std::string fault, name; ///< why it cannot be, and of which member
};

bool time_in(const rapidjson::Value& value, std::optional<timestamp>& out) {
  timestamp at{};
  if (!value.IsString() || !from_iso({value.GetString(), value.GetStringLength()}, at)) return false;
  out = at;
  return true;
}

wanted_reissue read_wanted(const std::string& body) {
  wanted_reissue out;
  rapidjson::Document said;
  if (!parse_object(said, body)) {
    out.fault = "expected {\"lab\": \"bioanalytica\", \"code\": \"GLU\", \"dry_run\": true}, or `status`, "
                "`route`, `from`, `to`";
    return out;
  }
  auto& order = out.order;
  for (const auto& [key, value] : said.GetObject()) {
    const std::string name(key.GetString(), key.GetStringLength());
    const std::string text = value.IsString() ? std::string(value.GetString(), value.GetStringLength())
                                              : std::string();
    bool good = value.IsString() && !text.empty();
    if (name == "lab") order.lab = text;
    else if (name == "code") order.of.code = text;
    else if (name == "status") order.of.status = text;
    else if (name == "route") order.of.route = text;
    else if (name == "reason") out.reason = text;
    else if (name == "from") good = time_in(value, order.of.from);
    else if (name == "to") good = time_in(value, order.of.to);
    else if (name == "dry_run" && value.IsBool()) order.rehearsal = value.GetBool(), good = true;
    else good = false;
    if (good) continue;
    out.fault = "it has no such member, or it cannot be this";
    out.name = name;
    return out;
  }
  if (!order.of.code.empty() && order.lab.empty())
    out.fault = "a code is a laboratory's: say whose, with `lab`", out.name = "lab";
  else if (order.lab.empty() && order.of.status.empty() && order.of.route.empty())
    out.fault = "say which: `lab`, `lab` and `code`, `status` or `route`";
  else if (!order.of.status.empty() && order.of.status != "processed" && order.of.status != "unmatched" &&
           order.of.status != "failed")
    out.fault = "status is processed, unmatched or failed", out.name = "status";
  return out;
}

} // namespace

std::string to_json(const reissue_order& what) {
  json out;
  out.open()
    .field("lab", what.lab)
    .field("performer", what.of.lab)
    .field("code", what.of.code)
    .field("unit", what.of.unit)
    .field("unmapped", what.of.unmapped)
    .field("status", what.of.status)
    .field("route", what.of.route)
    .field("dry_run", what.rehearsal)
    .field("user", what.by.id)
    .field("email", what.by.email)
    .field("loinc", what.loinc)
    .field("ucum", what.ucum);
  if (what.of.from) out.field("from", to_iso(*what.of.from));
  if (what.of.to) out.field("to", to_iso(*what.of.to));
  out.key("senders").open_list();
  for (const auto& each : what.of.senders) out.text(each);
  out.close_list().close();
  return out.take();
}

std::optional<reissue_order> reissue_order_from(std::string_view text) {
  rapidjson::Document said;
  if (!parse_object(said, text)) return std::nullopt;
  reissue_order out;
  out.lab = word_in(said, "lab");
  out.of.lab = word_in(said, "performer");
  out.of.code = word_in(said, "code");
  out.of.unit = word_in(said, "unit");
  out.of.unmapped = flag_in(said, "unmapped");
  out.of.status = word_in(said, "status");
  out.of.route = word_in(said, "route");
  out.rehearsal = flag_in(said, "dry_run");
  out.by.id = number_in(said, "user");
  out.by.email = word_in(said, "email");
  out.loinc = word_in(said, "loinc");
  out.ucum = word_in(said, "ucum");
  timestamp at{};
  if (from_iso(word_in(said, "from"), at)) out.of.from = at;
  if (from_iso(word_in(said, "to"), at)) out.of.to = at;
  if (const auto all = said.FindMember("senders"); all != said.MemberEnd() && all->value.IsArray())
    for (const auto& each : all->value.GetArray())
      if (each.IsString()) out.of.senders.emplace_back(each.GetString(), each.GetStringLength());
  return out;
}

std::string to_json(const reissue_place& of) {
  json out;
  out.open()
    .field("pieces", of.pieces)
    .field("found", of.found)
    .field("files", of.files)
    .field("versions", of.versions)
    .key("counts")
    .open();
  for (const auto& [word, count] : of.counts) out.field(word, count);
  out.close().close();
  return out.take();
}

std::optional<reissue_place> reissue_place_from(std::string_view text) {
  rapidjson::Document said;
  if (!parse_object(said, text)) return std::nullopt;
  reissue_place out;
  out.pieces = int(number_in(said, "pieces"));
  out.found = number_in(said, "found");
  out.files = int(number_in(said, "files"));
  out.versions = number_in(said, "versions");
  const auto counts = said.FindMember("counts");
  if (counts == said.MemberEnd() || !counts->value.IsObject()) return std::nullopt;
  for (const auto& [word, count] : counts->value.GetObject())
    if (count.IsInt64()) out.counts[word.GetString()] = count.GetInt64();
  return out;
}

std::string to_text(const std::vector<uuid>& messages) {
  std::string out;
  for (const auto& each : messages) (out += to_text(each)) += '\n';
  return out;
}

std::vector<uuid> ids_from(std::string_view text) {
  std::vector<uuid> out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    if (const auto id = uuid_from_text(text.substr(0, end))) out.push_back(*id);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

void add_line(std::string& to, const uuid& message, const reissue_verdict& what) {
  json out;
  out.open().field("message_id", to_text(message)).field("verdict", what.word);
  if (!what.code.empty()) out.field("code", what.code);
  if (what.versions > 0) out.field("results", what.versions);
  out.close();
  (to += out.take()) += '\n';
}

status begin_reissue(ports::record_session& in, model::clinic_id clinic, const uuid& id, timestamp now,
                     const std::string& actor, const reissue_order& what) {
  if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
  const auto add = [&]() -> status {
    const auto waiting = in.jobs().running(std::string(reissue_kind));
    if (!waiting) return waiting.error();
    if (*waiting >= most_waiting_reissues)
      return error{error_code::conflict, "", "twenty such runs wait already: GET /api/reprocess lists them"};
    ports::job made;
    made.id = id;
    made.kind = reissue_kind;
    made.actor = actor;
    made.asked = to_json(what);
    made.place = to_json(reissue_place{});
    made.created = now;
    return in.jobs().add(made);
  };
  auto so_far = add();
  if (so_far) so_far = in.commit();
  if (!so_far) in.rollback();
  return so_far;
}

void keep_reason(call& on, const std::string& reason) {
  auto& kept = on.out.audit.criteria;
  if (!reason.empty()) kept += (kept.empty() ? "reason=" : "&reason=") + reason;
}

result<bool> has_room_for_reissue(ports::record_session& in, model::clinic_id clinic) {
  if (const auto begun = in.begin(clinic, false); !begun) return begun.error();
  const auto waiting = in.jobs().running(std::string(reissue_kind));
  in.rollback();
  if (!waiting) return waiting.error();
  return *waiting < most_waiting_reissues;
}

void reprocess_many(call& on) {
  if (!known_parameters(on)) return;
  auto wanted = read_wanted(on.asked.body);
  if (!wanted.fault.empty()) return on.refuse(400, "bad-body", wanted.fault, "member", wanted.name);
  auto& order = wanted.order;
  if (wants_rehearsal(on.asked)) order.rehearsal = true;
  if (!order.rehearsal && !is_person(on)) return;
  if (on.who.user) order.by = *on.who.user;
  keep_reason(on, wanted.reason);
  const auto view = on.engine.mapping;
  if (!view) return on.refuse(503, "store-unavailable", "the engine is starting");
  if (!order.lab.empty()) {
    const auto all = view->profiles(on.clinic.id);
    const auto found = std::find_if(all.begin(), all.end(),
                                    [&](const auto& each) { return each->file_code == order.lab; });
    if (found == all.end())
      return on.refuse(404, "not-found", "no route of this clinic takes this laboratory's messages", "lab",
                       order.lab);
    order.of.lab = (*found)->code;
    if (order.of.code.empty()) {
      order.of.senders = (*found)->senders;
      order.of.senders.push_back((*found)->code);
    }
  }
  const auto session = on.admin().records();
  if (!session) return on.refuse(session.error());
  const auto id = view->ids->next(on.out.audit.at);
  const auto begun = begin_reissue(**session, on.clinic.id, id, on.out.audit.at, on.who.actor, order);
  if (!begun && begun.error().code == error_code::conflict)
    return on.refuse(429, "throttled", begun.error().text);
  if (!begun) return on.refuse(begun.error());
  json out;
  on.answer(out.open().field("reprocess", to_text(id)).close().take());
  on.out.reply.status = 202;
}

void list_reissues(call& on) { list_jobs_of(on, reissue_kind, most_shown_reissues, write_reissue); }

void show_reissue(call& on) {
  int from = 0;
  if (!read_file_cursor(on, from)) return;
  in_session(on, false, [&](ports::record_session& in) -> status {
    status read = done{};
    const auto job = find_job(on, in, reissue_kind, "there is no such run", read);
    if (!job) return read;
    const auto files = in.jobs().files(job->id);
    if (!files) return files.error();
    json out;
    write_reissue(out, *job);
    out.key("items").open_list();
    std::optional<std::string> next;
    int given = 0;
    for (const auto& each : *files) {
      if (each.type != "verdicts" || each.ordinal < from) continue;
      if (++given > verdict_files_a_page) {
        next = std::to_string(each.ordinal);
        break;
      }
      const auto content = in.jobs().content(job->id, each.ordinal);
      if (!content) return content.error();
      add_lines(out, content->value_or(""));
    }
    on.answer(out.close_list().field("next", next).close().take());
    return done{};
  });
}

} // namespace aorta::api

// /api/config/shadow: one's draft reads messages beside what runs, live or logged ones, without effect; what
// it reads otherwise is counted.
#include "engine/api/config_text.hpp"
#include "engine/api/job_text.hpp"

namespace aorta::api {
namespace {

constexpr int64_t longest_minutes = 24 * 60, usual_minutes = 60;

void write_shadow(json& out, const shadow_view& of) {
  out.open().field("hash", of.hash).field("by", of.by).field("began", to_iso(of.began));
  out.field("until", to_iso(of.until)).field("running", !of.ended).field_or_null("fault", of.fault);
  out.field("messages", of.read).field("gone", of.gone).field("differ", of.differ).field("partly", of.partly);
  out.field("left_out", of.left_out);
  out.key("replays");
  if (of.replays)
    out.open()
      .field("from", to_iso(of.replays->from))
      .field("to", when(of.replays->to))
      .field_or_null("route", of.replays->route)
      .field("found", of.found)
      .close();
  else out.null();
  out.key("differences").open_list();
  for (const auto& each : of.differences) {
    out.open().field("what", each.what).field("where", each.where).field_or_null("before", each.before);
    out.field_or_null("after", each.after).field_or_null("rule", each.rule).field("messages", each.messages);
    out.key("examples").open_list();
    for (const auto& id : each.examples) out.text(to_text(id));
    out.close_list().close();
  }
  out.close_list().close();
}

/// False, and a refusal, when the body does not say which messages.
bool read_order(call& on, shadow_view& into) {
  rapidjson::Document said;
  int64_t minutes = usual_minutes;
  const auto refused = [&] {
    on.refuse(
      400, "bad-body",
      "expected {\"minutes\": 1 to 1440}, or {\"from\": \"2026-11-27T00:00:00Z\"} with `to` and `route` as "
      "wanted");
    return false;
  };
  if (on.asked.body.empty()) said.SetObject();
  else if (!parse_object(said, on.asked.body)) return refused();
  if (said.HasMember("minutes")) minutes = number_in(said, "minutes");
  if (minutes < 1 || minutes > longest_minutes) return refused();
  into.began = on.out.audit.at;
  into.until = into.began + std::chrono::minutes{minutes};
  if (!said.HasMember("from")) return said.HasMember("to") || said.HasMember("route") ? refused() : true;
  auto& logged = into.replays.emplace();
  timestamp to{};
  if (said.HasMember("minutes") || !from_iso(word_in(said, "from"), logged.from)) return refused();
  if (said.HasMember("to") && !from_iso(word_in(said, "to"), to)) return refused();
  if (said.HasMember("to")) logged.to = to;
  logged.route = word_in(said, "route");
  into.until = into.began + std::chrono::minutes{longest_minutes};
  return true;
}

} // namespace

void begin_shadow(call& on) {
  if (!known_parameters(on) || !may_see_config(on) || !is_person(on)) return;
  shadow_view what;
  if (!read_order(on, what)) return;
  const auto draft = on.admin().publications().draft(publisher(on));
  if (!draft) return on.refuse(draft.error());
  const auto texts = with_draft(on.engine.config->running().texts, *draft);
  const auto checked = on.engine.config->check(texts);
  if (!checked.ok()) {
    on.refuse(422, "not-valid", "the draft has faults: POST /api/config/check tells them");
    return;
  }
  if (const auto other = on.engine.config->shadow(); other && !other->ended && other->by != publisher(on))
    return on.refuse(409, "in-use", "another person's draft reads beside until " + to_iso(other->until), "by",
                     other->by);
  what.hash = ports::hash_of(texts);
  what.by = publisher(on);
  if (const auto begun = on.engine.config->begin_shadow(texts, std::move(what)); !begun)
    return on.refuse(409, "not-begun", begun.error().text);
  show_shadow(on);
  on.out.reply.status = 202;
}

void show_shadow(call& on) {
  if (!known_parameters(on) || !may_see_config(on)) return;
  const auto now = on.engine.config->shadow();
  if (!now) return on.refuse(404, "not-found", "no configuration reads beside on this node");
  json out;
  write_shadow(out, *now);
  on.answer(out.take());
}

void end_shadow(call& on) {
  if (!known_parameters(on) || !may_see_config(on) || !is_person(on)) return;
  if (const auto other = on.engine.config->shadow(); other && !other->ended && other->by != publisher(on))
    return on.refuse(409, "in-use", "it is another person's", "by", other->by);
  on.engine.config->end_shadow();
  on.out.reply = {.status = 204, .body = {}};
}

} // namespace aorta::api

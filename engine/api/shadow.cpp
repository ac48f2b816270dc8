// /api/config/shadow: one's draft reads live messages beside what runs, without effect; what it reads
// otherwise is counted.
#include "engine/api/config_text.hpp"
#include "engine/api/job_text.hpp"

namespace aorta::api {
namespace {

constexpr int64_t longest_minutes = 24 * 60, usual_minutes = 60;

void write_shadow(json& out, const shadow_view& of) {
  out.open().field("hash", of.hash).field("by", of.by).field("began", to_iso(of.began));
  out.field("until", to_iso(of.until)).field("running", !of.ended).field_or_null("fault", of.fault);
  out.field("messages", of.read).field("differ", of.differ).field("partly", of.partly);
  out.field("left_out", of.left_out);
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

} // namespace

void begin_shadow(call& on) {
  if (!known_parameters(on) || !may_see_config(on) || !is_person(on)) return;
  rapidjson::Document said;
  int64_t minutes = usual_minutes;
  const bool readable = on.asked.body.empty() || parse_object(said, on.asked.body);
  if (readable && said.IsObject() && said.HasMember("minutes")) minutes = number_in(said, "minutes");
  if (!readable || minutes < 1 || minutes > longest_minutes)
    return on.refuse(400, "bad-body", "expected {\"minutes\": 1 to 1440}");
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
  shadow_view what;
  what.hash = ports::hash_of(texts);
  what.by = publisher(on);
  what.began = on.out.audit.at;
  what.until = what.began + std::chrono::minutes{minutes};
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

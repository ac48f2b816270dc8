// /api/stream: how things stand, as one event. What it tells is what other paths answer.
#include "engine/api/json.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"

#include <algorithm>
#include <cstdio>

namespace aorta::api {
namespace {

/// What this path answers to the same caller, as a member. False, and its refusal, when it does not.
bool write_answer(call& on, json& out, std::string_view key, void (*of)(call&)) {
  outcome there;
  call same{on.asked, on.path, on.who, on.clinic, on.store, on.engine, there};
  of(same);
  rapidjson::Document said;
  said.Parse<rapidjson::kParseIterativeFlag>(there.reply.body.data(), there.reply.body.size());
  const bool refused = there.reply.status != 200 && of != show_readiness;
  if (refused || said.HasParseError() || !said.IsObject()) {
    on.out.reply = std::move(there.reply);
    return false;
  }
  const auto items = said.FindMember("items");
  out.key(key).value(items != said.MemberEnd() ? items->value : said);
  return true;
}

/// Of a key of one clinic those that its routes take from: what others send is theirs.
bool is_seen(const call& on, const std::string& listener) {
  if (!on.who.clinic) return true;
  const auto routes = on.engine.routes();
  return std::any_of(routes.begin(), routes.end(), [&](const auto& each) {
    return each.clinic == on.clinic.code &&
      std::find(each.from.begin(), each.from.end(), listener) != each.from.end();
  });
}

void write_listeners(json& out, const call& on) {
  const auto& view = *on.engine.live;
  const auto tenths = [](double of) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f", of);
    return std::string(text);
  };
  out.key("listeners").open_list();
  for (const auto& each : view.listeners()) {
    if (!is_seen(on, each.name)) continue;
    out.open().field("listener", each.name).field("connections", each.connections);
    out.key("per_second").raw(tenths(each.per_second), rapidjson::kNumberType).key("ack_ms");
    if (each.p50_ms && each.p99_ms)
      out.open()
        .key("p50")
        .raw(tenths(*each.p50_ms), rapidjson::kNumberType)
        .key("p99")
        .raw(tenths(*each.p99_ms), rapidjson::kNumberType)
        .close();
    else out.null();
    out.field("last_at", when(each.last_at)).close();
  }
  out.close_list();
}

/// False, and a refusal, when the store does not tell.
bool write_open(call& on, json& out) {
  const auto open = on.admin().open_work_of({on.clinic});
  const auto queues = open ? on.admin().deliveries().counts(on.clinic.id)
                           : result<std::vector<ports::queue_state>>(open.error());
  if (!queues) {
    on.refuse(queues.error());
    return false;
  }
  const auto sum = [](const auto& all) {
    int64_t count = 0;
    for (const auto& [of, how_many] : all) count += how_many;
    return count;
  };
  int64_t parked = 0;
  for (const auto& each : *queues)
    if (const auto found = each.by_state.find("parked"); found != each.by_state.end())
      parked += found->second;
  out.key("open")
    .open()
    .field("critical", sum(open->critical))
    .field("reviews", sum(open->reviews))
    .field("unmapped", sum(open->unmapped))
    .field("parked", parked)
    .close();
  return true;
}

} // namespace

void show_live(call& on) {
  for (const auto& [key, value] : on.asked.query)
    if (key != "clinic") return no_such_parameter(on, key);
  if (on.engine.live == nullptr) return on.refuse(503, "starting", "the engine is starting");
  if (!on.engine.live->has_room(on.asked.bearer))
    return on.refuse(503, "busy", "as many look on as this node lets; ask /ready and the lists now and then");
  json out;
  out.open().field("at", to_iso(on.out.audit.at)).field("node", on.engine.live->node);
  if (!write_answer(on, out, "ready", show_readiness)) return;
  write_listeners(out, on);
  out.key("certificates").open_list();
  for (const auto& each : on.engine.live->certificates())
    if (each.listener == "http" || is_seen(on, each.listener))
      out.open().field("listener", each.listener).field("not_after", to_iso(each.not_after)).close();
  out.close_list();
  if (!write_answer(on, out, "routes", list_routes)) return;
  if (!write_answer(on, out, "destinations", list_destinations)) return;
  if (!write_open(on, out)) return;
  on.out.goes_on = true;
  on.out.reply.content_type = "text/event-stream";
  on.answer("event: state\ndata: " + out.close().take() + "\n\n");
}

} // namespace aorta::api

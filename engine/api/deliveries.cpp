// /api/destinations, /api/deliveries and /api/messages/{id}/resend: what is passed on, and what persons do
// about it. The dispatcher is told of each change, so that it acts at once.
#include "engine/api/json.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"
#include "engine/ports/webhooks.hpp"

#include <algorithm>

namespace aorta::api {
namespace {

using ports::delivery_log;
using ports::delivery_row;

std::string_view name(delivery::holding what) {
  switch (what) {
    case delivery::holding::nobody: break;
    case delivery::holding::key: return "key";
    case delivery::holding::partition: return "partition";
  }
  return "nobody";
}

const destination_view* find_destination(const std::vector<destination_view>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.name == name; });
  return found == all.end() ? nullptr : &*found;
}

/// Of what is known of all of them, the parts that concern one; null: nothing does.
template <class T>
const T* part_of(const std::vector<T>& all, const std::string& destination) {
  const auto found = std::find_if(all.begin(), all.end(),
                                  [&](const auto& each) { return each.destination == destination; });
  return found == all.end() ? nullptr : &*found;
}

void write_destination(json& out, const destination_view& of, const ports::destination_stop* stop,
                       const ports::queue_state* queue) {
  out.open()
    .field("name", of.name)
    .field("kind", of.kind)
    .field("to", of.to)
    .field("state",
           !of.configured      ? "unconfigured"
             : stop != nullptr ? stop->why
                               : "running");
  out.field_or_null("stopped_by", stop != nullptr ? stop->by : "");
  out.field("stopped_at", stop != nullptr ? when(stop->at) : std::nullopt)
    .field("partitions", int64_t{of.partitions})
    .field("partitions_away", int64_t(of.away))
    .key("counts")
    .open();
  static const std::map<std::string, int64_t> none;
  const auto& counts = queue != nullptr ? queue->by_state : none;
  for (const auto* state : {"waiting", "inflight", "parked"}) {
    const auto found = counts.find(state);
    out.field(state, found != counts.end() ? found->second : int64_t{0});
  }
  out.close().field("oldest_at", queue != nullptr ? when(queue->oldest) : std::nullopt).close();
}

enum class shown : uint8_t {
  named, ///< these alone
  all,   ///< and what the configuration does not have any more, as long as something waits for it
};

/// False, and a refusal, when the store does not tell.
bool write_destinations(call& on, json& out, const std::vector<destination_view>& all, shown which) {
  const auto stops = on.admin().deliveries().stops(on.clinic.id);
  const auto counts = stops ? on.admin().deliveries().counts(on.clinic.id)
                            : result<std::vector<ports::queue_state>>(stops.error());
  if (!counts) {
    on.refuse(counts.error());
    return false;
  }
  for (const auto& each : all)
    write_destination(out, each, part_of(*stops, each.name), part_of(*counts, each.name));
  if (which == shown::named) return true;
  for (const auto& each : *counts) {
    if (!on.engine.delivers_to || on.engine.delivers_to(on.clinic.id, each.destination)) continue;
    destination_view left;
    left.name = each.destination;
    left.configured = false;
    write_destination(out, left, part_of(*stops, each.destination), &each);
  }
  return true;
}

/// A destination that the path names and the clinic's messages go to. Nothing, and a refusal, when there is
/// none.
std::optional<destination_view> destination_of(call& on, std::string_view name) {
  const auto all = on.engine.destinations(on.clinic.id);
  if (const auto* found = find_destination(all, name)) return *found;
  on.refuse(404, "not-found", "no route of this clinic has such a destination");
  return std::nullopt;
}

bool takes_no_parameters(call& on) {
  for (const auto& [key, value] : on.asked.query)
    if (key != "clinic") {
      on.refuse(400, "unknown-parameter", "this path has no such parameter", "parameter", key);
      return false;
    }
  return true;
}

void stop_or_go(call& on, status (*how)(delivery_log&, const call&, const std::string&)) {
  const auto which = destination_of(on, on.path["name"]);
  if (!which || !takes_no_parameters(on)) return;
  if (const auto good = how(on.admin().deliveries(), on, which->name); !good) return on.refuse(good.error());
  on.engine.deliveries_changed();
  json out;
  if (write_destinations(on, out, {*which}, shown::named)) on.answer(out.take());
}

void write_changed(call& on, const result<std::optional<delivery_log::change>>& what,
                   std::string_view why_not) {
  if (!what) return on.refuse(what.error());
  if (!*what) return on.refuse(404, "not-found", "no such delivery");
  const auto& [now, changed] = **what;
  if (!changed) return on.refuse(409, "not-possible", why_not, "state", delivery::name(now.state));
  on.engine.deliveries_changed();
  json out;
  out.open();
  write_delivery(out, now);
  on.answer(out.close().take());
}

/// What may be sent again was not: its webhook is gone.
bool is_nobodys(const delivery_log::change& what) {
  using delivery::state;
  const auto is = what.now.state;
  return !what.changed && what.now.destination.starts_with(ports::webhook_destination) &&
    (is == state::waiting || is == state::parked || is == state::skipped);
}

} // namespace

void write_delivery(json& out, const delivery_row& row) {
  out.field("id", to_text(row.id))
    .field("destination", row.destination)
    .field("partition", int64_t{row.part})
    .field("state", delivery::name(row.state))
    .field("holds", name(row.holds))
    .field("message_id", id_text(row.message))
    .field("event_id", id_text(row.event))
    .field("control_id", row.control_id)
    .field("resent", row.resent)
    .field("perhaps_sent", row.perhaps)
    .field("attempts", int64_t{row.attempts});
  out.field("next_at", when(row.next_at))
    .field_or_null("last_code", row.last_code)
    .field("created_at", to_iso(row.created_at))
    .field("changed_at", to_iso(row.changed_at));
}

void list_destinations(call& on) {
  if (!takes_no_parameters(on)) return;
  json out;
  out.open().key("items").open_list();
  if (!write_destinations(on, out, on.engine.destinations(on.clinic.id), shown::all)) return;
  on.answer(out.close_list().key("next").null().close().take());
}

void pause_destination(call& on) {
  stop_or_go(on, [](delivery_log& in, const call& by, const std::string& name) {
    return in.pause(by.clinic.id, name, by.who.actor);
  });
}

void resume_destination(call& on) {
  stop_or_go(on, [](delivery_log& in, const call& by, const std::string& name) {
    return in.resume(by.clinic.id, name);
  });
}

void list_deliveries(call& on) {
  ports::delivery_filter filter;
  filter.clinic = on.clinic.id;
  const auto other = [&](const std::string& key, const std::string& value) {
    if (key == "destination") filter.destination = value;
    else if (key == "state") filter.state = delivery::state_from(value);
    else if (key == "message_id") filter.message = uuid_from_text(value);
    else if (key == "event_id") filter.event = uuid_from_text(value);
    else {
      no_such_parameter(on, key);
      return false;
    }
    const bool read = value.empty() || key == "destination" ||
      (key == "state"        ? bool(filter.state)
         : key == "event_id" ? bool(filter.event)
                             : bool(filter.message));
    if (!read)
      on.refuse(400, "bad-parameter",
                key == "state" ? "state is `waiting`, `inflight`, `sent`, `parked` or `skipped`"
                               : "not an id",
                "parameter", key);
    return read;
  };
  if (!read_page(on, filter.cursor, filter.limit, other, is_id)) return;
  const auto page = on.admin().deliveries().deliveries(filter);
  if (!page) return on.refuse(page.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& row : page->items) {
    out.open();
    write_delivery(out, row);
    out.close();
  }
  on.answer(out.close_list().field_or_null("next", page->next).close().take());
}

void retry_delivery(call& on) {
  const auto id = id_of(on);
  if (!id || !takes_no_parameters(on)) return;
  const auto done = on.admin().deliveries().retry(on.clinic.id, *id);
  if (done && *done && is_nobodys(**done))
    return on.refuse(409, "webhook-removed",
                     "its webhook was removed: nobody takes it any more. Make the webhook anew for what comes"
                     " from now on",
                     "destination", (*done)->now.destination);
  if (done && *done && !(*done)->changed && (*done)->now.last_code == "erased")
    return on.refuse(409, "erased", "what it said was erased with the person whose it was");
  if (done && *done && !(*done)->changed && (*done)->now.state == delivery::state::skipped &&
      (*done)->now.last_code != "withdrawn")
    return on.refuse(409, "gone", gone_text);
  write_changed(on, done,
                "it is under way or was sent: what was sent goes again by POST /api/messages/{id}/resend");
}

void skip_delivery(call& on) {
  const auto id = id_of(on);
  if (!id || !takes_no_parameters(on)) return;
  write_changed(on, on.admin().deliveries().skip(on.clinic.id, *id),
                "only what waits or is parked can be left out");
}

void resend(call& on) {
  const auto id = id_of(on);
  if (!id || !takes_no_parameters(on)) return;
  const auto said = read_act(on.asked.body);
  if (!said || said->destination.empty())
    return on.refuse(400, "bad-body", "expected {\"destination\": \"ris\"}");
  const auto found = on.admin().message(on.clinic.id, *id);
  if (!found) return on.refuse(found.error());
  if (!*found) return on.refuse(404, "not-found", "no such message");
  const auto& message = **found;
  on.out.audit.patient = message.log.patient;
  on.out.audit.resource += "#" + said->destination;
  using enum ports::message_status;
  if (message.log.status == failed || message.log.status == duplicate || message.log.message_type == "Bundle")
    return on.refuse(409, "not-sendable",
                     "only a message that was taken is passed on: not one that was refused, nor a repeat, nor"
                     " a bundle");
  if (message.gone) return on.refuse(409, "gone", gone_text);
  if (message.raw.empty())
    return on.refuse(409, "erased", "what this message said was erased with the person whose it was");
  const auto which = destination_of(on, said->destination);
  if (!which) return;
  if (which->of_acknowledgements)
    return on.refuse(409, "not-sendable", "acknowledgements alone are sent there, and no messages");
  const auto what = on.engine.forward_again(message, which->name);
  if (!what) return on.refuse(what.error());
  const auto made = on.admin().deliveries().resend(on.clinic.id, *id, message.log.received_at, *what);
  if (!made && made.error().code == error_code::conflict) return on.refuse(409, "gone", gone_text);
  if (!made) return on.refuse(made.error());
  on.engine.deliveries_changed();
  json out;
  out.open();
  write_delivery(out, *made);
  on.answer(out.close().take());
}

} // namespace aorta::api

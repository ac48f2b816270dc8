// /api/rules/{id}/results: from a rule, a profile's line, to the values that it made.
#include "engine/api/job_text.hpp"
#include "engine/api/paging.hpp"
#include "engine/api/resources.hpp"

#include <algorithm>

namespace aorta::api {
namespace {

/// `bioanalytica:K`: the profile's file, and the laboratory's code.
std::optional<ports::affected_filter> rule_named(const call& on) {
  const std::string id(on.path["id"]);
  const auto colon = id.find(':');
  if (colon == id.npos || colon + 1 == id.size() || !on.engine.mapping) return std::nullopt;
  for (const auto& each : on.engine.mapping->profiles(on.clinic.id))
    if (each->file_code == id.substr(0, colon)) {
      ports::affected_filter out;
      out.clinic = on.clinic.id;
      out.lab = each->code;
      out.code = id.substr(colon + 1);
      return out;
    }
  return std::nullopt;
}

/// False, and a refusal: it is no time.
bool take_time(call& on, const std::string& key, const std::string& value, std::optional<timestamp>& into) {
  timestamp at;
  if (from_iso(value, at)) {
    into = at;
    return true;
  }
  on.refuse(400, "bad-parameter", "not a time, as in 2026-11-27T00:00:00Z", "parameter", key);
  return false;
}

} // namespace

void list_rule_results(call& on) {
  std::string cursor;
  int limit = 50;
  std::optional<timestamp> from, to;
  const auto other = [&](const std::string& key, const std::string& value) {
    if (key == "from") return take_time(on, key, value, from);
    if (key == "to") return take_time(on, key, value, to);
    no_such_parameter(on, key);
    return false;
  };
  if (!read_page(on, cursor, limit, other, is_id)) return;
  auto by = rule_named(on);
  if (!by)
    return on.refuse(404, "not-found",
                     "a rule is the name of a laboratory that routes of this clinic read, and its code: "
                     "`bioanalytica:K`");
  by->from = from;
  by->to = to;
  by->after = uuid_from_text(cursor);
  by->most = limit;
  const auto messages = on.admin().affected(*by);
  if (!messages) return on.refuse(messages.error());
  json out;
  out.open().key("items").open_list();
  for (const auto& message : *messages) {
    const auto results = on.admin().message_results(on.clinic.id, message);
    if (!results) return on.refuse(results.error());
    for (const auto& each : *results) {
      if (each.value.test_code != by->code || !each.current) continue;
      write_result(out, each);
    }
  }
  const bool more = int(messages->size()) == limit;
  out.close_list().field("next", more ? std::optional(to_text(messages->back())) : std::nullopt).close();
  on.answer(out.take());
}

} // namespace aorta::api

// The way of a request through the door: which row, who asks, may they, for which clinic; then its handler.
#include "engine/api/resources.hpp"
#include "engine/http/limiter.hpp"
#include "engine/http/target.hpp"

#include <charconv>
#include <limits>

namespace aorta::api {
namespace {

using http::made_of;

http::response not_allowed(const std::string& takes) {
  auto out = http::failure(405, "method-not-allowed", "this path takes " + takes);
  out.headers.emplace_back("Allow", takes);
  return out;
}

/// Learns who asks. False, and a refusal, when nobody knows.
bool is_known(call& on, bool of_engine) {
  http::caller_lookup ask;
  if (on.store != nullptr) ask = http::lookup_in(on.store->access());
  auto found = http::identify(on.asked.bearer, ask,
                              on.store != nullptr || of_engine ? on.engine.keys : nullptr);
  if (const auto* stranger = std::get_if<http::unknown>(&found)) {
    on.out.reply = http::failure(*stranger);
    return false;
  }
  on.who = std::get<http::caller>(std::move(found));
  on.out.audit.actor = on.who.actor;
  on.out.audit.clinic = on.who.clinic;
  return true;
}

/// False, and a refusal, when the caller has come too often.
bool is_in_time(call& on) {
  const auto wait = on.engine.wait_of ? on.engine.wait_of(on.who.actor) : std::nullopt;
  if (!wait) return true;
  on.refuse(429, "too-many-requests", http::come_later);
  on.out.reply.headers.emplace_back("Retry-After", std::to_string(*wait));
  return false;
}

/// Chooses the clinic: the caller's, or the one that `?clinic=CODE` names. False, and a refusal, when there
/// is none.
bool has_clinic(call& on) {
  const auto all = on.admin().access().clinics();
  if (!all) {
    on.refuse(all.error());
    return false;
  }
  const auto wanted = on.asked.query.find("clinic");
  const auto code = wanted == on.asked.query.end() ? std::nullopt
                                                   : std::optional<std::string_view>(wanted->second);
  auto chosen = http::choose_clinic(on.who, code, *all);
  if (!chosen) {
    on.refuse(404, "not-found", "no such clinic");
    return false;
  }
  on.clinic = std::move(*chosen);
  on.out.audit.clinic = on.clinic.id;
  return true;
}

void answer(call& on, const http::match<endpoint>& found) {
  const auto* row = found.taken != nullptr ? found.taken : found.path;
  const bool open = row != nullptr && row->is.may == http::scope::open;
  const bool of_engine = row != nullptr && row->is.from == made_of::engine;
  on.out.audited = !open;
  if (!open && !(is_known(on, of_engine) && is_in_time(on))) return;
  if (found.path == nullptr) return on.refuse(404, "not-found", "no such path");
  if (found.taken == nullptr) {
    on.out.reply = not_allowed(found.allowed);
    return;
  }
  const auto needed = found.taken->is.may;
  if (!http::may(on.who, needed))
    return on.refuse(403, "forbidden", "this key lacks the scope", "scope", name(needed));
  if (!open && !of_engine && !has_clinic(on)) return;
  on.out.shown_unaudited = !open && of_engine;
  found.taken->handle(on);
}

} // namespace

std::optional<int64_t> read_id(std::string_view text) {
  int64_t out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (fault != std::errc{} || end != text.data() + text.size() || out <= 0 ||
      out > std::numeric_limits<int32_t>::max())
    return std::nullopt;
  return out;
}

std::optional<uuid> id_of(call& on) {
  const auto id = uuid_from_text(on.path["id"]);
  if (!id) on.refuse(404, "not-found", "there is nothing of this id");
  return id;
}

outcome handle(const http::request& what, ports::message_log* admin, const engine_view& engine,
               timestamp now) {
  outcome out;
  out.audit.at = now;
  out.audit.peer = what.peer;
  out.audit.method = what.method;
  out.audit.resource = http::shown_path(what.path);
  out.audit.criteria = what.search;
  out.audit.actor = "nobody";
  const auto found = http::find(endpoints(), what.method, what.path);
  if (found.path != nullptr) out.path_template = found.path->is.path;
  if (found.path != nullptr && found.path->is.hides_path) {
    out.audit.criteria = out.audit.resource + (what.search.empty() ? "" : "?" + what.search);
    out.audit.resource = out.path_template;
  }
  call on{what, found.values, {}, {}, admin, engine, out};
  answer(on, found);
  return out;
}

http::response rerun_reply(const rerun& what, const std::optional<error>& fault,
                           const ports::difference* would_change, ports::message_log* admin) {
  if (fault && fault->code == error_code::conflict && admin != nullptr)
    return conflict_reply(what, *fault, *admin);
  if (fault) return http::failure(*fault);
  if (would_change != nullptr) return show_difference(what, *would_change);
  if (admin == nullptr)
    return http::failure(503, "store-unavailable", "done, but the store does not answer now");
  std::optional<model::patient_id> whose;
  if (what.why.review) return review_now(*what.why.review, what.clinic, *admin, whose);
  return message_now(what.what.log.id, what.clinic, *admin, whose);
}

} // namespace aorta::api

// vread and history (FHIR R4 3.1.0.3, 3.1.0.11): what was stored, what laboratories sent, and first what
// stands now if nobody stored it.
#include "engine/rest/history.hpp"

#include "engine/fhir/validate.hpp"
#include "engine/rest/live.hpp"
#include "engine/rest/paging.hpp"

#include <algorithm>
#include <charconv>

namespace aorta::rest {
namespace {

void read_history_parameter(history_question& to, const std::string& name, const std::string& value,
                            const surroundings& around, bool tolerant) {
  if (name == "_cursor") {
    to.cursor = value;
    return;
  }
  if (name == "_since") {
    timestamp at;
    if (!fhir::is_instant(value) || !from_iso(value, at))
      return refuse(to.faults, name, "value", "_since takes an instant");
    to.since = at;
  } else if (name == "_count") {
    int count = 0;
    const auto [end, fault] = std::from_chars(value.data(), value.data() + value.size(), count);
    if (fault != std::errc() || end != value.data() + value.size() || count < 1)
      return refuse(to.faults, name, "value", "_count takes a number from 1");
    to.count = std::min(count, around.most_count);
  } else if (name == "_summary" && value == "count") {
    return refuse(to.faults, name, "not-supported", "versions are not counted");
  } else if (name != "_format" && name != "_pretty" && name != "_elements" && name != "_summary") {
    if (!tolerant) refuse(to.faults, name, "not-supported", "histories do not take this parameter");
    return;
  }
  to.applied.emplace_back(name, value);
}

history_question read_asked(const request& what, const surroundings& around) {
  history_question out;
  out.count = around.default_count;
  const bool tolerant = lenient(what);
  for (const auto& [name, value] : what.query) read_history_parameter(out, name, value, around, tolerant);
  return out;
}

void add_version(fhir::document& into, fhir::node& bundle, const surroundings& around, const version& what) {
  auto* entry = add_entry(into, bundle, around.base + "/" + what.type + "/" + what.id, what.resource, {});
  auto* request = into.add(*entry, "request", into.object());
  into.add(*request, "method", what.method);
  into.add(*request, "url", what.method == "POST" ? what.type : what.type + "/" + what.id);
  auto* response = into.add(*entry, "response", into.object());
  into.add(*response, "status", what.method == "POST" ? "201" : what.method == "DELETE" ? "204" : "200");
  into.add(*response, "etag", "W/\"" + what.version_id + "\"");
  if (what.last_updated) into.add(*response, "lastModified", to_iso(*what.last_updated));
}

bool recent(const version& what, const history_question& how) {
  return !how.since || !what.last_updated || *what.last_updated >= *how.since;
}

status add_stored(fhir::document& into, repository& in, const standing& now, const history_question& how,
                  std::string after, history_page& to) {
  ports::history_query query;
  query.type = now.type;
  query.id = now.id;
  query.since = how.since;
  query.patient = only_of(in, now.type);
  query.after = std::move(after);
  query.limit = std::max(1, how.count - int(to.all.size()));
  auto page = in.session().history(query);
  if (!page) return page.error();
  for (const auto& each : page->items) {
    auto one = version_from(into, each);
    if (!one) return one.error();
    if (may_see_context(in.who(), one->resource)) to.all.push_back(std::move(*one));
  }
  if (!page->next.empty()) to.next = "h" + page->next;
  return done{};
}

status add_superseded(fhir::document& into, repository& in, const standing& now, const history_question& how,
                      size_t from, history_page& to) {
  auto old = superseded(into, in, now);
  if (!old) return old.error();
  std::erase_if(*old, [&](const version& each) { return !recent(each, how); });
  for (size_t i = from; i < old->size(); ++i) {
    if (int(to.all.size()) >= how.count) {
      to.next = "l" + std::to_string(i);
      return done{};
    }
    to.all.push_back(std::move((*old)[i]));
  }
  return done{};
}

/// Cursors: `h` and the store's own past stored versions, `l` and a number past those of a laboratory.
status fill(fhir::document& into, repository& in, const standing& now, const history_question& how,
            const std::string& after, history_page& to) {
  if (after.empty() && is_live_only(now)) {
    if (auto live = live_version(now); recent(live, how)) to.all.push_back(std::move(live));
  }
  if (!after.starts_with('l')) {
    if (auto s = add_stored(into, in, now, how, after.empty() ? after : after.substr(1), to); !s) return s;
    if (!to.next.empty()) return done{};
  }
  const auto from = after.starts_with('l') && is_number(std::string_view(after).substr(1))
    ? std::stoul(after.substr(1))
    : 0;
  return add_superseded(into, in, now, how, from, to);
}

/// How many versions the history has on all its pages (Bundle.total); nothing when they are too many to be
/// counted.
result<std::optional<int64_t>> total_of(fhir::document& into, repository& in, const standing& now,
                                        const history_question& how) {
  ports::history_query query;
  query.type = now.type;
  query.id = now.id;
  query.since = how.since;
  query.patient = only_of(in, now.type);
  auto out = in.session().count_history(query, in.around().most_scanned);
  if (!out || !*out) return out;
  if (is_live_only(now) && recent(live_version(now), how)) ++**out;
  const auto old = superseded(into, in, now);
  if (!old) return old.error();
  **out += std::count_if(old->begin(), old->end(), [&](const version& each) { return recent(each, how); });
  return out;
}

result<history_page> page_of_one(fhir::document& into, repository& in, const standing& now,
                                 const history_question& how, const std::string& after) {
  history_page out;
  if (auto s = fill(into, in, now, how, after, out); !s) return s.error();
  const auto total = total_of(into, in, now, how);
  if (!total) return total.error();
  out.total = *total;
  return out;
}

reply shown(const request& what, const version& one) {
  if (one.resource == nullptr) {
    auto out = refusal(410, "deleted", "this version deleted the resource");
    out.headers.emplace_back("ETag", "W/\"" + one.version_id + "\"");
    out.about = one.patient;
    return out;
  }
  reply out;
  out.about = one.patient;
  add_validators(out, one.version_id, one.last_updated);
  out.body = body_of(what, *one.resource);
  return out;
}

} // namespace

std::optional<model::patient_id> only_of(const repository& in, const std::string& type) {
  return is_shared_type(type) ? std::nullopt : in.who().patient;
}

reply vread(repository& in, const request& what, const std::string& type, const std::string& id,
            const std::string& version) {
  fhir::document into;
  auto found = in.load(into, type, id);
  if (!found) return refusal(found.error());
  if (!*found) return not_found();
  const auto& now = **found;
  if (!now.deleted && now.version_id == version) return shown(what, live_version(now));
  if (is_number(version) && now.entry) {
    auto stored = in.session().version(type, id, std::stoll(version));
    if (!stored) return refusal(stored.error());
    if (*stored &&
        // it may have been another patient's then
        (!in.who().patient || is_shared_type(type) || (*stored)->patient == in.who().patient)) {
      auto one = version_from(into, **stored);
      if (one && !may_see_context(in.who(), one->resource)) return not_found();
      return one ? shown(what, *one) : refusal(one.error());
    }
  }
  auto old = superseded(into, in, now);
  if (!old) return refusal(old.error());
  for (const auto& each : *old)
    if (each.version_id == version) return shown(what, each);
  return refusal(404, "not-found", "there is no such version");
}

reply history(repository& in, const request& what, const std::string& type, const std::string& id) {
  const auto how = read_asked(what, in.around());
  if (!how.faults.empty()) return refusal(400, how.faults);
  fhir::document into;
  std::optional<standing> now;
  if (!id.empty()) {
    auto found = in.load(into, type, id);
    if (!found) return refusal(found.error());
    if (!*found) return not_found();
    now = std::move(**found);
  }
  fhir::query question;
  question.type = type + "/" + id + "/_history";
  question.applied = how.applied;
  std::string after;
  if (!how.cursor.empty()) {
    auto position = unseal(question_of(question), how.cursor);
    if (!position)
      return refusal(400, "invalid", "this cursor was changed or belongs to another history", "_cursor");
    after = std::move(*position);
  }
  const auto page = now ? page_of_one(into, in, *now, how, after) : page_of_type(into, in, type, how, after);
  if (!page) return refusal(page.error());

  auto* bundle = bundle_of(into, "history");
  if (page->total) into.add(*bundle, "total", into.number(*page->total));
  const auto url = in.around().base + "/" + type + (id.empty() ? "" : "/" + id) + "/_history";
  add_link(into, *bundle, "self", link_of(url, how.applied, how.cursor));
  if (!page->next.empty())
    add_link(into, *bundle, "next", link_of(url, how.applied, seal(question_of(question), page->next)));
  for (const auto& each : page->all) add_version(into, *bundle, in.around(), each);
  reply out;
  if (now) out.about = now->patient;
  out.body = body_of(what, *bundle);
  return out;
}

} // namespace aorta::rest

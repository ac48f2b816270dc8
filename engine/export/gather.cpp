#include "engine/export/gather.hpp"

#include <algorithm>

namespace aorta::exports {
namespace {

using found = std::variant<gathered, nobody>;

result<found> whom(ports::record_session& from, model::patient_id patient) {
  const auto merges = from.merges().standing({&patient, 1});
  if (!merges) return merges.error();
  const auto on = std::find_if(merges->begin(), merges->end(),
                               [&](const auto& each) { return each.merged == patient; });
  return found(nobody{on == merges->end() ? std::nullopt : std::optional(on->survivor)});
}

status read_earlier(ports::record_session& from, gathered& into) {
  for (const auto& each : into.whole.own) {
    if (!each.row || each.row->of != model::table::lab_results || each.row->text("version") == "1") continue;
    auto versions = from.result_versions(each.row->key());
    if (!versions) return versions.error();
    if (!versions->empty()) into.earlier.emplace(each.id, std::move(*versions));
  }
  return done{};
}

result<found> read(ports::record_session& from, const question& what, const rules& by) {
  rest::grant who;
  who.actor = what.actor;
  who.clinic = what.clinic;
  who.scopes = what.scopes;
  const auto around = surroundings_of(by);
  rest::repository in(from, who, around);
  gathered out;
  auto whole = rest::whole_record_of(in, out.in, what.patient);
  if (!whole) return whole.error();
  if (!*whole) return whom(from, what.patient);
  out.whole = std::move(**whole);
  auto clinic = in.load(out.in, "Organization", std::to_string(what.clinic));
  if (!clinic) return clinic.error();
  if (*clinic && !(*clinic)->deleted) out.clinic = std::move(**clinic);
  if (const auto read = read_earlier(from, out); !read) return read.error();
  return found(std::move(out));
}

} // namespace

rest::surroundings surroundings_of(const rules& by) {
  rest::surroundings out;
  out.base = by.base_url;
  out.version = by.version;
  out.systems = by.systems;
  out.clock = by.clock;
  out.ids = by.ids;
  return out;
}

result<std::variant<gathered, nobody>> gather(ports::record_session& from, const question& what,
                                              const rules& by) {
  if (const auto begun = from.begin(what.clinic, false); !begun) return begun.error();
  auto out = read(from, what, by);
  const auto ended = out ? from.commit() : status(done{});
  if (!out || !ended) from.rollback();
  if (!ended) return ended.error();
  return out;
}

} // namespace aorta::exports

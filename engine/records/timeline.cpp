#include "engine/records/timeline.hpp"

#include "engine/fhir/document.hpp"

#include <algorithm>

namespace aorta::records {
namespace {

bool is_clinic(const statement& of) noexcept { return of.by.empty(); }

bool is_of(const statement& what, const std::vector<std::string>& events) {
  return std::find(events.begin(), events.end(), what.event) != events.end();
}

/// The statements that hold, the one that counts last. A message that only says again what the messages
/// before it said does not override a person who has changed it meanwhile.
std::vector<const statement*> holding(const std::vector<statement>& all) {
  std::vector<const statement*> out;
  const statement* told = nullptr; // by the last message
  for (const auto& each : all) {
    if (!each.takes_back.empty()) {
      const auto back = std::find_if(out.rbegin(), out.rend(),
                                     [&](const auto* s) { return is_of(*s, each.takes_back); });
      const bool found = back != out.rend();
      if (found) out.erase(std::next(back).base());
      if (!found || out.empty()) out.push_back(&each);
      told = nullptr;
      continue;
    }
    const bool repeats = !is_clinic(each) && told != nullptr && told->value == each.value;
    if (!is_clinic(each)) told = &each;
    if (!repeats) out.push_back(&each);
  }
  return out;
}

} // namespace

void timeline::meet(const std::optional<std::string>& standing, std::optional<timestamp> seen) {
  if (all_.empty()) {
    if (standing) all_.push_back({timestamp::min(), standing, {}, {}});
    return;
  }
  if (counts() == standing) return;
  timestamp last = timestamp::min();
  for (const auto& each : all_) last = std::max({last, each.at, each.until});
  all_.push_back({std::max(last, seen.value_or(last)), standing, {}, {}});
}

void timeline::say(statement what) {
  what.until = std::max(what.until, what.at);
  if (what.by_until.empty()) what.by_until = what.by;
  const auto behind = std::upper_bound(all_.begin(), all_.end(), what.at,
                                       [](timestamp at, const statement& s) { return at < s.at; });
  auto at = behind - all_.begin();
  if (at > 0) {
    auto& before = all_[size_t(at - 1)];
    const bool same = !is_clinic(before) && before.takes_back.empty() && what.takes_back.empty() &&
      before.value == what.value && before.event == what.event;
    if (same) {
      if (what.until >= before.until) before.until = what.until, before.by_until = what.by_until;
      return;
    }
    if (before.until > what.at) { // it stands between two times at which the same was said
      auto again = before;
      again.at = before.until;
      again.by = before.by_until;
      before.until = before.at;
      before.by_until = before.by;
      all_.insert(all_.begin() + at, std::move(again));
    }
  }
  all_.insert(all_.begin() + at, std::move(what));
  while (all_.size() > most) all_.erase(all_.begin());
}

bool timeline::forget(std::string_view message) {
  bool any = false;
  for (auto each = all_.begin(); each != all_.end();) {
    const bool first = each->by == message, last = each->by_until == message;
    any = any || first || last;
    if (first && last) {
      each = all_.erase(each);
      continue;
    }
    if (first) each->at = each->until, each->by = each->by_until;
    if (last) each->until = each->at, each->by_until = each->by;
    ++each;
  }
  std::stable_sort(all_.begin(), all_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return any;
}

std::optional<std::string> timeline::counts() const {
  const auto hold = holding(all_);
  return hold.empty() ? std::nullopt : hold.back()->value;
}

namespace {

constexpr std::string_view always = "-"; ///< the time of what stood before anything was said

std::string time_text(timestamp at) { return at == timestamp::min() ? std::string(always) : to_iso(at); }

timestamp time_of(std::string_view text) {
  timestamp at = timestamp::min();
  (void)from_iso(text, at);
  return at;
}

fhir::node* write(fhir::document& into, const statement& of) {
  auto* out = into.object();
  into.add(*out, "at", time_text(of.at));
  if (of.value) into.add(*out, "value", *of.value);
  if (!of.by.empty()) into.add(*out, "by", of.by);
  if (!of.event.empty()) into.add(*out, "event", of.event);
  if (of.until != of.at) into.add(*out, "until", time_text(of.until));
  if (of.by_until != of.by) into.add(*out, "by_until", of.by_until);
  if (of.takes_back.empty()) return out;
  auto* events = into.array();
  for (const auto& each : of.takes_back) into.push(*events, into.string(each));
  into.add(*out, "takes_back", events);
  return out;
}

statement read(const fhir::node& from) {
  statement out;
  out.at = time_of(from.str("at"));
  if (const auto* value = from.get("value"); value != nullptr) out.value = std::string(value->text);
  out.by = from.str("by");
  out.event = from.str("event");
  out.until = from.get("until") != nullptr ? time_of(from.str("until")) : out.at;
  out.by_until = from.get("by_until") != nullptr ? std::string(from.str("by_until")) : out.by;
  const auto* events = from.get("takes_back");
  for (const auto* each = events != nullptr ? events->first : nullptr; each != nullptr; each = each->next)
    out.takes_back.emplace_back(each->text);
  return out;
}

} // namespace

std::string to_json(const row_story& of) {
  fhir::document into;
  auto* root = into.object();
  if (!of.made_by.empty()) into.add(*root, "made_by", of.made_by);
  auto* fields = into.object();
  for (const auto& [column, line] : of.fields) {
    auto* all = into.array();
    for (const auto& each : line.all()) into.push(*all, write(into, each));
    into.add(*fields, column, all);
  }
  into.add(*root, "fields", fields);
  return fhir::write(*root);
}

row_story story_from(std::string_view json) {
  row_story out;
  const auto parsed = fhir::document::parse(json);
  if (!parsed) return out;
  out.made_by = parsed->root->str("made_by");
  const auto* fields = parsed->root->get("fields");
  for (const auto* each = fields != nullptr ? fields->first : nullptr; each != nullptr; each = each->next) {
    std::vector<statement> all;
    for (const auto* one = each->first; one != nullptr; one = one->next) all.push_back(read(*one));
    out.fields.emplace(std::string(each->name), timeline(std::move(all)));
  }
  return out;
}

} // namespace aorta::records

#include "engine/records/timeline.hpp"

#include "engine/fhir/document.hpp"

#include <algorithm>

namespace aorta::records {
namespace {

bool is_clinic(const statement& of) noexcept { return of.by.empty(); }

bool is_of(const statement& what, const std::vector<std::string>& events) {
  return std::find(events.begin(), events.end(), what.event) != events.end();
}

/// Takes back the newest run of statements of these events; false if there is none.
bool leave_out(std::vector<const statement*>& from, const std::vector<std::string>& events) {
  const auto found = std::find_if(from.rbegin(), from.rend(),
                                  [&](const auto* s) { return is_of(*s, events); });
  if (found == from.rend()) return false;
  const auto end = found.base();
  auto begin = end - 1;
  while (begin != from.begin() && is_of(**(begin - 1), events)) --begin;
  from.erase(begin, end);
  return true;
}

/// The statements that hold, the one that counts last. A message that only says again what the messages
/// before it said does not override a person who has changed it meanwhile; nor does a second cancellation of
/// what was cancelled already take anything.
std::vector<const statement*> holding(const std::vector<statement>& all) {
  std::vector<const statement*> out;
  std::vector<std::vector<std::string>> spent;
  const statement* told = nullptr; // by the last message
  for (const auto& each : all) {
    if (!each.takes_back.empty()) {
      const bool found = leave_out(out, each.takes_back);
      const bool before = std::find(spent.begin(), spent.end(), each.takes_back) != spent.end();
      if (!before) spent.push_back(each.takes_back);
      if (!each.mute && (found ? out.empty() : !before)) out.push_back(&each);
      told = nullptr;
      continue;
    }
    std::erase_if(spent, [&](const auto& events) { return is_of(each, events); });
    const bool repeats = !is_clinic(each) && told != nullptr && told->value == each.value;
    if (!is_clinic(each)) told = &each;
    if (!repeats) out.push_back(&each);
  }
  return out;
}

/// What was said again past this time, as a statement of its own; nothing when there is none.
std::optional<statement> parted(statement& from, timestamp at) {
  const auto past = std::find_if(from.again.begin(), from.again.end(),
                                 [&](const auto& each) { return each.first > at; });
  if (past == from.again.end()) return std::nullopt;
  auto out = from;
  out.at = past->first;
  out.by = past->second;
  out.again.assign(past + 1, from.again.end());
  from.again.erase(past, from.again.end());
  return out;
}

void say_again(statement& before, timestamp at, std::string by) {
  const auto behind = std::upper_bound(before.again.begin(), before.again.end(), at,
                                       [](timestamp t, const auto& each) { return t < each.first; });
  before.again.emplace(behind, at, std::move(by));
  if (before.again.size() > timeline::most_again) before.again.erase(before.again.begin());
}

} // namespace

void timeline::meet(const std::optional<std::string>& standing, std::optional<timestamp> seen) {
  if (all_.empty()) {
    if (standing) all_.push_back({seen.value_or(timestamp::min()), standing, {}, {}});
    return;
  }
  if (counts() == standing) return;
  timestamp last = timestamp::min();
  for (const auto& each : all_) last = std::max(last, each.until());
  all_.push_back({std::max(last, seen.value_or(last)), standing, {}, {}});
}

void timeline::say(statement what) {
  const auto behind = std::upper_bound(all_.begin(), all_.end(), what.at,
                                       [](timestamp at, const statement& s) { return at < s.at; });
  auto at = behind - all_.begin();
  if (at > 0) {
    auto& before = all_[size_t(at - 1)];
    const bool same = !is_clinic(before) && before.takes_back.empty() && what.takes_back.empty() &&
      before.value == what.value && before.event == what.event;
    if (same) return say_again(before, what.at, std::move(what.by));
    if (auto later = parted(before, what.at)) all_.insert(all_.begin() + at, std::move(*later));
  }
  all_.insert(all_.begin() + at, std::move(what));
  while (all_.size() > most) {
    const auto oldest = std::find_if(all_.begin(), all_.end(), [](const auto& s) { return !is_clinic(s); });
    all_.erase(oldest == all_.end() ? all_.begin() : oldest);
  }
}

bool timeline::forget(std::string_view message) {
  bool any = false;
  for (auto each = all_.begin(); each != all_.end();) {
    any = std::erase_if(each->again, [&](const auto& a) { return a.second == message; }) > 0 || any;
    if (each->by != message) {
      ++each;
      continue;
    }
    any = true;
    if (each->again.empty()) {
      each = all_.erase(each);
      continue;
    }
    each->at = each->again.front().first;
    each->by = std::move(each->again.front().second);
    each->again.erase(each->again.begin());
    ++each;
  }
  std::stable_sort(all_.begin(), all_.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
  return any;
}

bool timeline::told_by_messages() const noexcept {
  return std::any_of(all_.begin(), all_.end(), [](const auto& each) { return !is_clinic(each); });
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

fhir::node* write_statement(fhir::document& into, const statement& of) {
  auto* out = into.object();
  into.add(*out, "at", time_text(of.at));
  if (of.value) into.add(*out, "value", *of.value);
  if (!of.by.empty()) into.add(*out, "by", of.by);
  if (!of.event.empty()) into.add(*out, "event", of.event);
  if (of.mute) into.add(*out, "mute", into.boolean(true));
  if (!of.again.empty()) {
    auto* list = into.array();
    for (const auto& [at, by] : of.again) {
      auto* one = into.object();
      into.add(*one, "at", time_text(at));
      into.add(*one, "by", by);
      into.push(*list, one);
    }
    into.add(*out, "again", list);
  }
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
  out.mute = from.get("mute") != nullptr;
  const auto* list = from.get("again");
  for (const auto* each = list != nullptr ? list->first : nullptr; each != nullptr; each = each->next)
    out.again.emplace_back(time_of(each->str("at")), std::string(each->str("by")));
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
    for (const auto& each : line.all()) into.push(*all, write_statement(into, each));
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

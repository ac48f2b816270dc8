#include "engine/delivery/queue.hpp"

#include <algorithm>

namespace aorta::delivery {

void queue::read(std::span<const item> waiting, std::span<const int64_t> left_out, std::set<int64_t> held,
                 bool all_held) {
  // A person who lets a key go may have put one before those that we know of: they are read together.
  const auto let_go = [&](int64_t key) {
    return (held_.contains(key) && !held.contains(key)) || (all_held_ && !all_held);
  };
  std::erase_if(items_, [&](const auto& each) {
    const auto key = each.second.key;
    const bool kept = std::find(left_out.begin(), left_out.end(), key) != left_out.end() && !let_go(key);
    return !under_way_.contains(each.second.id) && !kept;
  });
  for (const auto& each : waiting) items_.emplace(each.sequence, each); // of those under way ours is newer
  held_ = std::move(held);
  all_held_ = all_held;
}

bool queue::free(const item& of, timestamp now, const std::set<int64_t>& stopped) const {
  return of.next_at <= now && (of.key == 0 || (!stopped.contains(of.key) && !held_.contains(of.key)));
}

std::vector<item> queue::begin(timestamp now, size_t most) {
  std::vector<item> out;
  if (all_held_ || line_.next_urgent() > now) return out;
  begin(true, now, most, out);
  if (line_.next() <= now) begin(false, now, most, out);
  return out;
}

/// What is urgent goes before what is not; no key has some of both.
void queue::begin(bool urgent, timestamp now, size_t most, std::vector<item>& out) {
  const size_t room = line_.open() ? 1 : most;
  std::set<int64_t> stopped; // keys of which an earlier one cannot go
  for (auto& [sequence, each] : items_) {
    if (under_way_.size() >= room) break;
    if (each.urgent != urgent) continue;
    // What was begun before may fail while this one is on its way to the carrier, who would not know.
    if (!under_way_.contains(each.id) && free(each, now, stopped)) out.push_back(each);
    else if (each.key != 0) stopped.insert(each.key);
    if (!out.empty() && out.back().id == each.id) under_way_.emplace(each.id, sequence);
  }
}

std::optional<queue::settled> queue::settle(const uuid& id, const outcome& what, timestamp now) {
  const auto at = under_way_.find(id);
  if (at == under_way_.end()) return std::nullopt;
  const auto found = items_.find(at->second);
  under_way_.erase(at);
  item& one = found->second;
  settled out{judge(one, what, by_, now, jitter_)};
  if (what.is == outcome::kind::silent) out.turn = line_.fault(now, by_, jitter_);
  else if (what.is != outcome::kind::untried) out.turn = line_.answer();
  if (out.what.holds == holding::key && one.key != 0) held_.insert(one.key);
  if (out.what.holds == holding::partition) all_held_ = true;
  if (out.what.now != state::waiting) {
    items_.erase(found);
    return out;
  }
  one.attempts = out.what.attempts;
  one.refusals = out.what.refusals;
  one.perhaps = out.what.perhaps;
  one.next_at = out.what.next_at;
  return out;
}

void queue::give_back(const uuid& id, bool keep) {
  const auto at = under_way_.find(id);
  if (at == under_way_.end()) return;
  if (!keep) items_.erase(at->second);
  under_way_.erase(at);
}

int64_t queue::key_of(const uuid& id) const {
  const auto at = under_way_.find(id);
  return at == under_way_.end() ? 0 : items_.at(at->second).key;
}

std::vector<int64_t> queue::blocked(timestamp now) const {
  std::set<int64_t> out;
  for (const auto& [sequence, each] : items_)
    if (each.key != 0 && each.next_at > now) out.insert(each.key);
  out.insert(held_.begin(), held_.end());
  return {out.begin(), out.end()};
}

size_t queue::ready(timestamp now) const {
  if (all_held_) return 0;
  std::set<int64_t> stopped;
  size_t out = 0;
  for (const auto& [sequence, each] : items_) {
    if (under_way_.contains(each.id)) continue;
    if (free(each, now, stopped)) ++out;
    else if (each.key != 0) stopped.insert(each.key);
  }
  return out;
}

} // namespace aorta::delivery

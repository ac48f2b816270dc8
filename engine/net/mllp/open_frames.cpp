#include "engine/net/mllp/open_frames.hpp"

#include <algorithm>

namespace aorta::net {

void open_frames::hold(holder& who, const std::string& peer, size_t bytes, uint64_t now) {
  if (bytes <= small) return release(who);
  auto& one = frames_[&who];
  if (one.bytes == 0) one.peer = peer;
  bytes_ += bytes - one.bytes;
  by_peer_[one.peer] += bytes - one.bytes;
  one.bytes = bytes;
  one.moved = now;
  while (bytes_ > most_) take_from(greediest());
  while (too_much(peer)) take_from(peer);
}

void open_frames::release(holder& who) {
  const auto found = frames_.find(&who);
  if (found == frames_.end()) return;
  bytes_ -= found->second.bytes;
  const auto of = by_peer_.find(found->second.peer);
  of->second -= found->second.bytes;
  if (of->second == 0) by_peer_.erase(of);
  frames_.erase(found);
}

bool open_frames::too_much(const std::string& peer) const {
  const auto of = by_peer_.find(peer);
  return of != by_peer_.end() && of->second > most_ / 2;
}

std::string open_frames::greediest() const {
  const auto most = std::max_element(by_peer_.begin(), by_peer_.end(),
                                     [](const auto& a, const auto& b) { return a.second < b.second; });
  return most->first;
}

void open_frames::take_from(const std::string& peer) {
  auto victim = frames_.end();
  for (auto at = frames_.begin(); at != frames_.end(); ++at)
    if (at->second.peer == peer && (victim == frames_.end() || at->second.moved < victim->second.moved))
      victim = at;
  auto* who = victim->first;
  who->give_up_frame();
  release(*who); // whatever it did
}

} // namespace aorta::net

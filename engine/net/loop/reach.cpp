#include "engine/net/loop/reach.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>

namespace aorta::net {

namespace {

using blocks = std::vector<address_block>;

blocks parsed(std::initializer_list<const char*> texts) {
  blocks all;
  for (const auto* text : texts) all.push_back(*address_block::from_text(text));
  return all;
}

/// ::ffff:0:0/96 is IPv4, however the socket spells it.
const blocks& unicast() {
  static const auto all = parsed({"::ffff:0:0/96", "2000::/3"});
  return all;
}

const blocks& special() {
  static const auto all = parsed({
    "0.0.0.0/8",       // this network
    "10.0.0.0/8",      // private
    "100.64.0.0/10",   // shared by carriers
    "127.0.0.0/8",     // loopback
    "169.254.0.0/16",  // link-local
    "172.16.0.0/12",   // private
    "192.0.0.0/24",    // protocol assignments
    "192.0.2.0/24",    // documentation
    "192.88.99.0/24",  // 6to4 relays
    "192.168.0.0/16",  // private
    "198.18.0.0/15",   // benchmarks
    "198.51.100.0/24", // documentation
    "203.0.113.0/24",  // documentation
    "224.0.0.0/4",     // multicast
    "240.0.0.0/4",     // reserved, broadcast
    "2001::/23",       // protocol assignments, Teredo
    "2001:db8::/32",   // documentation
    "2002::/16",       // 6to4
    "3fff::/20",       // documentation
  });
  return all;
}

const blocks& guarded() {
  static const auto all = parsed({
    "169.254.0.0/16",      // link-local, and most clouds' metadata
    "64:ff9b::a9fe:0/112", // the same through NAT64
    "2002:a9fe::/32",      // the same through 6to4
    "fe80::/10",           // link-local
    "100.100.100.200/32",  // Alibaba's metadata
    "192.0.0.192/32",      // Oracle's
    "fd00:ec2::254/128",   // Amazon's
  });
  return all;
}

bool any(const blocks& of, const socket_address& holds) {
  return std::any_of(of.begin(), of.end(), [&](const auto& block) { return block.contains(holds); });
}

} // namespace

result<reach> reach::allowing(const std::vector<std::string>& texts) {
  reach made;
  for (const auto& text : texts) {
    auto block = address_block::from_text(text);
    if (!block) return block.error();
    made.allowed_.push_back(*block);
  }
  return made;
}

bool reach::permits(const socket_address& to) const {
  blocks allowed;
  std::copy_if(allowed_.begin(), allowed_.end(), std::back_inserter(allowed),
               [&](const auto& block) { return block.contains(to); });
  for (const auto& guard : guarded())
    if (guard.contains(to))
      return std::any_of(allowed.begin(), allowed.end(),
                         [&](const auto& block) { return guard.contains(block); });
  return !allowed.empty() || (any(unicast(), to) && !any(special(), to));
}

} // namespace aorta::net

// Which addresses a request that somebody else has named may go to.
#pragma once

#include "engine/base/result.hpp"
#include "engine/net/loop/address.hpp"

#include <string>
#include <vector>

namespace aorta::net {

/// Public addresses (IANA's registries of special addresses, 2025), and blocks that are allowed beside them.
/// Addresses that lead on to IPv4 (mapped, 6to4, Teredo, NAT64) are public only if they are IPv4's own.
/// Link-local addresses and those of clouds' metadata services are reached only through a block that lies
/// within theirs: whoever allows 10.0.0.0/8, or everything, does not mean them.
class reach {
public:
  static result<reach> allowing(const std::vector<std::string>& blocks);
  bool permits(const socket_address& to) const;

private:
  std::vector<address_block> allowed_;
};

} // namespace aorta::net

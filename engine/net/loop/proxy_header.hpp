// The PROXY protocol, version 2 (HAProxy's doc/proxy-protocol.txt, section 2.2): what a balancer says before
// the first byte of a connection of whom it speaks for.
#pragma once

#include "engine/base/result.hpp"
#include "engine/net/loop/address.hpp"

#include <cstddef>
#include <optional>
#include <string_view>

namespace aorta::net {

struct proxy_header {
  /// How many bytes it has as far as is known; while fewer have come, nothing else is known.
  size_t size = 0;
  /// Who connected to the balancer. Nothing: the balancer speaks for itself (LOCAL), or does not say.
  std::optional<socket_address> source;
};

/// The beginning of a connection, which may be cut anywhere. Errors: it is no such header, or one of more
/// than 4,096 bytes.
result<proxy_header> read_proxy_header(std::string_view bytes);

} // namespace aorta::net

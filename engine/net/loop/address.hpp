// Addresses: names to listen on or to reach, peers as text, allow-lists.
#pragma once

#include "engine/base/result.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <vector>

struct addrinfo;

namespace aorta::net {

struct socket_address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  const sockaddr* raw() const noexcept { return reinterpret_cast<const sockaddr*>(&bytes); }
  uint16_t port() const noexcept;
  void set_port(uint16_t port) noexcept;
};

/// The addresses of an IPv4 or IPv6 literal (also in brackets) or a name, IPv4 first; never empty. Empty and
/// `*`: every address of this machine. Asks the resolver, so it may block: at start only.
result<std::vector<socket_address>> resolve(const std::string& host, uint16_t port);

/// What getaddrinfo found, without what is there twice, IPv4 first.
std::vector<socket_address> addresses_of(const addrinfo* found);

/// An IPv4 or IPv6 address as text, the latter also in brackets; nothing for a name.
std::optional<socket_address> literal_address(const std::string& host, uint16_t port);

/// Without port; an IPv4 peer on an IPv6 socket as IPv4.
std::string peer_text(const socket_address& peer);

/// `127.0.0.1:2575`, `[::1]:2575`
std::string endpoint_text(const std::string& host, uint16_t port);

/// A block of addresses: `10.1.0.0/16`, `2001:db8::/32`; an address alone is a block of one.
class address_block {
public:
  static result<address_block> from_text(std::string_view text);
  bool contains(const socket_address& peer) const noexcept;
  bool contains(const address_block& other) const noexcept {
    return other.bits_ >= bits_ && holds(other.prefix_);
  }

private:
  bool holds(const std::array<uint8_t, 16>& address) const noexcept;
  std::array<uint8_t, 16> prefix_{}; ///< IPv4 as ::ffff:a.b.c.d
  unsigned bits_ = 0;
};

/// Raises this process's limit of open files so that `wanted` more fit, as far as the hard limit allows.
void allow_open_files(size_t wanted);

} // namespace aorta::net

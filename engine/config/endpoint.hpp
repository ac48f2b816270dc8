// Where a server listens, and by which certificates: what sockets need to know of the configuration.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::config {

struct endpoint {
  std::string host;  ///< a name or an address, IPv6 without its brackets
  uint16_t port = 0; ///< 0: any free port, printed at start
  friend bool operator==(const endpoint&, const endpoint&) = default;
};

/// `127.0.0.1:2575`, `[::1]:2575`, `lab.example.org:2575`; nothing when it is not host and port.
std::optional<endpoint> read_endpoint(std::string_view text);
/// `10.1.0.0/16`, `2001:db8::/32`, or an address alone.
bool is_address_block(std::string_view text);
/// Of http or https, with a host, without user, password and blanks. What libcurl would take may still be
/// refused when it is first used; a slip shows here.
bool is_web_url(std::string_view url);

struct tls_files {
  std::string cert, key, client_ca; ///< cert and key together or neither; client_ca: client certificates are
                                    ///< required
};

} // namespace aorta::config

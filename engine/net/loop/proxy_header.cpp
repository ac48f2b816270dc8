#include "engine/net/loop/proxy_header.hpp"

#include <algorithm>
#include <cstring>
#include <netinet/in.h>

namespace aorta::net {

namespace {

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr size_t fixed_bytes = 16, most_bytes = 4096;
constexpr uint8_t version_2 = 0x2, local = 0x0, proxy = 0x1;
constexpr uint8_t of_ipv4 = 0x1, of_ipv6 = 0x2;

error wrong(const char* why) { return {error_code::invalid, "", why}; }

uint8_t byte_at(std::string_view bytes, size_t at) { return static_cast<uint8_t>(bytes[at]); }

/// The addresses of source and target, then their ports; what follows (TLVs) is not needed.
std::optional<socket_address> source_of(uint8_t family, std::string_view body) {
  socket_address out;
  if (family == of_ipv4 && body.size() >= 12) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    std::memcpy(&v4.sin_addr, body.data(), 4);
    std::memcpy(&v4.sin_port, body.data() + 8, 2);
    std::memcpy(&out.bytes, &v4, out.size = sizeof v4);
  } else if (family == of_ipv6 && body.size() >= 36) {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    std::memcpy(&v6.sin6_addr, body.data(), 16);
    std::memcpy(&v6.sin6_port, body.data() + 32, 2);
    std::memcpy(&out.bytes, &v6, out.size = sizeof v6);
  } else {
    return std::nullopt;
  }
  return out;
}

} // namespace

result<proxy_header> read_proxy_header(std::string_view bytes) {
  const auto come = std::min(bytes.size(), signature.size());
  if (bytes.substr(0, come) != signature.substr(0, come)) return wrong("no PROXY header of version 2");
  if (bytes.size() < fixed_bytes) return proxy_header{fixed_bytes, {}};
  if (byte_at(bytes, 12) >> 4 != version_2) return wrong("a PROXY header of another version than 2");
  const auto command = byte_at(bytes, 12) & 0xF;
  if (command != local && command != proxy) return wrong("a PROXY header with an unknown command");
  proxy_header out;
  out.size = fixed_bytes + size_t{byte_at(bytes, 14)} * 256 + byte_at(bytes, 15);
  if (out.size > most_bytes) return wrong("a PROXY header of more than 4096 bytes");
  if (bytes.size() < out.size) return out;
  const uint8_t family = byte_at(bytes, 13) >> 4;
  if (command == local) return out;
  out.source = source_of(family, bytes.substr(fixed_bytes, out.size - fixed_bytes));
  if (!out.source && (family == of_ipv4 || family == of_ipv6)) return wrong("a PROXY header that is cut");
  return out;
}

} // namespace aorta::net

#include "engine/net/loop/address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstring>
#include <memory>
#include <netdb.h>
#include <netinet/in.h>
#include <optional>
#include <sys/resource.h>

namespace aorta::net {

namespace {

using bytes16 = std::array<uint8_t, 16>;

bytes16 mapped(const in_addr& v4) {
  bytes16 all{};
  all[10] = all[11] = 0xFF;
  std::memcpy(&all[12], &v4, 4);
  return all;
}

bool is_mapped(const bytes16& all) {
  const auto zeros = std::all_of(all.begin(), all.begin() + 10, [](uint8_t byte) { return byte == 0; });
  return zeros && all[10] == 0xFF && all[11] == 0xFF;
}

std::optional<bytes16> bytes_of(const socket_address& address) {
  if (address.bytes.ss_family == AF_INET)
    return mapped(reinterpret_cast<const sockaddr_in*>(&address.bytes)->sin_addr);
  if (address.bytes.ss_family != AF_INET6) return std::nullopt;
  bytes16 all;
  std::memcpy(all.data(), &reinterpret_cast<const sockaddr_in6*>(&address.bytes)->sin6_addr, 16);
  return all;
}

std::string bare(const std::string& host) {
  if (host.size() > 1 && host.front() == '[' && host.back() == ']') return host.substr(1, host.size() - 2);
  return host == "*" ? std::string() : host;
}

} // namespace

uint16_t socket_address::port() const noexcept {
  if (bytes.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6*>(&bytes)->sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in*>(&bytes)->sin_port);
}

void socket_address::set_port(uint16_t port) noexcept {
  if (bytes.ss_family == AF_INET6) reinterpret_cast<sockaddr_in6*>(&bytes)->sin6_port = htons(port);
  else reinterpret_cast<sockaddr_in*>(&bytes)->sin_port = htons(port);
}

result<std::vector<socket_address>> resolve(const std::string& host, uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  const std::string name = bare(host);
  addrinfo* found = nullptr;
  const int code = getaddrinfo(name.empty() ? nullptr : name.c_str(), std::to_string(port).c_str(), &hints,
                               &found);
  if (code != 0)
    return error{error_code::invalid, "",
                 "cannot resolve " + endpoint_text(host, port) + ": " + gai_strerror(code)};
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
  auto all = addresses_of(found);
  if (all.empty()) return error{error_code::invalid, "", "no address for " + endpoint_text(host, port)};
  return all;
}

std::vector<socket_address> addresses_of(const addrinfo* found) {
  std::vector<socket_address> all;
  for (const auto* one = found; one; one = one->ai_next) {
    socket_address address;
    address.size = one->ai_addrlen;
    std::memcpy(&address.bytes, one->ai_addr, one->ai_addrlen);
    const auto same = [&](const socket_address& other) {
      return other.size == address.size && std::memcmp(&other.bytes, &address.bytes, address.size) == 0;
    };
    if (std::none_of(all.begin(), all.end(), same)) all.push_back(address);
  }
  std::stable_partition(all.begin(), all.end(),
                        [](const socket_address& one) { return one.bytes.ss_family == AF_INET; });
  return all;
}

std::optional<socket_address> literal_address(const std::string& host, uint16_t port) {
  const std::string text = bare(host);
  socket_address address;
  auto* v4 = reinterpret_cast<sockaddr_in*>(&address.bytes);
  auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.bytes);
  if (inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    address.bytes.ss_family = AF_INET;
    address.size = sizeof *v4;
  } else if (inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) == 1) {
    address.bytes.ss_family = AF_INET6;
    address.size = sizeof *v6;
  } else {
    return std::nullopt;
  }
  address.set_port(port);
  return address;
}

std::string peer_text(const socket_address& peer) {
  const auto all = bytes_of(peer);
  if (!all) return "unknown";
  char text[INET6_ADDRSTRLEN] = "";
  if (is_mapped(*all)) inet_ntop(AF_INET, &(*all)[12], text, sizeof text);
  else inet_ntop(AF_INET6, all->data(), text, sizeof text);
  return text;
}

std::string endpoint_text(const std::string& host, uint16_t port) {
  const bool v6 = host.find(':') != std::string::npos && host.front() != '[';
  return (v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

result<address_block> address_block::from_text(std::string_view text) {
  const error wrong{error_code::invalid, "",
                    "'" + std::string(text) + "' is not an address or a block such as 10.1.0.0/16"};
  const auto slash = text.find('/');
  const std::string address(text.substr(0, slash));
  address_block block;
  in_addr v4;
  in6_addr v6;
  unsigned width = 128, offset = 0;
  if (inet_pton(AF_INET, address.c_str(), &v4) == 1) {
    block.prefix_ = mapped(v4);
    width = 32;
    offset = 96;
  } else if (inet_pton(AF_INET6, address.c_str(), &v6) == 1) {
    std::memcpy(block.prefix_.data(), &v6, 16);
  } else {
    return wrong;
  }
  unsigned bits = width;
  if (slash != std::string_view::npos) {
    const auto digits = text.substr(slash + 1);
    const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (failed != std::errc{} || end != digits.data() + digits.size() || bits > width) return wrong;
  }
  block.bits_ = bits + offset;
  return block;
}

bool address_block::contains(const socket_address& peer) const noexcept {
  const auto all = bytes_of(peer);
  return all && holds(*all);
}

bool address_block::holds(const std::array<uint8_t, 16>& address) const noexcept {
  const unsigned whole = bits_ / 8, rest = bits_ % 8;
  if (std::memcmp(address.data(), prefix_.data(), whole) != 0) return false;
  if (rest == 0) return true;
  const auto mask = static_cast<uint8_t>(0xFF << (8 - rest));
  return (address[whole] & mask) == (prefix_[whole] & mask);
}

void allow_open_files(size_t wanted) {
  constexpr size_t others = 256; // databases, logs, the other listeners
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted + others) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace aorta::net

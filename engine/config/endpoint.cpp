#include "engine/config/endpoint.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace aorta::config {

namespace {

std::optional<unsigned> digits(std::string_view text, unsigned most) {
  unsigned value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc{} || end != text.data() + text.size() || value > most)
    return std::nullopt;
  return value;
}

bool is_ip(int family, std::string_view text) {
  unsigned char bytes[16];
  return inet_pton(family, std::string(text).c_str(), bytes) == 1;
}

bool is_host(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
      c == '-' || c == '_';
  };
  if (text.empty() || text.size() > 253 || !std::all_of(text.begin(), text.end(), fits)) return false;
  // Digits and dots alone can only be an address: 10.0.0.300 is a slip, not a name.
  return text.find_first_not_of("0123456789.") != std::string_view::npos || is_ip(AF_INET, text);
}

} // namespace

std::optional<endpoint> read_endpoint(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = digits(text.substr(colon + 1), 65535);
  if (!port) return std::nullopt;
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
    if (!is_ip(AF_INET6, host)) return std::nullopt;
  } else if (host != "*" && !is_host(host)) {
    return std::nullopt;
  }
  return endpoint{std::string(host), static_cast<uint16_t>(*port)};
}

bool is_address_block(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  const bool v4 = is_ip(AF_INET, address);
  if (!v4 && !is_ip(AF_INET6, address)) return false;
  return slash == std::string_view::npos || digits(text.substr(slash + 1), v4 ? 32 : 128).has_value();
}

bool is_web_url(std::string_view url) {
  const auto rest = url.substr(std::min(url.size(), url.find("://") + 3));
  const auto host = rest.substr(0, rest.find_first_of("/?#"));
  const bool strange = std::any_of(url.begin(), url.end(),
                                   [](char c) { return uint8_t(c) <= ' ' || c == 127; });
  return (url.starts_with("https://") || url.starts_with("http://")) && !host.empty() &&
    host.find('@') == host.npos && !strange;
}

} // namespace aorta::config

#include "engine/net/http/gzip.hpp"

#include <algorithm>
#include <new>
#include <strings.h>
#include <zlib.h>

namespace aorta::net {
namespace {

constexpr int window_gzip = 15 + 16; ///< the largest window, with gzip's header and trailer
constexpr size_t step = 64 * 1024;
constexpr size_t always_allowed = 1u << 20, largest_ratio = 100;

/// Whatever the case, as codings are compared (RFC 9110 8.4.1).
bool is(std::string_view coding, std::string_view name) noexcept {
  return coding.size() == name.size() && strncasecmp(coding.data(), name.data(), name.size()) == 0;
}

Bytef* bytes(const char* at) { return reinterpret_cast<Bytef*>(const_cast<char*>(at)); }

} // namespace

std::string gzip(std::string_view plain) {
  z_stream z{};
  if (deflateInit2(&z, 1, Z_DEFLATED, window_gzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) throw std::bad_alloc();
  std::string out(deflateBound(&z, plain.size()), '\0');
  z.next_in = bytes(plain.data());
  z.avail_in = uInt(plain.size());
  z.next_out = bytes(out.data());
  z.avail_out = uInt(out.size());
  deflate(&z, Z_FINISH); // the bound is always enough
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

std::optional<std::string> gunzip(std::string_view packed, size_t most) {
  z_stream z{};
  if (inflateInit2(&z, window_gzip) != Z_OK) throw std::bad_alloc();
  most = std::min(most, std::max(always_allowed, packed.size() * largest_ratio));
  std::string out;
  z.next_in = bytes(packed.data());
  z.avail_in = uInt(packed.size());
  int state = Z_OK;
  while (state == Z_OK && out.size() <= most) {
    const size_t before = out.size();
    out.resize(before + step);
    z.next_out = bytes(out.data() + before);
    z.avail_out = uInt(step);
    state = inflate(&z, Z_NO_FLUSH);
    out.resize(out.size() - z.avail_out);
    if (state == Z_OK && z.avail_in == 0 && z.avail_out != 0) break; // it ends early
  }
  const bool whole = state == Z_STREAM_END && z.avail_in == 0 && out.size() <= most;
  inflateEnd(&z);
  if (!whole) return std::nullopt;
  return out;
}

bool takes_gzip(std::string_view header) noexcept {
  bool star = false;
  while (!header.empty()) {
    const auto comma = std::min(header.find(','), header.size());
    auto item = header.substr(0, comma);
    header.remove_prefix(std::min(comma + 1, header.size()));
    const auto semicolon = std::min(item.find(';'), item.size());
    auto quality = item.substr(semicolon);
    item = item.substr(0, semicolon);
    while (!item.empty() && item.front() == ' ') item.remove_prefix(1);
    while (!item.empty() && item.back() == ' ') item.remove_suffix(1);
    const auto q = quality.find("q=");
    const bool refused = q != quality.npos && quality.substr(q + 2).find_first_not_of("0. ") == quality.npos;
    if (is(item, "gzip") || is(item, "x-gzip")) return !refused;
    if (item == "*" && !refused) star = true;
  }
  return star;
}

} // namespace aorta::net

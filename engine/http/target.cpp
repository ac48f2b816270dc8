#include "engine/http/target.hpp"

#include "engine/hl7/charset.hpp"

#include <boost/url.hpp>

#include <algorithm>

namespace aorta::http {
namespace {

/// Encodes in the query what RFC 3986 wants encoded and clients of FHIR send as it is: `|` between system and
/// code, letters beyond ASCII.
std::string with_encoded_query(std::string_view target) {
  static constexpr char hex[] = "0123456789ABCDEF";
  const auto query = std::min(target.find('?'), target.size());
  std::string out(target.substr(0, query));
  for (const char c : target.substr(query)) {
    const auto byte = uint8_t(c);
    if (byte < 0x80 && std::string_view("|^`{}\"<>\\").find(c) == std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += hex[byte >> 4];
      out += hex[byte & 15];
    }
  }
  return out;
}

} // namespace

std::optional<target_parts> split_target(std::string_view target) {
  const auto encoded = with_encoded_query(target);
  const auto url = boost::urls::parse_origin_form(encoded);
  if (!url) return std::nullopt;
  target_parts out;
  for (const auto& part : url->segments()) out.path.push_back(std::string(part));
  if (!out.path.empty() && out.path.back().empty()) out.path.pop_back();
  for (const auto& param : url->params())
    if (!param.key.empty() || param.has_value)
      out.params.emplace_back(std::string(param.key), std::string(param.value)); // `Patient?`, `a=1&&b=2`
  const auto clean = [](const std::string& text) {
    return hl7::is_utf8(text) && text.find('\0') == std::string::npos;
  };
  for (const auto& part : out.path)
    if (!clean(part)) return std::nullopt;
  for (const auto& [key, value] : out.params)
    if (!clean(key) || !clean(value)) return std::nullopt;
  return out;
}

std::string shown_path(std::span<const std::string> path) {
  constexpr size_t most_shown = 200; // whoever asks for more has not asked for anything that there is
  std::string out;
  for (const auto& part : path) (out += '/') += part;
  out.resize(std::min(out.size(), most_shown));
  return out;
}

} // namespace aorta::http

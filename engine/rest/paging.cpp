#include "engine/rest/paging.hpp"

#include "engine/base/text.hpp"
#include <cstdio>

namespace aorta::rest {
namespace {

constexpr std::string_view digits = "0123456789abcdef";

uint64_t hash(std::string_view text, uint64_t state = 0xcbf29ce484222325ull) noexcept {
  for (const char c : text) state = (state ^ uint8_t(c)) * 0x100000001b3ull;
  state ^= state >> 32;
  return state * 0xbf58476d1ce4e5b9ull;
}

constexpr std::string_view plain_in_links = ":,*$"; ///< of queries, as people read them

std::string checksum(std::string_view of, std::string_view position) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash(position, hash(of))));
  return text;
}

} // namespace

std::string seal(std::string_view of, std::string_view position) {
  std::string out = checksum(of, position);
  for (const char c : position) {
    out += digits[uint8_t(c) >> 4];
    out += digits[uint8_t(c) & 15];
  }
  return out;
}

std::optional<std::string> unseal(std::string_view of, std::string_view cursor) {
  if (cursor.size() < 16 || cursor.size() % 2 != 0) return std::nullopt;
  std::string position;
  for (size_t i = 16; i < cursor.size(); i += 2) {
    const auto high = digits.find(cursor[i]), low = digits.find(cursor[i + 1]);
    if (high == digits.npos || low == digits.npos) return std::nullopt;
    position += char(high << 4 | low);
  }
  if (checksum(of, position) != cursor.substr(0, 16)) return std::nullopt;
  return position;
}

std::string question_of(const fhir::query& what) {
  std::string out = what.within + what.type;
  for (const auto& [name, value] : what.applied) ((out += '\n') += name) += '=' + value;
  return out;
}

std::string link_of(std::string_view url, std::span<const std::pair<std::string, std::string>> params,
                    std::string_view cursor) {
  std::string out(url);
  char mark = '?';
  const auto add = [&](std::string_view name, std::string_view value) {
    out += std::exchange(mark, '&');
    out += percent_encoded(name, plain_in_links) + '=' + percent_encoded(value, plain_in_links);
  };
  for (const auto& [name, value] : params) add(name, value);
  if (!cursor.empty()) add("_cursor", cursor);
  return out;
}

fhir::node* bundle_of(fhir::document& into, std::string_view type) {
  auto* out = into.object();
  into.add(*out, "resourceType", into.literal("Bundle"));
  into.add(*out, "type", into.string(type));
  return out;
}

void add_link(fhir::document& into, fhir::node& bundle, std::string_view relation, const std::string& url) {
  auto* links = bundle.get("link");
  if (links == nullptr) links = into.add(bundle, "link", into.array());
  auto* one = into.push(*links, into.object());
  into.add(*one, "relation", relation);
  into.add(*one, "url", url);
}

fhir::node* add_entry(fhir::document& into, fhir::node& bundle, const std::string& full_url,
                      fhir::node* resource, std::string_view mode) {
  auto* entries = bundle.get("entry");
  if (entries == nullptr) entries = into.add(bundle, "entry", into.array());
  auto* one = into.push(*entries, into.object());
  if (!full_url.empty()) into.add(*one, "fullUrl", full_url);
  if (resource != nullptr) into.add(*one, "resource", resource);
  if (!mode.empty()) into.add(*into.add(*one, "search", into.object()), "mode", mode);
  return one;
}

} // namespace aorta::rest

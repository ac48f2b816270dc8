#include "engine/store/sql/clean_text.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace aorta::store {
namespace {

/// Length of the UTF-8 character at `at` (RFC 3629: nothing overlong, no surrogates, nothing past U+10FFFF);
/// 0 when it is none.
size_t character(std::string_view text, size_t at) noexcept {
  const auto byte = [&](size_t i) { return at + i < text.size() ? uint8_t(text[at + i]) : uint8_t(0); };
  const auto follows = [&](size_t i) { return (byte(i) & 0xc0) == 0x80; };
  const uint8_t a = byte(0), b = byte(1);
  if (a < 0x80) return a != 0 ? 1 : 0;
  if (a >= 0xc2 && a <= 0xdf) return follows(1) ? 2 : 0;
  if (a >= 0xe0 && a <= 0xef) {
    if ((a == 0xe0 && b < 0xa0) || (a == 0xed && b > 0x9f)) return 0;
    return follows(1) && follows(2) ? 3 : 0;
  }
  if (a >= 0xf0 && a <= 0xf4) {
    if ((a == 0xf0 && b < 0x90) || (a == 0xf4 && b > 0x8f)) return 0;
    return follows(1) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

/// How many bytes from the start are ASCII without NUL, eight at a time.
size_t plain_start(std::string_view text) noexcept {
  constexpr uint64_t tops = 0x8080808080808080, ones = 0x0101010101010101;
  size_t i = 0;
  for (; i + 8 <= text.size(); i += 8) {
    uint64_t word = 0;
    std::memcpy(&word, text.data() + i, 8);
    if (((word | (word - ones)) & tops) != 0) break;
  }
  return i;
}

} // namespace

bool is_clean(std::string_view text) noexcept {
  for (size_t at = plain_start(text); at < text.size();) {
    if (uint8_t(text[at] - 1) < 0x7f) { // most are short and plain
      ++at;
      continue;
    }
    const size_t size = character(text, at);
    if (size == 0) return false;
    at += size;
  }
  return true;
}

std::string cleaned(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 16);
  for (size_t at = 0; at < text.size();) {
    const size_t size = character(text, at);
    if (size > 0) {
      out.append(text, at, size);
      at += size;
    } else {
      char buffer[8];
      std::snprintf(buffer, sizeof buffer, "\\x%02X", unsigned(uint8_t(text[at])));
      out += buffer;
      ++at;
    }
  }
  return out;
}

std::string sortable(timestamp when) {
  using namespace std::chrono;
  const auto day = floor<std::chrono::days>(when);
  const year_month_day date{day};
  if (int(date.year()) < 1) return "0001-01-01T00:00:00.000000Z"; // PostgreSQL reads no year 0
  std::string out = "0000-00-00T00:00:00.000000Z";
  const auto put = [&](size_t last, int64_t value) { // by hand: a commit writes thousands of them
    for (; value > 0; value /= 10) out[last--] = char('0' + value % 10);
  };
  const int64_t micros = (when - day).count();
  put(3, std::clamp(int(date.year()), 0, 9999));
  put(6, unsigned(date.month()));
  put(9, unsigned(date.day()));
  put(12, micros / 3'600'000'000);
  put(15, micros / 60'000'000 % 60);
  put(18, micros / 1'000'000 % 60);
  put(25, micros % 1'000'000);
  return out;
}

namespace {
using writer = rapidjson::Writer<rapidjson::StringBuffer>;
void add(writer& to, std::string_view text) {
  if (is_clean(text)) {
    to.String(text.data(), rapidjson::SizeType(text.size()));
  } else {
    const std::string safe = cleaned(text);
    to.String(safe.data(), rapidjson::SizeType(safe.size()));
  }
}
} // namespace

std::string json_list(const std::vector<std::string>& items) {
  rapidjson::StringBuffer out;
  writer to(out);
  to.StartArray();
  for (const auto& item : items) add(to, item);
  to.EndArray();
  return {out.GetString(), out.GetSize()};
}

std::vector<std::string> read_json_list(std::string_view json) {
  std::vector<std::string> out;
  rapidjson::Document doc;
  if (doc.Parse(json.data(), json.size()).HasParseError() || !doc.IsArray()) return out;
  for (const auto& item : doc.GetArray())
    if (item.IsString()) out.emplace_back(item.GetString(), item.GetStringLength());
  return out;
}

std::string read_json_member(std::string_view json, std::string_view name) {
  rapidjson::Document doc;
  if (doc.Parse(json.data(), json.size()).HasParseError() || !doc.IsObject()) return {};
  const auto found = doc.FindMember(rapidjson::StringRef(name.data(), name.size()));
  if (found == doc.MemberEnd() || !found->value.IsString()) return {};
  return {found->value.GetString(), found->value.GetStringLength()};
}

std::string with_city(std::string_view address_json, std::string_view city) {
  rapidjson::Document doc;
  if (doc.Parse(address_json.data(), address_json.size()).HasParseError() || !doc.IsObject()) doc.SetObject();
  doc.RemoveMember("city");
  if (!city.empty())
    doc.AddMember("city", rapidjson::Value(city.data(), rapidjson::SizeType(city.size()), doc.GetAllocator()),
                  doc.GetAllocator());
  if (doc.ObjectEmpty()) return {};
  rapidjson::StringBuffer out;
  writer to(out);
  doc.Accept(to);
  return {out.GetString(), out.GetSize()};
}

} // namespace aorta::store

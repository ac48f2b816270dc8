#include "engine/api/message_text.hpp"

namespace aorta::api {

std::string shown_text(std::string_view bytes, const hl7::decoder* charset) {
  if (charset)
    if (auto text = charset->decode(bytes)) return std::move(*text);
  if (hl7::is_utf8(bytes)) return std::string(bytes);
  std::string out;
  for (const auto c : bytes) {
    const auto byte = uint8_t(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += char(0xc0 | byte >> 6);
      out += char(0x80 | (byte & 0x3f));
    }
  }
  return out;
}

std::optional<hl7::decoder> charset_of(const hl7::message& msg, const rapidjson::Document& trace) {
  std::string_view used;
  if (trace.IsObject() && trace.HasMember("charset") && trace["charset"].IsString())
    used = trace["charset"].GetString();
  auto made = hl7::decoder::make(used.empty() ? hl7::peek(msg).charset : used);
  return made ? std::optional(std::move(*made)) : std::nullopt;
}

} // namespace aorta::api

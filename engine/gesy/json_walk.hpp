// RapidJSON behind a few words, for this room's bodies.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <string>
#include <string_view>

namespace aorta::gesy {

using json_document = rapidjson::Document;
using json_value = rapidjson::Value;
using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

struct json_text {
  rapidjson::StringBuffer buffer;
  json_writer writer{buffer};
  std::string take() const { return {buffer.GetString(), buffer.GetSize()}; }
};

/// Whether it nests no deeper than bodies do: what is written anew is walked one call a level.
inline bool is_shallow(std::string_view json) noexcept {
  constexpr int deepest = 64;
  int depth = 0;
  bool in_text = false;
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (in_text) {
      if (c == '\\') ++i;
      else if (c == '"') in_text = false;
    } else if (c == '"') in_text = true;
    else if (c == '[' || c == '{') {
      if (++depth > deepest) return false;
    } else if (c == ']' || c == '}') --depth;
  }
  return true;
}

inline bool parse(json_document& into, std::string_view text) {
  if (!is_shallow(text)) return false;
  into.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag>(text.data(),
                                                                                     text.size());
  return !into.HasParseError();
}
/// Null: there is none of this name.
inline const json_value* member(const json_value& of, std::string_view name) {
  const auto found = of.FindMember(rapidjson::StringRef(name.data(), rapidjson::SizeType(name.size())));
  return found == of.MemberEnd() ? nullptr : &found->value;
}
inline std::string_view text_of(const json_value& of) { return {of.GetString(), of.GetStringLength()}; }
/// A text, or a whole number as one: ids come as both.
inline std::string said_in(const json_value& of) {
  if (of.IsString()) return std::string(text_of(of));
  if (of.IsInt64()) return std::to_string(of.GetInt64());
  return of.IsUint64() ? std::to_string(of.GetUint64()) : std::string();
}
/// The text of this member; empty where there is none, or it is no text.
inline std::string_view text_of(const json_value& of, std::string_view name) {
  const auto* found = of.IsObject() ? member(of, name) : nullptr;
  return found != nullptr && found->IsString() ? text_of(*found) : std::string_view();
}
inline void write_key(json_writer& to, std::string_view name) {
  to.Key(name.data(), rapidjson::SizeType(name.size()));
}
inline void write_text(json_writer& to, std::string_view text) {
  to.String(text.data(), rapidjson::SizeType(text.size()));
}

} // namespace aorta::gesy

// RapidJSON behind a few words. Included by sources that answer in JSON.
#pragma once

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aorta::http {

class json {
public:
  json& open() { return writer_.StartObject(), *this; }
  json& close() { return writer_.EndObject(), *this; }
  json& open_list() { return writer_.StartArray(), *this; }
  json& close_list() { return writer_.EndArray(), *this; }
  json& key(std::string_view k) { return writer_.Key(k.data(), rapidjson::SizeType(k.size())), *this; }
  json& text(std::string_view v) { return writer_.String(v.data(), rapidjson::SizeType(v.size())), *this; }
  json& null() { return writer_.Null(), *this; }
  json& raw(std::string_view v, rapidjson::Type type) {
    return writer_.RawValue(v.data(), v.size(), type), *this;
  }

  json& value(const rapidjson::Value& v) { return v.Accept(writer_), *this; }
  json& number(int64_t v) { return writer_.Int64(v), *this; }

  json& field(std::string_view k, std::string_view v) { return key(k).text(v); }
  json& field(std::string_view k, const char* v) { return key(k).text(v); }
  json& field(std::string_view k, const std::string& v) { return key(k).text(v); }
  json& field(std::string_view k, bool v) { return writer_.Bool((key(k), v)), *this; }
  json& field(std::string_view k, int64_t v) { return writer_.Int64((key(k), v)), *this; }
  json& field(std::string_view k, uint64_t v) { return writer_.Uint64((key(k), v)), *this; }
  json& field(std::string_view k, int v) { return field(k, int64_t(v)); }
  template <class T>
  json& field(std::string_view k, const std::optional<T>& v) {
    if (v) return field(k, *v);
    return key(k).null();
  }
  /// Empty text is null: "no statement".
  json& field_or_null(std::string_view k, const std::string& v) {
    return v.empty() ? key(k).null() : field(k, v);
  }
  /// JSON that stands in the store.
  json& field_json(std::string_view k, const std::string& v) {
    return v.empty() ? key(k).null() : key(k).raw(v, rapidjson::kObjectType);
  }

  std::string take() const { return {buffer_.GetString(), buffer_.GetSize()}; }

private:
  rapidjson::StringBuffer buffer_;
  rapidjson::Writer<rapidjson::StringBuffer, rapidjson::UTF8<>, rapidjson::UTF8<>, rapidjson::CrtAllocator>
    writer_{buffer_};
};

} // namespace aorta::http

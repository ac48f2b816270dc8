#include "engine/api/job_text.hpp"

#include <algorithm>

namespace aorta::api {

bool parse_object(rapidjson::Document& into, std::string_view text) {
  into.Parse<rapidjson::kParseIterativeFlag>(text.data(), text.size());
  return !into.HasParseError() && into.IsObject();
}

std::string word_in(const rapidjson::Value& of, const char* key) {
  const auto found = of.FindMember(key);
  return found != of.MemberEnd() && found->value.IsString()
    ? std::string(found->value.GetString(), found->value.GetStringLength())
    : std::string();
}

int64_t number_in(const rapidjson::Value& of, const char* key) {
  const auto found = of.FindMember(key);
  return found != of.MemberEnd() && found->value.IsInt64() ? found->value.GetInt64() : 0;
}

bool flag_in(const rapidjson::Value& of, const char* key) {
  const auto found = of.FindMember(key);
  return found != of.MemberEnd() && found->value.IsTrue();
}

void add_lines(json& out, std::string_view lines) {
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    if (end > 0) out.raw(lines.substr(0, end), rapidjson::kObjectType);
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

} // namespace aorta::api

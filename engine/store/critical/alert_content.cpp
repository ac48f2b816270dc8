#include "engine/store/critical/alert_content.hpp"

#include "engine/store/sql/clean_text.hpp"

#include <rapidjson/document.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

namespace aorta::store {
namespace {

using json_writer = rapidjson::Writer<rapidjson::StringBuffer>;

void member(json_writer& to, const char* name, const std::string& text) {
  if (text.empty()) return;
  const auto safe = cleaned(text);
  to.Key(name);
  to.String(safe.data(), rapidjson::SizeType(safe.size()));
}

void write_shown(json_writer& to, const critical::shown& what) {
  to.StartObject();
  member(to, "loinc", what.loinc);
  member(to, "value", what.value);
  member(to, "unit", what.unit);
  member(to, "comparator", what.comparator);
  member(to, "sent_value", what.sent_value);
  member(to, "sent_unit", what.sent_unit);
  to.EndObject();
}

std::string text_of(const rapidjson::Value& in, const char* name) {
  const auto at = in.FindMember(name);
  return at != in.MemberEnd() && at->value.IsString()
    ? std::string(at->value.GetString(), at->value.GetStringLength())
    : std::string();
}

critical::shown read_shown(const rapidjson::Value& in) {
  return {text_of(in, "loinc"),      text_of(in, "value"),      text_of(in, "unit"),
          text_of(in, "comparator"), text_of(in, "sent_value"), text_of(in, "sent_unit")};
}

} // namespace

std::string alert_content_text(const ports::critical_content& of) {
  rapidjson::StringBuffer out;
  json_writer json(out);
  json.StartObject();
  member(json, "name", of.test_name);
  member(json, "status", of.status);
  member(json, "where", of.where);
  json.Key("now");
  write_shown(json, of.value);
  if (of.before) {
    json.Key("before");
    write_shown(json, *of.before);
  }
  json.EndObject();
  return {out.GetString(), out.GetSize()};
}

ports::critical_content read_alert_content(const std::string& text) {
  rapidjson::Document in;
  in.Parse(text.data(), text.size());
  ports::critical_content out;
  if (in.HasParseError() || !in.IsObject()) return out;
  out.test_name = text_of(in, "name");
  out.status = text_of(in, "status");
  out.where = text_of(in, "where");
  if (const auto now = in.FindMember("now"); now != in.MemberEnd() && now->value.IsObject())
    out.value = read_shown(now->value);
  if (const auto was = in.FindMember("before"); was != in.MemberEnd() && was->value.IsObject())
    out.before = read_shown(was->value);
  return out;
}

critical::shown shown_of(const model::lab_result& of) {
  return {of.loinc_code.value_or(""),
          of.value_numeric ? of.value_numeric->text() : of.value_text.value_or(""),
          of.unit.value_or(""),
          of.comparator,
          of.sent.value,
          of.sent.unit};
}

critical::band band_of(std::string_view flag) noexcept {
  return flag == "critical_low" || flag == "critical_high" ? critical::band::risk
                                                           : critical::band::significant;
}

} // namespace aorta::store

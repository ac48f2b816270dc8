#include "engine/cli/expectation.hpp"

#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <stdexcept>
#include <string_view>

namespace aorta::cli {
namespace {

using rapidjson::Value;
using pretty = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

rapidjson::Document parsed(const std::string& json) {
  rapidjson::Document out;
  out.Parse(json.data(), json.size());
  return out;
}

std::string shown(const Value& what) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out(buffer);
  what.Accept(out);
  return {buffer.GetString(), buffer.GetSize()};
}

template <class Writer>
void key(Writer& out, std::string_view name) {
  out.Key(name.data(), rapidjson::SizeType(name.size()));
}

void compare(const Value& wanted, const Value& is, const std::string& at, std::vector<std::string>& out) {
  if (wanted.IsObject() && is.IsObject()) {
    for (const auto& member : wanted.GetObject()) {
      const auto place = (at.empty() ? "" : at + ".") + member.name.GetString();
      const auto found = is.FindMember(member.name);
      if (found == is.MemberEnd())
        out.push_back(place + ": expected " + shown(member.value) + ", is not there");
      else compare(member.value, found->value, place, out);
    }
    return;
  }
  if (wanted.IsArray() && is.IsArray()) {
    if (wanted.Size() != is.Size())
      out.push_back(at + ": expected " + std::to_string(wanted.Size()) + " items, has " +
                    std::to_string(is.Size()));
    for (rapidjson::SizeType i = 0; i < wanted.Size() && i < is.Size(); ++i)
      compare(wanted[i], is[i], at + "[" + std::to_string(i) + "]", out);
    return;
  }
  const bool same = wanted.IsNumber() && is.IsNumber() ? wanted.GetDouble() == is.GetDouble() : wanted == is;
  if (!same) out.push_back(at + ": expected " + shown(wanted) + ", is " + shown(is));
}

void write_record(pretty& out, const model::record& row) {
  const auto& shape = model::shape(row.of);
  out.StartObject();
  out.Key("table");
  out.String(shape.name.data(), rapidjson::SizeType(shape.name.size()));
  for (size_t i = 0; i < row.cells.size(); ++i) {
    if (!row.cells[i] || shape.columns[i] == "clinic_id") continue;
    key(out, shape.columns[i]);
    out.String(row.cells[i]->data(), rapidjson::SizeType(row.cells[i]->size()));
  }
  out.EndObject();
}

constexpr std::array<std::string_view, 4> of_message{"ack_code", "status", "error_code", "patient_id"};
constexpr std::array<std::string_view, 7> of_result{"test_code",     "loinc_code",    "value_text",  "unit",
                                                    "abnormal_flag", "result_status", "needs_review"};

template <size_t N>
void write_members(pretty& out, const Value& of, const std::array<std::string_view, N>& which) {
  for (const auto name : which) {
    const auto found = of.FindMember(Value(rapidjson::StringRef(name.data(), name.size())));
    if (found == of.MemberEnd() || found->value.IsNull()) continue;
    key(out, name);
    found->value.Accept(out);
  }
}

void write_message(pretty& out, const Value& of) {
  out.StartObject();
  write_members(out, of, of_message);
  out.Key("reviews");
  out.StartArray();
  for (const auto& each : of["reviews"].GetArray()) {
    out.StartObject();
    out.Key("kind");
    each["kind"].Accept(out);
    out.EndObject();
  }
  out.EndArray();
  out.Key("results");
  out.StartArray();
  for (const auto& each : of["results"].GetArray()) {
    out.StartObject();
    write_members(out, each, of_result);
    out.EndObject();
  }
  out.EndArray();
  out.EndObject();
}

} // namespace

std::string outcome_of(const std::vector<std::string>& messages, const std::vector<model::record>& records) {
  rapidjson::StringBuffer buffer;
  pretty out(buffer);
  out.StartObject();
  out.Key("messages");
  out.StartArray();
  for (const auto& each : messages) parsed(each).Accept(out);
  out.EndArray();
  out.Key("records");
  out.StartArray();
  for (const auto& row : records) write_record(out, row);
  out.EndArray();
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string suggestion(const std::string& outcome, const std::string& listener) {
  const auto all = parsed(outcome);
  rapidjson::StringBuffer buffer;
  pretty out(buffer);
  out.SetIndent(' ', 1);
  out.StartObject();
  if (!listener.empty()) {
    out.Key("listener");
    out.String(listener.data(), rapidjson::SizeType(listener.size()));
  }
  out.Key("messages");
  out.StartArray();
  for (const auto& each : all["messages"].GetArray()) write_message(out, each);
  out.EndArray();
  if (!all["records"].Empty()) {
    out.Key("records");
    all["records"].Accept(out);
  }
  out.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
}

std::string expectation::fault() const {
  if (empty()) return {};
  const auto read = parsed(json_);
  if (read.HasParseError())
    return std::string("no JSON at its byte ") + std::to_string(read.GetErrorOffset()) + ": " +
      rapidjson::GetParseError_En(read.GetParseError());
  if (!read.IsObject()) return "it must be an object with `messages`, `records` and `listener`";
  for (const auto& member : read.GetObject()) {
    const std::string_view name(member.name.GetString(), member.name.GetStringLength());
    if (name != "messages" && name != "records" && name != "listener")
      return "it has `messages`, `records` and `listener`, and no `" + std::string(name) + "`";
  }
  return {};
}

std::string expectation::listener() const {
  const auto read = parsed(json_);
  if (!read.IsObject() || !read.HasMember("listener") || !read["listener"].IsString()) return {};
  return read["listener"].GetString();
}

expectation as_logged(std::string_view ack_code, std::string_view status) {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> out(buffer);
  const auto text = [&](const char* name, std::string_view value) {
    out.Key(name);
    out.String(value.data(), rapidjson::SizeType(value.size()));
  };
  out.StartObject();
  out.Key("messages");
  out.StartArray();
  out.StartObject();
  if (!ack_code.empty()) text("ack_code", ack_code);
  text("status", status);
  out.EndObject();
  out.EndArray();
  out.EndObject();
  return expectation({buffer.GetString(), buffer.GetSize()});
}

std::vector<std::string> expectation::differences(const std::string& outcome) const {
  std::vector<std::string> out;
  auto wanted = parsed(json_);
  wanted.RemoveMember("listener");
  compare(wanted, parsed(outcome), "", out);
  return out;
}

} // namespace aorta::cli

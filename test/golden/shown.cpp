#include "test/golden/shown.hpp"

#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace aorta::golden {
namespace {

using rapidjson::Value;

constexpr const char* of_message[] = {"status", "error_code", "error_where", "ack_code"};
constexpr const char* of_result[] = {"test_code",
                                     "sub_id",
                                     "loinc_code",
                                     "test_name",
                                     "value_kind",
                                     "value_text",
                                     "value_numeric",
                                     "comparator",
                                     "unit",
                                     "reference_range_low",
                                     "reference_range_high",
                                     "reference_range_text",
                                     "abnormal_flag",
                                     "critical_value",
                                     "result_status",
                                     "result_datetime",
                                     "comments",
                                     "needs_review",
                                     "patient_id",
                                     "placer_order_number",
                                     "filler_order_number",
                                     "performing_lab",
                                     "organism"};

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> out;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) out.push_back(part);
  return out;
}

std::string joined(const std::vector<std::string>& parts, char with) {
  std::string out;
  for (const auto& each : parts) out += (&each == &parts.front() ? "" : std::string(1, with)) + each;
  return out;
}

std::string shown_reply(const std::string& reply) {
  auto segments = split(reply, '\r');
  if (segments.empty()) return {};
  auto header = split(segments.front(), '|');
  if (header.size() > 9) {
    header[6] = "TIME";
    header[9] = "ID";
  }
  segments.front() = joined(header, '|');
  return joined(segments, '\n');
}

rapidjson::Document parsed(const std::string& json) {
  rapidjson::Document out;
  out.Parse(json.data(), json.size());
  if (out.HasParseError()) throw std::runtime_error("a kept message is shown as what is no JSON: " + json);
  return out;
}

bool says_something(const Value& of) {
  return !of.IsNull() && !of.IsFalse() && !(of.IsString() && of.GetStringLength() == 0);
}

class pretty {
public:
  pretty() { out_.SetIndent(' ', 1); }

  template <class Each>
  void list(const char* name, Each each) {
    if (name != nullptr) out_.Key(name);
    out_.StartArray();
    each();
    out_.EndArray();
  }
  template <class Members>
  void object(Members members) {
    out_.StartObject();
    members();
    out_.EndObject();
  }
  template <class Names>
  void members(const Value& of, const Names& names) {
    for (const char* name : names) {
      const auto found = of.FindMember(name);
      if (found == of.MemberEnd() || !says_something(found->value)) continue;
      out_.Key(name);
      found->value.Accept(out_);
    }
  }
  void text(const std::string& what) { out_.String(what.data(), rapidjson::SizeType(what.size())); }
  void flag(const char* name, bool what) {
    out_.Key(name);
    out_.Bool(what);
  }
  void whole(const Value& what) { what.Accept(out_); }
  std::string take() const { return std::string(buffer_.GetString(), buffer_.GetSize()) + "\n"; }

private:
  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> out_{buffer_};
};

void write_message(pretty& out, const Value& of) {
  out.object([&] {
    out.members(of, of_message);
    std::vector<std::string> reviews;
    for (const auto& each : of["reviews"].GetArray()) reviews.emplace_back(each["kind"].GetString());
    std::sort(reviews.begin(), reviews.end());
    out.list("reviews", [&] {
      for (const auto& each : reviews) out.text(each);
    });
    out.list("results", [&] {
      for (const auto& each : of["results"].GetArray())
        out.object([&] {
          out.members(each, of_result);
          if (!each["current"].GetBool()) out.flag("current", false);
        });
    });
  });
}

} // namespace

std::string shown_replies(const std::vector<std::string>& replies) {
  std::string out;
  for (const auto& each : replies) out += (&each == &replies.front() ? "" : "\n\n") + shown_reply(each);
  return out + "\n";
}

std::string shown_rows(const std::vector<std::string>& messages) {
  pretty out;
  out.list(nullptr, [&] {
    for (const auto& each : messages) write_message(out, parsed(each));
  });
  return out.take();
}

std::string shown_traces(const std::vector<std::string>& messages) {
  pretty out;
  out.list(nullptr, [&] {
    for (const auto& each : messages) out.whole(parsed(each)["trace"]);
  });
  return out.take();
}

} // namespace aorta::golden

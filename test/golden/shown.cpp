#include "test/golden/shown.hpp"

#include <rapidjson/document.h>
#include <rapidjson/prettywriter.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>

namespace aorta::golden {
namespace {

using rapidjson::Value;

rapidjson::Document parsed(const std::string& json) {
  rapidjson::Document out;
  out.Parse(json.data(), json.size());
  if (out.HasParseError()) throw std::runtime_error("what is read is no JSON: " + json);
  return out;
}

/// Which members of the API's answer a golden file shows: `shown.json`, which the socket's runner reads too.
const std::vector<std::string>& names_of(const char* what) {
  static const auto all = [] {
    std::ifstream in(AORTA_SOURCE "/test/golden/shown.json", std::ios::binary);
    const auto read = parsed({std::istreambuf_iterator<char>(in), {}});
    std::map<std::string, std::vector<std::string>> out;
    for (const auto& list : read.GetObject())
      for (const auto& each : list.value.GetArray())
        out[list.name.GetString()].emplace_back(each.GetString());
    return out;
  }();
  return all.at(what);
}

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

namespace {

/// Time and own id of a header: MSH-7 and MSH-10, BHS-7 and BHS-11.
std::string masked(const std::string& segment) {
  const bool batch = segment.starts_with("BHS");
  if ((!batch && !segment.starts_with("MSH")) || segment.size() < 4) return segment;
  auto fields = split(segment, segment[3]);
  const size_t id = batch ? 10 : 9;
  if (fields.size() <= id) return segment;
  fields[6] = "TIME";
  fields[id] = "ID";
  return joined(fields, segment[3]);
}

} // namespace

/// Where several frames answer, an empty line stands between them.
std::string shown_reply(const std::string& reply) {
  auto segments = split(reply, '\r');
  for (auto& each : segments) {
    if (each == "\x1c") each.clear();
    if (each.starts_with('\x0b')) each.erase(0, 1);
    each = masked(each);
  }
  return joined(segments, '\n');
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
  void members(const Value& of, const char* which) {
    for (const auto& name : names_of(which)) {
      const auto found = of.FindMember(name.c_str());
      if (found == of.MemberEnd() || !says_something(found->value)) continue;
      out_.Key(name.c_str());
      found->value.Accept(out_);
    }
  }
  void text(const std::string& what) { out_.String(what.data(), rapidjson::SizeType(what.size())); }
  void flag(const char* name, bool what) {
    out_.Key(name);
    out_.Bool(what);
  }
  void number(const char* name, size_t what) {
    out_.Key(name);
    out_.Uint64(what);
  }
  void key(const char* name) { out_.Key(name); }
  void whole(const Value& what) { what.Accept(out_); }
  std::string take() const { return std::string(buffer_.GetString(), buffer_.GetSize()) + "\n"; }

private:
  rapidjson::StringBuffer buffer_;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> out_{buffer_};
};

/// What was filed, and beside it what the laboratory sent.
void write_result(pretty& out, const Value& of) {
  out.object([&] {
    out.members(of, "result");
    if (!of["current"].GetBool()) out.flag("current", false);
    if (const auto files = of["attachments"].GetArray(); !files.Empty())
      out.number("attachments", files.Size());
    out.key("sent");
    out.object([&] { out.members(of["sent"], "sent"); });
  });
}

void write_message(pretty& out, const Value& of) {
  out.object([&] {
    out.members(of, "message");
    std::vector<std::string> reviews;
    for (const auto& each : of["reviews"].GetArray()) reviews.emplace_back(each["kind"].GetString());
    std::sort(reviews.begin(), reviews.end());
    out.list("reviews", [&] {
      for (const auto& each : reviews) out.text(each);
    });
    out.list("results", [&] {
      for (const auto& each : of["results"].GetArray()) write_result(out, each);
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

std::string shown_records(const std::vector<model::record>& rows) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> out(buffer);
  out.SetIndent(' ', 1);
  out.StartArray();
  for (const auto& row : rows) {
    const auto& shape = model::shape(row.of);
    out.StartObject();
    out.Key("table");
    out.String(shape.name.data(), rapidjson::SizeType(shape.name.size()));
    for (size_t i = 0; i < row.cells.size(); ++i) {
      if (!row.cells[i] || shape.columns[i] == "clinic_id") continue;
      out.Key(shape.columns[i].data(), rapidjson::SizeType(shape.columns[i].size()));
      out.String(row.cells[i]->data(), rapidjson::SizeType(row.cells[i]->size()));
    }
    out.EndObject();
  }
  out.EndArray();
  return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

} // namespace aorta::golden

#include "engine/gateway/carriers/content.hpp"

#include "engine/hl7/message.hpp"
#include "engine/hl7/message_charset.hpp"
#include "engine/hl7/readdress.hpp"
#include "engine/http/json.hpp"
#include "engine/model/events.hpp"

namespace aorta::gateway {
namespace {

using http::json;

class tree {
public:
  tree(const hl7::message& of, const hl7::decoder& from) : of_(of), from_(from) {}

  std::string text() {
    out_.open().key("segments").open_list();
    for (size_t i = 0; i < of_.segments(); ++i) segment(of_.segment(i));
    out_.close_list().close();
    return out_.take();
  }

private:
  void segment(const hl7::segment_view& one) {
    out_.open().field("name", plain(one.name())).key("fields").open_list();
    const bool declares = one.name() == "MSH";
    for (size_t n = 1; n <= one.fields(); ++n) {
      if (declares && n <= 2) whole(one.field(n).raw);
      else field(one.field(n).raw);
    }
    out_.close_list().close();
  }

  /// Delimiters themselves are not divided by themselves.
  void whole(std::string_view raw) {
    out_.open_list().open_list().open_list().text(plain(raw)).close_list().close_list().close_list();
  }

  void field(std::string_view raw) {
    out_.open_list();
    if (!raw.empty())
      divided(raw, of_.marks().repetition, [&](auto repetition) {
        out_.open_list();
        divided(repetition, of_.marks().component, [&](auto component) {
          out_.open_list();
          divided(component, of_.marks().subcomponent, [&](auto some) { value(some); });
          out_.close_list();
        });
        out_.close_list();
      });
    out_.close_list();
  }

  void value(std::string_view raw) {
    if (raw == "\"\"") out_.null();
    else out_.text(plain(hl7::unescape(raw, of_.marks())));
  }

  /// A delimiter that the message does not declare is 0, which no message holds.
  template <class Each>
  static void divided(std::string_view raw, char by, Each each) {
    for (;;) {
      const auto end = by == 0 ? raw.npos : raw.find(by);
      each(raw.substr(0, end));
      if (end == raw.npos) return;
      raw.remove_prefix(end + 1);
    }
  }

  std::string plain(std::string_view bytes) const { return from_.decode_with_holes(bytes); }

  const hl7::message& of_;
  const hl7::decoder& from_;
  json out_;
};

/// That a message was filed: ids, type and time, in the form of the clinic's own events.
std::string event_of(const ports::parcel& what) {
  json out;
  out.open().field("event_type", "message_filed");
  out.field("patient_id", what.patient ? std::optional(std::to_string(*what.patient)) : std::nullopt);
  out.key("data").open();
  out.field("message_id", what.message ? std::optional(to_text(*what.message)) : std::nullopt)
    .field("message_type", what.message_type)
    .field("control_id", what.control_id)
    .close();
  return out.field("timestamp", to_iso(what.created_at)).close().take();
}

/// An event of the clinic, as it stands in the outbox.
std::string told(const ports::parcel& what) {
  json out;
  out.open().field("event_type", what.event_type);
  out.field("patient_id", what.patient ? std::optional(std::to_string(*what.patient)) : std::nullopt);
  // Ids first, then what the event says itself, which is an object.
  std::string ids = R"("severity":")" +
    std::string(model::is_urgent(what.event_type) ? "critical" : "normal") + '"';
  if (what.message) ids += R"(,"message_id":")" + to_text(*what.message) + '"';
  if (what.about) ids += R"(,"resource_id":")" + to_text(*what.about) + '"';
  const std::string rest = what.body.size() > 2 ? "," + what.body.substr(1) : "}";
  return out.field_json("data", "{" + ids + rest).field("timestamp", to_iso(what.event_at)).close().take();
}

} // namespace

std::optional<std::string> message_as_json(const std::string& bytes) {
  const auto message = hl7::parse(bytes);
  if (!message) return std::nullopt;
  const auto charset = hl7::charset_of(*message, "");
  const auto unnamed = hl7::decoder::make(hl7::is_utf8(bytes) ? "" : "8859/1"); // whatever MSH-18 means by it
  if (!charset && !unnamed) return std::nullopt;
  auto out = tree(*message, charset ? charset->from : *unnamed).text();
  // Only the route's file, or the laboratory's, may know how it is written: a name with holes is sent to
  // nobody.
  constexpr std::string_view hole = "\xEF\xBF\xBD";
  if (out.find(hole) != out.npos && bytes.find(hole) == bytes.npos) return std::nullopt;
  return out;
}

std::optional<content> content_of(config::destination::content gives, const ports::parcel& what) {
  using enum config::destination::content;
  if (!what.event_type.empty()) return content{told(what), "application/json"};
  if (!what.message && what.event) return content{what.body, "application/json"}; // made for who gets it
  if (gives == event) return content{event_of(what), "application/json"};
  auto bytes = hl7::with_control_id(what.body, what.control_id);
  if (gives == hl7) return content{std::move(bytes), "application/hl7-v2"};
  auto text = message_as_json(bytes);
  return text ? std::optional(content{std::move(*text), "application/json"}) : std::nullopt;
}

} // namespace aorta::gateway

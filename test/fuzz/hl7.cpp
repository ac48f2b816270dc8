// What parses prints back and parses to the same again; no path leads outside the bytes; escapes undo each
// other; any message that can be read gets a reply that can be read.
#include "engine/hl7/ack.hpp"
#include "engine/hl7/frame.hpp"
#include "engine/hl7/lines.hpp"
#include "engine/hl7/message.hpp"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace aorta;
using namespace aorta::hl7;

void require(bool holds) {
  if (!holds) std::abort();
}

void inside(const field_view& field, std::string_view bytes) {
  if (field.is == presence::absent) return require(field.raw.empty());
  require((field.is == presence::empty) == field.raw.empty());
  require(field.raw.data() >= bytes.data() &&
          field.raw.data() + field.raw.size() <= bytes.data() + bytes.size());
}

/// The line ends made CR, byte by byte, by the rule of the header.
std::string with_cr(std::string_view bytes) {
  const bool lf_ends = bytes.find('\n', bytes.find("MSH")) < bytes.find('\r', bytes.find("MSH"));
  std::string out;
  bool in_segment = false, cr_before = false;
  for (const char c : bytes) {
    const bool ends = c == '\r' || (c == '\n' && (lf_ends || !in_segment));
    if (!(c == '\n' && cr_before)) out += ends ? '\r' : c;
    cr_before = c == '\r';
    in_segment = !ends;
  }
  if (in_segment) out += '\r';
  return out;
}

/// Lines that are no segments go on in a field or are left out, and a line feed may end one (lines.hpp): then
/// the bytes say less.
bool only_segments(std::string_view bytes, const delimiters& marks) {
  if (bytes.find('\n') != std::string_view::npos) return false;
  for (size_t at = 0; at < bytes.size();) {
    const size_t end = std::min(bytes.find('\r', at), bytes.size());
    const auto line = bytes.substr(at, end - at);
    if (!line.empty() && (!begins_as_segment(line, marks.field) || line.starts_with("ADD"))) return false;
    at = end + 1;
  }
  return true;
}

void check_paths(const message& msg) {
  const auto bytes = msg.bytes();
  for (size_t i = 0; i < msg.segments(); ++i) {
    const auto segment = msg.segment(i);
    inside({presence::value, segment.raw()}, bytes);
    require(segment.name().size() <= 3);
    size_t position = 0;
    require(msg.find(segment.name(), 1, position) && position <= i);
    for (size_t field = 0; field <= std::min<size_t>(segment.fields(), 20) + 1; ++field) {
      inside(segment.field(field), bytes);
      require((segment.field(field).is == presence::absent) == (field == 0 || field > segment.fields()));
      const size_t repetitions = std::min<size_t>(segment.repetitions(field), 2);
      for (size_t repetition = 0; repetition <= repetitions + 1; ++repetition)
        for (size_t component = 0; component < 4; ++component)
          for (size_t subcomponent = 0; subcomponent < 3; ++subcomponent)
            inside(segment.get(field, repetition, component, subcomponent), bytes);
    }
  }
}

void check_reply(const message* msg, error_code code) {
  ack_request request;
  request.to = msg;
  request.fault = error{code, "OBX[2]-5.1", "a|b^c\r\x1c"};
  request.control_id = "1";
  request.datetime = "2026";
  const std::string reply = make_ack(request);
  require(reply.find_first_of("\n\x0b\x1c") == std::string::npos && reply.ends_with('\r'));
  require(std::count(reply.begin(), reply.end(), '\r') == 3);
  const auto back = read_ack(reply);
  require(back && back->code == rule_for(code).ack);
}

/// Every part lies in the frame, begins as a message does, and all that is no part is told.
void check_frame(std::string_view bytes) {
  const auto content = read_frame(bytes);
  if (!content) return;
  require(content->parts.size() <= most_frame_parts);
  if (content->is_whole()) {
    require(content->parts.front().own == bytes);
    return;
  }
  size_t own = 0;
  for (const auto& each : content->parts) {
    for (const auto view : {each.own, each.common})
      if (!view.empty()) inside({presence::value, view}, bytes);
    require(each.group < each.groups && each.message < content->messages);
    require(bool(parse(each.bytes())));
    own += each.own.size() + (each.group == 0 ? each.common.size() : 0);
  }
  require(own <= bytes.size());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  check_frame(bytes);
  const auto msg = parse(bytes);
  const auto code = error_code(size % (size_t(error_code::internal) + 1));
  check_reply(msg ? &*msg : nullptr, code);
  if (!msg) return 0;

  const std::string written = write(*msg);
  const auto again = parse(written);
  require(again && again->marks() == msg->marks());
  if (only_segments(bytes, msg->marks())) {
    require(written == with_cr(bytes));
    require(again->segments() == msg->segments() && write(*again) == written);
    for (size_t i = 0; i < msg->segments(); ++i) require(again->segment(i).raw() == msg->segment(i).raw());
  }
  check_paths(*msg);

  if (msg->marks().escape != 0) require(unescape(escape(bytes, msg->marks()), msg->marks()) == bytes);
  const std::string plain = unescape(bytes, msg->marks());
  require(plain.size() <= bytes.size() * 20 + 20);
  return 0;
}

// PARSER: an index over the bytes, and the lane of the message's patient.
#include "engine/pipeline/accept.hpp"
#include "engine/pipeline/stage.hpp"

#include <functional>
#include <unordered_map>

namespace aorta::pipeline {
namespace {

using namespace hl7::literals;

/// What the last senders' control ids stood for. MSH-10 is not unique in practice: another content under a
/// known id is processed all the same, and a person is told. Bounded: two generations of ids, the older one
/// forgotten when the younger is full.
class recent_ids {
public:
  /// `group`: the groups of one message have its id in common.
  bool stands_for_other_content(const hl7::header& header, size_t group, std::string_view bytes) {
    const std::hash<std::string_view> hash;
    const size_t id = hash(header.sending_application) * 31 * 31 + hash(header.sending_facility) * 31 +
      hash(header.control_id) + group;
    const size_t content = hash(bytes);
    bool other = false;
    for (const auto* generation : {&younger_, &older_})
      if (const auto known = generation->find(id); known != generation->end() && known->second != content)
        other = true;
    if (younger_.size() >= most) {
      older_ = std::move(younger_);
      younger_.clear();
    }
    younger_[id] = content;
    return other;
  }

private:
  static constexpr size_t most = 10'000;
  std::unordered_map<size_t, size_t> younger_, older_;
};

/// Frames are divided where that is certain; what is left of another message, or of a batch, is for a person.
std::optional<error> begins_another(const hl7::message& msg) {
  for (size_t i = 1; i < msg.segments(); ++i) {
    const auto name = msg.segment(i).name();
    if (name == "MSH")
      return error{error_code::segment_sequence, "MSH[2]",
                   "two messages in one frame: they are never filed as one"};
    if (name == "FHS" || name == "BHS" || name == "BTS" || name == "FTS")
      return error{error_code::segment_sequence, std::string(name),
                   "a line of a batch stands within a message"};
  }
  return std::nullopt;
}

class parser final : public step {
public:
  explicit parser(const route& of) : route_(of) {}

  void run(envelope& mail) override {
    if (mail.payload) return; // the lines of a batch: they were read with its frame
    auto parsed = hl7::parse(mail.bytes);
    if (!parsed) return mail.fail(parsed.error());
    mail.message.emplace(std::move(*parsed));
    mail.lane = lane_of(*mail.message, route_.how.lanes);
    mail.asked = acks_for(mail, &*mail.message, route_.how);
    if (const auto header = hl7::check_header(*mail.message); !header) return mail.fail(header.error());
    if (auto strange = begins_another(*mail.message)) return mail.fail(std::move(*strange));
    if (ids_.stands_for_other_content(mail.header, mail.share ? mail.share->group : 0, mail.bytes)) {
      mail.remarks.emplace_back("this sender used the same control id for another content before");
      if (route_.tell) route_.tell("control-id-reused", mail, "");
    }
    if (!mail.asked && hl7::asked_acks(*mail.message))
      mail.remarks.emplace_back(
        "MSH-15/16 ask for enhanced acknowledgement, and it is answered in original mode");
  }

private:
  const route& route_;
  recent_ids ids_;
};

} // namespace

uint32_t lane_of(const hl7::message& msg, uint32_t lanes) {
  if (lanes <= 1) return 0;
  const auto key = hl7::get(msg, "PID-3.1"_path).raw;
  const auto person = hl7::get(msg, "PID-5"_path).raw;
  return uint32_t((std::hash<std::string_view>{}(key.empty() ? person : key)) % lanes);
}

entry parse() {
  return {{.name = "parse", .gives = part::message, .make = [](const route& of) -> std::unique_ptr<step> {
             return std::make_unique<parser>(of);
           }}};
}

} // namespace aorta::pipeline

// ACKER: the reply's bytes, from what happened to the message.
#include "engine/hl7/ack.hpp"
#include "engine/pipeline/frame.hpp"
#include "engine/pipeline/stage.hpp"

namespace aorta::pipeline {
namespace {

class acker final : public step {
public:
  explicit acker(const route& of) : route_(of) {}

  void run(envelope& mail) override {
    // The header that was sent is echoed: also when nobody has parsed it, and not what an edit made of it.
    std::optional<hl7::message> sent;
    if (!mail.message || !mail.edited.empty())
      if (auto parsed = hl7::parse(mail.bytes)) sent.emplace(std::move(*parsed));
    const auto& why = mail.trouble();
    const auto stamp = stamp_of(*route_.clock, *route_.ids);
    hl7::ack_request reply;
    reply.to = sent ? &*sent : mail.message && mail.edited.empty() ? &*mail.message : nullptr;
    reply.fault = why;
    reply.control_id = stamp.control_id;
    reply.datetime = stamp.datetime;
    if (mail.payload) mail.payload->answer(mail, reply);
    mail.reply = hl7::make_ack(reply);
    mail.ack_code = why ? std::string(hl7::rule_for(why->code).ack) : "AA";
  }

private:
  const route& route_;
};

} // namespace

exit ack() {
  return {{.name = "ack",
           .make = [](const route& of) -> std::unique_ptr<step> { return std::make_unique<acker>(of); },
           .also_failed = true}};
}

} // namespace aorta::pipeline

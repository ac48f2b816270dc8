// ACKER: the reply's bytes, from what happened to the message.
#include "engine/hl7/ack.hpp"
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
    const auto now = route_.clock->now();
    // Twenty characters, the length of MSH-10 before v2.5: the end of an id is its random part, its beginning
    // the time.
    auto control = to_text(route_.ids->next(now));
    std::erase(control, '-');
    const auto stamp = hl7::to_hl7(std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count(),
                                   0);
    hl7::ack_request reply;
    reply.to = sent ? &*sent : mail.message && mail.edited.empty() ? &*mail.message : nullptr;
    reply.fault = why;
    reply.control_id = std::string_view(control).substr(0, 20);
    reply.datetime = stamp;
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

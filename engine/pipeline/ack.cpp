// ACKER: the reply's bytes, from what happened to the message.
#include "engine/hl7/ack.hpp"
#include "engine/pipeline/accept.hpp"
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
    const auto* to = sent ? &*sent : mail.message && mail.edited.empty() ? &*mail.message : nullptr;
    const auto asked = !route_.stores ? std::nullopt
      : mail.asked                    ? mail.asked
                                      : acks_for(mail, to, route_.how);
    if (asked) return answer(mail, to, *asked);
    mail.reply = application(mail, to, false);
    mail.ack_code = code_of(mail);
  }

private:
  static std::string code_of(const envelope& mail) {
    const auto& why = mail.trouble();
    return why ? std::string(hl7::rule_for(why->code).ack) : "AA";
  }

  std::string application(const envelope& mail, const hl7::message* to, bool asks_receipt) const {
    const auto stamp = stamp_of(*route_.clock, *route_.ids);
    hl7::ack_request reply;
    reply.to = to;
    reply.fault = mail.trouble();
    reply.control_id = stamp.control_id;
    reply.datetime = stamp.datetime;
    reply.asks_receipt = asks_receipt;
    if (mail.payload) mail.payload->answer(mail, reply);
    return hl7::make_ack(reply);
  }

  /// CA, CE or CR.
  std::string receipt(const hl7::message* to, const std::optional<error>& fault) const {
    const auto stamp = stamp_of(*route_.clock, *route_.ids);
    hl7::ack_request reply;
    reply.to = to;
    reply.fault = fault;
    reply.control_id = stamp.control_id;
    reply.datetime = stamp.datetime;
    reply.of_receipt = true;
    return hl7::make_ack(reply);
  }

  /// Enhanced mode: first what became of its receipt, then what became of it, each as it was asked for.
  void answer(envelope& mail, const hl7::message* to, const hl7::acks_asked& asked) const {
    using acceptance = envelope::acceptance;
    mail.ack_code = code_of(mail);
    const bool fresh = mail.how == ports::filing::mode::first, good = !mail.trouble();
    if (fresh && mail.accepted == acceptance::none && asked.tells_refusal_as_accept()) {
      mail.ack_code[0] = 'C';
      mail.reply = receipt(to, mail.trouble());
      return;
    }
    const bool taken = mail.accepted == acceptance::stored || mail.accepted == acceptance::known;
    if (fresh && taken) {
      mail.ack_code = "CA";
      if (hl7::is_wanted(asked.accept, true)) mail.reply = receipt(to, std::nullopt);
      if (asked.application == hl7::ack_condition::never || !route_.how.application_ack.empty())
        mail.answered_later.reset(); // nothing is owed on this connection
      if (mail.accepted == acceptance::stored || !route_.how.application_ack.empty()) return;
    }
    if (hl7::is_wanted(asked.application, good))
      mail.application = {
        application(mail, to, mail.how == ports::filing::mode::resume && !route_.how.application_ack.empty()),
        code_of(mail)};
  }

  const route& route_;
};

} // namespace

exit ack() {
  return {{.name = "ack",
           .make = [](const route& of) -> std::unique_ptr<step> { return std::make_unique<acker>(of); },
           .also_failed = true}};
}

} // namespace aorta::pipeline

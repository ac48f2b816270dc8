// ANSWERER: what became of each entry, for the sender.
#include "engine/hl7/ack.hpp"
#include "engine/pipeline/bundle_payload.hpp"
#include "engine/pipeline/stage.hpp"

namespace aorta::pipeline {
namespace {

class bundle_answerer final : public step {
public:
  void run(envelope& mail) override {
    mail.reply = reply_of_bundle(mail).body;
    const auto& why = mail.trouble();
    mail.ack_code = why ? std::string(hl7::rule_for(why->code).ack) : "AA";
  }
};

} // namespace

exit answer_bundle() {
  return {{.name = "answer",
           .make = [](const route&) -> std::unique_ptr<step> { return std::make_unique<bundle_answerer>(); },
           .also_failed = true}};
}

} // namespace aorta::pipeline

// JSON-PARSER: what a webhook brought, as the message that its map makes of it, and the patient's lane.
#include "engine/hl7/ack.hpp"
#include "engine/pipeline/json_report.hpp"
#include "engine/pipeline/stage.hpp"
#include "engine/pipeline/webhook_mail.hpp"

namespace aorta::pipeline {
namespace {

class json_parser final : public step {
public:
  explicit json_parser(const route& of) : route_(of) {}

  void run(envelope& mail) override {
    if (mail.refusal) return;
    const auto parts = parts_of_webhook(mail.bytes);
    if (!parts) return mail.fail({error_code::data_type, "", "no request of a webhook"});
    const auto said = fhir::document::parse(parts->body);
    if (!said) return mail.fail(said.error());
    const auto& lab = *route_.profiles.at(0);
    const auto made = report_of_json(*said, route_.json);
    if (!made) return mail.fail(made.error());
    auto text = lab::oru_text(
      *made, {lab.code, route_.how.clinic, parts->id, lab::message_time(mail.received_at, lab.time_zone)});
    if (const auto stands = stand_as(mail, std::move(text)); !stands) return mail.fail(stands.error());
    mail.lane = lane_of(*mail.message, route_.how.lanes);
  }

private:
  const route& route_;
};

/// The answer itself is HTTP's (`reply_of_webhook`); this is what the log and the metrics tell of it.
class responder final : public step {
public:
  void run(envelope& mail) override {
    const auto& why = mail.trouble();
    mail.ack_code = why ? std::string(hl7::rule_for(why->code).ack) : "AA";
    mail.reply = mail.ack_code;
  }
};

} // namespace

entry parse_json() {
  return {
    {.name = "parse-json", .gives = part::message, .make = [](const route& of) -> std::unique_ptr<step> {
       return std::make_unique<json_parser>(of);
     }}};
}

exit respond() {
  return {{.name = "respond",
           .make = [](const route&) -> std::unique_ptr<step> { return std::make_unique<responder>(); },
           .also_failed = true}};
}

} // namespace aorta::pipeline

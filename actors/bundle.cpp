#include "actors/bundle.hpp"

#include "actors/context.hpp"
#include "engine/hl7/ack.hpp"

namespace aorta::actors {

envelope_ptr envelope_of_bundle(std::string json, const rest::grant& who, const std::string& base, const std::string& peer, const uuid& id, timestamp now) {
  auto mail = std::make_shared<envelope>();
  mail->bytes = std::move(json);
  mail->listener = http_listener;
  mail->peer = peer;
  mail->id = id;
  mail->received_at = now;
  mail->arrived = steady::now();
  mail->bundle = std::make_shared<bundle_mail>();
  mail->bundle->who = who;
  mail->bundle->base = base;
  return mail;
}

rest::reply reply_of_bundle(const envelope& done) {
  const auto& bundle = *done.bundle;
  rest::reply out;
  if (done.receipt && done.receipt->duplicate) {
    // Not said again entry by entry: the first answer may have gone to somebody who has read it.
    const auto& first = done.receipt->first;
    const fhir::issue told{fhir::issue::severity::information, "duplicate", "",
                           "this bundle was taken before, as message " + to_text(first.id) + ", which was " + std::string(ports::name(first.status)) + "; nothing was written now"};
    out = first.fault ? rest::refusal(*first.fault) : rest::refusal(200, {&told, 1});
  } else if (!bundle.issues.empty()) {
    out = rest::refusal(422, bundle.issues);
  } else if (done.fault) {
    out = rest::refusal(*done.fault);
  } else if (bundle.outcome) {
    rest::surroundings around;
    around.base = bundle.base;
    fhir::document into;
    out.body = fhir::write(*bundle.outcome->as_bundle(into, around));
    out.headers.emplace_back("X-Message-Id", to_text(done.id)); // for GET /api/messages/{id}
    out.about = bundle.outcome->patient;
  }
  return out;
}

void write_bundle_reply(envelope& mail) {
  const auto out = reply_of_bundle(mail);
  mail.reply = out.body;
  mail.ack_code = mail.fault ? std::string(hl7::rule_for(mail.fault->code).ack) : "AA";
}

} // namespace aorta::actors

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

namespace {

/// What it was answered the first time, so that whoever lost that answer learns where everything is. A key of one patient sees no more than its own.
rest::reply first_answer(const bundle_mail& bundle, const ports::message_record& first) {
  if (first.fault) return rest::refusal(*first.fault);
  const fhir::issue told{fhir::issue::severity::information, "duplicate", "",
                         "this bundle was taken before, as message " + to_text(first.id) + ", which was " + std::string(ports::name(first.status)) +
                           "; nothing was written now"};
  auto outcome = bundle.who.patient ? std::nullopt : rest::import_outcome::from_trace(first.trace);
  if (!outcome) return rest::refusal(200, {&told, 1});
  for (auto& each : outcome->entries) each.issues.push_back(told);
  rest::surroundings around;
  around.base = bundle.base;
  fhir::document into;
  rest::reply out;
  out.body = fhir::write(*outcome->as_bundle(into, around));
  out.headers.emplace_back("X-Message-Id", to_text(first.id));
  return out;
}

} // namespace

rest::reply reply_of_bundle(const envelope& done) {
  const auto& bundle = *done.bundle;
  rest::reply out;
  if (done.receipt && done.receipt->duplicate) {
    out = first_answer(bundle, done.receipt->first);
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

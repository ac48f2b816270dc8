#include "engine/pipeline/bundle_payload.hpp"

#include "engine/pipeline/record.hpp"
#include "engine/pipeline/step.hpp"

namespace aorta::pipeline {

bundle_payload& bundle_of(envelope& mail) {
  if (auto* known = dynamic_cast<bundle_payload*>(mail.payload.get())) return *known;
  auto made = std::make_shared<bundle_payload>();
  mail.payload = made;
  return *made;
}

bool bundle_payload::waits_for_person(const envelope&) const noexcept {
  return outcome && outcome->count(rest::import_entry::fate::conflict) > 0;
}

/// What a bundle says of itself, where HL7 has MSH. The identifier stands for the control id.
void bundle_payload::describe(const envelope&, ports::message_record& row) const {
  if (!row.fault && outcome) row.patient = outcome->patient;
  if (!document) return;
  const auto& root = *document->root;
  if (const auto* identifier = root.get("identifier")) row.control_id = identifier->str("value");
  if (row.control_id.empty()) row.control_id = root.str("id");
  if (const auto* meta = root.get("meta")) row.sending_facility = meta->str("source");
  if (timestamp at; from_iso(root.str("timestamp"), at)) row.message_datetime = at;
}

namespace {

rest::grant on_behalf_of(const bundle_payload& bundle, const route& of) {
  if (bundle.who) return *bundle.who;
  rest::grant who;
  who.clinic = of.clinic;
  who.scopes.read = who.scopes.write = true;
  return who;
}

} // namespace

status bundle_payload::change_records(ports::record_session& in, envelope& mail, const route& of) {
  // An import writes into the resources what becomes of them here: ids of ours, other references.
  auto as_sent = fhir::document::parse(mail.bytes);
  if (!as_sent) return as_sent.error();
  rest::surroundings around;
  around.base = base;
  around.systems = of.systems;
  around.clock = of.clock;
  around.ids = of.ids;
  around.critical = of.clinic_limits;
  const auto grant = on_behalf_of(*this, of);
  rest::repository records(in, grant, around);
  auto done_with = rest::import_bundle(records, *as_sent, mail.id);
  if (!done_with) return done_with.error();
  outcome = std::move(*done_with);
  return done{};
}

void bundle_payload::trace(trace_writer& out) const {
  if (outcome) out.array("entries", outcome->as_json());
}

envelope_ptr envelope_of_bundle(std::string json, const rest::grant& who, const std::string& base,
                                const std::string& peer, const uuid& id, timestamp now) {
  auto mail = std::make_shared<envelope>();
  mail->bytes = std::move(json);
  mail->listener = http_listener;
  mail->clinic = who.clinic;
  mail->peer = peer;
  mail->id = id;
  mail->received_at = now;
  auto& bundle = bundle_of(*mail);
  bundle.who = who;
  bundle.base = base;
  return mail;
}

namespace {

/// What it was answered the first time, so that whoever lost that answer learns where everything is. A key of
/// one patient sees no more than its own.
rest::reply first_answer(const bundle_payload& bundle, const ports::message_record& first, bool again) {
  if (first.fault) return rest::refusal(*first.fault);
  const fhir::issue told{fhir::issue::severity::information, "duplicate", "",
                         "this bundle was taken before, as message " + to_text(first.id) + ", which was " +
                           std::string(ports::name(first.status)) + "; nothing was written now"};
  const bool of_one_patient = bundle.who && bundle.who->patient;
  auto outcome = of_one_patient ? std::nullopt : rest::import_outcome::from_trace(first.trace);
  if (!outcome) return rest::refusal(200, {&told, 1});
  for (auto& each : outcome->entries)
    if (again) each.issues.push_back(told);
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
  const auto* bundle = dynamic_cast<const bundle_payload*>(done.payload.get());
  rest::reply out;
  if (bundle == nullptr) { // nobody has looked at it, or nobody may look now
    if (const auto& why = done.trouble()) out = rest::refusal(*why);
  } else if (done.receipt && (done.receipt->duplicate || done.receipt->done_before)) {
    out = first_answer(*bundle, done.receipt->first, done.receipt->duplicate);
  } else if (!bundle->issues.empty()) {
    out = rest::refusal(422, bundle->issues);
  } else if (const auto& why = done.trouble()) {
    out = rest::refusal(*why);
  } else if (bundle->outcome) {
    rest::surroundings around;
    around.base = bundle->base;
    fhir::document into;
    out.body = fhir::write(*bundle->outcome->as_bundle(into, around));
    out.headers.emplace_back("X-Message-Id", to_text(done.id)); // for GET /api/messages/{id}
    out.about = bundle->outcome->patient;
  }
  return out;
}

} // namespace aorta::pipeline

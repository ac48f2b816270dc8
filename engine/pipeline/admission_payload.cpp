#include "engine/pipeline/admission_payload.hpp"

#include "engine/pipeline/record.hpp"
#include "engine/pipeline/step.hpp"

namespace aorta::pipeline {

void admission_payload::describe(const envelope& mail, ports::message_record& row) const {
  describe_time(mail, time_zone, row);
}

void admission_payload::trace(trace_writer& out) const {
  out.text("charset", says.charset);
  auto all = says.rules;
  if (outcome) all.insert(all.end(), outcome->rules.begin(), outcome->rules.end());
  out.notes("rules", all);
}

/// It is certain whose it is, or somebody may be made; and what a message changed before is taken back when
/// it leaves its patient.
bool admission_payload::changes_records(const envelope& mail) const noexcept {
  const auto& made = matched ? matched : mail.decision;
  if (!made) return false;
  if (mail.act && mail.act->patient_seen) return true;
  return made->is == identity::decision::kind::same ||
    (made->is == identity::decision::kind::none && may_create);
}

status admission_payload::change_records(ports::record_session& in, envelope& mail, const route& of) {
  if (!matched) matched = mail.decision;
  mail.decision = matched;
  const admission::filing_room room{in, of.clinic, of.clock->now(), mail.id, mail.received_at, may_create};
  const bool joins = says.what == admission::event::merge || says.what == admission::event::change_number;
  if (joins && mail.act && mail.act->patient_seen)
    return error{
      error_code::conflict, "",
      "who was joined, or whose number changed, is not filed anew: POST /api/patients/{id}/unmerge takes it "
      "back"};
  if (mail.act && mail.act->patient_seen)
    if (auto taken = admission::take_back(room, *mail.act->patient_seen,
                                          matched->patient != mail.act->patient_seen);
        !taken)
      return taken;
  auto filed = admission::file(room, says, *matched);
  if (!filed) return filed.error();
  mail.decision = filed->decision;
  outcome = std::move(*filed);
  return done{};
}

} // namespace aorta::pipeline

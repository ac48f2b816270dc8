#include "engine/pipeline/told_payload.hpp"

#include "engine/pipeline/record.hpp"
#include "engine/pipeline/step.hpp"

namespace aorta::pipeline {

void told_payload::describe(const envelope& mail, ports::message_record& row) const {
  describe_time(mail, time_zone, row);
}

/// It is certain whose it is, or somebody may be made; and what a message changed before is taken back when
/// it leaves its patient.
bool told_payload::changes_records(const envelope& mail) const noexcept {
  using kind = identity::decision::kind;
  const auto& made = matched ? matched : mail.decision;
  if (!made) return false;
  if (mail.act && mail.act->patient_seen) return true;
  return made->is == kind::same || (made->is == kind::none && may_create_patient());
}

/// Whoever makes a person or joins two locks everybody's identity.
bool told_payload::shares_commit(const envelope& mail) const noexcept {
  const auto& made = matched ? matched : mail.decision;
  return !mail.act && made && made->is == identity::decision::kind::same;
}

status told_payload::change_records(ports::record_session& in, envelope& mail, const route& of) {
  if (!matched) matched = mail.decision;
  mail.decision = matched;
  const records::filing_room room{in, of.clinic, of.clock->now(), mail.id, mail.received_at};
  if (mail.act && mail.act->patient_seen) {
    if (auto why = why_not_again()) return *why;
    const bool leaves = matched->patient != mail.act->patient_seen;
    if (auto taken = take_back(room, of, *mail.act->patient_seen, leaves); !taken) return taken;
  }
  return file(room, of, *mail.decision);
}

} // namespace aorta::pipeline

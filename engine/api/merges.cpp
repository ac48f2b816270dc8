// /api/patients/{id}/unmerge
#include "engine/api/json.hpp"
#include "engine/api/resources.hpp"
#include "engine/records/merge.hpp"

namespace aorta::api {
namespace {

result<ports::patient_merge> unmerge_once(ports::record_session& in, model::clinic_id clinic,
                                          model::patient_id who, const ports::person& by) {
  if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
  auto undone = records::unmerge_patient(in, who, by);
  const auto kept = undone ? in.commit() : status(done{});
  if (!undone || !kept) in.rollback();
  if (!kept) return kept.error();
  return undone;
}

} // namespace

void unmerge(call& on) {
  const auto patient = read_id(on.path["id"]);
  if (!patient) return on.refuse(404, "not-found", "no such patient");
  on.out.audit.patient = *patient;
  if (!is_person(on)) return;
  const auto session = on.admin().records();
  if (!session) return on.refuse(session.error());
  constexpr int most_attempts = 3; // the database took it back to end a deadlock
  auto undone = unmerge_once(**session, on.clinic.id, *patient, *on.who.user);
  for (int i = 1; i < most_attempts && !undone && undone.error().code == error_code::undone; ++i)
    undone = unmerge_once(**session, on.clinic.id, *patient, *on.who.user);
  if (!undone) return on.refuse(undone.error());
  json out;
  out.open()
    .field("id", to_text(undone->id))
    .field("kind", undone->merged ? "merge" : "number")
    .field("patient_id", std::to_string(undone->survivor));
  out.field("merged_id", undone->merged ? std::optional(std::to_string(*undone->merged)) : std::nullopt);
  out.field("message_id", undone->message ? std::optional(to_text(*undone->message)) : std::nullopt)
    .field("made_at", to_iso(undone->made_at))
    .close();
  on.answer(out.take());
}

} // namespace aorta::api

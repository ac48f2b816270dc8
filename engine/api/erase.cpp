// /api/patients/{id}/erase
#include "engine/api/erase_again.hpp"
#include "engine/api/json.hpp"
#include "engine/api/resources.hpp"
#include "engine/records/erase.hpp"

namespace aorta::api {
namespace {

/// Reading all messages of nobody takes its time: before the transaction that keeps others from filing.
result<ports::traces> search(ports::record_session& in, model::clinic_id clinic, model::patient_id who) {
  if (const auto begun = in.begin(clinic, false); !begun) return begun.error();
  const auto people = records::people_of(in, who);
  auto found = people ? in.erasure().search(*people, {}) : result<ports::traces>(people.error());
  in.rollback();
  return found;
}

result<records::erase_outcome> erase_once(ports::record_session& in, model::clinic_id clinic,
                                          model::patient_id who, const ports::person& by,
                                          const std::string& reason, bool rehearsal) {
  const auto found = search(in, clinic, who);
  if (!found) return found.error();
  if (const auto begun = in.begin(clinic, true); !begun) return begun.error();
  auto made = records::erase_patient(in, who, *found, by, reason, rehearsal);
  const auto kept = made && !rehearsal ? in.commit() : status(done{});
  if (!made || !kept || rehearsal) in.rollback();
  if (!kept) return kept.error();
  return made;
}

std::string_view state_of(records::erase_outcome::kind is) {
  switch (is) {
    case records::erase_outcome::kind::done: return "erased";
    case records::erase_outcome::kind::shown: return "dry-run";
    case records::erase_outcome::kind::asked: return "asked";
  }
  return "";
}

std::string told(const records::erase_outcome& of, model::patient_id who, bool settled, const status& noted) {
  json out;
  out.open().field("state", state_of(of.is)).field("patient_id", std::to_string(who));
  if (of.is == records::erase_outcome::kind::asked) {
    out.field("id", to_text(of.request.id)).field("asked_at", to_iso(of.request.asked_at));
    out.field("next", "another person with a key of scope admin makes the same call within a week").close();
    return out.take();
  }
  out.key("people").open_list();
  for (const auto each : of.what.people) out.text(std::to_string(each));
  out.close_list().key("rows").open();
  for (const auto& [table, count] : of.what.rows) out.field(table, count);
  out.close().key("left").open_list();
  for (const auto& each : of.what.left)
    out.open()
      .field("destination", each.name)
      .field("sent", each.sent)
      .field("first", each.first)
      .field("last", each.last)
      .close();
  out.close_list().key("waiting_messages").open_list();
  for (const auto& each : of.waiting) out.text(to_text(each));
  out.close_list();
  if (!settled)
    out.field("journal", "it still holds what was erased: somebody reads in the database all the time");
  if (!noted)
    out.field("list", "a restore would not know of it before the next start: " + noted.error().text);
  return out.close().take();
}

} // namespace

result<std::vector<again_in>> erase_again(ports::message_log& admin) {
  const auto clinics = admin.access().clinics();
  if (!clinics) return clinics.error();
  const auto in = admin.records();
  if (!in) return in.error();
  std::vector<again_in> out;
  bool any = false;
  for (const auto& each : *clinics) {
    auto again = records::erase_again(**in, each.id);
    if (!again) return again.error();
    any = any || again->people > 0;
    out.push_back({each.code, again->people, std::move(again->left)});
  }
  if (any)
    if (const auto settled = (*in)->erasure().settle(); !settled) return settled.error();
  if (const auto noted = (*in)->erasure().note(); !noted) return noted.error();
  return out;
}

void erase(call& on) {
  const auto patient = read_id(on.path["id"]);
  if (!patient) return on.refuse(404, "not-found", "no such patient");
  on.out.audit.patient = *patient;
  const bool rehearsal = wants_rehearsal(on.asked);
  if (!known_parameters(on) || !is_person(on)) return;
  const auto said = read_act(on.asked.body);
  if (!rehearsal && (!said || said->reason.empty()))
    return on.refuse(400, "bad-body", "expected {\"reason\": \"on whose wish, by which document\"}");
  const auto session = on.admin().records();
  if (!session) return on.refuse(session.error());
  constexpr int most_attempts = 3; // the database took it back to end a deadlock
  const auto reason = said ? said->reason : std::string();
  auto made = erase_once(**session, on.clinic.id, *patient, *on.who.user, reason, rehearsal);
  for (int i = 1; i < most_attempts && !made && made.error().code == error_code::undone; ++i)
    made = erase_once(**session, on.clinic.id, *patient, *on.who.user, reason, rehearsal);
  if (!made) return on.refuse(made.error());
  bool settled = true;
  status noted = done{};
  if (made->is == records::erase_outcome::kind::done) {
    const auto cleared = (*session)->erasure().settle();
    settled = cleared && *cleared; // what is erased is committed, whatever the journal says
    noted = (*session)->erasure().note();
    if (on.engine.gesy) on.engine.gesy->forget();
  }
  on.answer(told(*made, *patient, settled, noted));
  if (made->is == records::erase_outcome::kind::asked) on.out.reply.status = 202;
}

} // namespace aorta::api

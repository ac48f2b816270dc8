// Rows of the clinic with what messages have told of them, and the patient for whom they are written: what
// admissions, orders and whoever else changes records by message have in common.
#pragma once

#include "engine/model/record.hpp"
#include "engine/ports/records.hpp"
#include "engine/records/timeline.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aorta::records {

/// The transaction that files a message.
struct filing_room {
  ports::record_session& in;
  model::clinic_id clinic = 0;
  timestamp now{};
  uuid message;
  timestamp received{};
};

struct known_row {
  model::record row;
  row_story story;
  bool fresh = false;                    ///< not in the store yet
  std::optional<timestamp> seen;         ///< when others changed it last, as far as that is known
  std::vector<std::string> changed = {}; ///< columns
};

/// Rows with what was told of them, by their keys.
result<std::vector<known_row>> read_rows(ports::record_session& in, const ports::row_query& ask);

/// Lays one statement over the row; what counts of all that was said is what stands then.
void say(known_row& at, std::string_view column, statement what);
/// Whether any message's word stands in it.
bool told_by_messages(const known_row& at);
/// A message made it and was taken to somebody else: it is cancelled or withdrawn, and nobody tells anything
/// of it.
bool left_behind(const known_row& at);
/// Takes away what a message said. True if there was anything.
bool forget(known_row& at, const std::string& message);

/// The patient's rows of a table of which the message told anything, without what it said; not written yet.
/// The patient is held.
result<std::vector<known_row>> forget_all(const filing_room& room, model::table of,
                                          model::patient_id patient);

/// Writes rows that changed, and what was told of all of them.
status write(const filing_room& room, const std::vector<known_row*>& all);

/// The time of which a message speaks: a clock that runs ahead is nobody's future.
timestamp spoken_of(const std::optional<timestamp>& told, const filing_room& room);

/// Locks the patient of a decision that is certain, and reads their row. Whoever was joined with somebody
/// else meanwhile is that one. Nothing: they are not there any more, and the decision asks a person.
result<std::optional<known_row>> hold_patient(const filing_room& room, identity::decision& made);
/// Files what is said of a certain patient: holds them, and lets `work(patient)` do it. `Outcome` has a
/// `decision`, which may come to ask a person: then nothing is done.
template <class Outcome, class Work>
result<Outcome> file_for_patient(const filing_room& room, const identity::decision& decided, Work work) {
  Outcome out;
  out.decision = decided;
  const auto held = hold_patient(room, out.decision);
  if (!held) return held.error();
  if (!*held) return out;
  if (status filed = work(*out.decision.patient, out); !filed) return filed.error();
  return out;
}

/// Takes back what a message said of a patient's rows of a table. Where it `leaves` its patient, what nobody
/// else tells anything of and it had made is `withdrawn`, which sets columns and names them in `changed`.
template <class Withdraw>
status take_back(const filing_room& room, model::table of, model::patient_id patient, bool leaves,
                 Withdraw withdraw) {
  auto rows = forget_all(room, of, patient);
  if (!rows) return rows.error();
  std::vector<known_row*> changed;
  for (auto& each : *rows) {
    changed.push_back(&each);
    if (leaves && each.story.made_by == to_text(room.message) && !told_by_messages(each)) withdraw(each);
  }
  return write(room, changed);
}

/// Before rows are looked for by a number that somebody outside gives: so that two nodes do not file it for
/// two patients at once.
status hold_number(ports::record_session& in, model::table of, const std::string& number);

/// It is not certain after all.
void to_review(identity::decision& made, std::string why);

/// The one user who has this licence number; nothing where there is none or several. None is ever made.
result<std::optional<std::string>> user_of_licence(ports::record_session& in, const std::string& number);
/// The one visit of the patient that has this number (PV1-19), as far as both say who gave it.
result<std::optional<std::string>> visit_of(ports::record_session& in, model::patient_id patient,
                                            const std::string& number, const std::string& authority);

} // namespace aorta::records

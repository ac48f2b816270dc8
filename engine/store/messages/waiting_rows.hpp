// Messages that wait for their patient (`waiting_claims`), and what may end their wait (`match_news`).
// PostgreSQL shows a transaction only what was committed before, so nobody looks while writing: whoever
// writes a patient's keys notes it, whoever lets a message wait notes that, and each note is looked at after
// its commit.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/store/sql/database.hpp"

#include <span>

namespace aorta::store {

/// The keys of this patient were written.
void note_patient(conversation& with, model::clinic_id clinic, model::patient_id who, timestamp now);
/// A person has closed this item; nothing happens unless it is a message's question for its patient.
void end_wait(conversation& with, model::clinic_id clinic, const uuid& review);

ports::found_waiting find_waiting(conversation& with, model::clinic_id clinic, int most);
void note_looked(conversation& with, model::clinic_id clinic, std::span<const int64_t> news);
/// Notes of patients that were looked at stay so long, for messages that began to wait at the same time.
inline constexpr std::chrono::seconds news_stay{60};
void forget_news(conversation& with, model::clinic_id clinic, timestamp now);

/// Messages that wait get the keys under which this program looks for patients, if others were kept before,
/// or none. Runs at migration.
void index_waiting(database& of, soci::session& session, cipher& locks);

} // namespace aorta::store

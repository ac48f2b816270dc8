// Patients with their encrypted personal data and their blind indexes.
#pragma once

#include "engine/ports/message_log.hpp"
#include "engine/store/sql/database.hpp"

#include <span>

namespace aorta::store {

ports::roster_outcome put_patient(conversation& with, const database& of, model::clinic_id clinic,
                                  const model::patient& row, cipher& locks);
/// Adds a patient and gives the number; `conflict` when the clinic has one under this mrn or one of these
/// numbers.
result<model::patient_id> add_patient(conversation& with, const database& of, model::clinic_id clinic,
                                      const model::patient& row, cipher& locks);
/// All keys under which a patient is found: those of messages and those of searches. A patient's row from
/// before the latter existed gets them when it is next written: a migration cannot compute keyed hashes.
std::vector<identity::lookup_key> keys_of(const model::patient& who, std::string_view middle_name = {});
std::optional<model::patient> read_patient(conversation& with, model::clinic_id clinic, model::patient_id id,
                                           cipher& locks);

/// Patients that the clinic system added by itself have no blind indexes yet: makes them; and all patients'
/// anew when another version of the program made their keys in another way (`identity::lookup_version`). Runs
/// at migration.
void index_unfindable(database& of, soci::session& session, cipher& locks);
/// Whether messages find every patient that they should: false until a migration after the program changed.
bool has_current_keys(database& of, soci::session& session);

} // namespace aorta::store

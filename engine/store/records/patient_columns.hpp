// Which columns of which tables refer to patients, as the catalogue says it now: the engine's tables,
// OpenHeart's, and those that a clinic added.
#pragma once

#include "engine/store/records/record_talk.hpp"

#include <span>
#include <string>
#include <vector>

namespace aorta::store {

struct patient_column {
  std::string table, column;    ///< by which it is written down; another schema's table with its schema
  std::string from, name;       ///< both as a statement must spell them
  std::vector<std::string> key; ///< the columns that tell a row from others, beside this one; spelt so too
  bool keyed = true;            ///< false: there are none, and a row could not be found again
  std::string only;             ///< which rows are meant, as a condition on `t`; empty: all
};

/// A column `patient_id` of whole numbers, or one that a foreign key ties to `patients`. Not those of the
/// patient's own row, of what is derived from it, of merges, and of the audit, which is never changed.
std::vector<patient_column> columns_of_patients(record_talk& with);

std::vector<std::string> texts_of(std::span<const model::patient_id> ids);
/// ` IN (1,2)`
std::string in_people(std::span<const model::patient_id> ids);

/// The key's cells as a text that is the same in every session: of the row `t`.
std::string key_text(const patient_column& of, dialect speaks);

} // namespace aorta::store

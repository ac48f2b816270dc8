// How far what a message says of a person agrees with what the clinic knows.
#pragma once

#include "engine/identity/identity.hpp"

namespace aorta::identity {

enum class agreement : uint8_t { unsaid, agrees, differs };

/// How a claimed name and birth date fit a patient as a whole. Each is stronger than the one before.
enum class fit : uint8_t {
  none,
  candidate, ///< spellings that only meet under a lookup key, or words that are no name: to be shown, nothing
             ///< more
  variant,   ///< a name that sounds alike, a common variant, a swapped order, a whole name in one field:
             ///< evidence, not proof
  whole,     ///< both names are the same but for their script and transliteration
};

/// A year, or a year and a month, can only differ: they are too little to agree. Placeholders (`weigh_date`)
/// are unsaid on either side.
agreement compare_birth_date(const claims& who, const model::patient& known);
/// Only male and female contradict each other.
agreement compare_sex(const claims& who, const model::patient& known);
/// `differs` only when no claimed name could be the patient's. Words that are no name are unsaid, but for a
/// newborn's and a test's: those are not somebody who has a name.
agreement compare_name(const claims& who, const model::patient& known);
/// Of one kind: `agrees` when one claimed number is the patient's, `differs` when he has another.
/// Placeholders are unsaid on either side.
agreement compare_id(const claims& who, id_kind kind, const model::patient& known);
/// The patient's own number of this kind, normalised; empty when the clinic holds none that says something
/// (passports never).
std::string held_id(id_kind kind, const model::patient& known);

/// Name and birth date together; `none` without a whole birth date that is the same.
fit compare_name_and_birth_date(const claims& who, const model::patient& known);

} // namespace aorta::identity

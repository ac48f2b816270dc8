// How far what a message says of a person agrees with what the clinic knows.
#pragma once

#include "engine/identity/identity.hpp"

namespace aorta::identity {

enum class agreement : uint8_t { unsaid, agrees, differs };

/// How a claimed name and birth date fit a patient as a whole.
enum class fit : uint8_t {
  none,
  variant, ///< a name only sounds alike, or is a common variant: evidence, not proof
  whole,   ///< both names are the same but for their script and transliteration, in either order
};

/// Names that could be one: a word of one equals, begins, or is one letter away from a word of the other.
bool similar(std::string_view one, std::string_view other);

/// A year, or a year and a month, can only differ: they are too little to agree.
agreement compare_birth_date(const claims& who, const model::patient& known);
/// Only male and female contradict each other.
agreement compare_sex(const claims& who, const model::patient& known);
/// `differs` only when no claimed name has a part similar to a part of the patient's.
agreement compare_name(const claims& who, const model::patient& known);
/// Of one kind: `agrees` when one claimed number is the patient's, `differs` when he has another.
agreement compare_id(const claims& who, id_kind kind, const model::patient& known);
/// The patient's own number of this kind, normalised; empty when the clinic holds none (passports never).
std::string held_id(id_kind kind, const model::patient& known);

/// Name and birth date together; `none` without a whole birth date that is the same.
fit compare_name_and_birth_date(const claims& who, const model::patient& known);

} // namespace aorta::identity

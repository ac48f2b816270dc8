// Free text in every table that refers to patients, the engine's, OpenHeart's and those that a clinic added:
// words that tell who a person is go out of it.
#pragma once

#include "engine/identity/known_words.hpp"
#include "engine/model/patient.hpp"
#include "engine/store/records/record_talk.hpp"

#include <map>
#include <span>
#include <string>

namespace aorta::store {

/// Sealed cells are opened and sealed again. Codes, names of tests, units, keys and numbers stay as they are:
/// a column that holds such things tells it by its name. How many rows changed, by table. Throws `failure`.
std::map<std::string, int64_t> sweep_texts(record_talk& with, std::span<const model::patient_id> people,
                                           const identity::known_words& words);

} // namespace aorta::store

// Free text in every table that refers to patients, the engine's, OpenHeart's and those that a clinic added:
// words that tell who a person is go out of it.
#pragma once

#include "engine/identity/known_words.hpp"
#include "engine/model/patient.hpp"
#include "engine/store/records/record_talk.hpp"

#include <map>
#include <span>
#include <string>
#include <vector>

namespace aorta::store {

/// Sealed cells are opened and sealed again. Of the engine's and OpenHeart's tables the columns in which
/// people write, of a table that a clinic added every text. How many rows changed, by table. Throws
/// `failure`.
std::map<std::string, int64_t> sweep_texts(record_talk& with, std::span<const model::patient_id> people,
                                           const identity::known_words& words);

/// What FHIR keeps of several people or of nobody alone, and of which they are one.
std::map<std::string, int64_t> sweep_named(record_talk& with, std::span<const model::patient_id> people,
                                           const identity::known_words& words);

/// What persons typed about these messages.
std::map<std::string, int64_t> sweep_messages(record_talk& with, const std::vector<std::string>& messages,
                                              const identity::known_words& words);

} // namespace aorta::store

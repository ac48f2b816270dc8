// What the store knows of a person by which a text could tell who it is.
#pragma once

#include "engine/identity/known_words.hpp"
#include "engine/model/patient.hpp"
#include "engine/store/records/record_talk.hpp"

#include <span>

namespace aorta::store {

struct person_words {
  identity::known_words all;      ///< names, numbers, telephones, addresses
  identity::known_words national; ///< ID card, ARC, Gesy: nobody else's
  identity::known_words own;      ///< the clinic's numbers, which another's message may hold by mistake
  identity::known_words names;
  identity::known_words birth; ///< the date as searches say it
};

/// From the clinic's rows, from aliases, and from FHIR's copies of the patients with their versions.
person_words words_of(record_talk& with, std::span<const model::patient_id> people);

} // namespace aorta::store

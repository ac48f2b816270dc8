// Messages of nobody and accesses that name a person: found by opening each and reading it.
#pragma once

#include "engine/ports/erasure.hpp"
#include "engine/store/records/record_talk.hpp"

namespace aorta::store {

/// Past those of `before`; `before`'s own come along. Throws `failure`.
ports::traces read_traces(record_talk& with, std::span<const model::patient_id> people,
                          const ports::traces& before);

} // namespace aorta::store

// What a person passes on once more.
#pragma once

#include "engine/pipeline/step.hpp"

namespace aorta::pipeline {

/// A stored message as this route would pass it on to `to` now: by its edits of today, under a new control
/// id. Errors: it cannot be read any more, or an edit refuses or holds it. Nothing is filed or told.
result<ports::forward> forward_again(const route& of, std::string bytes, const config::destination& to);

} // namespace aorta::pipeline

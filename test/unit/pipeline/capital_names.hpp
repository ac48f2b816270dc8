#pragma once

#include "engine/pipeline/stage.hpp"

#include <algorithm>

namespace aorta::pipeline {

middle capitalize_names(); ///< in the engine this line stands in stage.hpp

} // namespace aorta::pipeline

// Greek or English, of what is written for people.
#pragma once

#include <cstdint>

namespace aorta::exports {

enum class language : uint8_t { el, en };

} // namespace aorta::exports

// The version, by itself: a new one compiles one file of a line (cmake/version.cpp.in), and nothing that
// tells it.
#pragma once

namespace aorta {

extern const char* const version;

} // namespace aorta

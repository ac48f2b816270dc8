// Secrets of keys and tokens.
#pragma once

#include <string>

namespace aorta::gateway {

/// `aorta_` and 256 random bits in hex; empty when the operating system gives none.
std::string new_secret();

} // namespace aorta::gateway

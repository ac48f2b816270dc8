// Secrets of keys and tokens.
#pragma once

#include <string>

namespace aorta::gateway {

/// `aorta_` and 256 random bits in hex; empty when the operating system gives none.
std::string new_secret();
/// The same of a session at the console.
std::string new_session_secret();
/// `whsec_` and 256 random bits in base64, as Standard Webhooks writes secrets; empty likewise.
std::string new_webhook_secret();

} // namespace aorta::gateway

// SMART Backend Services: a client proves itself with a signed assertion and gets a short-lived token (SMART
// App Launch 2.0, "Backend Services"; RFC 7523, RFC 7515, RFC 7518).
#pragma once

#include "engine/rest/rest.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace aorta::rest {

/// The claims of a client's assertion.
struct assertion {
  std::string client; ///< `iss` and `sub`
  std::vector<std::string> audience;
  std::string id; ///< `jti`
  timestamp expires_at{};
  std::optional<timestamp> not_before;
};
/// Not to be trusted before its signature was verified with the keys of `client` (jose.hpp).
result<assertion> read_assertion(std::string_view payload_json);

struct token_settings {
  std::string token_url; ///< the audience of assertions; never from what a request says of its host
  timestamp now{};
  std::function<std::string()> new_secret;
  std::chrono::seconds lifetime{300}; ///< of a token: the most that the specification recommends
};

/// POST of a form with grant_type=client_credentials, client_assertion_type, client_assertion and scope.
/// Answers as RFC 6749 5 says. `client` is filled in for the audit as soon as it is known. The session is
/// outside of any transaction.
reply token(std::string_view form, ports::access& with, const token_settings& how, std::string& client);

reply no_tokens(); ///< 404: this server does not know the address under which clients know it
/// `.well-known/smart-configuration`
reply smart_configuration(const std::string& token_url);

} // namespace aorta::rest

#include "engine/rest/smart.hpp"

#include "engine/rest/jose.hpp"
#include "engine/rest/references.hpp"

#include <algorithm>
#include <charconv>

namespace aorta::rest {
namespace {

using fhir::document;
using fhir::node;
using std::chrono::seconds;

constexpr seconds most_ahead{300}, slack{30}; ///< an assertion lives five minutes at most; clocks differ a
                                              ///< little

/// RFC 6749 5.2. `text` says what to do about it.
reply refused(std::string_view code, std::string_view text, int status = 400) {
  document into;
  into.root = into.object();
  into.add(*into.root, "error", code);
  into.add(*into.root, "error_description", text);
  reply out;
  out.status = status;
  out.content_type = "application/json; charset=utf-8";
  out.body = fhir::write(*into.root);
  out.issues.push_back({fhir::issue::severity::error, std::string(code), {}, std::string(text)});
  return out;
}

std::optional<timestamp> numeric_date(const node* at) {
  if (at == nullptr || at->is != node::kind::number) return std::nullopt;
  const auto text = at->text.substr(0, at->text.find('.'));
  int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc{} || end != text.data() + text.size() || value < 0 || value > 100'000'000'000)
    return std::nullopt;
  return timestamp(seconds(value));
}

struct form_values {
  std::string grant_type, assertion_type, assertion, scope;
};

std::optional<form_values> read_form(std::string_view form) {
  const auto params = decode_query(form);
  if (!params) return std::nullopt;
  form_values out;
  for (const auto& [name, value] : *params) {
    if (name == "grant_type") out.grant_type = value;
    else if (name == "client_assertion_type") out.assertion_type = value;
    else if (name == "client_assertion") out.assertion = value;
    else if (name == "scope") out.scope = value;
  }
  return out;
}

/// Whether everything that this scope allows is allowed already.
bool covered(const grant& by, const std::string& scope) {
  const auto slash = scope.find('/'), dot = scope.rfind('.');
  if (slash == scope.npos || dot == scope.npos || dot < slash) return false;
  const auto type = std::string_view(scope).substr(slash + 1, dot - slash - 1);
  grant alone;
  alone.scopes = http::read_scopes({&scope, 1});
  alone.patient = by.patient;
  bool any = false;
  for (const auto how : {access::create, access::get, access::update, access::remove, access::search}) {
    if (!alone.may(how, type)) continue;
    any = true;
    if (!by.may(how, type)) return false;
  }
  return any;
}

std::vector<std::string> granted(const ports::api_key& key, std::string_view asked) {
  grant of;
  of.scopes = http::read_scopes(key.scopes);
  of.patient = key.patient;
  std::vector<std::string> out;
  while (!asked.empty()) {
    const auto end = std::min(asked.find(' '), asked.size());
    if (const std::string scope(asked.substr(0, end));
        covered(of, scope) && std::find(out.begin(), out.end(), scope) == out.end())
      out.push_back(scope);
    asked.remove_prefix(std::min(end + 1, asked.size()));
  }
  return out;
}

/// Why these claims are refused; nothing when they stand.
const char* claims_fault(const assertion& claims, const token_settings& how) {
  if (std::find(claims.audience.begin(), claims.audience.end(), how.token_url) == claims.audience.end())
    return "aud must be this token endpoint's URL";
  if (claims.expires_at + slack < how.now) return "the assertion has expired";
  if (claims.expires_at > how.now + most_ahead + slack) return "exp may be at most five minutes ahead";
  if (claims.not_before && *claims.not_before > how.now + slack) return "the assertion is not valid yet";
  return nullptr;
}

} // namespace

result<assertion> read_assertion(std::string_view payload_json) {
  const auto payload = document::parse(payload_json);
  if (!payload) return error{error_code::invalid, "", "the assertion's payload is no JSON object"};
  const auto& root = *payload->root;
  assertion out;
  out.client = root.str("iss");
  out.id = root.str("jti");
  if (out.client.empty() || out.client != root.str("sub"))
    return error{error_code::invalid, "", "iss and sub must both be the client's name"};
  if (out.id.empty() || out.id.size() > 256)
    return error{error_code::invalid, "", "jti must be a text of at most 256 characters"};
  const auto expires = numeric_date(root.get("exp"));
  if (!expires) return error{error_code::invalid, "", "exp must be a time in seconds"};
  out.expires_at = *expires;
  out.not_before = numeric_date(root.get("nbf"));
  const auto* audience = root.get("aud");
  if (audience != nullptr && audience->is_string()) out.audience.emplace_back(audience->text);
  if (audience != nullptr && audience->is_array())
    for (const auto* each = audience->first; each != nullptr; each = each->next)
      if (each->is_string()) out.audience.emplace_back(each->text);
  return out;
}

reply token(std::string_view form, ports::access& with, const token_settings& how, std::string& client) {
  const auto asked = read_form(form);
  if (!asked) return refused("invalid_request", "the body is no form (application/x-www-form-urlencoded)");
  if (asked->grant_type != "client_credentials")
    return refused("unsupported_grant_type", "grant_type must be client_credentials");
  if (asked->assertion_type != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
    return refused("invalid_request",
                   "client_assertion_type must be urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
  const auto jwt = split_jwt(asked->assertion);
  if (!jwt) return refused("invalid_client", "client_assertion is no signed JSON web token", 401);
  const auto claims = read_assertion(jwt->payload);
  if (!claims) return refused("invalid_client", claims.error().text, 401);
  const auto known = with.find_client(claims->client);
  if (!known) return refusal(known.error());
  if (!*known || !verify_jwt(*jwt, (*known)->second))
    return refused("invalid_client",
                   "no registered key of this client verifies the assertion (RS384 or ES384)", 401);
  const auto& key = (*known)->first;
  client = key.name;
  if (const char* fault = claims_fault(*claims, how)) return refused("invalid_client", fault, 401);
  const auto scopes = granted(key, asked->scope);
  if (scopes.empty())
    return refused("invalid_scope", "ask for scopes that this client was given, as in system/Patient.read");
  // past the last moment at which it is taken
  const auto fresh = with.use_assertion(key.name, claims->id, claims->expires_at + 2 * slack);
  if (!fresh) return refusal(fresh.error());
  if (!*fresh)
    return refused("invalid_client", "this assertion was used before; jti must be new each time", 401);

  const auto secret = how.new_secret();
  if (secret.empty()) return refusal(500, "exception", "no random bytes could be had");
  if (const auto kept = with.keep_token(secret,
                                        {key.name, scopes, key.clinic, key.patient, how.now + how.lifetime});
      !kept)
    return refusal(kept.error());
  std::string all;
  for (const auto& scope : scopes) all += (all.empty() ? "" : " ") + scope;
  document into;
  into.root = into.object();
  into.add(*into.root, "access_token", secret);
  into.add(*into.root, "token_type", "bearer");
  into.add(*into.root, "expires_in", into.number(int64_t(how.lifetime.count())));
  into.add(*into.root, "scope", all);
  reply out;
  out.content_type = "application/json; charset=utf-8";
  out.headers.emplace_back("Cache-Control", "no-store");
  out.headers.emplace_back("Pragma", "no-cache");
  out.body = fhir::write(*into.root);
  return out;
}

reply no_tokens() {
  return refusal(
    404, "not-supported",
    "this server gives no tokens: set base_url under [fhir] in aorta.toml to the address that clients know");
}

reply smart_configuration(const std::string& token_url) {
  document into;
  into.root = into.object();
  auto& root = *into.root;
  const auto list = [&](const char* name, std::initializer_list<std::string_view> values) {
    auto* all = into.add(root, name, into.array());
    for (const auto each : values) into.push(*all, into.literal(each));
  };
  into.add(root, "token_endpoint", token_url);
  list("token_endpoint_auth_methods_supported", {"private_key_jwt"});
  list("token_endpoint_auth_signing_alg_values_supported", {"RS384", "ES384"});
  list("grant_types_supported", {"client_credentials"});
  list("code_challenge_methods_supported", {"S256"}); // the guide asks it of every server
  list("scopes_supported",
       {"system/*.read", "system/*.write", "system/*.*", "system/*.rs", "system/*.cruds", "patient/*.read",
        "patient/*.write", "patient/*.rs", "patient/*.cruds"});
  list("capabilities",
       {"client-confidential-asymmetric", "permission-v1", "permission-v2", "permission-patient"});
  reply out;
  out.content_type = "application/json; charset=utf-8";
  out.body = fhir::write(root);
  return out;
}

} // namespace aorta::rest

// API keys: shown once, kept as a SHA-256.
#include "engine/cli/commands.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>

namespace aorta::cli {
namespace {

std::string new_secret() {
  unsigned char bytes[32];
  if (RAND_bytes(bytes, sizeof bytes) != 1) return {};
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = "aorta_";
  for (const auto byte : bytes) {
    out += hex[byte >> 4];
    out += hex[byte & 15];
  }
  return out;
}

int fail(const std::string& text) {
  std::fprintf(stderr, "aorta: %s\n", text.c_str());
  return 1;
}

bool known_scope(const std::string& scope) {
  static const std::vector<std::string> words{"admin", "read", "write", "metrics"};
  return std::find(words.begin(), words.end(), scope) != words.end() || scope.starts_with("system/") || scope.starts_with("patient/");
}

/// Opens the desk of the configured store and calls `work` with it.
template <class Work>
int at_desk(const common& with, Work work) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, settings->store_migrate, clock, ids);
  if (!store) return 1;
  auto desk = store->desk();
  if (!desk) return fail(desk.error().text);
  return work(**desk, clock, *settings);
}

} // namespace

int key_create(const common& with, const key_options& how) {
  if (how.scopes.empty()) return fail("a key needs at least one --scope: admin, read, write, metrics, system/Patient.read, ...");
  for (const auto& scope : how.scopes)
    if (!known_scope(scope)) return fail("no such scope: " + scope);
  return at_desk(with, [&](ports::store_desk& desk, const clock_source& clock, const config::settings& settings) {
    ports::api_key key;
    key.name = how.name;
    key.scopes = how.scopes;
    key.created_at = clock.now();
    if (!how.clinic.empty()) {
      const auto known = settings.clinics.find(how.clinic);
      const auto clinic = desk.ensure_clinic(how.clinic, known == settings.clinics.end() ? how.clinic : known->second);
      if (!clinic) return fail(clinic.error().text);
      key.clinic = clinic->id;
    }
    const auto secret = new_secret();
    if (secret.empty()) return fail("the operating system gave no random bytes");
    if (const auto made = desk.create_api_key(key, secret); !made) return fail(made.error().text);
    std::printf("key '%s' made; it is shown only this once: %s\n", how.name.c_str(), secret.c_str());
    return 0;
  });
}

int key_list(const common& with) {
  return at_desk(with, [](ports::store_desk& desk, const clock_source&, const config::settings&) {
    const auto keys = desk.api_keys();
    if (!keys) return fail(keys.error().text);
    for (const auto& key : *keys) {
      std::string scopes;
      for (const auto& scope : key.scopes) scopes += (scopes.empty() ? "" : ",") + scope;
      std::printf("%s\t%s\t%s\t%s\t%s\n", to_text(key.id).c_str(), key.name.c_str(), scopes.c_str(), to_iso(key.created_at).c_str(),
                  key.revoked_at ? ("revoked " + to_iso(*key.revoked_at)).c_str() : "valid");
    }
    return 0;
  });
}

int key_revoke(const common& with, const std::string& name) {
  return at_desk(with, [&](ports::store_desk& desk, const clock_source&, const config::settings&) {
    const auto done = desk.revoke_api_key(name);
    if (!done) return fail(done.error().text);
    if (!*done) return fail("no valid key of that name or id");
    std::printf("key '%s' revoked\n", name.c_str());
    return 0;
  });
}

} // namespace aorta::cli

// API keys: shown once, kept as a SHA-256.
#include "engine/cli/commands.hpp"
#include "engine/gateway/secret.hpp"
#include "engine/http/scopes.hpp"
#include "engine/rest/jose.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

namespace aorta::cli {
namespace {

/// The file's text; empty and told when it is none.
std::string read_jwks(const std::string& path) {
  const auto read = read_file(path);
  if (!read || read->empty()) {
    fail(read ? path + " is empty" : why_unreadable(path));
    return {};
  }
  const auto& text = *read;
  if (const auto fault = rest::fault_of_jwks(text); !fault.empty()) {
    fail(path + " " + fault);
    return {};
  }
  return text;
}

std::string how_it_stands(const ports::api_key& key, timestamp now) {
  if (key.revoked_at) return "revoked " + to_iso(*key.revoked_at);
  if (!key.expires_at) return "valid";
  return (*key.expires_at > now ? "valid until " : "expired ") + to_iso(*key.expires_at);
}

std::optional<model::patient_id> patient_number(const std::string& text) {
  model::patient_id out = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (failed != std::errc() || end != text.data() + text.size() || out <= 0) return std::nullopt;
  return out;
}

/// Opens the admin session of the configured store and calls `work` with it.
template <class Work>
int with_admin(const common& with, Work work) {
  const auto settings = read_settings(with);
  if (!settings) return 1;
  const system_clock_source clock;
  uuid_v7_source ids;
  const auto store = open_store(*settings, settings->store_migrate, clock, ids);
  if (!store) return 1;
  auto admin = store->admin();
  if (!admin) return fail(admin.error().text);
  return work(**admin, clock, *settings);
}

} // namespace

std::string user_fault(const std::string& user) {
  const bool good = user.empty() ||
    (user.find('@') != user.npos && user.find_first_of(" \t\r\n") == user.npos);
  return good ? "" : "--user takes the e-mail address of a person";
}

int key_create(const common& with, const key_options& how) {
  if (how.scopes.empty())
    return fail("a key needs at least one --scope: admin, read, write, metrics, system/Patient.read, ...");
  for (const auto& scope : how.scopes)
    if (!http::is_scope(scope)) return fail("no such scope: " + scope);
  if (const auto fault = user_fault(how.user); !fault.empty()) return fail(fault);
  ports::api_key key;
  if (!how.patient.empty()) {
    if (how.clinic.empty()) return fail("--patient needs the --clinic whose patient it is");
    key.patient = patient_number(how.patient);
    if (!key.patient) return fail("--patient takes the patient's number");
  }
  if (timestamp at; !how.expires.empty()) {
    if (!from_iso(how.expires, at)) return fail("--expires takes a time, as in 2027-06-30T00:00:00Z");
    if (at <= system_clock_source().now()) return fail("--expires: that time has passed");
    key.expires_at = at;
  }
  if (!how.jwks.empty() && (key.jwks = read_jwks(how.jwks)).empty()) return 1;
  return with_admin(
    with, [&](ports::message_log& admin, const clock_source& clock, const config::settings& settings) {
      key.name = how.name;
      key.scopes = how.scopes;
      key.created_at = clock.now();
      if (!how.clinic.empty()) {
        if (const auto fault = clinic_fault(settings, admin, how.clinic)) return fail(*fault);
        const auto known = settings.clinics.find(how.clinic);
        const auto clinic = admin.access().ensure_clinic(
          how.clinic, known == settings.clinics.end() ? how.clinic : known->second);
        if (!clinic) return fail(clinic.error().text);
        key.clinic = clinic->id;
      }
      if (key.patient) {
        const auto known = admin.patient(*key.clinic, *key.patient);
        if (!known) return fail(known.error().text);
        if (!*known) return fail("the clinic has no such patient");
      }
      if (!how.user.empty()) {
        const auto who = admin.access().user(how.user, true);
        if (!who) return fail(who.error().text);
        if (!*who)
          return fail(
            "the clinic's own table of users has nobody of this address: add the person there first");
        key.user = **who;
      }
      const auto secret = gateway::new_secret();
      if (secret.empty()) return fail("the operating system gave no random bytes");
      if (const auto made = admin.access().create_api_key(key, secret); !made) return fail(made.error().text);
      std::printf("key '%s' made; it is shown only this once: %s\n", how.name.c_str(), secret.c_str());
      return 0;
    });
}

int key_list(const common& with) {
  return with_admin(with, [](ports::message_log& admin, const clock_source& clock, const config::settings&) {
    const auto now = clock.now();
    const auto keys = admin.access().api_keys();
    if (!keys) return fail(keys.error().text);
    for (const auto& key : *keys) {
      std::string scopes;
      for (const auto& scope : key.scopes) scopes += (scopes.empty() ? "" : ",") + scope;
      std::printf("%s\t%s\t%s\t%s\t%s\t%s\t%s\n", to_text(key.id).c_str(), key.name.c_str(), scopes.c_str(),
                  to_iso(key.created_at).c_str(), key.user ? key.user->email.c_str() : "-",
                  how_it_stands(key, now).c_str(),
                  key.last_used_at ? ("used " + to_iso(*key.last_used_at)).c_str() : "unused");
    }
    return 0;
  });
}

int key_revoke(const common& with, const std::string& name) {
  return with_admin(with, [&](ports::message_log& admin, const clock_source&, const config::settings&) {
    const auto done = admin.access().revoke_api_key(name);
    if (!done) return fail(done.error().text);
    if (!*done) return fail("no valid key of that name or id");
    std::printf("key '%s' revoked\n", name.c_str());
    return 0;
  });
}

} // namespace aorta::cli
